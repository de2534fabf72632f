"""What the signs of typed amounts say: credits, refunds, and documents that reverse another."""

from __future__ import annotations

from datetime import date
from typing import Any

from toolkit.erps.draft import ApplicationDraft, Drafts, PaymentDraft

Cells = dict[str, Any]


def orient(payment: PaymentDraft) -> None:
    """Bring a payment's amounts to the canonical signs, and sum what its rows come to where it has no amount.

    A payment is positive, a refund received and a reversal negative; a bill is positive as applied
    and a credit negative; a discount is positive.
    """
    cells: Cells = payment.cells
    parts: list[Cells] = [draft.cells for draft in payment.applications]
    if any(row.faults for row in payment.rows):
        return
    for part in parts:
        for name in ("discount_amount", "withholding_amount"):
            part[name] = abs(part[name]) if part.get(name) is not None else None
    if cells["document_kind"] == "refund":
        _refund(cells, parts)
    if payment.unsigned:
        parts = _absolute(payment)
    living = [part for part in parts if part.get("status") != "reversed"] or parts
    applied = sum(part["applied_amount"] or 0 for part in living)
    if payment.total == "sum":
        cells["payment_amount"] = applied
    amount = cells.get("payment_amount")
    # Some lists write money that leaves as negative, beside what it settled as positive.
    if amount is not None and amount < 0 and (payment.unsigned or applied == -amount):
        cells["payment_amount"] = amount = -amount
        told: list[Cells] = [head for _, head in payment.heads]
        for head in told:
            head["payment_amount"] = -(head["payment_amount"] or 0)
    if payment.by_sign and amount is not None:
        _credits_by_sign(cells, parts, amount)


def _absolute(payment: PaymentDraft) -> list[Cells]:
    """Amounts whose sign says nothing, several of them on one document: their sum by document."""
    kept: dict[tuple[Any, Any], ApplicationDraft] = {}
    for draft in payment.applications:
        cells: Cells = draft.cells
        cells["applied_amount"] = abs(cells["applied_amount"] or 0) * draft.sign
        same: Cells = kept.setdefault((cells["document_type"], cells["document_id"] or id(draft)), draft).cells
        if same is not cells:
            same["applied_amount"] += cells["applied_amount"]
    payment.applications = list(kept.values())
    return [draft.cells for draft in payment.applications]


def _refund(cells: Cells, parts: list[Cells]) -> None:
    """The vendor's money coming back: negative, against the credit or prepayment that it uses up."""
    if cells.get("payment_amount") is not None:
        cells["payment_amount"] = -abs(cells["payment_amount"])
    for part in parts:
        part["applied_amount"] = -abs(part["applied_amount"] or 0)
        part["document_type"] = "vendor_credit" if part["document_type"] == "bill" else part["document_type"]


def _credits_by_sign(cells: Cells, parts: list[Cells], amount: int) -> None:
    for part in parts:
        if (part["applied_amount"] or 0) * (amount or 1) < 0:
            part["document_type"] = "vendor_credit"
    if amount == 0 and len(parts) > 1 and cells["document_kind"] == "payment":
        cells["document_kind"] = "credit_application"


def void_twins(drafts: Drafts) -> None:
    """A negative document reverses the earlier positive one of the same number, vendor and amount."""
    open_: dict[tuple[Any, ...], list[PaymentDraft]] = {}
    for payment in sorted(drafts.payments, key=_when):
        cells: Cells = payment.cells
        amount = cells.get("payment_amount")
        if payment.twin is None or not isinstance(amount, int) or cells["document_kind"] not in ("payment", "reversal"):
            continue
        same = (payment.key[0], *payment.twin, abs(amount))
        if amount > 0 and cells["document_kind"] == "payment":
            open_.setdefault(same, []).append(payment)
        elif amount < 0:
            if originals := open_.get(same):
                original: Cells = originals.pop(0).cells
                original |= {"status": "voided", "voided_date": cells["payment_date"]}
            cells |= {"document_kind": "reversal", "status": "reversed", "voided_date": None}
    for payment in drafts.payments:
        if payment.cells["status"] in ("voided", "reversed"):
            for draft in payment.applications:
                draft.cells["status"] = "reversed"


def _when(payment: PaymentDraft) -> tuple[date, int]:
    """Original before twin: by date, then a positive amount first, then by row."""
    found: Any = payment.cells.get("payment_date")
    return found if isinstance(found, date) else date.max, payment.rows[0].number
