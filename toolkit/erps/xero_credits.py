"""Xero's credits: each allocation of a credit note, over- or prepayment settles a bill without cash."""

from __future__ import annotations

from typing import Any

from toolkit.erps.draft import ApplicationDraft, Drafts, PaymentDraft, Row
from toolkit.erps.text import as_text, inner, items_of

CREDITS = {"CreditNotes": "CreditNote", "Overpayments": "Overpayment", "Prepayments": "Prepayment"}
DOCUMENTS = ("Invoice", "CreditNote", "Prepayment", "Overpayment")
PAYABLE_CREDITS = ("ACCPAYCREDIT", "SPEND-OVERPAYMENT", "SPEND-PREPAYMENT")


def invoice_of(part: dict[str, Any]) -> dict[str, Any]:
    """The document that a payment or an allocation is about."""
    return next((found for name in DOCUMENTS if (found := inner(part, name))), {})


def contact(item: dict[str, Any], name: str) -> str | None:
    """A fact about the vendor."""
    return as_text(inner(item, "Contact").get(name))


def credit(name: str, item: dict[str, Any], row: Row, company: str, drafts: Drafts) -> None:
    """Each allocation of a credit settles a bill without cash."""
    allocations = [part for part in items_of(item, "Allocations") if isinstance(part, dict)]
    if not allocations:
        drafts.other += 1
        return
    kind = CREDITS[name]
    identity = as_text(item.get(f"{kind}ID"))
    if identity is None:
        row.fault(f"{kind}ID", "the credit has no id")
        drafts.lost.append(row)
        return
    number = as_text(item.get("CreditNoteNumber")) or as_text(item.get("Reference"))
    dead = all(str(part.get("IsDeleted", "false")).lower() == "true" for part in allocations)
    cells = {
        "check_number": None,
        "payment_method": "other",
        "document_kind": "credit_application",
        "payment_date": as_text(allocations[0].get("Date")) or as_text(item.get("Date")),
        "vendor_id": contact(item, "ContactID"),
        "vendor_name": contact(item, "Name"),
        "currency_code": as_text(item.get("CurrencyCode")),
        "payment_amount": "0",
        "status": "voided" if dead else "issued",
        "reference": number,
    }
    payment = PaymentDraft((company, identity), cells, [row])
    for place, part in enumerate(allocations, start=1):
        payment.applications += _allocation(row, part, kind, identity, number, place)
    drafts.payments.append(payment)


def _allocation(
    row: Row, part: dict[str, Any], kind: str, identity: str, number: str | None, place: int
) -> list[ApplicationDraft]:
    allocation = as_text(part.get("AllocationID")) or str(place)
    gone = str(part.get("IsDeleted", "false")).lower() == "true"
    invoice = invoice_of(part)
    bill_number = as_text(invoice.get("InvoiceNumber"))
    bill = {
        "application_id": f"{allocation}|bill",
        "document_type": "bill",
        "document_id": as_text(invoice.get("InvoiceID")),
        "document_number": bill_number,
        "invoice_number": bill_number,
        "applied_amount": as_text(part.get("Amount")),
        "status": "reversed" if gone else "applied",
    }
    used = bill | {
        "application_id": f"{allocation}|credit",
        "document_type": "vendor_credit" if kind == "CreditNote" else "prepayment",
        "document_id": identity,
        "document_number": number,
        "invoice_number": number,
    }
    return [ApplicationDraft(row, bill), ApplicationDraft(row, used, sign=-1)]
