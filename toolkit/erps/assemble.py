"""Drafts to one `Extract`: amounts and dates typed, bad payments quarantined, every record accounted for."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import polars as pl

from toolkit import money, schemas
from toolkit.erps.base import DELETED, GOOD_ROWS, QUARANTINE, Extract, LoadOptions, RowCounts, SourceFile
from toolkit.erps.draft import Drafts, PaymentDraft, Row
from toolkit.erps.signs import orient, void_twins
from toolkit.erps.totals import check_totals, check_versions
from toolkit.erps.typed import PAYMENT_AMOUNTS, type_cells

DEFAULT_COMPANY = "default"
# More than this does not fit the DECIMAL(18,2) of the report views.
LIMIT = 10**money.MAX_DIGITS

Cells = dict[str, Any]


def assemble(erp: str, file: SourceFile, options: LoadOptions, drafts: Drafts) -> Extract:
    """Type and validate what a reader found.

    A bad record quarantines its whole payment; a control total that disagrees refuses the file.
    """
    type_cells(file, options, drafts)
    for payment in drafts.payments:
        orient(payment)
    void_twins(drafts)
    _identify(drafts)
    for payment in drafts.payments:
        if payment.cells.get("payment_date") is None and not any(
            c == "payment_date" for c, _ in payment.rows[0].faults
        ):
            payment.rows[0].fault("payment_date", "the payment has no date")
        _tie(payment)
    check_versions(drafts)
    payments = _frame(schemas.Payments, erp, file, [(p, p.rows[0], p.cells) for p in drafts.payments])
    applications = _frame(
        schemas.Applications, erp, file, [(p, a.row, a.cells) for p in drafts.payments for a in p.applications]
    )
    good = [payment for payment in drafts.payments if not any(row.faults for row in payment.rows)]
    bad = [payment for payment in drafts.payments if any(row.faults for row in payment.rows)]
    keys = _keys(good)
    return Extract(
        erp=erp,
        payments=_of(payments, keys, ["erp_company", "payment_id"]),
        applications=_of(applications, keys, ["erp_company", "payment_id", "application_id"]),
        bills=_bills(erp, file, drafts),
        counts=_counts(drafts, good, bad),
        good_rows=pl.DataFrame(
            [(*p.key, row.number) for p, row in _own_rows(good)], schema=GOOD_ROWS, orient="row"
        ).sort(pl.all()),
        deleted=pl.DataFrame([(*key, row.number) for key, row in drafts.deleted], schema=DELETED, orient="row").sort(
            pl.all()
        ),
        quarantine=_quarantine(drafts, bad),
        extracted_at=options.extracted_at or drafts.extracted_at,
        notes=(*drafts.notes, *_unknown(drafts), *check_totals(file, options, drafts)),
    )


def _unknown(drafts: Drafts) -> list[str]:
    return [
        f'Unknown status "{word}" is read as pending ({times} payment{"s" if times > 1 else ""}).'
        for word, times in sorted(drafts.unknown.items())
    ]


def _tie(payment: PaymentDraft) -> None:
    """Compute what the applications leave over, or say that they do not fit the payment."""
    cells: Cells = payment.cells
    if any(row.faults for row in payment.rows):
        return
    typed: list[Cells] = [draft.cells for draft in payment.applications]
    applied = sum(int(part["applied_amount"] or 0) for part in typed if part.get("status") != "reversed")
    if cells.get("payment_amount") is None:
        payment.rows[0].fault("payment_amount", "the payment has no amount")
        return
    amount = int(cells["payment_amount"])
    if _is_told_otherwise(payment, amount):
        return
    left = 0 if cells["status"] in schemas.DEAD else amount - applied
    cells["unapplied_amount"] = left
    if abs(amount) >= LIMIT or abs(left) >= LIMIT:
        payment.rows[0].fault("payment_amount", "comes to more than Tieout holds")
    elif left and not _may_be_left(payment, amount, left):
        code = cells.get("currency_code")
        said = f"its applications come to {money.plain(applied, code)} but the payment to {money.plain(amount, code)}"
        payment.rows[0].fault("payment_amount", said)


def _is_told_otherwise(payment: PaymentDraft, amount: int) -> bool:
    """Do the payment's other rows, or its own total, give another amount? Both figures are named."""
    code = payment.cells.get("currency_code")
    for row, head in payment.heads:
        told: Any = head["payment_amount"]
        if told is not None and told != amount:
            first = payment.rows[0].number
            said = f"the payment comes to {money.plain(told, code)} here, to {money.plain(amount, code)} in row {first}"
            row.fault("payment_amount", said)
    stated = payment.stated_amount
    if stated is not None and stated != amount:
        said = f"its own total is {money.plain(stated, code)} but its rows come to {money.plain(amount, code)}"
        payment.rows[0].fault("payment_amount", said)
    return any(row.faults for row in payment.rows)


def _identify(drafts: Drafts) -> None:
    """The id of a payment whose file has none: a hash that leaves the amount out, so that a void finds it."""
    before = Counter[tuple[str, ...]]()
    for payment in drafts.payments:
        company, identity = payment.key
        if identity:
            continue
        cells = payment.cells
        number = cells.get("check_number") or cells.get("reference")
        vendor = cells.get("vendor_id") or cells.get("vendor_name")
        told = (cells.get("bank_account_id"), number, cells.get("payment_date"), vendor)
        parts = (company, *(str(part or "") for part in told))
        text = "\x1f".join((*parts, str(before[parts])))
        before[parts] += 1
        payment.key = (company, hashlib.sha256(text.encode()).hexdigest()[:20])


