"""Scripted misfortune: what a test tells the local Procore to do to a request."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.responses import Response

Kind = Literal[
    "status",
    "status_after",
    "drop_before",
    "drop_after",
    "late",
    "delay",
    "garbled",
    "expire",
    "short",
    "stale",
    "total",
    "twice",
]


@dataclass(frozen=True)
class Fault:
    """What happens to the nth request (1-based, from when it was added) of a method and path prefix.

    Before anything is done: `status` answers with `status`, `body` and `headers`; `drop_before` hangs
    up; `expire` ends every token. Although it is done: `status_after` answers `status` all the same,
    `drop_after` hangs up, `garbled` answers half. `late` hangs up at once and does it after `seconds`;
    `delay` does it after `seconds` and answers. Of a list: `short` leaves the last row out but counts
    it, `stale` leaves it out and does not, `total` counts one too many, `twice` repeats the last row.
    """

    method: str
    path: str
    kind: Kind
    nth: int = 1
    times: int = 1
    status: int = 500
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def answer(self, headers: dict[str, str]) -> Response:
        """The scripted answer."""
        content = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return Response(content, self.status, headers | self.headers, media_type="application/json")

    def bent(self, response: Response) -> Response:
        """An answer as this fault leaves it."""
        body = bytes(response.body)
        if self.kind == "garbled":
            return _again(response, body[: len(body) // 2])
        if self.kind not in ("short", "stale", "total", "twice"):
            return response
        rows, total = json.loads(body), int(response.headers.get("Total", "0"))
        rows = rows[:-1] if self.kind in ("short", "stale") else rows + rows[-1:] if self.kind == "twice" else rows
        total += {"stale": -1, "total": 1, "twice": 1}.get(self.kind, 0)
        bent = _again(response, json.dumps(rows).encode())
        bent.headers["Total"] = str(max(total, 0))
        return bent


def _again(response: Response, body: bytes) -> Response:
    kept = {name: value for name, value in response.headers.items() if name.lower() != "content-length"}
    return Response(body, response.status_code, kept)


class Faults:
    """The faults still to come, counted under a lock."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, list[int]]] = [(fault, [0]) for fault in faults]

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append((fault, [0]))

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, if any."""
        with self._lock:
            for fault, seen in self._waiting:
                if fault.method == method and path.startswith(fault.path):
                    seen[0] += 1
                    if fault.nth <= seen[0] < fault.nth + fault.times:
                        return fault
        return None
