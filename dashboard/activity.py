"""Sessions: how long one may rest, and which have ended. The cookie alone never opens one again."""

from __future__ import annotations

import os
import threading
import time

import streamlit as st

from toolkit.settings import Settings

IDLE_SECONDS = 30 * 60


class _Seen:
    """When each session last did something, in this process."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()

    def rested(self, name: str, *, active: bool) -> float:
        """Seconds since the session last did something; doing something now starts it anew."""
        now = time.monotonic()
        with self._lock:
            rested = now - self._last.get(name, now)
            if active and rested <= IDLE_SECONDS:
                self._last[name] = now
            self._last.setdefault(name, now)
        return rested


@st.cache_resource
def _seen() -> _Seen:
    return _Seen()


def name() -> str:
    """The session's own name: the provider's, else whose it is and since when."""
    return str(st.user.get("sid") or f"{st.user.get('sub', '')}@{st.user.get('iat', '')}").replace(" ", "-")


def good(told: Settings, *, active: bool) -> bool:
    """May this session go on? A page that only renews itself is no activity of a person."""
    expires = float(str(st.user.get("exp") or time.time() + 1))
    if expires < time.time() or name() in _ended(told):
        return False
    if _seen().rested(name(), active=active) > IDLE_SECONDS:
        end(told)
        return False
    return True


def _ended(told: Settings) -> list[str]:
    path = told.home / "signin" / "ended"
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def end(told: Settings) -> None:
    """End the session, in every tab and for every copy of its cookie."""
    path = told.home / "signin" / "ended"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.write(f"{name()}\n")
