"""Who may do what. Asked inside the transaction that does it; the screen only shows the answer."""

from __future__ import annotations

from dataclasses import dataclass

from toolkit.errors import NotAllowed


@dataclass(frozen=True)
class Actor:
    """A person, their roles, and how they came (command line, dashboard)."""

    name: str
    roles: tuple[str, ...]
    via: str = "cli"


# Who sends and records: no person, and nothing else may it do.
SERVICE = Actor("service account", (), "push")
SERVICE_MAY = frozenset({"restart", "send", "outcome", "found", "absent", "duplicate", "preflight", "expire", "gate"})
MAY: dict[str, tuple[str, ...]] = {
    "plan": ("analyst", "approver", "admin"),
    "submit": ("analyst", "admin"),
    "withdraw": ("analyst", "admin"),
    "approve": ("approver",),
    "reject": ("approver",),
    "return": ("approver",),
    "hold": ("analyst", "approver", "admin"),
    "release": ("analyst", "approver", "admin"),
    "resolve": ("approver",),
    "confirm": ("analyst", "approver", "admin"),
    "unmatch": ("analyst", "approver", "admin"),
    "case": ("analyst", "approver", "admin"),
    # To live with a mismatch is a decision of who approves, not of who prepares.
    "waive": ("approver",),
    "push": ("approver", "admin"),
    "verify": ("analyst", "approver", "admin"),
    "probe": ("admin",),
}


def demand(actor: Actor, action: str) -> None:
    """NotAllowed where none of the actor's roles permits the action, or where it is the service's alone."""
    if actor == SERVICE and action in SERVICE_MAY:
        return
    if not set(actor.roles) & set(MAY.get(action, ())):
        needed = " or ".join(MAY.get(action, ("the push itself",)))
        raise NotAllowed(f"{actor.name} ({', '.join(actor.roles) or 'no role'}) may not {action}: it takes {needed}.")


def own_submission(actor: Actor, submitted_by: str | None) -> str | None:
    """Why this person may not approve this sync, or None."""
    if submitted_by == actor.name:
        return f"{actor.name} submitted it, so another person must approve it"
    return None
