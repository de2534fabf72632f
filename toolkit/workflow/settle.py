"""What became of a write whose outcome is unknown: Procore's own list decides, never a guess."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from toolkit.errors import RemoteError
from toolkit.settings import Settings
from toolkit.workflow.body import sent
from toolkit.workflow.control import Control
from toolkit.workflow.instants import instant
from toolkit.workflow.outcome import Sync, waiting_seconds
from toolkit.workflow.sender import Clock, Listing, Procore, Row, ours, take
from toolkit.workflow.verdicts import as_seen, differences

MAX_ATTEMPTS = 3
STRICT, READBACK = "strict", "readback"
Settled = list[tuple[Sync, float | None]]


class Settling:
    """The unknown syncs of one commitment: each reading of its tab serves them all."""

    def __init__(
        self, control: Control, settings: Settings, client: Procore, syncs: Sequence[Sync], clock: Clock
    ) -> None:
        self._control, self._settings, self._client, self._clock = control, settings, client, clock
        self._left, self._any = {sync.sync_id: sync for sync in syncs}, syncs[0]
        self._done: Settled = []

    def settle(self, *, wait: bool) -> Settled:
        """Each sync as it then stands, and how long to wait where it is still unknown.

        Absent counts only after the quiet window and in as many whole readings, apart, as the settings
        say. In strict mode a person then confirms a resend; otherwise it returns to approved.
        """
        procore = self._settings.procore
        if wait and self._waiting():
            self._look()
            self._clock.sleep(max(self._waiting().values(), default=0.0))
        waiting = self._waiting()
        for number in range(procore.listings):
            if number:
                self._clock.sleep(procore.listing_gap_seconds)
            reading = self._look()
            if reading is None or not reading.complete:
                # A reading that is not whole says nothing about absence, and starts the count anew.
                return self._postponed(waiting, max(procore.listing_gap_seconds, 1.0))
            if not set(self._left) - set(waiting):
                return self._postponed(waiting, 0.0)
        for sync_id in sorted(set(self._left) - set(waiting)):
            self._done.append((self._absent(self._left.pop(sync_id)), None))
        return self._postponed(waiting, 0.0)

    def _waiting(self) -> dict[str, float]:
        """Seconds of quiet window that are left, of those that have any."""
        window, now = timedelta(seconds=self._settings.procore.quiet_window_seconds), self._clock.now()
        since = {key: instant(sync.unknown_since or sync.updated_at) for key, sync in self._left.items()}
        return {key: left for key, began in since.items() if (left := waiting_seconds(began + window, now)) > 0}

    def _look(self) -> Listing | None:
        first = self._any
        try:
            reading = self._client.issued_payments(first.project_id or "", first.commitment_id or "")
        except RemoteError:
            return None
        for sync_id, sync in sorted(self._left.items()):
            mine = ours(reading.rows, sync)
            if mine:
                self._done.append((adopt(self._control, sync, mine, self._clock), None))
                del self._left[sync_id]
        return reading

    def _postponed(self, waiting: dict[str, float], others: float) -> Settled:
        return self._done + [(sync, waiting.get(key, others)) for key, sync in sorted(self._left.items())]

    def _absent(self, sync: Sync) -> Sync:
        procore = self._settings.procore
        tried = len(self._control.attempts(sync.sync_id))
        readings = f"It was in none of {procore.listings} complete readings after the quiet window"
        close = ("absent", None, readings)
        if procore.push_mode == STRICT or tried >= MAX_ATTEMPTS:
            state, said = "needs_review", f"{readings}: a person must resend or abandon it."
        elif procore.push_mode == READBACK and self._control.may_still_be_sent(sync.sync_id):
            said = f"{readings}, but its sender may live on elsewhere: a person must see it stopped, then resend."
            state = "needs_review"
        else:
            state, said = "approved", f"{readings}; it will be sent again."
        return take(self._control, self._clock, sync, "absent", state, close=close, reason=said, unknown_since=None)


def adopt(control: Control, sync: Sync, mine: list[Row], clock: Clock) -> Sync:
    """Our reference stands in Procore: the sync is posted, or a person looks where the row differs."""
    row = mine[0]
    wrong = differences(row, sent(sync.body))
    if len(mine) > 1:
        wrong.append(f"{len(mine)} rows with the reference {sync.sync_id}")
    close = ("found", None, f"issued payment {row['id']}")
    fields = {"issued_payment_id": str(row["id"]), "unknown_since": None}
    if not wrong:
        return take(control, clock, sync, "found", "posted", close=close, reason=None, **fields)
    reason = f"Procore's row {row['id']} has {'; '.join(wrong)}."
    fields |= {"reason": reason, "procore_row": as_seen(row)}
    return take(control, clock, sync, "found", "needs_review", close=close, **fields)
