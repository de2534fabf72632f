"""What people decide about syncs and matches: each step asks policy inside its transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from toolkit import money
from toolkit.errors import InputError, NotAllowed, NotFound, WorkflowError, WrongState
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot
from toolkit.workflow import policy
from toolkit.workflow.control import Change, Control, stamp
from toolkit.workflow.outcome import Outcome, Selection, Sync, select
from toolkit.workflow.plan import open_syncs
from toolkit.workflow.policy import Actor

Step = Callable[[Change, Sync], Sync]


def _each(
    control: Control,
    actor: Actor,
    action: str,
    selection: Selection,
    now: datetime,
    fitting: Sequence[str],
    step: Step,
) -> Outcome:
    """Take every selected sync a step further, all in one transaction; what may not go is listed with why.

    A single id that may not go raises instead: then nothing was done.
    """
    policy.demand(actor, action)
    chosen = _chosen(control, selection, fitting)
    touched: list[Sync] = []
    refused: list[tuple[str, str]] = []
    with control.change(actor, action, now) as change:
        for sync in chosen:
            try:
                if sync.state not in fitting or sync.final:
                    done = " for good" if sync.final else ""
                    raise WrongState(f"{sync.sync_id} is {sync.state}{done}, so it cannot be taken there by {action}.")
                touched.append(step(change, change.sync(sync.sync_id)))
            except WorkflowError as error:
                if len(selection.ids) == 1:
                    raise
                refused.append((sync.sync_id, str(error)))
    return Outcome(touched=tuple(touched), others=open_syncs(control), refused=tuple(refused))


def _chosen(control: Control, selection: Selection, fitting: Sequence[str]) -> list[Sync]:
    if selection.ids:
        found = select(control.syncs(), selection)
        missing = sorted(set(selection.ids) - {sync.sync_id for sync in found})
        if missing:
            raise NotFound(f"There is no sync {', '.join(missing)}; `tieout status --all` lists them.")
        return found
    return [sync for sync in select(control.syncs(states=fitting), selection) if not sync.final]


def submit(control: Control, actor: Actor, selection: Selection, now: datetime) -> Outcome:
    """Hand proposals (or returned ones) to the approver."""

    def step(change: Change, sync: Sync) -> Sync:
        return change.move(sync, "submitted", submitted_by=actor.name, submitted_at=stamp(now), reason=None)

    return _each(control, actor, "submit", selection, now, ("planned", "returned"), step)


def approve(
    control: Control,
    settings: Settings,
    actor: Actor,
    selection: Selection,
    now: datetime,
    confirm_total: str | None = None,
) -> Outcome:
    """Approve what another person submitted; the approval binds to the hash of the exact body."""
    _not_ones_own(control, actor, selection)
    policy.demand(actor, "approve")
    if selection.all and not settings.procore.loopback:
        _confirm_total(control, settings, confirm_total)

    def step(change: Change, sync: Sync) -> Sync:
        own = policy.own_submission(actor, sync.submitted_by)
        if own:
            raise NotAllowed(f"{sync.sync_id}: {own}.")
        return change.move(
            sync,
            "approved",
            approved_by=actor.name,
            approved_at=stamp(now),
            approved_hash=sync.payload_hash,
            reason=None,
        )

    return _each(control, actor, "approve", selection, now, ("submitted",), step)


def _not_ones_own(control: Control, actor: Actor, selection: Selection) -> None:
    """Where all that is asked for is one's own, say so first: no role would change it."""
    chosen = _chosen(control, selection, ("submitted",))
    if chosen and all(sync.submitted_by == actor.name for sync in chosen):
        raise NotAllowed(f"Nothing was approved: {policy.own_submission(actor, actor.name)}.")


def _confirm_total(control: Control, settings: Settings, said: str | None) -> None:
    limit = money.to_minor(settings.limits.confirm_total_above, None)
    total = sum(sync.amount for sync in control.syncs(states=["submitted"]))
    if total <= limit:
        return
    try:
        repeated = money.to_minor(said or "", None)
    except ValueError:
        repeated = None
    if repeated != total:
        raise NotAllowed(
            f"The total is {money.shown(total, None)}, above {settings.limits.confirm_total_above}: "
            f"repeat it with --confirm-total {money.plain(total, None)}."
        )


def reject(control: Control, actor: Actor, selection: Selection, now: datetime, reason: str) -> Outcome:
    """Return for good: this plan's proposal is over."""
    return _returned(control, actor, "reject", selection, now, reason, final=True)


def return_(control: Control, actor: Actor, selection: Selection, now: datetime, reason: str) -> Outcome:
    """Return to the submitter with a reason."""
    return _returned(control, actor, "return", selection, now, reason, final=False)


def _returned(
    control: Control, actor: Actor, action: str, selection: Selection, now: datetime, reason: str, *, final: bool
) -> Outcome:
    _needs(reason, action)

    def step(change: Change, sync: Sync) -> Sync:
        return change.move(sync, "returned", reason=reason, final=final)

    return _each(control, actor, action, selection, now, ("submitted",), step)


