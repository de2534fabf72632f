"""The only httpx: time limits, no redirects, bounds on replies, and an honest account of a failed write.

Reads and tokens are tried again by stamina; a write never is: whether to send it again is the push
protocol's decision, not this module's.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from weakref import WeakSet

import httpx
import stamina

from toolkit.errors import RemoteError
from toolkit.settings import is_loopback

# What carries the bytes; tests bring their own.
Transport = httpx.BaseTransport
MAX_REPLY = 64 * 1024 * 1024
READ_ATTEMPTS = 4
# `timeout` bounds each silence; a whole answer may take this many times as long, however it trickles.
WHOLE_ANSWER = 3
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
    """Connections to one host, for as long as the `with` block. `timeout` is in seconds."""

    def __init__(self, base_url: str, *, timeout: float = 60, transport: Transport | None = None) -> None:
        self.host = urlsplit(base_url).netloc
        self._seconds = timeout * WHOLE_ANSWER
        self._sockets: WeakSet[socket.socket] = WeakSet()
        # A proxy of the environment must not come between us and a Procore on this very machine.
        beyond = not is_loopback(base_url)
        common: dict[str, Any] = {
            "base_url": base_url,
            "timeout": httpx.Timeout(timeout, connect=min(timeout, 10)),
            "follow_redirects": False,
            "transport": transport,
            "trust_env": beyond,
            "verify": httpx.create_ssl_context(trust_env=beyond),
        }
        self._client = httpx.Client(**common)
        # A kept connection may have died unnoticed, and a write that met it would be of unknown outcome.
        self._writing = httpx.Client(**common, limits=httpx.Limits(max_keepalive_connections=0))
        self._stack = ExitStack()
        # stamina would tell of each further try on standard output, where a --json document stands alone.
        stamina.instrumentation.set_on_retry_hooks(())

    def __enter__(self) -> Self:
        self._stack.callback(self._client.close)
        self._stack.callback(self._writing.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def get(self, path: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
        """Read, trying again while the host is away or stumbles (502, 503, 504 without Retry-After)."""
        request = self._client.build_request("GET", path, params=dict(params), headers=dict(headers))
        return self._again(request)

    def form(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Reply:
        """Ask for a token: a form by POST, which changes nothing and so may be tried again."""
        return self._again(self._client.build_request("POST", path, data=dict(fields), headers=headers))

    def query(self, path: str, params: Mapping[str, Any], body: bytes, headers: Mapping[str, str]) -> Reply:
        """Read by POST (a query as the body), which changes nothing either."""
        return self._again(
            self._client.build_request("POST", path, params=dict(params), content=body, headers=dict(headers))
        )

    def write_once(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> PostOutcome:
        """Send a write exactly once and say what became of it; never raises for what the network does."""
        request = self._writing.build_request(method, path, content=body, headers=dict(headers))
        try:
            reply = self._exchange(self._writing, request)
        except NOTHING_SENT as error:
            return PostOutcome(sent=False, detail=f"{self.host} was not reached ({type(error).__name__})")
        except (httpx.TransportError, httpx.DecodingError) as error:
            return PostOutcome(sent=None, detail=f"the connection to {self.host} ended ({type(error).__name__})")
        except _TooLarge as error:
            return PostOutcome(sent=None, detail=f"the answer of {self.host} is {error}")
        return PostOutcome(sent=True, status=reply.status, body=reply.body, headers=reply.headers)

    def _again(self, request: httpx.Request) -> Reply:
        try:
            for attempt in stamina.retry_context(
                on=_worth_another_try, attempts=READ_ATTEMPTS, timeout=60, wait_initial=0.2, wait_max=5
            ):
                with attempt:
                    reply = _well(self._exchange(self._client, request))
        except _Stumbled as error:
            raise RemoteError(self.host, "not well just now; try again later.", error.status) from error
        except httpx.TransportError as error:
            what = f"not reached ({type(error).__name__});"
            raise RemoteError(self.host, what, None, "check the address and try again later.") from error
        except (httpx.DecodingError, _TooLarge) as error:
            raise RemoteError(self.host, f"the answer is {error}; check the address.") from error
        if 300 <= reply.status < 400:
            raise RemoteError(self.host, "a redirect, which is not followed; check the address.", reply.status)
        return reply

    def _exchange(self, client: httpx.Client, request: httpx.Request) -> Reply:
        """One request and its whole answer, neither longer nor larger than the bounds."""
        request.extensions["trace"] = self._trace
        with self._deadline() as check:
            response = client.send(request, stream=True)
            try:
                body = bytearray()
                for part in response.iter_bytes():
                    check()
                    body += part
                    if len(body) > MAX_REPLY:
                        raise _TooLarge(f"larger than {MAX_REPLY // 1024 // 1024} MB")
            finally:
                response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, bytes(body))

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._sockets.add(info["return_value"].get_extra_info("socket"))

    @contextmanager
    def _deadline(self) -> Iterator[Any]:
        """End what takes too long as a whole: a host that sends a byte a minute is never silent."""
        ends = time.monotonic() + self._seconds

        def check() -> None:
            if time.monotonic() > ends:
                raise httpx.ReadTimeout(f"no whole answer in {self._seconds:g} seconds")

        watch = threading.Timer(self._seconds, self._hang_up)
        watch.daemon = True
        watch.start()
        try:
            yield check
        finally:
            watch.cancel()

    def _hang_up(self) -> None:
        for connection in list(self._sockets):
            # A connection that is closed already needs no end.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def multipart(fields: Mapping[str, str], file: tuple[str, str, bytes]) -> tuple[bytes, str]:
    """A form with one file (field, file name, content) as bytes, and its content type."""
    name, filename, content = file
    form = httpx.Request("POST", "https://form.invalid", data=dict(fields), files={name: (filename, content)})
    return form.read(), form.headers["content-type"]


def _well(reply: Reply) -> Reply:
    if reply.status in (502, 503, 504) and "retry-after" not in reply.headers:
        raise _Stumbled(reply.status)
    return reply


class _Stumbled(Exception):
    """The host answered that it is not well."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _TooLarge(Exception):
    """The answer is larger than anything we asked for."""


def _worth_another_try(error: Exception) -> bool:
    return isinstance(error, httpx.TransportError | _Stumbled)
