"""The verify step: read each issued payment back and compare it with what was approved."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import groupby

from toolkit.errors import NotFound, NotVisible, RemoteError
from toolkit.settings import Settings
from toolkit.workflow import policy
from toolkit.workflow.body import sent
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Outcome, Sync, waiting_seconds
from toolkit.workflow.policy import Actor
from toolkit.workflow.sender import Clock, Procore, Row, ours
from toolkit.workflow.verdicts import as_seen, differences

REAL_TIME = Clock()
AGAIN_SECONDS = 60.0
READ_BACK = ("posted", "verified")


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

    What was verified before is read again too, so that a later change in Procore shows. RemoteError
    where Procore was away before anything was read.
    """
    actor = control.demand(actor, "verify")
    found = {sync.sync_id: sync for sync in control.syncs(ids=list(ids) or None)}
    if missing := sorted(set(ids) - set(found)):
        raise NotFound(f"There is no sync {', '.join(missing)}; `tieout status --all` lists them.")
    refused = tuple(
        (key, f"It is {sync.state}, so there is nothing to read back.")
        for key, sync in found.items()
        if ids and sync.state not in READ_BACK
    )
    touched: list[Sync] = []
    retry_after: dict[str, float] = {}
    mine = [sync for sync in found.values() if not policy.elsewhere(actor, sync.project_id)]
    for group in _groups([sync for sync in mine if sync.state in READ_BACK]):
        try:
            left = _gate_left(control, settings, clock)
            wrong = _read_back(client, group) if left <= 0 else None
        except RemoteError:
            if not touched:
                raise
            # A failed reading says nothing about a row.
            left, wrong = AGAIN_SECONDS, None
        if wrong is None:
            retry_after |= {sync.sync_id: left for sync in group}
            continue
        for sync in group:
            touched.append(_noted(control, actor, sync, *wrong[sync.sync_id], clock))
            progress(touched[-1])
    return Outcome(tuple(touched), control.open_syncs(), refused, retry_after)


def _groups(syncs: list[Sync]) -> list[list[Sync]]:
    def home(sync: Sync) -> tuple[str, str]:
        return sync.project_id or "", sync.commitment_id or ""

    return [list(group) for _, group in groupby(sorted(syncs, key=home), key=home)]


def _gate_left(control: Control, settings: Settings, clock: Clock) -> float:
    until = control.gate(settings.procore.api_url).closed_until()
    return waiting_seconds(until, clock.now()) if until else 0.0


def _read_back(client: Procore, syncs: list[Sync]) -> dict[str, tuple[list[str], Row | None]]:
    """Of each sync what differs, and its row; one reading of the tab serves them all."""
    project, commitment = syncs[0].project_id or "", syncs[0].commitment_id or ""
    rows = client.issued_payments(project, commitment).rows
    by_id = {str(row.get("id")): row for row in rows}
    found = {}
    for sync in syncs:
        row = by_id.get(sync.issued_payment_id or "") or _row(client, project, commitment, sync)
        wrong = ["the row is gone"] if row is None else _wrong(sync, row)
        if len(ours(rows, sync)) > 1:
            wrong.append(f"{len(ours(rows, sync))} rows carry the reference {sync.sync_id}")
        found[sync.sync_id] = wrong, row
    return found


def _row(client: Procore, project: str, commitment: str, sync: Sync) -> Row | None:
    """A list may be late; only the row's own address says that it is gone."""
    try:
        return client.issued_payment(project, commitment, sync.issued_payment_id or "")
    except NotVisible as error:
        if error.status == 404:
            return None
        raise


def _wrong(sync: Sync, row: Row) -> list[str]:
    accepted = json.loads(sync.procore_row) if sync.accepted_by and sync.procore_row else None
    found = differences(row, accepted or sent(sync.body))
    reference = accepted["origin_id"] if accepted else sync.sync_id
    if row.get("origin_id") != reference:
        found.append(f"origin id {row.get('origin_id')} instead of {reference}")
    return found


def _noted(control: Control, actor: Actor, sync: Sync, wrong: list[str], row: Row | None, clock: Clock) -> Sync:
    if not wrong and sync.state == "verified":
        return sync
    with control.change(actor, "verify", clock.now()) as change:
        fresh = change.sync(sync.sync_id)
        if fresh.version != sync.version:
            # Somebody decided about it meanwhile: the next reading is for what they decided.
            return fresh
        if wrong:
            reason = f"In Procore, issued payment {sync.issued_payment_id}: {'; '.join(wrong)}."
            return change.move(sync, "drifted", reason=reason, procore_row=as_seen(row) if row else None)
        return change.move(sync, "verified", reason=None)
