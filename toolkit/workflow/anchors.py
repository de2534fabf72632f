"""What is kept of the log outside the control database: its head after each change, and signed checkpoints.

A chain proves itself whole only up to where somebody else remembers it. Beside the database lies the
newest head; `[audit] anchor_folder` (a share of another person, a synced folder, a write-once mount)
gets the same head and every checkpoint. What was written after the newest outside anchor is what a
person with full power over this machine could still rewrite, so `audit verify` says how much that is.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from toolkit.errors import AuditBroken, StoreError
from toolkit.settings import Settings
from toolkit.workflow import checkpoint
from toolkit.workflow.audit import Anchor

HEAD, PUBLIC, NOTE = "head", "pub", "checkpoint"


class Anchors:
    """The places in which the log is remembered: the working folder, and a folder outside it where one is set."""

    def __init__(self, settings: Settings) -> None:
        self._home, self._key_path = settings.home / "audit.anchor", settings.home / "audit.key"
        self._secret = settings.audit.key.get_secret_value() if settings.audit.key else None
        self.outside = settings.audit.anchor_folder

    def remember(self, origin: str | None, seq: int, digest: str) -> None:
        """Note the newest head; an outside folder that is away just now shows as an older anchor."""
        text = json.dumps({"seq": seq, "hash": digest})
        write(self._home, text)
        if self.outside and origin and self.outside.is_dir():
            write(self._file(origin, HEAD), text)

    def newest(self, origin: str | None) -> list[Anchor]:
        """Every head and the newest checkpoint, wherever they are kept; AuditBroken where a signature is wrong."""
        found = [read_head(self._home)] if self._home.exists() else []
        if self.outside and origin:
            head, public = self._file(origin, HEAD), self._file(origin, PUBLIC)
            found += [read_head(head)] if head.exists() else []
            known = public.read_text(encoding="utf-8").strip() if public.exists() else None
            notes = sorted(self.outside.glob(f"{self._stem(origin)}.*.{NOTE}"))
            found += [read_note(notes[-1], known)] if notes else []
        return found

    def kind(self, anchor: Anchor) -> str:
        """How people call an anchor: without the folder it lies in."""
        kind = "checkpoint" if anchor.place.endswith(NOTE) else "head"
        return f"{kind}, {'inside' if anchor.place == str(self._home) else 'outside'} the working folder"

    def keep(self, signed: str, key: Ed25519PrivateKey) -> list[Path]:
        """Put a signed checkpoint where anchors go; returns the files. The key's public part is put there once."""
        found = checkpoint.read(signed, checkpoint.public_of(key))
        folders = [self._home.parent / "checkpoints", *([self.outside] if self.outside else [])]
        paths = []
        for folder in folders:
            if folder is not self.outside:
                folder.mkdir(exist_ok=True, mode=0o700)
            elif not folder.is_dir():
                raise StoreError(f"{folder} is not there, so the checkpoint could not be anchored outside.")
            # Twelve digits, so that names sort as numbers do.
            path = folder / f"{self._stem(found.origin)}.{found.size:012}.{NOTE}"
            public = folder / f"{self._stem(found.origin)}.{PUBLIC}"
            if not public.exists():
                write(public, checkpoint.public_of(key) + "\n")
            write(path, signed)
            paths.append(path)
        return paths

    def key(self) -> Ed25519PrivateKey:
        """The signing key: TIEOUT_AUDIT_KEY, else the one in the working folder, made at the first checkpoint."""
        if self._secret:
            return checkpoint.key_of(self._secret)
        if not self._key_path.exists():
            write(self._key_path, checkpoint.seed_of(checkpoint.key_of()) + "\n")
        return checkpoint.key_of(self._key_path.read_text(encoding="utf-8").strip())

    def _stem(self, origin: str) -> str:
        return origin.replace("/", "-")

    def _file(self, origin: str, kind: str) -> Path:
        return (self.outside or self._home.parent) / f"{self._stem(origin)}.{kind}"


def read_head(path: Path) -> Anchor:
    """The head that a file names; StoreError where it is damaged."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Anchor(int(said["seq"]), str(said["hash"]), str(path))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} is damaged; restore it from a backup.") from error


def read_note(path: Path, public: str | None) -> Anchor:
    """The head that a checkpoint names; AuditBroken where it is not signed by that key."""
    try:
        found = checkpoint.read(path.read_text(encoding="utf-8"), public)
    except AuditBroken as error:
        raise AuditBroken(f"{path}: {error}") from error
    return Anchor(found.size, found.head, str(path))


def read_any(path: Path, public: str | None = None) -> Anchor:
    """An anchor that a person hands over: a head or a checkpoint."""
    if not path.exists():
        raise StoreError(f"{path} is not there.")
    text = path.read_text(encoding="utf-8", errors="replace")
    return read_head(path) if text.startswith("{") else read_note(path, public)


def write(path: Path, text: str) -> None:
    """Whole or not at all, on disk before it has its name; readable by its owner alone."""
    # A name of its own: two processes may be here at once.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".anchor-", delete=False, encoding="utf-8") as draft:
        draft.write(text)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(path)
