"""What people say about a mismatch: who looks after it, until when, a note, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from toolkit.errors import InputError, NotFound
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot
from toolkit.workflow.control import Control
from toolkit.workflow.policy import Actor


@dataclass(frozen=True)
class Said:
    """What is said now; None leaves what was said before. `state` is open, resolved or waived."""

    state: str | None = None
    owner: str | None = None
    due_date: date | None = None
    note: str | None = None


def say(
    control: Control, settings: Settings, snapshot: Snapshot, actor: Actor, now: datetime, said: Said, *ids: str
) -> int:
    """Note it about each of these mismatches, all or none; the next run shows it. Returns how many.

    NotFound where the run knows no such mismatch; InputError where a mismatch would end without a
    reason, or its owner is nobody known.
    """
    action = "waive" if said.state == "waived" else "case"
    control.demand(actor, action)
    if said.state in ("resolved", "waived") and not (said.note or "").strip():
        raise InputError(f"A mismatch is {said.state} with a reason that the next person can read: --note TEXT.")
    if said.owner and said.owner not in settings.users:
        raise InputError(f"{said.owner} is nobody in tieout.toml; known are {', '.join(sorted(settings.users))}.")
    known = set(snapshot.view("mismatches", {"mismatch_id": list(ids)})["mismatch_id"])
    missing = sorted(set(ids) - known)
    if missing:
        raise NotFound(f"The newest run has no mismatch {', '.join(missing)}; `tieout mismatches` lists them.")
    values = {name: value for name, value in vars(said).items() if value is not None}
    values |= {"due_date": said.due_date.isoformat()} if said.due_date else {}
    with control.change(actor, action, now) as change:
        for mismatch_id in sorted(known):
            change.case(mismatch_id, values)
    return len(known)
