"""The only httpx: time limits, no redirects, a bound on replies, and an honest account of a failed write.

Reads and tokens are tried again by stamina; a write never is: whether to send it again is the push
protocol's decision, not this module's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import stamina

from toolkit.errors import RemoteError

# What carries the bytes; tests bring their own.
Transport = httpx.BaseTransport
MAX_REPLY = 64 * 1024 * 1024
READ_ATTEMPTS = 4
# Failures after which it is certain that no byte of the request left this machine.
NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True)
class Reply:
    """A host's answer: status, headers (names in lower case) and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class PostOutcome:
    """What is known of one write. `sent` True: an answer came; False: no byte left; None: cannot tell."""

    sent: bool | None
    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""


class Web:
    """Connections to one host, for as long as the `with` block."""

    def __init__(self, base_url: str, *, timeout: float = 60, transport: Transport | None = None) -> None:
        self.host = urlsplit(base_url).netloc
        limits = httpx.Timeout(timeout, connect=min(timeout, 10))
        # Proxies of the environment would put another host between us and a loopback Procore.
        self._client = httpx.Client(
            base_url=base_url, timeout=limits, follow_redirects=False, transport=transport, trust_env=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
        """Read, trying again while the host is away or stumbles (502, 503, 504 without Retry-After)."""
        try:
            for attempt in stamina.retry_context(
                on=_worth_another_try, attempts=READ_ATTEMPTS, timeout=60, wait_initial=0.2, wait_max=5
            ):
                with attempt:
                    return self._read(path, params, headers)
        except (httpx.TransportError, _Stumbled) as error:
            raise self._away(error) from error
        raise AssertionError("the retry context either returns or raises")

    def _read(self, path: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
        response = self._client.get(path, params=dict(params), headers=dict(headers))
        if response.status_code in (502, 503, 504) and "retry-after" not in response.headers:
            raise _Stumbled(response.status_code)
        return self._reply(response)

    def form(self, path: str, fields: Mapping[str, str]) -> Reply:
        """Ask for a token: a form by POST, which changes nothing and so may be tried again."""
        try:
            for attempt in stamina.retry_context(
                on=httpx.TransportError, attempts=READ_ATTEMPTS, timeout=30, wait_initial=0.2, wait_max=5
            ):
                with attempt:
                    return self._reply(self._client.post(path, data=dict(fields)))
        except httpx.TransportError as error:
            raise self._away(error) from error
        raise AssertionError("the retry context either returns or raises")

    def post_once(self, path: str, body: bytes, headers: Mapping[str, str]) -> PostOutcome:
        """Send a write exactly once and say what became of it; never raises for what the network does."""
        try:
            response = self._client.post(path, content=body, headers=dict(headers))
        except NOTHING_SENT as error:
            return PostOutcome(sent=False, detail=f"{self.host} was not reached ({type(error).__name__})")
        except httpx.TransportError as error:
            return PostOutcome(sent=None, detail=f"the connection to {self.host} ended ({type(error).__name__})")
        return PostOutcome(
            sent=True, status=response.status_code, body=response.content[:MAX_REPLY], headers=_lower(response)
        )

    def _reply(self, response: httpx.Response) -> Reply:
        if len(response.content) > MAX_REPLY:
            raise RemoteError(self.host, f"the answer is larger than {MAX_REPLY // 1024 // 1024} MB.")
        if response.is_redirect:
            raise RemoteError(self.host, "a redirect, which is not followed; check the address.", response.status_code)
        return Reply(response.status_code, _lower(response), response.content)

    def _away(self, error: Exception) -> RemoteError:
        status = error.status if isinstance(error, _Stumbled) else None
        what = "not well just now;" if status else f"not reached ({type(error).__name__});"
        return RemoteError(self.host, what, status, "check the address and try again later.")


class _Stumbled(Exception):
    """The host answered that it is not well."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _worth_another_try(error: Exception) -> bool:
    return isinstance(error, httpx.TransportError | _Stumbled)


def _lower(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