def hold(control: Control, actor: Actor, selection: Selection, now: datetime, reason: str) -> Outcome:
    """Keep a sync back until somebody releases it."""
    _needs(reason, "hold")

    def step(change: Change, sync: Sync) -> Sync:
        return change.move(sync, "held", reason=reason, held_by=actor.name)

    return _each(control, actor, "hold", selection, now, ("planned", "submitted", "approved", "returned"), step)


def release(control: Control, actor: Actor, selection: Selection, now: datetime, reason: str) -> Outcome:
    """Let go what a person held; what the plan holds is let go by a plan that finds it right."""
    _needs(reason, "release")

    def step(change: Change, sync: Sync) -> Sync:
        if not sync.held_by:
            raise NotAllowed(
                f"{sync.sync_id} is held by the plan, not by a person: {sync.reason} Mend it and plan again."
            )
        return change.move(sync, "planned", reason=None, held_by=None)

    return _each(control, actor, "release", selection, now, ("held",), step)


def withdraw(control: Control, actor: Actor, selection: Selection, now: datetime, reason: str) -> Outcome:
    """Take back what was submitted or approved but not yet sent."""
    _needs(reason, "withdraw")

    def step(change: Change, sync: Sync) -> Sync:
        return change.move(sync, "planned", reason=reason, approved_by=None, approved_at=None, approved_hash=None)

    return _each(control, actor, "withdraw", selection, now, ("submitted", "approved"), step)


def resolve(control: Control, actor: Actor, sync_id: str, how: str, now: datetime, reason: str) -> Outcome:
    """A person leaves `needs_review` or `drifted`: adopt Procore's row, resend, or abandon."""
    _needs(reason, "resolve")

    def step(change: Change, sync: Sync) -> Sync:
        change.close_attempt(sync.sync_id, "resolved", None, f"{how}: {reason}")
        if how == "adopt":
            if not sync.issued_payment_id:
                raise WrongState(f"{sync.sync_id} has no row in Procore to adopt; resend it, or abandon it.")
            return change.move(sync, "verified" if sync.state == "drifted" else "posted", reason=reason)
        if how == "resend":
            own = policy.own_submission(actor, sync.submitted_by)
            if own:
                raise NotAllowed(f"{sync.sync_id}: {own}.")
            again = {"approved_by": actor.name, "approved_at": stamp(now), "approved_hash": sync.payload_hash}
            return change.move(sync, "approved", reason=None, unknown_since=None, issued_payment_id=None, **again)
        return change.move(sync, "cancelled", reason=reason)

    return _each(control, actor, "resolve", Selection(ids=(sync_id,)), now, ("needs_review", "drifted"), step)


@dataclass(frozen=True)
class Word:
    """A person's word on a match. `verdict` is confirm or unmatch."""

    verdict: str
    payment_id: str
    claim_id: str
    application_id: str | None = None
    erp: str | None = None
    reason: str | None = None


def decide(control: Control, snapshot: Snapshot, actor: Actor, now: datetime, word: Word) -> Outcome:
    """Note a confirm or an unmatch: a fact that enters the next run before its first pass."""
    policy.demand(actor, word.verdict)
    if not snapshot.count("claims", {"claim_id": word.claim_id}):
        raise NotFound(f"The newest run knows no claim {word.claim_id}.")
    key = _key(snapshot, word)
    with control.change(actor, word.verdict, now) as change:
        change.decide(key | {"claim_id": word.claim_id, "verdict": word.verdict, "reason": word.reason})
        for sync in control.syncs(states=["planned", "submitted", "approved"]):
            mine = (sync.payment_id, sync.claim_id) == (word.payment_id, word.claim_id)
            if word.verdict == "unmatch" and mine:
                change.move(sync, "held", reason="Its match was taken apart.")
    said = f"{word.verdict} noted for payment {word.payment_id}; `tieout reconcile` takes it in."
    return Outcome(others=open_syncs(control), said=said)


def _key(snapshot: Snapshot, word: Word) -> dict[str, str | None]:
    """The application that is meant: the one named, else the only one, else the payment itself."""
    where = {"payment_id": word.payment_id} | ({"erp": word.erp} if word.erp else {})
    payments = snapshot.view("payments", where)
    if payments.height != 1:
        why = "several ERPs have it; say which with --erp" if payments.height else "the newest run does not know it"
        raise NotFound(f"Payment {word.payment_id}: {why}.")
    key: dict[str, str | None] = payments.select("erp", "erp_company", "payment_id").row(0, named=True)
    found = snapshot.view("applications", key).filter(pl.col("document_type") != "vendor_credit")
    bills = found["application_id"].to_list()
    if word.application_id and word.application_id not in bills:
        raise NotFound(
            f"Payment {word.payment_id} has no application {word.application_id}; it has {', '.join(bills)}."
        )
    if not word.application_id and len(bills) > 1:
        raise InputError(f"Payment {word.payment_id} settles several bills; say --application: {', '.join(bills)}.")
    return key | {"application_id": word.application_id or (bills[0] if bills else None)}


def _needs(reason: str, action: str) -> None:
    if not reason.strip():
        raise InputError(f"{action} needs a reason that the next person can read: --reason TEXT.")