def _may_be_left(payment: PaymentDraft, amount: int, left: int) -> bool:
    """Cash on account lies between nothing and the whole payment; a credit leaves nothing."""
    if payment.total == "exact" or payment.cells["document_kind"] == "credit_application":
        return False
    return min(amount, 0) <= left <= max(amount, 0)


def _frame(
    table: type[schemas.Table], erp: str, file: SourceFile, places: list[tuple[PaymentDraft, Row, Cells]]
) -> pl.DataFrame:
    """Canonical rows; a row that breaks its table's rules becomes a fault of its record."""
    types = schemas.columns(table)
    amounts = {name: 0 for name in types if name.endswith("_amount") and name not in PAYMENT_AMOUNTS}
    rows = [
        amounts
        | {name: value for name, value in cells.items() if value is not None}
        | {
            "erp": erp,
            "erp_company": payment.key[0],
            "payment_id": payment.key[1],
            "source_file": file.name,
            "source_row": row.number,
        }
        for payment, row, cells in places
    ]
    # A payment that already has a fault may hold text where money belongs; it never reaches the frame.
    kept = [place for place in places if not any(row.faults for row in place[0].rows)]
    sound = [row for row, (payment, _, _) in zip(rows, places, strict=True) if not any(r.faults for r in payment.rows)]
    checked = pl.DataFrame([[row.get(name) for name in types] for row in sound], schema=types, orient="row")
    if not kept:
        return checked
    numbered = checked.with_row_index("i")
    _, bad = schemas.validate(table, checked)
    if bad.height:
        reasons = numbered.join(bad, on=list(types), how="inner", nulls_equal=True).unique("i").sort("i")
        for i, said in reasons.select("i", "reasons").iter_rows():
            kept[i][1].fault(None, said)
    return checked


def _keys(payments: list[PaymentDraft]) -> pl.DataFrame:
    return pl.DataFrame(
        [payment.key for payment in payments],
        schema={"erp_company": pl.String, "payment_id": pl.String},
        orient="row",
    )


def _of(frame: pl.DataFrame, keys: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    return frame.join(keys, on=["erp_company", "payment_id"], how="semi").sort(order)


def _bills(erp: str, file: SourceFile, drafts: Drafts) -> pl.DataFrame:
    good = [bill for bill in (*drafts.named, *drafts.bills) if not bill.row.faults and bill.cells["document_id"]]
    rows: list[Cells] = [
        bill.cells | {"erp": erp, "source_file": file.name, "source_row": bill.row.number} for bill in good
    ]
    frame = pl.DataFrame(rows, schema=schemas.columns(schemas.Bills), orient="row")
    return (
        schemas.Bills.validate(frame)
        .unique(["erp_company", "document_id"], keep="last")
        .sort("erp_company", "document_id")
    )


def _own_rows(payments: list[PaymentDraft]) -> list[tuple[PaymentDraft, Row]]:
    """Each row once, with the first payment that it tells of: a record may hold a credit beside its payment."""
    return list({id(row): (payment, row) for payment in reversed(payments) for row in payment.rows}.values())


def _lost(drafts: Drafts, bad: list[PaymentDraft]) -> list[Row]:
    """Records that no payment could be made of, each once: one may have been met at several of its lines."""
    told = {id(row) for _, row in _own_rows(bad)}
    return list({id(row): row for row in drafts.lost if id(row) not in told}.values())


def _counts(drafts: Drafts, good: list[PaymentDraft], bad: list[PaymentDraft]) -> RowCounts:
    broken_bills = sum(1 for bill in drafts.bills if bill.row.faults)
    return RowCounts(
        rows_seen=drafts.rows_seen,
        good=len(_own_rows(good)) + len(drafts.deleted) + drafts.aside.rows,
        quarantined=len(_own_rows(bad)) + len(_lost(drafts, bad)) + broken_bills,
        blank=drafts.blank,
        duplicate=drafts.duplicate,
        furniture=drafts.furniture,
        other=drafts.other - broken_bills,
    )


def _quarantine(drafts: Drafts, bad: list[PaymentDraft]) -> pl.DataFrame:
    said: list[tuple[int, str | None, str, str]] = []
    for payment, row in _own_rows(bad):
        first = min(other.number for other in payment.rows if other.faults)
        sister = f"belongs to payment {payment.key[1]}, quarantined for row {first}"
        said += [(row.number, column, why, row.raw) for column, why in row.faults or [(None, sister)]]
    loose = [*_lost(drafts, bad), *(bill.row for bill in drafts.bills if bill.row.faults)]
    said += [(row.number, column, why, row.raw) for row in loose for column, why in dict.fromkeys(row.faults)]
    said = [(row, drafts.labels.get(column or "", column), why, raw) for row, column, why, raw in said]
    return pl.DataFrame(said, schema=QUARANTINE, orient="row").sort(pl.all(), nulls_last=True)
