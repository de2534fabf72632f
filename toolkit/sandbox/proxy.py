"""A TCP proxy in front of the local Procore that breaks connections, as no application can from inside.

`break_next` names what the next connection meets: `before` a reset in place of passing the request on,
`after` a reset once the answer is there, unread; `half` half of the answer, then a reset.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

Break = Literal["before", "after", "half"]
# Closing with this set sends a reset instead of an orderly end.
LINGER_NOT = struct.pack("ii", 1, 0)


class BreakingProxy:
    """Passes connections on to `url` for as long as the `with` block; `url` of its own is where to connect."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "", parts.port or 80)
        self._breaks: list[Break] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="breaking-proxy", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A thread that waits in accept is woken by an end of the socket, not by its closing alone.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def break_next(self, how: Break) -> None:
        """The next connection meets this; later ones pass."""
        self._breaks.append(how)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            how = self._breaks.pop(0) if self._breaks else None
            threading.Thread(target=self._serve, args=(near, how), daemon=True).start()

    def _serve(self, near: socket.socket, how: Break | None) -> None:
        with near, contextlib.suppress(OSError):
            if how == "before":
                near.recv(1)
                _reset(near)
                return
            with socket.create_connection(self._target) as far:
                if how is None:
                    _pass_on(far, near)
                else:
                    far.sendall(_request(near))
                    answer = far.recv(65536)
                    near.sendall(answer[: len(answer) // 2] if how == "half" else b"")
                    _reset(near)


def _request(near: socket.socket) -> bytes:
    """One whole request, which may come in several parts: its head, then as much body as the head says."""
    said = b""
    while b"\r\n\r\n" not in said and (part := near.recv(65536)):
        said += part
    head, _, body = said.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
    left = int(length[1]) - len(body) if length else 0
    while left > 0 and (part := near.recv(left)):
        said, left = said + part, left - len(part)
    return said


def _pass_on(far: socket.socket, near: socket.socket) -> None:
    back = threading.Thread(target=_pump, args=(far, near), daemon=True)
    back.start()
    _pump(near, far)
    back.join(timeout=5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)


def _reset(near: socket.socket) -> None:
    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    near.close()
