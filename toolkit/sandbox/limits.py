"""Procore's two rate windows, an hour and a spike of ten seconds, and the headers that tell of the nearer one."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

OVER = "You have surpassed the max number of requests for an hour. Please wait until your limit resets."


@dataclass
class Window:
    """A fixed window of `seconds` in which `limit` requests are answered."""

    limit: int
    seconds: float
    used: int = 0
    ends: float = 0.0

    @property
    def left(self) -> int:
        return max(self.limit - self.used, 0)

    def roll(self, now: float) -> None:
        """Begin anew where the window has ended."""
        if now >= self.ends:
            self.used, self.ends = 0, now + self.seconds


@dataclass
class Limits:
    """Both windows; generous by default so that a demo never waits. Procore's own example: 600 and 25."""

    hour: Window = field(default_factory=lambda: Window(36_000, 3600))
    spike: Window = field(default_factory=lambda: Window(5_000, 10))
    # Does a 429 also name Retry-After?
    retry_after: bool = False

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def take(self) -> tuple[bool, dict[str, str]]:
        """Is there room for one more, and the headers: they describe the window that runs out first."""
        with self._lock:
            now = time.time()
            for window in (self.hour, self.spike):
                window.roll(now)
            allowed = self.hour.left > 0 and self.spike.left > 0
            # A refused request counts too.
            self.hour.used += 1
            self.spike.used += 1
            nearer = min(self.spike, self.hour, key=lambda window: window.left / window.limit)
            headers = {
                "X-Rate-Limit-Limit": str(nearer.limit),
                "X-Rate-Limit-Remaining": str(nearer.left),
                "X-Rate-Limit-Reset": str(int(nearer.ends) + 1),
            }
            if not allowed and self.retry_after:
                headers["Retry-After"] = str(int(nearer.ends - now) + 1)
            return allowed, headers
