"""Check an exported log of Tieout, or the proof of one payment, with nothing but Python 3.9 or newer.

    python verify_log.py events.jsonl [CHECKPOINT ...] [--key PUBLIC_KEY]
    python verify_log.py proof.json --key PUBLIC_KEY

It trusts nothing of Tieout: it computes each hash, the Merkle root and the Ed25519 signature itself.
Get the public key and the checkpoint from whoever keeps them outside the machine that wrote the log.
Ends 0 where everything holds, 3 where something does not, 2 where it was called wrongly.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Point = tuple[int, int, int, int]
FIELDS = ("seq", "at", "actor", "via", "action", "object", "facts", "prev_hash")
# Curve25519 in Edwards form, as RFC 8032 has it.
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


class Wrong(Exception):
    """Something does not hold."""


def sha(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def event_hash(event: Mapping[str, Any]) -> str:
    """The hash of an event over its own fields and the hash before it."""
    content = {name: event[name] for name in FIELDS}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def check_chain(events: Sequence[Mapping[str, Any]]) -> None:
    """Every event follows the one before it."""
    before = "0" * 64
    for place, event in enumerate(events, start=1):
        if event["seq"] != place or event["prev_hash"] != before or event_hash(event) != event["hash"]:
            raise Wrong(f"event {place} was changed, removed or inserted")
        before = event["hash"]


def tree(leaves: Sequence[bytes]) -> bytes:
    """The RFC 6962 root, by its definition."""
    if len(leaves) == 1:
        return sha(b"\0" + leaves[0])
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha(b"\1" + tree(leaves[:half]) + tree(leaves[half:]))


def climb(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root to which a proof leads (RFC 9162, 2.1.3.2)."""
    here, last, found = index, size - 1, sha(b"\0" + leaf)
    for step in path:
        if not last:
            raise Wrong("the proof is too long")
        if here % 2 or here == last:
            found = sha(b"\1" + step + found)
            while here % 2 == 0 and here:
                here, last = here // 2, last // 2
        else:
            found = sha(b"\1" + found + step)
        here, last = here // 2, last // 2
    if last:
        raise Wrong("the proof is too short")
    return found


def add(left: Point, right: Point) -> Point:
    """Two points in extended coordinates."""
    a = (left[1] - left[0]) * (right[1] - right[0]) % P
    b = (left[1] + left[0]) * (right[1] + right[0]) % P
    c, d = 2 * left[3] * right[3] * D % P, 2 * left[2] * right[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar: int, point: Point) -> Point:
    """A point added to itself so often."""
    found: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = add(found, point)
        point, scalar = add(point, point), scalar >> 1
    return found


def point_of(data: bytes) -> Point:
    """A point from its 32 bytes."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or y >= P:
        raise Wrong("the key or the signature is no point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Is it an Ed25519 signature of the message by this key?"""
    key, commitment, answer = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    left, right = times(answer, BASE), add(commitment, times(challenge, key))
    same = not (left[0] * right[2] - right[0] * left[2]) % P and not (left[1] * right[2] - right[1] * left[2]) % P
    return answer < Q and same


def read_note(note: str, key: str | None) -> tuple[int, bytes, str]:
    """Size, root and head of a checkpoint whose signature holds."""
    text, _, signature = note.partition("\n\n")
    _, size, root, head = text.split("\n")[:4]
    blob = base64.b64decode(signature.strip().rpartition(" ")[2])
    if key and not signed(base64.b64decode(key), (text + "\n").encode("utf-8"), blob[4:]):
        raise Wrong("a checkpoint is not signed by this key")
    return int(size), base64.b64decode(root), head.split(" ")[1]


def check_log(events: Sequence[Mapping[str, Any]], notes: Sequence[str], key: str | None) -> str:
    """The chain, and every checkpoint against it."""
    check_chain(events)
    leaves = [bytes.fromhex(event["hash"]) for event in events]
    for note in notes:
        size, root, head = read_note(note, key)
        if size > len(events):
            raise Wrong(f"the log ends at event {len(events)}, a checkpoint knows {size}: its end was cut off")
        if events[size - 1]["hash"] != head or tree(leaves[:size]) != root:
            raise Wrong(f"the first {size} events are not those of the checkpoint")
    return f"{len(events)} events hold together and with {len(notes)} checkpoints."


def check_proof(proof: Mapping[str, Any], key: str | None) -> str:
    """Each event of one payment lies in the log that the checkpoint signed."""
    size, root, _ = read_note(proof["checkpoint"], key)
    for item in proof["events"]:
        event, path = item["event"], [bytes.fromhex(step) for step in item["path"]]
        if event_hash(event) != event["hash"]:
            raise Wrong(f"event {event['seq']} was changed")
        if climb(bytes.fromhex(event["hash"]), event["seq"] - 1, size, path) != root:
            raise Wrong(f"event {event['seq']} is not in the signed log")
    return f"{len(proof['events'])} events of {proof['object']} lie in the signed log of {size}."


def main(words: Sequence[str]) -> int:
    """The command line."""
    key = None
    if "--key" in words[:-1]:
        place = words.index("--key")
        key = words[place + 1]
        words = [*words[:place], *words[place + 2 :]]
    if not words:
        sys.stderr.write(__doc__)
        return 2
    texts = [Path(name).read_text(encoding="utf-8") for name in words]
    try:
        if words[0].endswith(".jsonl"):
            said = check_log([json.loads(line) for line in texts[0].splitlines()], texts[1:], key)
        else:
            said = check_proof(json.loads(texts[0]), key)
    except (Wrong, ValueError, KeyError, IndexError, TypeError) as error:
        sys.stderr.write(f"NOT WHOLE: {error}.\n")
        return 3
    sys.stdout.write(f"{said}{'' if key else ' No --key was given, so no signature was checked.'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
