"""The push step: what was approved leaves once, with the intent on disk before a byte leaves.

The protocol: one sender; whatever an earlier process left in `sending` is unknown and is settled by
reading Procore; each commitment is read again right before its payments; then per payment an attempt
is committed, the approved bytes are sent once, and what came of it is committed. See
docs/decisions/0006-push.md for the invariants and what cannot be guaranteed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import groupby

from toolkit.errors import NotAllowed, RemoteError, StoreError
from toolkit.rules.preflight import stale
from toolkit.settings import Settings
from toolkit.workflow import audit, policy
from toolkit.workflow.before import Tab, read_again
from toolkit.workflow.body import sent
from toolkit.workflow.control import SERVICE, Control
from toolkit.workflow.instants import instant, stamp
from toolkit.workflow.outcome import Outcome, Sync, waiting_seconds
from toolkit.workflow.policy import Actor
from toolkit.workflow.sender import Clock, Procore, lookalikes, only_sender, ours
from toolkit.workflow.settle import adopt, settle
from toolkit.workflow.verdicts import STOP_THE_BATCH, classify

Progress = Callable[[Sync], None]
REAL_TIME = Clock()


def push(
    control: Control,
    settings: Settings,
    client: Procore,
    actor: Actor,
    *,
    ids: Sequence[str] = (),
    live: bool = False,
    wait: bool = False,
    progress: Progress = lambda _: None,
    clock: Clock = REAL_TIME,
) -> Outcome:
    """Send every approved sync (or those of `ids`) and settle every unknown one.

    Against another host than loopback it is a dry run unless `live`. Raises NotAllowed where settings
    forbid a live push, AuditBroken or StoreError where the control database is not to be trusted.
    """
    policy.demand(actor, "push")
    if not settings.procore.loopback and not live:
        waiting = _chosen(control.syncs(states=["approved"]), ids)
        return Outcome(touched=tuple(waiting), others=control.open_syncs(), dry_run=True)
    _permitted(settings)
    with only_sender(settings.home):
        _trusted(control)
        sending = _Sending(control, settings, client, actor, clock, progress)
        sending.recover()
        sending.settle_unknown(ids, wait=wait)
        sending.send(ids)
        return Outcome(tuple(sending.touched.values()), control.open_syncs(), (), sending.retry_after)


def _chosen(syncs: list[Sync], ids: Sequence[str]) -> list[Sync]:
    return [sync for sync in syncs if not ids or sync.sync_id in ids]


def _permitted(settings: Settings) -> None:
    procore = settings.procore
    if procore.loopback:
        return
    missing = [name for name in ("amount_basis", "tax_basis") if getattr(procore, name) is None]
    if not procore.push_enabled:
        raise NotAllowed("A live push needs push_enabled = true under [procore] in tieout.toml.")
    if missing:
        raise NotAllowed(f"A live push needs {' and '.join(missing)} under [procore] in tieout.toml.")


def _trusted(control: Control) -> None:
    verdict = control.verdict()
    if verdict.status:
        raise StoreError(f"{verdict.sentence} Nothing is pushed until `tieout audit verify` is clean.")


class _Sending:
    """One push: what it touched and what must wait."""

    def __init__(
        self, control: Control, settings: Settings, client: Procore, actor: Actor, clock: Clock, progress: Progress
    ) -> None:
        self.control, self.settings, self.client, self.actor = control, settings, client, actor
        self.clock, self.progress = clock, progress
        self.touched: dict[str, Sync] = {}
        self.retry_after: dict[str, float] = {}

    def _told(self, sync: Sync) -> Sync:
        self.touched[sync.sync_id] = sync
        self.progress(sync)
        return sync

    def recover(self) -> None:
        """A process died while sending: nobody knows what became of it, so nobody guesses."""
        for sync in self.control.syncs(states=["sending"]):
            now = self.clock.now()
            with self.control.change(SERVICE, "restart", now) as change:
                self._told(change.move(sync, "unknown", reason="The sender stopped.", unknown_since=stamp(now)))

    def settle_unknown(self, ids: Sequence[str], *, wait: bool) -> None:
        for sync in _chosen(self.control.syncs(states=["unknown"]), ids):
            settled, left = settle(self.control, self.settings, self.client, sync, self.clock, wait=wait)
            self._told(settled)
            if left is not None:
                self.retry_after[sync.sync_id] = left

    def send(self, ids: Sequence[str]) -> None:
        approved = _chosen(self.control.syncs(states=["approved"]), ids)
        approved = [sync for sync in approved if not self._expired(sync)]
        approved = self._first_live(approved)
        home = sorted(approved, key=lambda sync: (sync.project_id or "", sync.commitment_id or "", sync.sync_id))
        for _, group in groupby(home, key=lambda sync: (sync.project_id, sync.commitment_id)):
            if not self._send_to_one_commitment(list(group)):
                return

    def _expired(self, sync: Sync) -> bool:
        now, procore = self.clock.now(), self.settings.procore
        old = now - instant(sync.approved_at or sync.updated_at) > timedelta(hours=procore.approval_hours)
        late = stale(json.loads(sync.facts), procore.freshness_hours, now)
        if not old and not late:
            return False
        with self.control.change(SERVICE, "expire", now) as change:
            if late:
                self._told(change.move(sync, "held", reason=late))
            else:
                reason = f"The approval is older than {procore.approval_hours:g} hours; approve it again."
                self._told(change.move(sync, "submitted", reason=reason, approved_by=None, approved_hash=None))
        return True

    def _first_live(self, approved: list[Sync]) -> list[Sync]:
        """The first live push to a project is one payment, verified before the rest may go."""
        if self.settings.procore.loopback:
            return approved
        proved = {sync.project_id for sync in self.control.syncs(states=["verified", "drifted"])}
        under_way = {sync.project_id for sync in self.control.syncs(states=["posted", "unknown", "needs_review"])}
        first: dict[str | None, Sync] = {}
        for sync in approved:
            if sync.project_id not in proved | under_way:
                first.setdefault(sync.project_id, sync)
        return [sync for sync in approved if sync.project_id in proved or sync in first.values()]

    def _send_to_one_commitment(self, syncs: list[Sync]) -> bool:
        """Send a commitment's payments; False where the whole push must stop."""
        if self._gate_closed(syncs):
            return False
        try:
            tab = read_again(self.client, syncs)
        except RemoteError as error:
            for sync in syncs:
                with self.control.change(SERVICE, "preflight", self.clock.now()) as change:
                    self._told(change.move(sync, sync.state, reason=f"Not sent: {error}"))
                self.retry_after[sync.sync_id] = 60.0
            return error.status not in STOP_THE_BATCH
        for sync in syncs:
            if self._gate_closed([sync]):
                return False
            if not self._send_one(sync, tab):
                return False
        return True

    def _gate_closed(self, syncs: list[Sync]) -> bool:
        until = self.control.gate(self.settings.procore.api_url).closed_until()
        left = waiting_seconds(until, self.clock.now()) if until else 0.0
        if left > 0:
            self.retry_after |= {sync.sync_id: left for sync in syncs}
        return left > 0

    def _send_one(self, sync: Sync, tab: Tab) -> bool:
        now = self.clock.now()
        mine = ours(tab.rows, sync)
        if mine:
            self._told(adopt(self.control, sync, mine, self.clock))
            return True
        expected = sent(sync.body)
        twins = lookalikes(tab.rows, sync, expected)
        if twins:
            reason = f"Procore already shows it as issued payment {twins[0]['id']}, without our reference."
            with self.control.change(SERVICE, "duplicate", now) as change:
                issued = str(twins[0]["id"])
                self._told(change.move(sync, "needs_review", reason=reason, issued_payment_id=issued))
            return True
        blocked = tab.blocks(sync)
        if blocked:
            with self.control.change(SERVICE, "preflight", now) as change:
                self._told(change.move(sync, "held", reason=blocked))
            return True
        sending = self._intend(sync)
        payload = sending.body.encode()
        # I6: the bytes that leave are the bytes that were approved.
        if audit.sha256(payload) != sending.approved_hash:
            raise StoreError(f"{sync.sync_id}: what would be sent is not what was approved; nothing was sent.")
        outcome = self.client.post_issued_payment(payload)
        kind, said, issued_id = classify(outcome, expected)
        if kind == "O":
            tab.add(sync, issued_id)
        return self._record(sending, kind, said, outcome.status, issued_id)

    def _intend(self, sync: Sync) -> Sync:
        """I1, I2: the attempt is durable before a byte leaves, and only one can be open."""
        with self.control.change(self.actor, "send", self.clock.now()) as change:
            fresh = change.sync(sync.sync_id)
            same_person = fresh.approved_by == fresh.submitted_by
            if fresh.state != "approved" or fresh.approved_hash != fresh.payload_hash or same_person:
                raise StoreError(f"{sync.sync_id} is no longer approved as it stands; nothing was sent.")
            change.open_attempt(fresh)
            return self._told(change.move(fresh, "sending", reason=None))

    def _record(self, sync: Sync, kind: str, said: str, status: int | None, issued_id: str | None) -> bool:
        now = self.clock.now()
        with self.control.change(SERVICE, f"outcome {kind}", now) as change:
            if kind in ("O", "N", "D"):
                change.close_attempt(sync.sync_id, kind, status, said)
            if kind == "O":
                self._told(change.move(sync, "posted", issued_payment_id=issued_id, reason=None))
            elif kind == "N":
                self._told(change.move(sync, "approved", reason=said))
                self.retry_after[sync.sync_id] = 60.0
            elif kind == "D":
                self._told(change.move(sync, "rejected", reason=said))
            else:
                self._told(change.move(sync, "unknown", reason=said, unknown_since=stamp(now)))
        if kind == "C":
            settled, left = settle(
                self.control, self.settings, self.client, self.control.sync(sync.sync_id), self.clock, wait=False
            )
            self._told(settled)
            self.retry_after |= {sync.sync_id: left} if left is not None else {}
        elif kind == "A":
            self.retry_after[sync.sync_id] = self.settings.procore.quiet_window_seconds
        return kind != "N" and not (kind == "D" and status in STOP_THE_BATCH)
