"""The rate budget: what Procore's headers say is left, and a gate that stays closed until its reset.

A fifth of the budget is kept for people: reads and pushes wait once no more than that remains.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

KEPT_FOR_PEOPLE = 0.2
# The longer of Procore's two windows; a reset beyond it (and a minute) is a mistake, not a wish.
LONGEST_WINDOW = timedelta(minutes=61)
SHORTER_WINDOW = timedelta(seconds=10)
# `X-Rate-Limit-Reset` and `Date` are both in whole seconds, and servers write one `Date` for a second.
TOLD_LATE = timedelta(seconds=3)
# What a 429 that names no moment is given.
WITHOUT_A_WORD = timedelta(seconds=60)


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


def _now() -> datetime:
    return datetime.now(UTC)


class Pace:
    """Waits before a read where the last reply said that little is left."""

    def __init__(
        self, gate: Gate, sleep: Callable[[float], None] = time.sleep, now: Callable[[], datetime] = _now
    ) -> None:
        self._gate, self._sleep, self._now = gate, sleep, now
        self._window, self._first_reply = "", now()

    def before_read(self) -> None:
        """Wait until the gate opens."""
        while (until := self._gate.closed_until()) and (left := (until - self._now()).total_seconds()) > 0:
            self._sleep(min(left, 60))

    def after(self, status: int, headers: Mapping[str, str]) -> None:
        """Heed what a reply said about the budget."""
        now = self._now()
        asked = asked_to_wait(status, headers, now)
        if asked:
            self._gate.close(asked)
            return
        limit, remaining = _number(headers, "x-rate-limit-limit"), _number(headers, "x-rate-limit-remaining")
        told = _reset(headers, now)
        if not limit or remaining is None or not told:
            return
        window = f"{limit} until {headers['x-rate-limit-reset']}"
        if window != self._window:
            self._window, self._first_reply = window, now
        if remaining <= limit * KEPT_FOR_PEOPLE:
            self._gate.close(self._end(told, now))

    def _end(self, told: datetime, now: datetime) -> datetime:
        """When the window ends: as told, or ten seconds after its first reply where it is the shorter one.

        What is told comes in whole seconds, so it is late by up to three seconds, which is much of such a window.
        Where those ten seconds are over and the window is still the same, what is told holds.
        """
        at_the_latest = self._first_reply + SHORTER_WINDOW
        return at_the_latest if now < at_the_latest < told <= at_the_latest + TOLD_LATE else told


def asked_to_wait(status: int, headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when a 429, or a 503 with Retry-After, closes the gate: the later of what it names."""
    if status not in (429, 503):
        return None
    named = [_retry_after(headers.get("retry-after"), now), _reset(headers, now) if status == 429 else None]
    times = [moment for moment in named if moment]
    if not times:
        return now + WITHOUT_A_WORD if status == 429 else None
    return max(times)


def _reset(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """`X-Rate-Limit-Reset` (Unix seconds by the host's clock, which its `Date` tells) by ours."""
    seconds = _number(headers, "x-rate-limit-reset")
    if not seconds:
        return None
    ahead = (_date(headers.get("date")) or now) - now
    return min(datetime.fromtimestamp(seconds, UTC) - ahead, now + LONGEST_WINDOW)


def _retry_after(text: str | None, now: datetime) -> datetime | None:
    """`Retry-After`, in seconds or as a date; a day at most."""
    if not text:
        return None
    asked = timedelta(seconds=int(text)) if text.strip().isdigit() and len(text) < 9 else None
    if asked is None:
        until = _date(text)
        asked = until - now if until else None
    return now + min(asked, timedelta(days=1)) if asked is not None else None


def _date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isdigit() and len(text) < 12 else None
