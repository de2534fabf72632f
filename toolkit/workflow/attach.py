"""A file beside an issued payment: the remittance or the evidence, added on request and never in place of another.

Attachments stay people's: only what is not there yet is added, and what was there is looked for afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from toolkit.errors import InputError, NotAllowed, NotFound, WrongState
from toolkit.procore import replies
from toolkit.settings import Settings
from toolkit.web import PostOutcome
from toolkit.workflow import audit, policy
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Sync
from toolkit.workflow.policy import SERVICE, Actor
from toolkit.workflow.probed import last_probe
from toolkit.workflow.reversal import IN_PROCORE
from toolkit.workflow.sender import Clock, Procore
from toolkit.workflow.target import bind, demand_live

REAL_TIME = Clock()
LARGEST = 20 * 1024 * 1024


class Attaching(Procore, Protocol):
    """What it asks of Procore beyond what a push does."""

    def attach(
        self, project_id: str, commitment_id: str, issued_payment_id: str, file: tuple[str, bytes]
    ) -> PostOutcome: ...


@dataclass(frozen=True)
class Attached:
    """What became of one file. `there` says whether Procore shows it; `lost` are names that it shows no more."""

    sync_id: str
    file: str
    there: bool
    said: str
    lost: tuple[str, ...] = ()


def attach(
    control: Control,
    settings: Settings,
    client: Attaching,
    actor: Actor,
    sync_id: str,
    path: Path,
    *,
    live: bool = False,
    clock: Clock = REAL_TIME,
) -> Attached:
    """Add one file to a posted payment. A name that is there already is left as it is, so asking twice is safe.

    NotAllowed where other files are there and nobody measured that Procore keeps them beside a new one.
    """
    name, content = path.name, _content(path)
    actor = control.demand(actor, "attach file")
    demand_live(settings, "Attaching a file there", live=live)
    sync = control.sync(sync_id)
    before = _names(client, _standing(sync, actor))
    if name in before:
        return Attached(sync_id, name, there=True, said=f"{name} is there already and was left as it is.")
    probe = last_probe(control, settings)
    if before and not (probe and probe.facts.get("attachments") == "added"):
        raise NotAllowed(
            f"{sync_id} has {', '.join(before)}, and nobody measured whether Procore keeps them beside another file: "
            "run `tieout doctor --probe`, or attach it by hand."
        )
    facts = {"file": name, "sha256": audit.sha256(content)}
    with control.change(actor, "attach file", clock.now()) as change:
        bind(change, settings)
        change.tell(_about(sync_id), facts)
    outcome = client.attach(
        sync.project_id or "", sync.commitment_id or "", sync.issued_payment_id or "", (name, content)
    )
    found = _found(sync_id, name, before, _names(client, sync), outcome)
    with control.change(SERVICE, "attach", clock.now()) as change:
        change.tell(_about(sync_id), facts | {"there": found.there, "said": found.said})
    return found


def _found(sync_id: str, name: str, before: list[str], after: list[str], outcome: PostOutcome) -> Attached:
    """What Procore shows decides, whatever it answered."""
    lost = tuple(one for one in before if one not in after)
    there = name in after
    answer = f"Procore answered {outcome.status}: {replies.refusal(outcome.body)}" if outcome.status else outcome.detail
    said = f"{name} is attached." if there else f"{name} is not there. {answer}".rstrip(".") + "."
    if lost:
        said += f" {', '.join(lost)} is not shown any more: attach it again in Procore."
    return Attached(sync_id, name, there, said, lost)


def _about(sync_id: str) -> str:
    return f"files of {sync_id}"


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise NotFound(f"{path}: there is no such file.")
    if path.stat().st_size > LARGEST:
        raise InputError(f"{path.name} is larger than {LARGEST // 1024 // 1024} MB; attach it by hand in Procore.")
    return path.read_bytes()


def _standing(sync: Sync, actor: Actor) -> Sync:
    away = policy.elsewhere(actor, sync.project_id)
    if away:
        raise NotAllowed(f"{sync.sync_id}: {away}.")
    if sync.state not in IN_PROCORE:
        raise WrongState(f"{sync.sync_id} is {sync.state}; a file is attached to what stands in Procore.")
    return sync


def _names(client: Procore, sync: Sync) -> list[str]:
    row = client.issued_payment(sync.project_id or "", sync.commitment_id or "", sync.issued_payment_id or "")
    return [str(one.get("filename") or one.get("name") or one.get("id")) for one in row.get("attachments") or []]
