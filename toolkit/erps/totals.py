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
    said = [(control.text, control.of, "its own total") for control in drafts.controls]
    if options.expect_total is not None:
        said.append((options.expect_total, None, "--expect-total"))
    notes = []
    for text, of, whose in said:
        total = _amount(text, drafts)
        if total is None:
            raise RefusedFile(file.name, f"{whose} {text!r} is no amount.")
        unread = _unread(drafts)
        if unread and whose == "its own total":
            notes.append(f"Its own total {text} could not be checked: row {unread} has no readable amount.")
            continue
        readings = _readings(drafts, of)
        if total in readings:
            continue
        difference = f"{whose} is {money.plain(total, None)} but its payments come to {money.plain(readings[0], None)}"
        if whose != "its own total" or not options.accept_difference:
            raise RefusedFile(
                file.name,
                f"{difference}; nothing was loaded. Export it again, or load it with --accept-difference REASON.",
            )
        notes.append(f"Loaded although {difference}: {options.accept_difference}")
    _check_rows(file, options, drafts)
    return notes


def _amount(text: str, drafts: Drafts) -> int | None:
    amount: int | None = money.parse_amounts(pl.Series([text], dtype=pl.String), 2, _mark(drafts))["amount"].item()
    return amount


def _mark(drafts: Drafts) -> str:
    return drafts.marks.get("payment_amount") or drafts.marks.get("applied_amount") or "."


def _unread(drafts: Drafts) -> int | None:
    """The first row whose amount is in no sum, because it could not be read."""
    unread = [p.rows[0].number for p in drafts.payments if _told_amount(p) is None]
    return min([*unread, *(row.number for row in drafts.lost)], default=None)


def _told_amount(payment: PaymentDraft) -> int | None:
    """What the payment's own total says, else what it comes to."""
    found: Any = payment.cells.get("payment_amount")
    return payment.stated_amount if payment.stated_amount is not None else found if isinstance(found, int) else None


def _readings(drafts: Drafts, of: str | None) -> list[int]:
    """What the payments come to: without the dead ones, with them, and as the plain sum of the column."""
    aside = drafts.aside
    banks = {payment.cells.get("bank_account_id") for payment in drafts.payments} | set(aside.every)
    alone = of in banks
    mine = [p for p in drafts.payments if not alone or p.cells.get("bank_account_id") == of]
    alive = sum(_told_amount(p) or 0 for p in mine if p.cells["status"] not in schemas.DEAD)
    every = sum(_told_amount(p) or 0 for p in mine)
    alive += aside.alive[of] if alone else aside.alive.total()
    every += aside.every[of] if alone else aside.every.total()
    column = aside.column if aside.column is not None else _sum_of(drafts)
    return [alive, every, *([column] if column is not None else [])]


def _sum_of(drafts: Drafts) -> int | None:
    """The plain sum of the column's figures; None where there is none."""
    texts = pl.Series(drafts.column, dtype=pl.String)
    figures = money.parse_amounts(texts, 2, _mark(drafts))["amount"].drop_nulls()
    return sum(figures) if len(figures) else None


def _check_rows(file: SourceFile, options: LoadOptions, drafts: Drafts) -> None:
    """A screen counts payments, or the rows of its list."""
    if options.expect_rows is None:
        return
    payments = len(drafts.payments) + drafts.aside.payments
    rows = drafts.rows_seen - drafts.blank - drafts.furniture
    if options.expect_rows not in (payments, rows):
        raise RefusedFile(
            file.name,
            f"--expect-rows says {options.expect_rows}, but the file has {payments} payments in {rows} rows; "
            "nothing was loaded. Export it again, or give the number that the ERP shows.",
        )
