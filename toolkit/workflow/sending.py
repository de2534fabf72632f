"""What a push does, in order: recover, settle what is unknown, then commitment by commitment, payment by payment.

Each method that changes something is one transaction; between the one that opens an attempt and the one
that closes it stands exactly one request.

Longer than other modules, because the order of these steps is the protocol and is read as one.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from toolkit.errors import NotVisible, RemoteError, StoreError
from toolkit.rules.preflight import stale
from toolkit.settings import Settings
from toolkit.workflow import audit, policy, source
from toolkit.workflow.before import Tab, not_ours, read_again
from toolkit.workflow.body import sent
from toolkit.workflow.caps import needs_two
from toolkit.workflow.control import RESTART, Control
from toolkit.workflow.instants import instant, stamp
from toolkit.workflow.outcome import NOT_SUBMITTED, Outcome, Sync, waiting_seconds
from toolkit.workflow.policy import SERVICE, Actor
from toolkit.workflow.sender import Clock, Closing, Procore, Row, lookalikes, ours, take
from toolkit.workflow.settle import Settled, Settling, adopt
from toolkit.workflow.target import bind, host_of
from toolkit.workflow.verdicts import STOP_THE_BATCH, Class, as_seen, classify, unsent

Progress = Callable[[Sync], None]
# A tab read longer ago is read anew: people key payments meanwhile.
TAB_SECONDS = 60
# A sender that slept longer between its intent and the first byte does not send.
DEADLINE_SECONDS = 30
# So many unclear answers among the last twenty, and the rest waits: each would need a person.
BREAKER, AMONG = 5, 20
AGAIN_SECONDS = 60.0
NO_APPROVAL = {name: None for name in NOT_SUBMITTED if "approved" in name}
EARLIER_MAY_COME = (
    "But an earlier attempt had no clear answer and may still arrive: look in Procore, then resend or abandon it."
)
# States in which a project's first live payment may be.
UNDER_TRIAL = ("sending", "unknown", "needs_review", "posted", "drifted")


@dataclass(frozen=True)
class Stop:
    """Why a push ends early: for `seconds`, or (None) until a person has looked."""

    why: str
    seconds: float | None = None


class Sending:
    """One push: what it touched, what must wait for time, and what it would not send."""

    def __init__(
        self, control: Control, settings: Settings, client: Procore, actor: Actor, clock: Clock, progress: Progress
    ) -> None:
        self.control, self.settings, self.client, self.actor = control, settings, client, actor
        self.clock, self.progress = clock, progress
        self.touched: dict[str, Sync] = {}
        self.retry_after: dict[str, float] = {}
        self.refused: dict[str, str] = {}
        self.attempted = False
        self.unclear: deque[bool] = deque(maxlen=AMONG)
        self.signed_in_again = False

    def outcome(self, ids: Sequence[str]) -> Outcome:
        for sync in self.control.syncs(ids=list(ids)):
            if sync.sync_id not in self.touched | self.retry_after:
                self.refused.setdefault(sync.sync_id, f"It is {sync.state}, so there is nothing to send.")
        refused = tuple(sorted(self.refused.items()))
        return Outcome(tuple(self.touched.values()), self.control.open_syncs(), refused, self.retry_after)

    def _told(self, sync: Sync) -> Sync:
        self.touched[sync.sync_id] = sync
        self.progress(sync)
        return sync

    def _take(self, sync: Sync, action: str, state: str, **values: object) -> Sync:
        return self._told(take(self.control, self.clock, sync, action, state, **values))  # type: ignore[arg-type]

    def begin(self) -> None:
        """The log says who started what, in which mode, towards whom; a second Procore is refused."""
        procore = self.settings.procore
        with self.control.change(self.actor, "push", self.clock.now()) as change:
            # Bound for good only by the first payment: a wrong company is corrected before it.
            bind(change, self.settings, sends=False)
            where = {"host": host_of(self.settings), "company_id": procore.company_id}
            change.tell("push", where | {"push_mode": procore.push_mode})

    def recover(self) -> None:
        """A process died while sending: nobody knows what became of it, so nobody guesses."""
        for sync in self.control.syncs(states=["sending"]):
            since = stamp(self.clock.now())
            self._take(sync, RESTART, "unknown", reason="The sender stopped.", unknown_since=since)

    def settle_unknown(self, ids: Sequence[str], *, wait: bool) -> None:
        for group in by_commitment(self._mine(ids, "unknown")):
            if self._gate_open(group, wait=wait):
                self._settled(Settling(self.control, self.settings, self.client, group, self.clock).settle(wait=wait))

    def _mine(self, ids: Sequence[str], state: str) -> list[Sync]:
        """Of the projects on which the role of whoever started this counts."""
        found = chosen(self.control.syncs(), ids, state)
        return [sync for sync in found if not policy.elsewhere(self.actor, sync.project_id)]

    def _settled(self, settled: Settled) -> None:
        for sync, left in settled:
            self._told(sync)
            if left is not None:
                self.retry_after[sync.sync_id] = left

    def send(self, ids: Sequence[str], *, wait: bool) -> None:
        """Send what is approved, commitment by commitment, until something stops the whole."""
        now_in_erp = source.newest(self.settings)
        fresh = [sync for sync in self._mine(ids, "approved") if not self._outdated(sync, now_in_erp)]
        groups = by_commitment(self._first_live(fresh))
        for place, group in enumerate(groups):
            stop = self._send_to_one_commitment(group, wait=wait)
            if stop:
                self._left_behind([sync for later in groups[place:] for sync in later], stop)
                return

    def _left_behind(self, syncs: Iterable[Sync], stop: Stop) -> None:
        """The untouched stay approved; the next push goes on with them."""
        for sync in syncs:
            if sync.sync_id in self.touched | self.retry_after:
                continue
            if stop.seconds is not None:
                self.retry_after[sync.sync_id] = stop.seconds
            else:
                self._take(sync, "preflight", "approved", reason=f"Not sent yet: {stop.why}")

    def _outdated(self, sync: Sync, now_in_erp: source.Source | None) -> bool:
        """Hold (or ask again for) what was approved under facts that no longer stand."""
        now, procore = self.clock.now(), self.settings.procore
        held = (
            not_ours(self.settings, sync.project_id)
            or source.changed(now_in_erp, sync)
            or stale(json.loads(sync.facts), procore.freshness_hours, now)
        )
        if held:
            self._take(sync, "expire", "held", reason=held)
            return True
        if now - instant(sync.approved_at or sync.updated_at) > timedelta(hours=procore.approval_hours):
            reason = f"The approval is older than {procore.approval_hours:g} hours; approve it again."
            self._take(sync, "expire", "submitted", reason=reason, **NO_APPROVAL)
            return True
        return False

    def _first_live(self, approved: list[Sync]) -> list[Sync]:
        """The first live push to a project is one payment, verified before a person lets the rest go."""
        if self.settings.procore.loopback:
            return approved
        proved = {sync.project_id for sync in self.control.syncs(states=["verified"])}
        trying = {sync.project_id for sync in self.control.syncs(states=UNDER_TRIAL)} - proved
        chosen = []
        for sync in approved:
            if sync.project_id in proved or sync.project_id not in trying:
                chosen.append(sync)
                trying |= {sync.project_id}
            else:
                why = f"The first live payment of project {sync.project_id} must be verified before the rest may go."
                self.refused[sync.sync_id] = why
        return chosen

    def _send_to_one_commitment(self, syncs: list[Sync], *, wait: bool) -> Stop | None:
        """Send a commitment's payments; what stops the whole push, if anything does."""
        tab: Tab | None = None
        for place, sync in enumerate(syncs):
            if tab is not None and (self.clock.now() - tab.read_at).total_seconds() > TAB_SECONDS:
                tab = None
            # Reading a tab may be what closes the gate; what was read before a wait is read anew after it.
            while tab is None or self._gate_left() > 0:
                if not self._gate_open([sync], wait=wait):
                    return Stop("Procore asked us to wait.", self._gate_left())
                try:
                    tab = read_again(self.client, syncs[place:], self.clock)
                except NotVisible as error:
                    self._not_visible(syncs[place:], error)
                    return None
                except RemoteError as error:
                    if not self.touched:
                        raise
                    return Stop(str(error), AGAIN_SECONDS)
                if not tab.whole:
                    self._left_behind(syncs[place:], Stop("its tab could not be read whole.", AGAIN_SECONDS))
                    return None
            stop = self._send_one(sync, tab)
            if stop:
                return stop
        return None

    def _not_visible(self, syncs: Sequence[Sync], error: NotVisible) -> None:
        gone = error.status == 404
        for sync in syncs:
            reason = f"The commitment is gone from Procore or hidden from us: {error}" if gone else f"Not sent: {error}"
            self._take(sync, "preflight", "held" if gone else "approved", reason=reason)
            if not gone:
                self.refused[sync.sync_id] = reason

    def _gate_open(self, syncs: Sequence[Sync], *, wait: bool) -> bool:
        left = self._gate_left()
        if left > 0 and wait:
            self.clock.sleep(left)
            left = self._gate_left()
        if left > 0:
            self.retry_after |= {sync.sync_id: left for sync in syncs}
        return left <= 0

    def _gate_left(self) -> float:
        until = self.control.gate(self.settings.procore.api_url).closed_until()
        return waiting_seconds(until, self.clock.now()) if until else 0.0

    def _send_one(self, sync: Sync, tab: Tab) -> Stop | None:
        mine, twins = ours(tab.rows, sync), self._twins(sync, tab)
        if mine:
            self._told(adopt(self.control, sync, mine, self.clock))
            return None
        if twins:
            twin = str(twins[0]["id"])
            reason = f"Procore already shows it as issued payment {twin}, without our reference."
            seen = {"issued_payment_id": twin, "procore_row": as_seen(twins[0])}
            self._take(sync, "duplicate", "needs_review", reason=reason, **seen)
            return None
        blocked = tab.blocks(sync)
        if blocked:
            self._take(sync, "preflight", "held", reason=blocked)
            return None
        sending = self._intend(sync)
        return self._post(sending, tab) if sending else None

    def _twins(self, sync: Sync, tab: Tab) -> list[Row]:
        """Rows that look like it, but for one that a person saw and said to be another payment."""
        seen = json.loads(sync.procore_row)["id"] if sync.procore_row else None
        found = lookalikes(tab.rows, sync, sent(sync.body))
        return [row for row in found if seen is None or str(row.get("id")) != str(seen)]

    def _intend(self, sync: Sync) -> Sync | None:
        """I1, I2: the attempt is durable before a byte leaves, and only one can be open."""
        with self.control.change(SERVICE, "send", self.clock.now()) as change:
            fresh = change.sync(sync.sync_id)
            if fresh.version != sync.version:
                # A person was quicker: what they decided stands.
                self._told(fresh)
                return None
            bound = fresh.approved_hash == fresh.payload_hash == audit.sha256(fresh.body)
            if fresh.state != "approved" or not bound or fresh.approved_by in (None, fresh.submitted_by):
                raise StoreError(f"{sync.sync_id} is not approved as it stands; nothing was sent.")
            two = needs_two(self.settings.limits, fresh)
            if two and fresh.first_approved_by in (None, fresh.approved_by, fresh.submitted_by):
                reason = "Its amount needs a second approver by now; approve it again."
                self._told(change.move(fresh, "submitted", reason=reason, **NO_APPROVAL))
                return None
            bind(change, self.settings)
            change.open_attempt(fresh, started_by=self.actor.name)
            sending = change.move(fresh, "sending", reason=None)
        self.attempted = True
        return self._told(sending)

    def _post(self, sync: Sync, tab: Tab) -> Stop | None:
        """Send the approved bytes once and record what came of it."""
        began = instant(sync.updated_at)
        payload = sync.body.encode()
        # I6: the bytes that leave are the bytes that were approved.
        if audit.sha256(payload) != sync.approved_hash:
            raise StoreError(f"{sync.sync_id}: what would be sent is not what was approved; nothing was sent.")
        if (self.clock.now() - began).total_seconds() > DEADLINE_SECONDS:
            return self._record(sync, unsent("the sender slept since it meant to send"), None, tab)
        if not self.control.still_sender():
            # Another may be sending by now; what it has taken over meanwhile, `take` leaves to it.
            return self._record(sync, unsent("the sender's lock was lost on the way"), None, tab)
        outcome = self.client.post_issued_payment(payload)
        return self._record(sync, classify(outcome, sent(sync.body)), outcome.status, tab)

    def _record(self, sync: Sync, verdict: Class, status: int | None, tab: Tab) -> Stop | None:
        kind, said, issued_id = verdict
        close = (kind, status, said)
        self.unclear.append(kind == "A")
        if kind == "O":
            tab.add(sync, issued_id)
            self._take(sync, "outcome", "posted", close=close, issued_payment_id=issued_id, reason=None)
            return None
        if kind == "D":
            self._refused(sync, close)
            return Stop(said) if status in STOP_THE_BATCH else None
        if kind == "N":
            back = self._take(sync, "outcome", "approved", close=close, reason=said)
            if status == 401 and not self.signed_in_again:
                # The token ran out on the way; the client signs in anew, once.
                self.signed_in_again = True
                return self._send_one(back, tab)
            left = self._gate_left() or AGAIN_SECONDS
            self.retry_after[sync.sync_id] = left
            return Stop(said, left)
        return self._unknown(
            self._take(sync, "outcome", "unknown", reason=said, unknown_since=self._stamp()), kind, tab
        )

    def _refused(self, sync: Sync, close: Closing) -> None:
        """Final, unless an earlier attempt was only ever seen to be absent: a late host may still apply that one."""
        if any(attempt["outcome"] == "absent" for attempt in self.control.attempts(sync.sync_id)):
            reason = f"{close[2]} {EARLIER_MAY_COME}"
            self._take(sync, "outcome", "needs_review", close=close, reason=reason)
        else:
            self._take(sync, "outcome", "rejected", close=close, reason=close[2])

    def _unknown(self, sync: Sync, kind: str, tab: Tab) -> Stop | None:
        tab.add(sync, None)
        self.retry_after[sync.sync_id] = self.settings.procore.quiet_window_seconds
        if kind == "C":
            del self.retry_after[sync.sync_id]
            self._settled(Settling(self.control, self.settings, self.client, [sync], self.clock).settle(wait=False))
        if sum(self.unclear) >= BREAKER:
            return Stop(f"{BREAKER} of the last answers left open what became of a payment; look at Procore first.")
        return None

    def _stamp(self) -> str:
        return stamp(self.clock.now())


def by_commitment(syncs: Iterable[Sync]) -> list[list[Sync]]:
    """Syncs in groups that share a Payments Issued tab, in a fixed order."""

    def home(sync: Sync) -> tuple[str, str]:
        return sync.project_id or "", sync.commitment_id or ""

    return [list(group) for _, group in groupby(sorted(syncs, key=lambda sync: (*home(sync), sync.sync_id)), key=home)]


def chosen(syncs: Iterable[Sync], ids: Sequence[str], *states: str) -> tuple[Sync, ...]:
    """Syncs of these states; of `ids` only, where there are any."""
    return tuple(sync for sync in syncs if sync.state in states and (not ids or sync.sync_id in ids))
