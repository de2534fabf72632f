"""Cells of drafts from text to amounts and dates, each fault noted on the record it stands in."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from toolkit import money
from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.erps.dates import date_order, read_date
from toolkit.erps.draft import ApplicationDraft, Drafts, PaymentDraft, Row
from toolkit.erps.markup import is_markup
from toolkit.erps.sheets import is_workbook
from toolkit.erps.text import MAX_CELL, MIXED, is_western
from toolkit.errors import RefusedFile

PAYMENT_AMOUNTS = ("payment_amount",)
APPLICATION_AMOUNTS = ("applied_amount", "discount_amount", "withholding_amount", "retainage_amount")
DATES = ("payment_date", "voided_date", "cleared_date", "invoice_date")
BOTH_MARKS = "both . and , are used as the decimal mark; export it with one."
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Zero-width and direction marks: a name that holds one looks like another name.
_INVISIBLE = re.compile(r"[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_MIXED = re.compile(MIXED)
# Taken from another cell where the file has none of its own: what is wrong there is told once.
COPIES = {"payee_name": "vendor_name", "document_number": "invoice_number"}
FREE_TEXT = ("memo", "reference")


Cells = dict[str, Any]


def type_cells(file: SourceFile, options: LoadOptions, drafts: Drafts) -> None:
    """Type every amount and date in place; a text that is none becomes null and a fault.

    RefusedFile where a column proves both decimal marks, or its dates' order is not proved.
    """
    every = [*drafts.payments, *_bills_as_one(drafts.bills), *_bills_as_one(drafts.named)]
    _see_through(every, western=_is_western_text(file, options))
    bills = (*drafts.bills, *drafts.named)
    for cells in [*(payment.cells for payment in drafts.payments), *(bill.cells for bill in bills)]:
        cells["currency_code"] = cells.get("currency_code") or options.currency
    _type_amounts(file, drafts, every)
    _type_dates(file, options, drafts, every)


def _bills_as_one(bills: list[ApplicationDraft]) -> list[PaymentDraft]:
    """Bills are typed like applications; none of them is a payment."""
    return [PaymentDraft(("", ""), {}, [bill.row for bill in bills], bills)] if bills else []


def _is_western_text(file: SourceFile, options: LoadOptions) -> bool:
    said = options.mapping.encoding if options.mapping else None
    return not is_workbook(file) and not is_markup(file) and is_western(file, said)


def _see_through(payments: list[PaymentDraft], *, western: bool) -> None:
    """A text that is not what it seems makes its record no good: two different names may look alike.

    `western`: the file is no UTF-8, so that what is UTF-8 in it would be read as other letters.
    """
    for payment in payments:
        heads = [(payment.rows[0], payment.cells)] if payment.cells else []
        for row, cells in [*heads, *((draft.row, draft.cells) for draft in payment.applications)]:
            for name, text in cells.items():
                if name == "application_id" or (name in COPIES and text == cells.get(COPIES[name])):
                    continue
                if text and (said := _unclear(name, text, western=western)):
                    row.fault(name, said)


def _unclear(name: str, text: str, *, western: bool) -> str | None:
    if len(text) > MAX_CELL:
        return "holds more than a million characters"
    if found := _CONTROL.search(text) or (name not in FREE_TEXT and _INVISIBLE.search(text)):
        return f"holds an invisible character (U+{ord(found[0]):04X})"
    if western and name not in FREE_TEXT and (found := _MIXED.search(text)):
        return f'mixes encodings: "{found[0]}" at position {found.start() + 1} is UTF-8, other rows are not'
    return None


def _type_amounts(file: SourceFile, drafts: Drafts, payments: list[PaymentDraft]) -> None:
    for names, of_payment in ((PAYMENT_AMOUNTS, True), ((*APPLICATION_AMOUNTS, "document_amount"), False)):
        for name in names:
            places: list[tuple[Row, Cells, int, str | None]] = [
                (row, cells, sign, payment.cells.get("currency_code") or cells.get("currency_code"))
                for payment in payments
                for row, cells, sign in _places(payment, of_payment=of_payment)
                if name in cells
            ]
            if places:
                _type_column(file, drafts, name, places)


def _places(payment: PaymentDraft, *, of_payment: bool) -> list[tuple[Row, Cells, int]]:
    stated = [(row, cells, 1) for row, cells in ([payment.stated] if payment.stated else [])]
    if of_payment:
        heads = [(row, cells, 1) for row, cells in payment.heads]
        return [(payment.rows[0], payment.cells, 1), *heads, *stated] if payment.cells else []
    return [*((draft.row, draft.cells, draft.sign) for draft in payment.applications), *stated]


def _type_column(file: SourceFile, drafts: Drafts, name: str, places: list[tuple[Row, Cells, int, str | None]]) -> None:
    texts = pl.Series([cells[name] for _, cells, _, _ in places], dtype=pl.String)
    mark = drafts.mark or drafts.marks.get(name) or money.decimal_mark(texts)
    if mark is None:
        raise RefusedFile(file.name, BOTH_MARKS, None, drafts.labels.get(name, name))
    for code in sorted({code for _, _, _, code in places if code}):
        try:
            money.exponent(code)
        except ValueError as error:
            raise RefusedFile(file.name, f"{error}.") from error
    decimals = pl.Series([money.exponent(code) for _, _, _, code in places], dtype=pl.Int64)
    if texts.null_count() < len(texts):
        drafts.marks[name] = mark
    read = money.parse_amounts(texts, decimals, mark)
    for (row, cells, sign, _), amount, reason in zip(places, read["amount"], read["reason"], strict=True):
        cells[name] = None if amount is None else amount * sign
        if reason:
            row.fault(name, reason)


def _type_dates(file: SourceFile, options: LoadOptions, drafts: Drafts, payments: list[PaymentDraft]) -> None:
    of_payments = None
    for name in DATES:
        places = [
            (row, cells)
            for payment in payments
            for row, cells in [
                *([(payment.rows[0], payment.cells)] if payment.cells else []),
                *((draft.row, draft.cells) for draft in payment.applications),
            ]
            if isinstance(cells.get(name), str)
        ]
        texts, label = [str(cells[name]) for _, cells in places], drafts.labels.get(name, name)
        order = drafts.orders.get(name) or date_order(file.name, label, texts, options.date_order, of_payments)
        of_payments = order if name == DATES[0] else of_payments
        for row, cells in places:
            found, reason = read_date(cells[name], order)
            typed: Cells = cells
            typed[name] = found
            if reason:
                row.fault(name, reason)
