"""What became of a write whose outcome is unknown: Procore's own list decides, never a guess."""

from __future__ import annotations

from datetime import timedelta

from toolkit.settings import Settings
from toolkit.workflow.body import sent
from toolkit.workflow.control import SERVICE, Control
from toolkit.workflow.instants import instant
from toolkit.workflow.outcome import Sync, waiting_seconds
from toolkit.workflow.sender import Clock, Procore, ours, read_tab
from toolkit.workflow.verdicts import differences

MAX_ATTEMPTS = 3
STRICT = "strict"


def settle(
    control: Control, settings: Settings, client: Procore, sync: Sync, clock: Clock, *, wait: bool
) -> tuple[Sync, float | None]:
    """Look for an unknown sync; returns it as it then stands, and how long to wait if it is still unknown.

    Absent counts only after the quiet window and in as many complete listings, apart, as the settings
    say. In strict mode a person then confirms a resend; otherwise it returns to approved.
    """
    found = _look(control, client, sync, clock)
    if found:
        return found, None
    procore = settings.procore
    since = instant(sync.unknown_since or sync.updated_at)
    quiet_until = since + timedelta(seconds=procore.quiet_window_seconds)
    left = waiting_seconds(quiet_until, clock.now())
    if left > 0 and not wait:
        return sync, left
    clock.sleep(left)
    for reading in range(procore.listings):
        if reading:
            clock.sleep(procore.listing_gap_seconds)
        rows = read_tab(client, sync)
        if rows is None:
            # An incomplete reading says nothing and never counts towards absence.
            return sync, max(procore.listing_gap_seconds, 1.0)
        if ours(rows, sync):
            return _look(control, client, sync, clock) or sync, None
    return _absent(control, settings, sync, clock), None


def _look(control: Control, client: Procore, sync: Sync, clock: Clock) -> Sync | None:
    rows = read_tab(client, sync)
    mine = ours(rows or [], sync)
    return adopt(control, sync, mine, clock) if mine else None


def adopt(control: Control, sync: Sync, mine: list[dict[str, object]], clock: Clock) -> Sync:
    """Our reference stands in Procore: the sync is posted, or a person looks where the row differs."""
    wrong = differences(mine[0], sent(sync.body))
    if len(mine) > 1:
        wrong.append(f"{len(mine)} rows carry the reference {sync.sync_id}")
    with control.change(SERVICE, "found", clock.now()) as change:
        change.close_attempt(sync.sync_id, "found", None, f"issued payment {mine[0]['id']}")
        fields = {"issued_payment_id": str(mine[0]["id"]), "unknown_since": None}
        if wrong:
            reason = f"Procore's row {mine[0]['id']} has {'; '.join(wrong)}."
            return change.move(sync, "needs_review", reason=reason, **fields)
        return change.move(sync, "posted", reason=None, **fields)


def _absent(control: Control, settings: Settings, sync: Sync, clock: Clock) -> Sync:
    procore = settings.procore
    tried = len(control.attempts(sync.sync_id))
    readings = f"It was in none of {procore.listings} complete readings after the quiet window"
    with control.change(SERVICE, "absent", clock.now()) as change:
        change.close_attempt(sync.sync_id, "absent", None, readings)
        if procore.push_mode == STRICT or tried >= MAX_ATTEMPTS:
            reason = f"{readings}: a person must resend or abandon it."
            return change.move(sync, "needs_review", reason=reason, unknown_since=None)
        return change.move(sync, "approved", reason=f"{readings}; it will be sent again.", unknown_since=None)
