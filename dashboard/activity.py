"""Sessions: how long one may rest, and which have ended. The cookie alone never opens one again."""

from __future__ import annotations

import os
import threading
import time

import streamlit as st

from toolkit.settings import Settings

IDLE_SECONDS = 30 * 60
# However long the provider's token holds, a session is over after this.
LONGEST_SECONDS = 8 * 3600
# So long after signing in a large batch may be released.
FRESH_SECONDS = 5 * 60


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
    begun = _signed_in_at()
    if begun is not None:
        expires = min(expires, begun + LONGEST_SECONDS)
    if expires < time.time() or name() in _ended(told):
        return False
    if _seen().rested(name(), active=active) > IDLE_SECONDS:
        end(told)
        return False
    return True


def _signed_in_at() -> float | None:
    """When the person proved who they are: at the provider, else when its token was made."""
    said = st.user.get("auth_time") or st.user.get("iat")
    return float(str(said)) if said else None


def fresh() -> bool:
    """Did the person sign in within the last minutes? No where the provider does not say when."""
    begun = _signed_in_at()
    return begun is not None and time.time() - begun <= FRESH_SECONDS


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
