"""What every request to the local Procore meets first: token, company, rate limit, scripted faults."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from toolkit.sandbox.faults import Faults
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

    def good(self, header: str) -> bool:
        with self._lock:
            kind, _, token = header.partition(" ")
            return kind.lower() == "bearer" and time.monotonic() < self._expiry.get(token, 0)

    def revoke_all(self) -> None:
        with self._lock:
            self._expiry.clear()


class RateLimit:
    """One fixed window of `seconds`; generous by default so that a demo never waits."""

    def __init__(self, limit: int = 3600, seconds: float = 3600) -> None:
        self.limit, self.seconds = limit, seconds
        self._used, self._ends = 0, 0.0
        self._lock = threading.Lock()

    def take(self) -> tuple[bool, dict[str, str]]:
        """Is there room for one more, and the three headers."""
        with self._lock:
            now = time.time()
            if now >= self._ends:
                self._used, self._ends = 0, now + self.seconds
            allowed = self._used < self.limit
            self._used += allowed
            return allowed, {
                "X-Rate-Limit-Limit": str(self.limit),
                "X-Rate-Limit-Remaining": str(self.limit - self._used),
                "X-Rate-Limit-Reset": str(int(self._ends) + 1),
            }


class Gatekeeper:
    """Answers for the whole API before a route is asked, in Procore's order."""

    def __init__(self, state: State, tokens: Tokens, limit: RateLimit, faults: Faults) -> None:
        self.state, self.tokens, self.limit, self.faults = state, tokens, limit, faults
        self.requests: list[tuple[str, str]] = []

    async def __call__(self, request: Request, proceed: Handler) -> Response:
        path = request.url.path
        self.requests.append((request.method, f"{path}?{request.url.query}".removesuffix("?")))
        allowed, headers = self.limit.take()
        if not allowed:
            text = "You have surpassed the max number of requests for an hour. Please wait until your limit resets."
            return JSONResponse({"message": text}, 429, headers)
        fault = self.faults.strike(request.method, path)
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind == "drop_before":
            return _hang_up(request)
        if fault and fault.kind == "status":
            content = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
            return Response(content, fault.status, headers | fault.headers, media_type="application/json")
        response = self._refusal(request) or await proceed(request)
        if fault and fault.kind == "drop_after":
            return _hang_up(request)
        response.headers.update(headers)
        return response

    def _refusal(self, request: Request) -> Response | None:
        if not self.tokens.good(request.headers.get("authorization", "")):
            return JSONResponse({"code": 401, "message": "The access token is invalid"}, 401)
        company = request.headers.get("procore-company-id")
        if company is None:
            return JSONResponse({"message": "Procore-Company-Id header is required"}, 400)
        if company != str(self.state.company["id"]):
            return JSONResponse({"errors": ["App is not connected to this company."]}, 403)
        return None
