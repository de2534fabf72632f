"""What people decide about syncs: each step asks policy inside its transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from toolkit import money
from toolkit.errors import InputError, NotAllowed, NotFound, WorkflowError, WrongState
from toolkit.settings import Settings
from toolkit.workflow import policy
from toolkit.workflow.caps import Caps, needs_two
from toolkit.workflow.change import Change
from toolkit.workflow.control import Control
from toolkit.workflow.instants import stamp
from toolkit.workflow.outcome import NOT_SUBMITTED, NOWHERE, Outcome, Selection, Sync, select
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
    check: Callable[[Sequence[Sync]], None] = lambda _: None,
) -> Outcome:
    """Take every selected sync a step further, all in one transaction; what may not go is listed with why.

    The syncs are chosen inside the transaction, as they stand there. A single id that may not go
    raises instead: then nothing was done.
    """
    touched: list[Sync] = []
    refused: list[tuple[str, str]] = []
    with control.change(actor, action, now) as change:
        for sync in _chosen(change.syncs(), selection, fitting):
            try:
                if not _fits(sync, fitting):
                    done = " for good" if sync.final else ""
                    raise WrongState(
                        f"{sync.sync_id} is {sync.state}{done} since {change.last_word(sync)}, "
                        f"so it cannot be taken there by {action}."
                    )
                touched.append(step(change, sync))
            except WorkflowError as error:
                if len(selection.ids) == 1:
                    raise
                refused.append((sync.sync_id, str(error)))
        check(touched)
    return Outcome(touched=tuple(touched), others=control.open_syncs(), refused=tuple(refused))


def _fits(sync: Sync, fitting: Sequence[str]) -> bool:
    return sync.state in fitting and not sync.final


def _chosen(syncs: list[Sync], selection: Selection, fitting: Sequence[str]) -> list[Sync]:
    """What a selection names; of a batch or of everything only what is where the step begins."""
    found = select(syncs, selection)
    if not selection.ids:
        if selection.batch and not found:
            raise NotFound(f"There is no batch {selection.batch}; `tieout status --all --json` names them.")
        return [sync for sync in found if _fits(sync, fitting)]
    missing = sorted(set(selection.ids) - {sync.sync_id for sync in found})
    if missing:
        raise NotFound(f"There is no sync {', '.join(missing)}; `tieout status --all` lists them.")
    return found


def submit(control: Control, actor: Actor, selection: Selection, now: datetime) -> Outcome:
    """Hand proposals (or returned ones) to the approver."""

    def step(change: Change, sync: Sync) -> Sync:
        nobody = {**NOT_SUBMITTED, "submitted_by": actor.name, "submitted_at": stamp(now)}
        return change.move(sync, "submitted", reason=None, **nobody)

    return _each(control, actor, "submit", selection, now, ("planned", "returned"), step)


def approve(
    control: Control,
    settings: Settings,
    actor: Actor,
    selection: Selection,
    now: datetime,
    confirm_total: str | None = None,
) -> Outcome:
    """Approve what another person submitted; the approval binds to the hash of the exact body.

    Above `[limits] second_approver_above` the first approval leaves it submitted, for another approver.
    """
    _not_ones_own(control, actor, selection)
    caps: list[Caps] = []

    def step(change: Change, sync: Sync) -> Sync:
        _may_approve(change, sync)
        if needs_two(settings.limits, sync) and sync.first_approved_hash != sync.payload_hash:
            first = {"first_approved_by": change.actor.name, "first_approved_hash": sync.payload_hash}
            reason = f"Above {settings.limits.second_approver_above}: it waits for a second approver."
            return change.move(sync, "submitted", reason=reason, **first)
        if not caps:
            caps.append(Caps(settings.limits, change.syncs(), now.date()))
        capped = caps[0].refuses(sync)
        if capped:
            raise NotAllowed(f"{sync.sync_id}: {capped}.")
        approved = change.move(sync, "approved", reason=None, **_approval(change, sync))
        caps[0].add(approved)
        return approved

    def check(outcome: Sequence[Sync]) -> None:
        if selection.all and not settings.procore.loopback:
            _confirm_total(outcome, settings, confirm_total)

    return _each(control, actor, "approve", selection, now, ("submitted",), step, check)


def _may_approve(change: Change, sync: Sync) -> None:
    why = policy.not_approving(change.actor, sync.submitted_by, sync.first_approved_by, change.confirmed_by(sync))
    if why:
        raise NotAllowed(f"{sync.sync_id}: {why}.")


def _approval(change: Change, sync: Sync) -> dict[str, str]:
    return {
        "approved_by": change.actor.name,
        "approved_at": stamp(change.now),
        "approved_hash": sync.payload_hash,
    }


def _not_ones_own(control: Control, actor: Actor, selection: Selection) -> None:
    """Where all that is asked for is one's own, say so first: no role would change it."""
    chosen = [sync for sync in select(control.syncs(states=["submitted"]), selection) if not sync.final]
    if chosen and all(sync.submitted_by == actor.name for sync in chosen):
        raise NotAllowed(f"Nothing was approved: {policy.own_submission(actor, actor.name)}.")


