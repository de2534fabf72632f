"""What people decide about syncs: each step asks policy inside its transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from toolkit import money
from toolkit.errors import InputError, NotAllowed, NotFound, WorkflowError, WrongState
from toolkit.settings import Settings
from toolkit.workflow import policy
from toolkit.workflow.change import Change
from toolkit.workflow.control import Control
from toolkit.workflow.instants import stamp
from toolkit.workflow.outcome import Outcome, Selection, Sync, select
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
    return Outcome(touched=tuple(touched), others=control.open_syncs(), refused=tuple(refused))


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


def _needs(reason: str, action: str) -> None:
    if not reason.strip():
        raise InputError(f"{action} needs a reason that the next person can read: --reason TEXT.")
