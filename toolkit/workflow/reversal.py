"""What is known of a reversal: taking back a payment that stands in Procore. The log is its only record. Pure.

The route depends on whose the row is. Ours and unlocked (a row that somebody keyed and we adopted): it is
deleted. Ours and locked: our reference is cleared first, the one thing that a locked row lets us change,
then it is deleted. Another integration's: nobody here may touch it; Procore Support acts on a pack of evidence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from toolkit.workflow.outcome import Sync

DELETE, RELEASE, SUPPORT = "delete", "release", "support"
ROUTES: Final[Mapping[str, str]] = {
    DELETE: "The row carries no reference, so nothing locks it: it is deleted.",
    RELEASE: "The row carries our reference, which locks it: the reference is cleared, then the row is deleted.",
    SUPPORT: "Only Procore Support, or the integration that wrote the row, can take it back.",
}
# asked and approved wait for a person here, released and support for one in Procore.
STANDS: Final = ("asked", "returned", "approved", "released", "support", "done")
OPEN: Final = ("asked", "approved", "released", "support")
# Of a sync that stands in Procore.
IN_PROCORE: Final = ("posted", "verified", "drifted")


@dataclass(frozen=True)
class Reversal:
    """A reversal as the log tells it. `row` is Procore's row (JSON) as it was when somebody asked."""

    sync_id: str
    stands: str
    route: str
    reason: str
    row: str
    asked_by: str
    asked_at: str
    approved_by: str | None = None
    said: str = ""

    @property
    def open(self) -> bool:
        """Does somebody still have to do something?"""
        return self.stands in OPEN


def about(sync_id: str) -> str:
    """What the log calls it."""
    return f"reversal of {sync_id}"


def told(sync_id: str, events: Iterable[Mapping[str, Any]]) -> Reversal | None:
    """The reversal of a sync out of the events about it; each new request begins anew."""
    found: dict[str, Any] = {}
    for event in events:
        facts = json.loads(event["facts"])
        if facts.get("stands") == "asked":
            found = {"asked_by": event["actor"], "asked_at": event["at"]}
        found |= facts
    names = Reversal.__dataclass_fields__
    return Reversal(sync_id=sync_id, **{name: found[name] for name in names if name in found}) if found else None


def route(row: Mapping[str, Any], sync: Sync) -> str:
    """Whose the row is decides how it is taken back."""
    origin = row.get("origin_id")
    if not origin:
        return DELETE
    return RELEASE if origin == sync.sync_id else SUPPORT
