"""What every request to the local Procore meets first: the limits, scripted faults, its token, its company."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from toolkit.sandbox.faults import Fault, Faults
from toolkit.sandbox.limits import OVER, Limits
from toolkit.sandbox.refusals import Refusal, absent
from toolkit.sandbox.state import State

Handler = Callable[[Request], Awaitable[Response]]
# Where the server puts a request's connection, so that a fault can end it without an answer.
TRANSPORT = "tieout.transport"


def _hang_up(request: Request) -> Response:
    request.scope["extensions"][TRANSPORT].abort()
    return Response()


class Tokens:
    """Access tokens of client credentials, each good for `seconds`."""

    def __init__(self, client_id: str, client_secret: str, seconds: float = 5400) -> None:
        self.client_id, self.client_secret, self.seconds = client_id, client_secret, seconds
        self._expiry: dict[str, float] = {}
        self._lock = threading.Lock()

    def issue(self) -> dict[str, Any]:
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._expiry[token] = time.monotonic() + self.seconds
        return {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": int(self.seconds),
            "created_at": int(time.time()),
        }

    def left(self, header: str) -> float:
        """Seconds for which an Authorization header is still good; 0 where it is not."""
        kind, _, token = header.partition(" ")
        with self._lock:
            return max(self._expiry.get(token, 0) - time.monotonic(), 0) if kind.lower() == "bearer" else 0

    def revoke(self, token: str) -> None:
        with self._lock:
            self._expiry.pop(token, None)

    def revoke_all(self) -> None:
        with self._lock:
            self._expiry.clear()


class Gatekeeper:
    """Answers for the whole API before a route is asked, in Procore's order."""

    def __init__(self, state: State, tokens: Tokens, limits: Limits, faults: Faults) -> None:
        self.state, self.tokens, self.limits, self.faults = state, tokens, limits, faults
        self.requests: list[tuple[str, str]] = []
        self._later: set[asyncio.Task[Response]] = set()

    async def __call__(self, request: Request, proceed: Handler) -> Response:
        path = request.url.path
        self.requests.append((request.method, f"{path}?{request.url.query}".removesuffix("?")))
        allowed, headers = self.limits.take()
        if not allowed:
            return JSONResponse({"message": OVER}, 429, headers)
        fault = self.faults.strike(request.method, path)
        early = await self._before(fault, request, proceed, headers) if fault else None
        if early is not None:
            return early
        response = await self._checked(request, proceed)
        if fault and fault.kind == "drop_after":
            return _hang_up(request)
        if fault and fault.kind == "status_after":
            return fault.answer(headers)
        response = fault.bent(response) if fault else response
        response.headers.update(headers)
        return response

    async def _before(
        self, fault: Fault, request: Request, proceed: Handler, headers: dict[str, str]
    ) -> Response | None:
        """What a fault does before the request is looked at; an answer where it ends there."""
        # Whoever asked may be gone before it is done: what they asked for is here already.
        await request.body()
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "expire":
            self.tokens.revoke_all()
        if fault.kind == "late":
            task = asyncio.create_task(self._after(fault.seconds, request, proceed))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
        if fault.kind in ("drop_before", "late"):
            return _hang_up(request)
        return fault.answer(headers) if fault.kind == "status" else None

    async def _after(self, seconds: float, request: Request, proceed: Handler) -> Response:
        await asyncio.sleep(seconds)
        return await self._checked(request, proceed)

    async def _checked(self, request: Request, proceed: Handler) -> Response:
        try:
            self._admit(request)
            return await proceed(request)
        except Refusal as refusal:
            return refusal.answer(request.url.path)

    def _admit(self, request: Request) -> None:
        if not self.tokens.left(request.headers.get("authorization", "")):
            raise Refusal(401, "The access token is invalid")
        company = request.headers.get("procore-company-id")
        if company is None:
            missing = Refusal(400, "Missing Procore-Company-Id header! Send it with every request.")
            raise missing if self.state.switches.without_company == 400 else absent()
        if company != str(self.state.company["id"]):
            raise Refusal(403, "App is not connected to this company.")
