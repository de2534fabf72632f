"""Signed reads of one ERP's API, at the pace its host asks for; no secret is ever repeated in an error."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, NoReturn, Protocol, Self

from toolkit.erps.api.base import Ask
from toolkit.errors import NotVisible, Refused, RemoteError, SignInRefused, TieoutError
from toolkit.web import Reply, Web

ATTEMPTS = 6
# A longer wait is a person's decision: the pull ends and says when to come again.
LONGEST_WAIT = 900.0
UNSAID_WAIT = 60.0
# Where hosts say why they refuse, outermost first.
SAID = (
    *("Fault", "fault", "Error", "o:errorDetails", "exceptionMessage", "ExceptionMessage"),
    *("Detail", "detail", "Message", "message", "title", "error"),
)


class Sign(Protocol):
    """How requests are signed."""

    def headers(self) -> Mapping[str, str]: ...

    def forget(self) -> None: ...


@dataclass(frozen=True)
class Basic:
    """A user and a password with each request."""

    user: str
    password: str

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": basic(self.user, self.password)}

    def forget(self) -> None:
        """There is nothing to renew."""


@dataclass(frozen=True)
class Unsigned:
    """The sign-in stands in the request itself."""

    def headers(self) -> Mapping[str, str]:
        return {}

    def forget(self) -> None:
        """There is nothing to renew."""


def basic(user: str, password: str) -> str:
    """The value of an `Authorization` header by HTTP Basic."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Session:
    """One API for as long as the `with` block. Every answer that comes back is a 200."""

    def __init__(self, ask: Ask, url: str, sign: Sign, headers: Mapping[str, str] | None = None) -> None:
        self._ask, self._sign = ask, sign
        self._headers = {"Accept": "application/json"} | dict(headers or {})
        self._web = Web(url, timeout=ask.section.timeout_seconds)
        self.host = self._web.host
        self._heard = False

    def __enter__(self) -> Self:
        self._web.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._web.__exit__(kind, error, trace)

    def get(self, path: str, params: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Any:
        """A JSON reply. Numbers with a point are text."""
        return parsed(self._answered(path, lambda signed: self._web.get(path, params, signed), headers), self.host)

    def query(
        self, path: str, params: Mapping[str, Any], body: bytes, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """The reply to a query that is asked by POST."""
        return self._answered(path, lambda signed: self._web.query(path, params, body, signed), headers)

    def leave(self, path: str) -> None:
        """Sign out where a host counts sessions; it makes no difference to what was read."""
        if self._heard:
            with suppress(TieoutError):
                self._web.query(path, {}, b"", self._headers | dict(self._sign.headers()))

    def _answered(
        self, path: str, send: Callable[[Mapping[str, str]], Reply], headers: Mapping[str, str] | None
    ) -> Reply:
        signed_in_again = False
        for _ in range(ATTEMPTS):
            signed = dict(self._sign.headers())
            self._ask.hide(signed.get("Authorization", "").rpartition(" ")[2])
            reply = send(self._headers | dict(headers or {}) | signed)
            self._heard = True
            if reply.status == 401 and not signed_in_again:
                signed_in_again = True
                self._sign.forget()
                continue
            wait = asked_to_wait(reply, datetime.now(UTC))
            if wait is None:
                break
            self._wait(reply, wait)
        return reply if reply.status == 200 else self._refused(path, reply)

    def _wait(self, reply: Reply, seconds: float) -> None:
        if seconds > LONGEST_WAIT:
            raise RemoteError(
                self.host, "its limit is used up;", reply.status, f"pull again in {seconds / 60:.0f} minutes."
            )
        self._ask.told(f"{self.host} asks to wait {seconds:g} seconds")
        self._ask.sleep(seconds)

    def _refused(self, path: str, reply: Reply) -> NoReturn:
        what = f"{path}: {said(reply.body, self._ask.secrets)};"
        section = f"[erp.{self._ask.erp}]"
        if reply.status == 401:
            raise SignInRefused(self.host, what, 401, f"check {section} and its secrets.")
        if reply.status in (403, 404):
            raise NotVisible(self.host, what, reply.status, f"check {section} and what its user may read.")
        if reply.status in (400, 405, 406, 409, 422):
            raise Refused(self.host, what, reply.status, f"check {section}.")
        raise RemoteError(self.host, what, reply.status, "try again later.")


def asked_to_wait(reply: Reply, now: datetime) -> float | None:
    """Seconds that a 429, or a 503 with Retry-After, asks for; None where nothing is asked."""
    text = reply.headers.get("retry-after", "").strip()
    if reply.status not in (429, 503) or (reply.status == 503 and not text):
        return None
    if text.isdecimal():
        return float(text)
    try:
        return max((parsedate_to_datetime(text) - now).total_seconds(), 0.0) if text else UNSAID_WAIT
    except (ValueError, TypeError):
        return UNSAID_WAIT


def parsed(reply: Reply, host: str) -> Any:
    """The JSON of a reply; RemoteError where it is none, or where a key stands twice in one object."""
    try:
        return json.loads(reply.body, parse_float=str, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise RemoteError(host, f"the answer is no JSON ({error}); check the address.", reply.status) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def said(body: bytes, secrets: Iterable[str]) -> str:
    """A refusal's own sentence where it stands in a known place, at most 200 characters of it."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return "refused"
    while isinstance(found, dict | list) and found:
        if isinstance(found, list):
            found = found[0]
            continue
        found = next((found[name] for name in SAID if name in found), None)
    if not isinstance(found, str) or not found.strip():
        return "refused"
    for secret in sorted(secrets, key=len, reverse=True):
        found = found.replace(secret, "***")
    return " ".join(found.split())[:200].rstrip(".;")
