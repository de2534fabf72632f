"""The states of a sync, the only ways between them, and how Procore's users know them by colour."""

from __future__ import annotations

from typing import Final

EDGES: Final[dict[str, frozenset[str]]] = {
    "planned": frozenset({"submitted", "held", "cancelled"}),
    "held": frozenset({"planned", "cancelled"}),
    "submitted": frozenset({"approved", "returned", "held", "planned"}),
    "returned": frozenset({"submitted", "planned", "held", "cancelled"}),
    "approved": frozenset({"sending", "submitted", "planned", "held", "posted", "needs_review"}),
    "sending": frozenset({"posted", "unknown", "approved", "rejected", "needs_review"}),
    "unknown": frozenset({"posted", "approved", "needs_review"}),
    "needs_review": frozenset({"posted", "approved", "cancelled"}),
    "posted": frozenset({"verified", "drifted"}),
    "verified": frozenset({"drifted"}),
    "drifted": frozenset({"verified", "approved", "cancelled"}),
    "rejected": frozenset({"planned", "held", "cancelled"}),
    "cancelled": frozenset({"planned", "held"}),
}
STATES: Final = tuple(EDGES)
COLOURS: Final[dict[str, str | None]] = {
    "planned": None,
    "cancelled": None,
    "submitted": "BLUE",
    "approved": "BLUE",
    "sending": "BLUE",
    "unknown": "BLUE",
    "returned": "YELLOW",
    "held": "YELLOW",
    "posted": "GREEN",
    "verified": "GREEN",
    "rejected": "RED",
    "needs_review": "RED",
    "drifted": "RED",
}
# Words that stand beside the colour.
WORDS: Final[dict[str, str]] = {
    "planned": "proposed",
    "held": "held back",
    "submitted": "waits for the approver",
    "returned": "returned",
    "approved": "approved, waits for the push",
    "sending": "being sent",
    "unknown": "checking what became of it",
    "needs_review": "a person must look",
    "posted": "in Procore, not yet read back",
    "verified": "in Procore, read back and equal",
    "rejected": "refused by Procore",
    "cancelled": "cancelled",
    "drifted": "changed in Procore afterwards",
}
FINAL: Final = frozenset({"verified", "cancelled"})
# What makes a command end with status 3.
WAITING: Final = frozenset({"unknown", "needs_review", "rejected", "drifted", "held"})


def may_go(before: str, after: str) -> bool:
    """Is there an edge from one state to the other?"""
    return after in EDGES[before]
