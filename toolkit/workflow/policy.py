"""Who may do what. Asked inside the transaction that does it; the screen only shows the answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from toolkit.errors import NotAllowed
from toolkit.settings import User


@dataclass(frozen=True)
class Actor:
    """A person, their roles, and how they came (command line, dashboard).

    `projects` are those on whose payments the roles count (empty: all); a delegate's roles are also
    those of the person they stand in for.
    """

    name: str
    roles: tuple[str, ...]
    via: str = "cli"
    projects: tuple[str, ...] = ()
    stands_in_for: str | None = None

    @property
    def persons(self) -> tuple[str, ...]:
        """Whose word this is: one's own, and that of whom one stands in for."""
        return (self.name, self.stands_in_for) if self.stands_in_for else (self.name,)


# Who sends and records: no person, and nothing else may it do.
SERVICE = Actor("service account", (), "push")
SERVICE_MAY = frozenset(
    {
        "restart",
        "send",
        "outcome",
        "found",
        "absent",
        "duplicate",
        "preflight",
        "expire",
        "gate",
        "reverse",
        "attach",
        "notify",
    }
)
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
    "undo": ("analyst", "approver", "admin"),
    "case": ("analyst", "approver", "admin"),
    # To live with a mismatch is a decision of who approves, not of who prepares.
    "waive": ("approver",),
    # A month is signed by who prepares and by who approves; to open it again is an approver's word.
    "prepare": ("analyst",),
    "close": ("approver",),
    "reopen": ("approver",),
    # An auditor is a viewer: to take away evidence of what one may see changes nothing.
    "pack": ("viewer", "analyst", "approver", "admin"),
    "push": ("approver", "admin"),
    "verify": ("analyst", "approver", "admin"),
    # What stands in Procore is taken back like it was sent: one asks, another approves, and then it is done.
    "ask reversal": ("analyst", "admin"),
    "approve reversal": ("approver",),
    "return reversal": ("approver",),
    "carry out reversal": ("approver", "admin"),
    "attach file": ("analyst", "approver", "admin"),
    # A lead's word on a list, and what starts a round: as in Procore, an administrator's or approver's.
    "sign expected": ("approver",),
    "pull": ("approver", "admin"),
    "reconcile": ("approver", "admin"),
    "probe": ("admin",),
    # Who sets the rules sets no payment free: an administrator never approves.
    "configure": ("admin",),
}


def demand(actor: Actor, action: str) -> None:
    """NotAllowed where none of the actor's roles permits the action, or where it is the service's alone."""
    if actor == SERVICE and action in SERVICE_MAY:
        return
    if not set(actor.roles) & set(MAY.get(action, ())):
        needed = " or ".join(MAY.get(action, ("the push itself",)))
        raise NotAllowed(f"{actor.name} ({', '.join(actor.roles) or 'no role'}) may not {action}: it takes {needed}.")


def as_of(users: Mapping[str, User], actor: Actor, today: date) -> Actor:
    """The actor with the rights that tieout.toml gives them on this day, whatever they were before."""
    user = users.get(actor.name)
    if user is None:
        return Actor(actor.name, (), actor.via)
    roles, other = list(user.roles), users.get(user.stands_in_for or "")
    begun = user.stands_in_from is None or user.stands_in_from <= today
    over = user.stands_in_until is None or user.stands_in_until < today
    # Without an end it is no delegation.
    if other is None or not begun or over:
        return Actor(actor.name, tuple(roles), actor.via, tuple(user.projects))
    roles += [role for role in other.roles if role not in roles]
    projects = (*user.projects, *other.projects) if user.projects and other.projects else ()
    return Actor(actor.name, tuple(roles), actor.via, projects, user.stands_in_for)


def elsewhere(actor: Actor, project_id: str | None) -> str | None:
    """Why this person's roles do not count on this project, or None."""
    if actor == SERVICE or not actor.projects or project_id in actor.projects:
        return None
    return f"{actor.name} has no role on project {project_id}"


def not_closing(actor: Actor, prepared: Collection[str | None]) -> str | None:
    """Why this person may not review a month that these (one may stand in for another) prepared, or None."""
    if "admin" in actor.roles:
        return f"{actor.name} is an administrator, who sets the rules and so never signs"
    own = sorted(set(actor.persons) & set(prepared))
    return f"{own[0]} prepared it, so another person must review it" if own else None


def own_submission(actor: Actor, submitted_by: str | None) -> str | None:
    """Why this person may not approve this sync, or None."""
    if submitted_by in actor.persons:
        return f"{submitted_by} submitted it, so another person must approve it"
    return None


def not_reversing(actor: Actor, asked_by: str) -> str | None:
    """Why this person may not approve that a payment is taken back, or None."""
    if "admin" in actor.roles:
        return f"{actor.name} is an administrator, who sets the rules and so never approves"
    if asked_by in actor.persons:
        return f"{asked_by} asked for it, so another person must approve it"
    return None


def not_approving(
    actor: Actor, submitted_by: str | None, first_approved_by: str | None, confirmed_by: Collection[str]
) -> str | None:
    """Every reason for which this person may not approve (or resend) this sync: the first, or None."""
    if "admin" in actor.roles:
        return f"{actor.name} is an administrator, who sets the rules and so never approves"
    own = own_submission(actor, submitted_by)
    if own:
        return own
    if first_approved_by in actor.persons:
        return f"{first_approved_by} approved it first, so its second approver must be another person"
    mapped = sorted(set(actor.persons) & set(confirmed_by))
    return f"{mapped[0]} confirmed its match, so another person must approve it" if mapped else None
