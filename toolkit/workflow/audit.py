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
class Verdict:
    """What a check of the log found. `status`: 0 whole, 3 broken, 4 older than its anchor, 5 state differs."""

    status: int
    sentence: str
    events: int
    head: str


def check(
    events: Iterable[Mapping[str, Any]], anchor: tuple[int, str] | None, states: Mapping[str, tuple[str, str]]
) -> Verdict:
    """Re-perform the chain, compare the anchor, and replay each sync's state.

    `states` maps a sync to its state and payload hash as the table has them now.
    """
    count, head, told = 0, GENESIS, dict[str, tuple[str, str]]()
    anchored = anchor is None or anchor[0] == 0
    for event in events:
        count += 1
        if event["seq"] != count or event["prev_hash"] != head or event_hash(event) != event["hash"]:
            return Verdict(3, f"The log is broken at event {count}: it was changed, removed or inserted.", count, head)
        head = event["hash"]
        if anchor and event["seq"] == anchor[0]:
            anchored = head == anchor[1]
            if not anchored:
                return Verdict(3, f"Event {count} is not the one that the anchor names.", count, head)
        facts = json.loads(event["facts"])
        if "state" in facts:
            told[event["object"]] = (facts["state"], facts["payload_hash"])
    if not anchored and anchor:
        said = f"The log ends at event {count}, but its anchor names event {anchor[0]}: an older copy was restored."
        return Verdict(4, said, count, head)
    for sync_id in sorted({*told, *states}):
        if told.get(sync_id) != states.get(sync_id):
            return Verdict(5, f"The state of {sync_id} differs from what the log says.", count, head)
    return Verdict(0, f"The log is whole: {count} events, head {head[:12]}.", count, head)
