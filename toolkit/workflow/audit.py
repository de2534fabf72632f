"""The log's arithmetic: canonical JSON, the hash chain, and what a broken one looks like. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64
HASHED = ("seq", "at", "actor", "via", "action", "object", "facts", "prev_hash")


def canonical(value: Any) -> str:
    """JSON that is the same for the same content: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str | bytes) -> str:
    """SHA-256 as hexadecimal."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def event_hash(event: Mapping[str, Any]) -> str:
    """The hash of one event over its own content and the hash before it."""
    return sha256(canonical({name: event[name] for name in HASHED}))


@dataclass(frozen=True)
class Anchor:
    """Somebody remembers that event `seq` has this hash; `place` says who."""

    seq: int
    hash: str
    place: str


@dataclass(frozen=True)
class Verdict:
    """What a check of the log found. `status`: 0 whole, 3 broken, 4 older than its anchor, 5 state differs."""

    status: int
    sentence: str
    events: int
    head: str


def check(
    events: Iterable[Mapping[str, Any]], anchors: Iterable[Anchor], states: Mapping[str, tuple[str, str]] | None
) -> Verdict:
    """Re-perform the chain, compare it with every anchor, and replay each sync's state.

    `states` maps a sync (or a closed month) to its state and payload hash as the tables have them now;
    None where there are no tables to compare with.
    """
    hashes, told = [GENESIS], dict[str, tuple[str, str]]()
    for event in events:
        count, head = len(hashes), hashes[-1]
        if event["seq"] != count or event["prev_hash"] != head or event_hash(event) != event["hash"]:
            return Verdict(3, f"The log is broken at event {count}: it was changed, removed or inserted.", count, head)
        hashes.append(event["hash"])
        try:
            facts = json.loads(event["facts"])
            # What carries no payload is no sync and no month: a case is told without one.
            if "payload_hash" in facts:
                told[event["object"]] = (facts["state"], facts["payload_hash"])
        except (ValueError, KeyError, TypeError):
            return Verdict(3, f"Event {count} cannot be read: the log was rewritten.", count, head)
    count, head = len(hashes) - 1, hashes[-1]
    for anchor in anchors:
        if anchor.seq > count:
            said = (
                f"The log ends at event {count}, but its anchor names event {anchor.seq}: an older copy was restored."
            )
            return Verdict(4, said, count, head)
        if hashes[anchor.seq] != anchor.hash:
            said = f"Event {anchor.seq} is not the one that the anchor {anchor.place} names: the log was rewritten."
            return Verdict(3, said, count, head)
    states = told if states is None else states
    for sync_id in sorted({*told, *states}):
        if told.get(sync_id) != states.get(sync_id):
            return Verdict(5, f"The state of {sync_id} differs from what the log says.", count, head)
    return Verdict(0, f"The log is whole: {count} events, head {head[:12]}.", count, head)
