"""A Xero batch that pays several suppliers: one bank transfer, and a payment for each of them.

Procore knows payments by commitment, so by supplier; a batch over many of them would have no vendor.
"""

from __future__ import annotations

from typing import Any

from toolkit import money
from toolkit.erps.draft import ApplicationDraft, Row
from toolkit.erps.text import as_text, inner, items_of
from toolkit.erps.xero_credits import contact, invoice_of

DOCUMENT_IDS = ("InvoiceID", "CreditNoteID", "OverpaymentID", "PrepaymentID")
Part = tuple[Row, dict[str, Any]]


def document_id(part: dict[str, Any]) -> str | None:
    """The key of what a payment pays."""
    invoice = invoice_of(part)
    return as_text(next((invoice[name] for name in DOCUMENT_IDS if invoice.get(name)), None))


def suppliers_of(parts: list[dict[str, Any]], bills: list[ApplicationDraft]) -> dict[str, str]:
    """Who is paid by each document that a file names beside its contact."""
    found = {
        bill.cells["document_id"] or "": bill.cells.get("vendor_id") or bill.cells.get("vendor_name") for bill in bills
    }
    found |= {document_id(part) or "": _supplier(part) or found.get(document_id(part) or "") for part in parts}
    return {document: who for document, who in found.items() if document and who}


def _supplier(part: dict[str, Any]) -> str | None:
    invoice = invoice_of(part)
    return contact(invoice, "ContactID") or contact(invoice, "Name")


def by_supplier(
    parts: list[Part], batch: Part | None, suppliers: dict[str, str]
) -> list[tuple[str, list[Part], Part | None]]:
    """The parts of one batch for each supplier, with the end of the payment's key; as they are where it is one.

    So they stay, too, where a part does not tell whom it pays. A total that disagrees is a fault of the batch.
    """
    listed = [part for part in items_of(batch[1], "Payments") if isinstance(part, dict)] if batch else []
    paid = [*(part for _, part in parts), *listed]
    known = [suppliers.get(document_id(part) or "") for part in paid]
    if None in known or len(set(known)) < 2:
        return [("", parts, batch)]
    if batch:
        _check_total(*batch, parts, listed)
    found = []
    for who in sorted({one for one in known if one}):
        mine = [(row, part) for row, part in parts if suppliers[document_id(part) or ""] == who]
        own = [part for part in listed if suppliers[document_id(part) or ""] == who]
        head = (batch[0], {**batch[1], "TotalAmount": None, "Payments": own}) if batch else None
        found.append((f"|{who}", mine, head))
    return found


def _check_total(row: Row, batch: dict[str, Any], parts: list[Part], listed: list[dict[str, Any]]) -> None:
    every = {as_text(part.get("PaymentID")): part for part in (*listed, *(part for _, part in parts))}
    living = [part for part in every.values() if part.get("Status") != "DELETED"]
    code = as_text(inner(batch, "Account").get("CurrencyCode"))
    try:
        applied = sum(money.to_minor(as_text(part.get("Amount")) or "", code) for part in living)
        total = money.to_minor(as_text(batch.get("TotalAmount")) or "", code)
    except ValueError:
        return  # what is no amount is told of the part it stands in
    if living and applied != total:
        said = f"its payments come to {money.plain(applied, code)} but the batch to {money.plain(total, code)}"
        row.fault("TotalAmount", said)
