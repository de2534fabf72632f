"""What the file, or the person who exported it, says it comes to: a difference refuses the file."""

from __future__ import annotations

from typing import Any

import polars as pl

from toolkit import money, schemas
from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.erps.draft import Drafts, PaymentDraft
from toolkit.errors import RefusedFile


def check_versions(drafts: Drafts) -> None:
    """One payment told twice: the same is a duplicate, two different tellings are both no good."""
    first: dict[tuple[str, str], PaymentDraft] = {}
    kept: list[PaymentDraft] = []
    for payment in drafts.payments:
        other = first.setdefault(payment.key, payment)
        if other is payment:
            kept.append(payment)
        elif _told(other) == _told(payment):
            drafts.duplicate += len(payment.rows)
        else:
            kept.append(payment)
            for one, two in ((other, payment), (payment, other)):
                one.rows[0].fault(None, f"payment {payment.key[1]} stands differently in row {two.rows[0].number}")
    drafts.payments = kept


def _told(payment: PaymentDraft) -> object:
    return payment.cells, [draft.cells for draft in payment.applications]


def check_totals(file: SourceFile, options: LoadOptions, drafts: Drafts) -> list[str]:
    """Refuse a file that does not come to what is said of it; returns what a person should be told.

    A total may count voided payments or leave them out, and header amounts may repeat on its rows:
    it is met where one of these readings comes to it.
    """
    notes = []
    for said, whose in ((drafts.control_total, "its own total"), (options.expect_total, "--expect-total")):
        if said is None:
            continue
        total, reason = money.parse_amounts(pl.Series([said], dtype=pl.String)).row(0)
        if reason or total is None:
            raise RefusedFile(file.name, f"{whose} {said!r} is no amount.")
        alive, every = _sums(drafts)
        if total in (alive, every):
            continue
        difference = f"{whose} is {money.plain(total, None)} but its payments come to {money.plain(alive, None)}"
        if whose != "its own total" or not options.accept_difference:
            raise RefusedFile(
                file.name,
                f"{difference}; nothing was loaded. Export it again, or load it with --accept-difference REASON.",
            )
        notes.append(f"Loaded although {difference}: {options.accept_difference}")
    _check_rows(file, options, drafts)
    return notes


def _sums(drafts: Drafts) -> tuple[int, int]:
    """What the payments come to without the dead ones, and with them; minor units."""
    told: list[dict[str, Any]] = [payment.cells for payment in drafts.payments]
    typed = [cells for cells in told if isinstance(cells.get("payment_amount"), int)]
    alive = sum(cells["payment_amount"] for cells in typed if cells["status"] not in schemas.DEAD)
    return alive, sum(cells["payment_amount"] for cells in typed)


def _check_rows(file: SourceFile, options: LoadOptions, drafts: Drafts) -> None:
    """A screen counts payments, or the rows of its list."""
    if options.expect_rows is None:
        return
    payments = len(drafts.payments)
    rows = drafts.rows_seen - drafts.blank - drafts.furniture
    if options.expect_rows not in (payments, rows):
        raise RefusedFile(
            file.name,
            f"--expect-rows says {options.expect_rows}, but the file has {payments} payments in {rows} rows; "
            "nothing was loaded. Export it again, or give the number that the ERP shows.",
        )