def _confirm_total(approved: Sequence[Sync], settings: Settings, said: str | None) -> None:
    """NotAllowed, which undoes the approvals, where their total is large and was not repeated."""
    limit = money.to_minor(settings.limits.confirm_total_above, None)
    total = sum(sync.amount for sync in approved)
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


def reject(control: Control, actor: Actor, selection: Selection, now: datetime, reason: str = "") -> Outcome:
    """Return for good: this plan's proposal is over. A reason is welcome, and said to be missing."""
    reason = reason.strip() or f"{actor.name} rejected it without a reason."
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
        return change.move(sync, "planned", reason=None, held_by=None, **NOT_SUBMITTED)

    return _each(control, actor, "release", selection, now, ("held",), step)


def withdraw(control: Control, actor: Actor, selection: Selection, now: datetime, reason: str) -> Outcome:
    """Take back what was submitted or approved but not yet sent."""
    _needs(reason, "withdraw")

    def step(change: Change, sync: Sync) -> Sync:
        return change.move(sync, "planned", reason=reason, **NOT_SUBMITTED)

    return _each(control, actor, "withdraw", selection, now, ("submitted", "approved"), step)


def resolve(control: Control, actor: Actor, sync_id: str, how: str, now: datetime, reason: str) -> Outcome:
    """A person leaves `needs_review` or `drifted`: adopt Procore's row, resend, or abandon."""
    _needs(reason, "resolve")

    def step(change: Change, sync: Sync) -> Sync:
        change.close_attempt(sync.sync_id, "resolved", None, f"{how}: {reason}")
        if how == "adopt":
            return _adopted(change, sync, reason)
        if how == "resend":
            # Whoever was the first of two may not be the only one now.
            _may_approve(change, sync)
            return change.move(sync, "approved", reason=None, **_approval(change, sync), **NOWHERE)
        return change.move(sync, "cancelled", reason=reason)

    return _each(control, actor, "resolve", Selection(ids=(sync_id,)), now, ("needs_review", "drifted"), step)


def _adopted(change: Change, sync: Sync, reason: str) -> Sync:
    """What Procore showed is this payment: from now on that is what it is compared with."""
    if not sync.issued_payment_id or not sync.procore_row:
        raise WrongState(f"{sync.sync_id} has no row in Procore to adopt; resend it, or abandon it.")
    state = "verified" if sync.state == "drifted" else "posted"
    return change.move(sync, state, reason=reason, accepted_by=change.actor.name)


def _needs(reason: str, action: str) -> None:
    if not reason.strip():
        raise InputError(f"{action} needs a reason that the next person can read: --reason TEXT.")
