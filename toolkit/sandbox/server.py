"""The local Procore as two servers on loopback: sign-in and API, real sockets, state in memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from toolkit.errors import StoreError
from toolkit.sandbox import api, login
from toolkit.sandbox.faults import Fault, Faults
from toolkit.sandbox.gatekeeping import TRANSPORT, Gatekeeper, Tokens
from toolkit.sandbox.limits import Limits
from toolkit.sandbox.state import State

HOST = "127.0.0.1"


class LocalProcore:
    """A Procore company on this machine, for as long as the `with` block.

    `seed` is a file (or its content) as `data/procore/company.json` shows; ports of 0 mean any free
    one. Tests look at `state` and `requests`, turn `state.switches`, set `limits` and script `faults`.
    """

    def __init__(
        self, seed: Path | dict[str, Any], *, api_port: int = 0, login_port: int = 0, faults: Iterable[Fault] = ()
    ) -> None:
        content = seed if isinstance(seed, dict) else json.loads(seed.read_text(encoding="utf-8"))
        self.state = State(content)
        self.client_id, self.client_secret = "local-procore", secrets.token_urlsafe(24)
        self.tokens = Tokens(self.client_id, self.client_secret)
        self.faults, self.limits = Faults(faults), Limits()
        self.gatekeeper = Gatekeeper(self.state, self.tokens, self.limits, self.faults)
        self._ports = (api_port, login_port)
        self._servers: list[_Server] = []

    @property
    def company_id(self) -> str:
        return str(self.state.company["id"])

    @property
    def requests(self) -> list[tuple[str, str]]:
        """Method and path of every API request so far."""
        return self.gatekeeper.requests

    def __enter__(self) -> Self:
        applications = (api.application(self.state, self.gatekeeper), login.application(self.tokens))
        self._servers = [_Server(app, port) for app, port in zip(applications, self._ports, strict=True)]
        self.api_url, self.login_url = (server.start() for server in self._servers)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.ask_to_stop()
        for server in self._servers:
            server.stop()


class _Protocol(H11Protocol):
    """uvicorn's own protocol, which also lets the application hang up."""

    def handle_events(self) -> None:
        super().handle_events()
        if self.scope is not None:
            extensions: dict[str, object] = {TRANSPORT: self.transport}
            self.scope["extensions"] = extensions  # type: ignore[typeddict-item]


class _Server:
    """One uvicorn server in a thread of its own."""

    def __init__(self, app: Starlette, port: int) -> None:
        # Without the protocol named, asyncio leaves TCP_NODELAY off and each kept connection waits 40 ms a reply.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((HOST, port))
        except OSError as error:
            self._socket.close()
            raise StoreError(f"Port {port} on {HOST} is taken; choose another with --port.") from error
        # No logging of its own: setting that up flushes all handlers under logging's lock, which in a notebook's
        # kernel can wait ten seconds for the thread that prints.
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="local-procore", daemon=True)

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._server.serve(sockets=[self._socket]))

    def start(self) -> str:
        """Listen, and return the address."""
        self._socket.listen()
        self._thread.start()
        host, port = self._socket.getsockname()
        return f"http://{host}:{port}"

    def ask_to_stop(self) -> None:
        # State is in memory, so there is nothing to finish for a connection that is still open.
        self._server.should_exit = self._server.force_exit = True

    def stop(self) -> None:
        self._thread.join(timeout=10)
        self._socket.close()
