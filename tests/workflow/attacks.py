"""What somebody with the control database and a tool could do to the log, one attack out of a random number."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from toolkit.workflow import audit

Event = dict[str, Any]
PLAIN = ("edit", "delete", "insert", "swap", "flip")
# Who can re-compute hashes leaves a chain that proves itself.
REHASHED = ("truncate", "edit and re-hash", "delete and re-hash", "forge the tail")


def log(size: int) -> list[Event]:
    """A log of that many events."""
    events: list[Event] = []
    for seq in range(1, size + 1):
        facts = audit.canonical({"state": "planned", "payload_hash": "x", "amount": f"{seq}.00"})
        events.append(
            {"seq": seq, "at": "t", "actor": "a", "via": "cli", "action": "plan", "object": f"p1-{seq}", "facts": facts}
        )
    return chained(events)


def chained(events: list[Event]) -> list[Event]:
    """The same events with numbers and hashes that fit."""
    before, found = audit.GENESIS, []
    for seq, event in enumerate(events, start=1):
        linked = event | {"seq": seq, "prev_hash": before}
        found.append(linked | {"hash": audit.event_hash(linked)})
        before = found[-1]["hash"]
    return found


def attack(events: list[Event], kind: str, random: Random) -> list[Event]:
    """The log after the attack: never the log that it was."""
    found, at = list(events), random.randrange(len(events) - 1)
    changed = found[at] | {"facts": json.dumps({"amount": f"{random.random()}"})}
    if kind == "truncate":
        return found[: at + 1]
    if kind in ("edit", "edit and re-hash"):
        found[at] = changed
    elif kind in ("delete", "delete and re-hash"):
        del found[at]
    elif kind == "insert":
        found.insert(at, changed)
    elif kind == "swap":
        found[at], found[at + 1] = found[at + 1], found[at]
    elif kind == "flip":
        found[at] = found[at] | {"hash": found[at]["hash"][:-1] + ("0" if found[at]["hash"][-1] != "0" else "1")}
    else:
        found = [*found[: at + 1], changed]
    return chained(found) if kind in REHASHED else found


def found_out(events: list[Event], anchors: list[audit.Anchor]) -> bool:
    """Does a check see it, on the log alone?"""
    facts = [(event["object"], json.loads(event["facts"])) for event in events]
    states = {about: (said["state"], said["payload_hash"]) for about, said in facts if "state" in said}
    return audit.check(events, anchors, states).status != 0


def measure(size: int, tries: int, anchored: list[int]) -> dict[str, tuple[int, int]]:
    """Of so many attacks of each kind, how many are seen with the heads at `anchored` kept elsewhere."""
    events = log(size)
    anchors = [audit.Anchor(seq, events[seq - 1]["hash"], "elsewhere") for seq in anchored]
    result = {}
    for kind in (*PLAIN, *REHASHED):
        random = Random(f"{kind} {size}")  # noqa: S311 (no secret)
        seen = sum(found_out(attack(events, kind, random), anchors) for _ in range(tries))
        result[kind] = seen, tries
    return result
