"""What the push needs around it: what it asks of Procore, clocks, and whose a row on a tab is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Sync
from toolkit.workflow.policy import SERVICE
from toolkit.workflow.verdicts import same_amount

Row = dict[str, Any]
Closing = tuple[str, int | None, str]


class Listing(Protocol):
    """One reading of a Payments Issued tab. A row that is seen is there; only a complete one proves absence."""

    @property
    def rows(self) -> list[Row]: ...
    @property
    def complete(self) -> bool: ...


class Outcome(Protocol):
    """The answer to one POST (`toolkit.web.PostOutcome`)."""

    @property
    def sent(self) -> bool | None: ...
    @property
    def status(self) -> int | None: ...
    @property
    def body(self) -> bytes: ...
    @property
    def headers(self) -> Any: ...
    @property
    def detail(self) -> str: ...


class Procore(Protocol):
    """What the push asks of Procore (`toolkit.procore.ProcoreClient`)."""

    def post_issued_payment(self, body: bytes) -> Outcome: ...
    def issued_payments(self, project_id: str, commitment_id: str) -> Listing: ...
    def issued_payment(self, project_id: str, commitment_id: str, issued_payment_id: str) -> Row: ...
    def claims_of(self, project_id: str, commitment_id: str) -> list[Row]: ...
    def commitment(self, project_id: str, commitment_id: str) -> Row: ...


@dataclass(frozen=True)
class Clock:
    """Time, so that a simulation may bring its own."""

    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    sleep: Callable[[float], None] = time.sleep


def take(
    control: Control, clock: Clock, sync: Sync, action: str, state: str, *, close: Closing | None = None, **values: Any
) -> Sync:
    """Take a sync on as the service, from how it was read; where a person was quicker, what they did stands."""
    with control.change(SERVICE, action, clock.now()) as change:
        fresh = change.sync(sync.sync_id)
        if fresh.version != sync.version:
            return fresh
        if close:
            change.close_attempt(sync.sync_id, *close)
        return change.move(fresh, state, **values)


def ours(rows: list[Row], sync: Sync) -> list[Row]:
    """The rows that carry this sync's reference."""
    return [row for row in rows if row.get("origin_id") == sync.sync_id]


def lookalikes(rows: list[Row], sync: Sync, expected: Row) -> list[Row]:
    """Rows without our reference that show the same payment: claim (or Invoice #), amount, check or date."""
    found = []
    for row in rows:
        if row.get("origin_id") == sync.sync_id or not same_amount(row.get("amount"), expected["amount"]):
            continue
        claim = row.get("requisition_id")
        same_claim = (
            str(claim) == str(expected.get("requisition_id"))
            if claim is not None
            else _alike(row.get("invoice_number"), expected.get("invoice_number"))
        )
        same_facts = (
            _alike(row.get("check_number"), expected.get("check_number")) or row.get("date") == expected["date"]
        )
        if same_claim and same_facts:
            found.append(row)
    return found


def _alike(theirs: object, ours_: object) -> bool:
    """Are two numbers the same as people key them: without marks, case and leading zeros?"""
    left, right = (re.sub(r"[^0-9A-Z]", "", str(text or "").upper()).lstrip("0") for text in (theirs, ours_))
    return left == right != ""
