"""The rate budget: what Procore's headers say is left, and a gate that stays closed until its reset.

A fifth of the budget is kept for people: background reads wait once less than that remains.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

KEPT_FOR_PEOPLE = 0.2


class Gate(Protocol):
    """Remembers until when a host asked us to be quiet; the control database keeps one across restarts."""

    def closed_until(self) -> datetime | None: ...

    def close(self, until: datetime) -> None: ...


class MemoryGate:
    """A gate for the life of one process."""

    def __init__(self) -> None:
        self._until: datetime | None = None

    def closed_until(self) -> datetime | None:
        return self._until

    def close(self, until: datetime) -> None:
        self._until = max(until, self._until) if self._until else until


class Pace:
    """Waits before a read where the last reply said that little is left."""

    def __init__(self, gate: Gate, sleep: Callable[[float], None] = time.sleep) -> None:
        self._gate, self._sleep = gate, sleep

    def before_read(self) -> None:
        """Wait until the gate opens."""
        until = self._gate.closed_until()
        while until and (left := (until - datetime.now(UTC)).total_seconds()) > 0:
            self._sleep(min(left, 60))

    def after(self, status: int, headers: Mapping[str, str]) -> None:
        """Heed what a reply said about the budget."""
        asked = asked_to_wait(status, headers, datetime.now(UTC))
        if asked:
            self._gate.close(asked)
            return
        limit, remaining = _number(headers, "x-rate-limit-limit"), _number(headers, "x-rate-limit-remaining")
        reset = _number(headers, "x-rate-limit-reset")
        if limit and remaining is not None and reset and remaining < limit * KEPT_FOR_PEOPLE:
            self._gate.close(datetime.fromtimestamp(reset, UTC))


def asked_to_wait(status: int, headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when a 429, or a 503 with Retry-After, closes the gate: the later of what it names."""
    if status not in (429, 503):
        return None
    named = [_retry_after(headers.get("retry-after"), now)]
    reset = _number(headers, "x-rate-limit-reset")
    if status == 429 and reset:
        named.append(datetime.fromtimestamp(reset, UTC))
    times = [moment for moment in named if moment]
    if not times:
        return now + timedelta(seconds=60) if status == 429 else None
    return max(times)


def _retry_after(text: str | None, now: datetime) -> datetime | None:
    if not text:
        return None
    if text.strip().isdigit():
        return now + timedelta(seconds=int(text))
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isdigit() else None
