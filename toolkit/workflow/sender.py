"""What the push needs around it: one sender by a kernel lock, clocks, and how listings are read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock, Timeout

from toolkit.errors import RemoteError, StoreError
from toolkit.workflow.outcome import Sync
from toolkit.workflow.verdicts import same_amount

Row = dict[str, Any]


class Listing(Protocol):
    """One reading of a Payments Issued tab."""

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
    def claim(self, project_id: str, claim_id: str) -> Row: ...
    def commitment(self, project_id: str, commitment_id: str) -> Row: ...


@dataclass(frozen=True)
class Clock:
    """Time, so that a simulation may bring its own."""

    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    sleep: Callable[[float], None] = time.sleep


@contextmanager
def only_sender(home: Path) -> Iterator[None]:
    """Hold the sender's lock. The kernel releases it with the process, so a takeover proves a death."""
    lock = FileLock(home / "push.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise StoreError("Another push is running on this working folder; wait until it is done.") from error
    try:
        yield
    finally:
        lock.release()


def read_tab(client: Procore, sync: Sync) -> list[Row] | None:
    """The whole tab of a sync's commitment; None where the reading says nothing."""
    if sync.project_id is None or sync.commitment_id is None:
        return None
    try:
        listing = client.issued_payments(sync.project_id, sync.commitment_id)
    except RemoteError:
        return None
    return listing.rows if listing.complete else None


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
            else row.get("invoice_number") == expected.get("invoice_number")
        )
        check = expected.get("check_number")
        same_facts = (check is not None and row.get("check_number") == check) or row.get("date") == expected["date"]
        if same_claim and same_facts:
            found.append(row)
    return found
