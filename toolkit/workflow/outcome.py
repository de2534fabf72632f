"""What a step of the workflow is asked for and what it answers, for people, machines and exit statuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from toolkit import money
from toolkit.workflow.states import COLOURS, FINAL, WAITING


@dataclass(frozen=True)
class Sync:
    """One row of the control database; `amount` is minor units, instants are ISO-8601 UTC text.

    `procore_row` is what Procore's row said when a person was asked about it (JSON); with `accepted_by`
    that person let it stand, and from then on it is what Procore is compared with.
    """

    sync_id: str
    version: int
    state: str
    final: bool
    batch_id: str | None
    run_id: str
    erp: str
    erp_company: str
    payment_id: str
    application_id: str | None
    claim_id: str | None
    commitment_id: str | None
    project_id: str | None
    project_number: str | None
    commitment_number: str | None
    vendor_name: str | None
    invoice_number: str | None
    check_number: str | None
    currency_code: str | None
    amount: int
    payment_date: str
    due_amount: int | None
    body: str
    payload_hash: str
    approved_hash: str | None
    facts: str
    reason: str | None
    held_by: str | None
    planned_by: str
    submitted_by: str | None
    submitted_at: str | None
    first_approved_by: str | None
    first_approved_hash: str | None
    approved_by: str | None
    approved_at: str | None
    issued_payment_id: str | None
    unknown_since: str | None
    procore_row: str | None
    accepted_by: str | None
    updated_at: str

    @property
    def colour(self) -> str | None:
        return COLOURS[self.state]

    @property
    def open(self) -> bool:
        """Does something still have to happen to it?"""
        return self.state not in FINAL and not self.final

    def shown(self) -> str:
        """The amount as people read it."""
        return f"{money.shown(self.amount, self.currency_code)} {self.currency_code or ''}".strip()


# The tables of a run out of which both sides are put together (`toolkit.rules.picture`).
TABLES = ("payments", "applications", "claims", "commitments", "projects", "vendors", "issued_payments")
# What a sync loses when it goes back to the start, and when nothing of it stands in Procore.
NOT_SUBMITTED: Mapping[str, None] = dict.fromkeys(
    (
        "submitted_by",
        "submitted_at",
        "first_approved_by",
        "first_approved_hash",
        "approved_by",
        "approved_at",
        "approved_hash",
    )
)
NOWHERE: Mapping[str, None] = dict.fromkeys(("issued_payment_id", "unknown_since", "accepted_by"))
SHOWN = (
    "sync_id",
    "batch_id",
    "erp",
    "erp_company",
    "payment_id",
    "application_id",
    "claim_id",
    "commitment_id",
    "project_id",
    "invoice_number",
    "check_number",
    "payment_date",
    "state",
    "colour",
    "reason",
    "issued_payment_id",
)


@dataclass(frozen=True)
class Selection:
    """Which syncs a command is about: ids, a batch, or all that policy permits."""

    ids: tuple[str, ...] = ()
    batch: str | None = None
    all: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a step did. `touched` are the syncs it moved, `refused` those it would not and why."""

    touched: tuple[Sync, ...] = ()
    others: tuple[Sync, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    retry_after: Mapping[str, float] = field(default_factory=dict)
    dry_run: bool = False
    said: str = ""

    @property
    def syncs(self) -> tuple[Sync, ...]:
        """What was touched and everything that is not final, each once, by id."""
        found = {sync.sync_id: sync for sync in (*self.others, *self.touched)}
        return tuple(found[key] for key in sorted(found))

    @property
    def exit_status(self) -> int:
        """0 where nothing waits, 3 where something waits for time or for a person."""
        waits = any(sync.state in WAITING for sync in self.syncs)
        return 3 if waits or self.refused or self.retry_after else 0

    def totals(self) -> dict[str, Any]:
        """Counts per state, and amounts per currency of what was touched."""
        amounts: Counter[str] = Counter()
        for sync in self.touched:
            amounts[sync.currency_code or ""] += sync.amount
        return {
            "touched": len(self.touched),
            "amounts": {code: money.plain(amount, code or None) for code, amount in sorted(amounts.items())},
            "states": dict(sorted(Counter(sync.state for sync in self.syncs).items())),
        }

    def as_json(self) -> dict[str, Any]:
        """The one object that `--json` prints."""
        document: dict[str, Any] = {"syncs": [self._row(sync) for sync in self.syncs], "totals": self.totals()}
        if self.refused:
            document["refused"] = [{"sync_id": sync_id, "reason": why} for sync_id, why in self.refused]
        if self.dry_run:
            document["dry_run"] = True
        return document

    def _row(self, sync: Sync) -> dict[str, Any]:
        row = {name: getattr(sync, name) for name in SHOWN}
        row["amount"] = money.plain(sync.amount, sync.currency_code)
        row["retry_after_seconds"] = self.retry_after.get(sync.sync_id)
        return row


def waiting_seconds(until: datetime, now: datetime) -> float:
    """How long until then, never negative, in tenths and rather too long than too short."""
    return max(-((now - until) // timedelta(milliseconds=100)) / 10, 0.0)


def select(syncs: Sequence[Sync], selection: Selection) -> list[Sync]:
    """The syncs that a selection names, by id."""
    if selection.all:
        return list(syncs)
    if selection.batch:
        return [sync for sync in syncs if sync.batch_id == selection.batch]
    return [sync for sync in syncs if sync.sync_id in selection.ids]


def totals(syncs: Sequence[Sync]) -> str:
    """`21 payments: 447,265.50 USD and 169,400.00 AUD`."""
    sums: dict[str, int] = {}
    for sync in syncs:
        sums[sync.currency_code or ""] = sums.get(sync.currency_code or "", 0) + sync.amount
    amounts = " and ".join(
        f"{money.shown(amount, code or None)} {code}".strip() for code, amount in sorted(sums.items())
    )
    count = "1 payment" if len(syncs) == 1 else f"{len(syncs)} payments"
    return f"{count}: {amounts}" if amounts else count
