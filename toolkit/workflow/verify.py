"""The verify step: read each issued payment back and compare it with what was approved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from toolkit.errors import NotVisible, RemoteError
from toolkit.settings import Settings
from toolkit.workflow import policy
from toolkit.workflow.body import sent
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Outcome, Sync
from toolkit.workflow.policy import Actor
from toolkit.workflow.sender import Clock, Procore
from toolkit.workflow.verdicts import differences

REAL_TIME = Clock()


def verify(
    control: Control,
    settings: Settings,
    client: Procore,
    actor: Actor,
    *,
    ids: Sequence[str] = (),
    progress: Callable[[Sync], None] = lambda _: None,
    clock: Clock = REAL_TIME,
) -> Outcome:
    """Posted becomes verified where amount, date, claim, Invoice # and check number agree, else drifted.

    What was verified before is read again too, so that a later change in Procore shows.
    """
    del settings
    policy.demand(actor, "verify")
    touched: list[Sync] = []
    retry_after: dict[str, float] = {}
    for sync in control.syncs(states=["posted", "verified"]):
        if ids and sync.sync_id not in ids:
            continue
        try:
            wrong = _wrong(client, sync)
        except RemoteError:
            # A failed reading says nothing about the row.
            retry_after[sync.sync_id] = 60.0
            continue
        touched.append(_noted(control, actor, sync, wrong, clock))
        progress(touched[-1])
    return Outcome(touched=tuple(touched), others=control.open_syncs(), retry_after=retry_after)


def _wrong(client: Procore, sync: Sync) -> list[str]:
    try:
        row = client.issued_payment(sync.project_id or "", sync.commitment_id or "", sync.issued_payment_id or "")
    except NotVisible as error:
        if error.status == 404:
            return ["the row is gone"]
        raise
    found = differences(row, sent(sync.body))
    if row.get("origin_id") != sync.sync_id:
        found.append(f"origin id {row.get('origin_id')} instead of {sync.sync_id}")
    return found


def _noted(control: Control, actor: Actor, sync: Sync, wrong: list[str], clock: Clock) -> Sync:
    if not wrong and sync.state == "verified":
        return sync
    with control.change(actor, "verify", clock.now()) as change:
        if wrong:
            reason = f"In Procore, issued payment {sync.issued_payment_id}: {'; '.join(wrong)}."
            return change.move(sync, "drifted", reason=reason)
        return change.move(sync, "verified", reason=None)
