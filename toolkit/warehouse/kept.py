"""Source files and replies as they came, each under its SHA-256, readable by their owner only."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from toolkit.erps.base import SourceFile
from toolkit.errors import RefusedFile


def keep_all(folder: Path, contents: Sequence[bytes]) -> None:
    """Keep each of these under its own SHA-256."""
    for content in contents:
        keep(folder, hashlib.sha256(content).hexdigest(), content)


def keep_file(folder: Path, file: SourceFile) -> None:
    """Keep a source file; RefusedFile where it is no longer what was read."""
    if isinstance(file.held, bytes):
        keep(folder, file.sha256, file.held)
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with file.open() as stream, tempfile.NamedTemporaryFile(dir=folder, delete=False) as draft:
        while piece := stream.read(1024**2):
            digest.update(piece)
            draft.write(piece)
        draft.flush()
        os.fsync(draft.fileno())
    if digest.hexdigest() != file.sha256:
        Path(draft.name).unlink()
        raise RefusedFile(file.name, "changed while it was read; nothing was loaded. Load it again once it is whole.")
    Path(draft.name).chmod(0o600)
    Path(draft.name).replace(folder / file.sha256)


def keep(folder: Path, sha256: str, content: bytes) -> None:
    """Keep bytes under their hash, readable by their owner only; a crash leaves no half file."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = folder / sha256
    if place.exists():
        return
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as draft:
        draft.write(content)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).chmod(0o600)
    Path(draft.name).replace(place)
