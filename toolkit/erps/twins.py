"""Voids that a ledger shows as a negative twin: the original is voided, the twin reverses it."""

from __future__ import annotations

from toolkit.erps.draft import Drafts, PaymentDraft


def void_twins(drafts: Drafts) -> None:
    """A negative payment of the same number and vendor reverses the earlier one."""
    by_number: dict[tuple[str, str | None, str | None], PaymentDraft] = {}
    for payment in sorted(drafts.payments, key=lambda p: p.rows[0].number):
        cells = payment.cells
        key = (payment.key[0], cells["check_number"], cells["vendor_name"])
        amount = (cells["payment_amount"] or "").replace("(", "-").strip(")").replace("--", "-")
        original = by_number.get(key)
        opposite = original and (original.cells["payment_amount"] or "") == amount.lstrip("-")
        if amount.startswith("-") and original and opposite and cells["document_kind"] == "payment":
            original.cells |= {"status": "voided", "voided_date": cells["payment_date"]}
            cells |= {"document_kind": "reversal", "status": "reversed"}
            for draft in (*payment.applications, *original.applications):
                draft.cells["status"] = "reversed"
        else:
            by_number[key] = payment
