"""One signed-in, paced conversation with Procore: reads that are answered or refused in words, and one write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from toolkit.errors import NotVisible, Refused, RemoteError, SignInRefused, TieoutError
from toolkit.procore import replies
from toolkit.procore.pace import Gate, MemoryGate, Pace
from toolkit.procore.signin import SignIn
from toolkit.settings import Settings
from toolkit.web import PostOutcome, Reply, Transport, Web

ATTEMPTS_AFTER_429 = 3
Keep = Callable[[str, bytes], None]


@dataclass(frozen=True)
class Edges:
    """What a session touches besides the network; tests and simulations bring their own."""

    gate: Gate | None = None
    transport: Transport | None = None
    keep: Keep = lambda *_: None


class Session:
    """Signed in to one company for as long as the `with` block."""

    def __init__(self, settings: Settings, edges: Edges) -> None:
        procore = settings.procore
        self.company_id = procore.company_id
        self._web = Web(procore.api_url, timeout=procore.timeout_seconds, transport=edges.transport)
        self._login = Web(procore.login_url, timeout=procore.timeout_seconds, transport=edges.transport)
        self.host = self._web.host
        self._pace, self._keep = Pace(edges.gate or MemoryGate()), edges.keep
        self._sign_in = SignIn(settings, self._login)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self._web)
        self._stack.enter_context(self._login)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def get(self, path: str, params: Mapping[str, Any]) -> Reply:
        """A 200 of Procore; anything else raises a RemoteError that says what it was and what to do."""
        reply = self._patiently(path, params)
        reply = replace(reply, body=self._sign_in.hidden(reply.body))
        if reply.status != 200:
            raise _refusal(self.host, path, reply)
        where = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
        self._keep(f"{path}?{where}", reply.body)
        return reply

    def write_once(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> PostOutcome:
        """Send a write, once, its body of this content type. A sign-in that fails is proof that nothing was sent."""
        try:
            token = self._sign_in.token()
        except TieoutError as error:
            return PostOutcome(sent=False, detail=str(error))
        headers = self._headers(token) | {"Content-Type": kind}
        outcome = self._web.write_once(method, path, body, headers)
        if outcome.status == 401:
            self._sign_in.forget(token)
        if outcome.status is not None:
            self._pace.after(outcome.status, outcome.headers)
        return replace(outcome, body=self._sign_in.hidden(outcome.body))

    def _patiently(self, path: str, params: Mapping[str, Any]) -> Reply:
        """Wait while the gate is closed, and sign in anew once where the token is refused."""
        signed_in_again = False
        for _ in range(ATTEMPTS_AFTER_429 + 1):
            self._pace.before_read()
            token = self._sign_in.token()
            reply = self._web.get(path, params, self._headers(token))
            self._pace.after(reply.status, reply.headers)
            if reply.status == 401 and not signed_in_again:
                signed_in_again = True
                self._sign_in.forget(token)
            elif reply.status not in (429, 503):
                break
        return reply

    def _headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}", "Procore-Company-Id": self.company_id, "Accept": "application/json"}


def _refusal(host: str, path: str, reply: Reply) -> RemoteError:
    said, status = f"{path}: {replies.refusal(reply.body).rstrip('.')};", reply.status
    if status == 401:
        return SignInRefused(host, said, 401, "check that the service account is installed in this company.")
    if status == 403 and "not connected to this company" in said:
        return Refused(host, said, 403, "check [procore] company_id, and that the app is installed in that company.")
    if status in (403, 404):
        return NotVisible(host, said, status, "check the service account's permissions and the id.")
    if status == 429 or status >= 500:
        return RemoteError(host, said, status, "try again later.")
    return Refused(host, said, status, "check the settings.")
