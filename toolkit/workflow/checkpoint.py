"""A signed statement of what the log was at one moment, as a C2SP checkpoint (a signed note).

    tieout/3f2a9c81d0e4
    47
    <Merkle root, base64>
    head <hash of event 47>
    states {"verified":{"USD":"1027315.50"}}

    — tieout/3f2a9c81d0e4 <key id and Ed25519 signature, base64>

Tools that read such notes can check it, and so can the stand-alone script beside an export.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from toolkit.errors import AuditBroken
from toolkit.workflow import merkle
from toolkit.workflow.audit import canonical

ED25519 = b"\x01"


@dataclass(frozen=True)
class Checkpoint:
    """The log had `size` events, this root and this last hash."""

    origin: str
    size: int
    root: bytes
    head: str
    states: str

    def text(self) -> str:
        """What is signed."""
        lines = [self.origin, str(self.size), _b64(self.root), f"head {self.head}", f"states {self.states}"]
        return "\n".join(lines) + "\n"


def origin_of(events: Sequence[Mapping[str, Any]]) -> str:
    """The log's own name: it begins with an event that no other log has."""
    return f"tieout/{events[0]['hash'][:12]}"


def draw(events: Sequence[Mapping[str, Any]], states: Mapping[str, Any]) -> Checkpoint:
    """The checkpoint of a log as it stands; `states` are amounts per state and currency."""
    leaves = [bytes.fromhex(event["hash"]) for event in events]
    return Checkpoint(origin_of(events), len(events), merkle.root(leaves), events[-1]["hash"], canonical(states))


def key_of(seed: str | None = None) -> Ed25519PrivateKey:
    """A key from its 32 secret bytes in base64, or a new one."""
    return Ed25519PrivateKey.from_private_bytes(_unb64(seed)) if seed else Ed25519PrivateKey.generate()


def seed_of(key: Ed25519PrivateKey) -> str:
    """The secret part, base64."""
    return _b64(key.private_bytes_raw())


def public_of(key: Ed25519PrivateKey) -> str:
    """The public part, base64: what an auditor is given, by another way than the log."""
    return _b64(key.public_key().public_bytes_raw())


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The note: text, a blank line, one signature."""
    text = checkpoint.text()
    signature = key.sign(text.encode())
    return f"{text}\n— {checkpoint.origin} {_b64(_key_id(checkpoint.origin, public_of(key)) + signature)}\n"


def read(note: str, public: str | None = None) -> Checkpoint:
    """Parse a note, and check its signature where the public key is given; AuditBroken where it is not so."""
    text, _, signed = note.partition("\n\n")
    try:
        origin, size, root, head, states = text.split("\n")
        found = Checkpoint(origin, int(size), _unb64(root), head.removeprefix("head "), states.removeprefix("states "))
        blob = _unb64(signed.strip().rpartition(" ")[2])
    except ValueError as error:
        raise AuditBroken("The checkpoint cannot be read: it is damaged or no checkpoint of Tieout.") from error
    if public is not None:
        try:
            Ed25519PublicKey.from_public_bytes(_unb64(public)).verify(blob[4:], (text + "\n").encode())
        except (InvalidSignature, ValueError) as error:
            raise AuditBroken(f"The checkpoint of {found.size} events is not signed by the key {public}.") from error
    return found


def _key_id(name: str, public: str) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + _unb64(public)).digest()[:4]


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unb64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
