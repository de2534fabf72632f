"""Local passwords: argon2 hashes in one file that only its owner can read."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import threading
import time
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

TRIES, LOCKED_SECONDS = 5, 30.0
# Names with wrong tries that are kept in mind; guessing names must not fill the memory.
REMEMBERED = 1000
# A check takes 64 MB; two at once are plenty for an office.
_AT_ONCE = threading.Semaphore(2)


class Passwords:
    """Names and argon2 hashes; wrong tries lock a name for a while."""

    def __init__(self, path: Path) -> None:
        self._path, self._hasher = path, PasswordHasher()
        self._wrong: dict[str, tuple[int, float]] = {}
        self._counting = threading.Lock()
        # Checked where a name is unknown, so that the answer takes as long as for a known one.
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def names(self) -> list[str]:
        return sorted(self._read())

    def set(self, name: str, password: str) -> None:
        """Keep a password's hash."""
        hashes = self._read() | {name: self._hasher.hash(password)}
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=self._path.parent, delete=False, encoding="utf-8") as draft:
            json.dump(hashes, draft, indent=1, sort_keys=True)
            draft.flush()
            os.fsync(draft.fileno())
        Path(draft.name).chmod(0o600)
        Path(draft.name).replace(self._path)

    def right(self, name: str, password: str) -> bool:
        """Is this the name's password? Always False while the name is locked."""
        if not self._may_try(name):
            return False
        with _AT_ONCE:
            good = self._verified(self._read().get(name, self._nobody), password)
        if good:
            with self._counting:
                self._wrong.pop(name, None)
        return good

    def _may_try(self, name: str) -> bool:
        """Count the try before it is looked at, so that many at once are no way around the lock."""
        now = time.monotonic()
        with self._counting:
            tries, since = self._wrong.pop(name, (0, now))
            locked = tries >= TRIES and now - since < LOCKED_SECONDS
            self._wrong[name] = (tries, since) if locked else (tries + 1, now)
            while len(self._wrong) > REMEMBERED:
                del self._wrong[next(iter(self._wrong))]
        return not locked

    def _verified(self, digest: str, password: str) -> bool:
        try:
            return self._hasher.verify(digest, password)
        except (VerificationError, InvalidHashError):
            return False

    def _read(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        found: dict[str, str] = json.loads(self._path.read_text(encoding="utf-8"))
        return found
