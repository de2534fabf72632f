"""Keys that live as long as the working folder: each a file that only its owner can read."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from joserfc.jwk import ECKey


def _once(path: Path, text: str) -> str:
    """What the file holds; written first where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return text


def kept_secret(path: Path) -> str:
    """A random secret, the same every time."""
    return _once(path, secrets.token_urlsafe(48))


def signing_key(path: Path) -> ECKey:
    """The issuer's ES256 key, the same every time."""
    fresh = ECKey.generate_key("P-256", auto_kid=True)
    return ECKey.import_key(json.loads(_once(path, json.dumps(fresh.as_dict(private=True)))))
