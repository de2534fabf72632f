"""Scripted misfortune: what a test tells the local Procore to do to a request."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fault:
    """What happens to the nth request (1-based, from when it was added) of a method and path prefix.

    `kind`: `status` answers with `status`, `body` and `headers`; `drop_before` hangs up before the
    write is done, `drop_after` after it; `delay` waits `seconds`; `hide` leaves a created row out of
    the next `times` listings.
    """

    method: str
    path: str
    kind: str
    nth: int = 1
    times: int = 1
    status: int = 500
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


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
