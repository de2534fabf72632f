"""Stand-ins for the ERPs' hosts: real sockets on loopback, state in memory, limits and expiry as documented."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import threading
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SECRET = "canary-secret-9f3"


class StandIn:
    """A host with a token route and whatever a test adds; `requests` is every API call it saw.

    `good_for` is how many API calls an access token serves, but for the first `dead_tokens`, which
    serve none; `busy` holds the answers (429s) that the
    next calls get instead of data. Refresh tokens rotate at once: the one before is refused.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.refresh_token, self.token_calls, self.good_for = "seed-token", 0, 1000
        self.dead_tokens = 0
        self.form: dict[str, Any] = {}
        self.busy: list[Response] = []
        self._uses: dict[str, int] = {}

    def api(self, path: str, answer, methods: tuple[str, ...] = ("GET",), auth: str = "Bearer") -> Route:
        async def guarded(request: Request) -> Response:
            self.requests.append(request)
            self.body = await request.body()
            if self.busy:
                return self.busy.pop(0)
            if not self._signed(request.headers.get("authorization", ""), auth):
                return JSONResponse({"Detail": f"not accepted: {request.headers.get('authorization')}"}, 401)
            return answer(request)

        return Route(path, guarded, methods=list(methods))

    def _signed(self, header: str, auth: str) -> bool:
        if auth != "Bearer":
            return header == auth
        token = header.removeprefix("Bearer ")
        self._uses[token] = self._uses.get(token, 0) - 1
        return self._uses[token] >= 0

    async def token(self, request: Request) -> Response:
        self.token_calls += 1
        self.form, self.token_headers = dict(await request.form()), request.headers
        if self.form.get("grant_type") == "refresh_token":
            if self.form.get("refresh_token") != self.refresh_token:
                return JSONResponse({"error": "invalid_grant", "echo": self.form.get("refresh_token")}, 400)
            self.refresh_token = f"refresh-{secrets.token_hex(4)}"
        access = f"access-{secrets.token_hex(4)}"
        self._uses[access] = self.good_for if self.token_calls > self.dead_tokens else 0
        return JSONResponse(
            {"access_token": access, "expires_in": 1800, "token_type": "Bearer", "refresh_token": self.refresh_token}
        )

    def asked(self, name: str) -> list[str | None]:
        """What each API call so far said for this query parameter or header."""
        return [request.query_params.get(name, request.headers.get(name)) for request in self.requests]


@contextlib.contextmanager
def served(standin: StandIn, routes: list[Route]):
    """The stand-in under an address of its own, for as long as the block."""
    routes = [Route("/token", standin.token, methods=["POST"]), *routes]
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        Starlette(routes=routes), log_config=None, log_level="critical", access_log=False, ws="none", lifespan="off"
    )
    server = uvicorn.Server(config)

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(server.serve(sockets=[listening]))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()


def too_many(seconds: int | str | None = 1, **headers: str) -> Response:
    """A 429, with Retry-After where one is said."""
    return Response(status_code=429, headers=headers | ({"Retry-After": str(seconds)} if seconds is not None else {}))
