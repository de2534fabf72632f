"""What a line of a table settles: its bill, several bills in one cell, or a bill and the credit used on it."""

from __future__ import annotations

import re

from toolkit.erps.draft import ApplicationDraft, PaymentDraft
from toolkit.erps.profile import Profile
from toolkit.erps.table import Line, Texts

# What parts the instances of a multi-instance cell.
SEVERAL = re.compile(r"\s*[;\n]\s*")


def settled_by(line: Line, status: str, kind: str, profile: Profile) -> list[ApplicationDraft]:
    """The applications that one line names: none, one, several in one cell, or the two of a credit."""
    cells = line.cells
    document = cells.get("document")
    if profile.document_prefix and document:
        document = profile.document_prefix.sub("", document) or None
    number = cells.get("invoice_number") or document
    if profile.document_prefix and number:
        number = profile.document_prefix.sub("", number)
    amount = cells.get("applied_amount") or _net(cells)
    if not (number or amount or cells.get("document_number")):
        return []
    dead = status in ("voided", "reversed", "deleted") or kind == "reversal"
    word = (cells.get("document_type") or cells.get("document") or "bill").lower()
    bill: Texts = {
        "document_type": next((name for start, name in profile.documents.items() if word.startswith(start)), "bill"),
        "document_id": _document_id(cells, profile),
        "document_number": cells.get("document_number") or document or number,
        "invoice_number": number,
        "invoice_date": cells.get("invoice_date"),
        "applied_amount": amount,
        "discount_amount": cells.get("discount_amount"),
        "withholding_amount": cells.get("withholding_amount"),
        "retainage_amount": cells.get("retainage_amount"),
        "project_number": cells.get("project_number"),
        "commitment_number": cells.get("commitment_number"),
        "entity": cells.get("entity"),
        "status": "reversed" if dead else "applied",
    }
    if profile.multiple and number:
        return _one_each(line, bill)
    sign = -1 if bill["document_type"] == "vendor_credit" and amount and not amount.startswith(("-", "(")) else 1
    drafts = [ApplicationDraft(line.row, bill, sign)]
    return [*drafts, _credit(line, bill, profile)] if kind == "credit" else drafts


def _document_id(cells: Texts, profile: Profile) -> str | None:
    """The ERP's own key of the document, where the line tells it or its parts."""
    parts = [cells.get(name) for name in profile.document_key]
    joined = "|".join(part for part in parts if part) if parts and all(parts) else None
    return cells.get("document_id") or joined


def _net(cells: Texts) -> str | None:
    """Debit less credit of a ledger row: one of the two is blank."""
    debit, credit = cells.get("debit"), cells.get("credit_side")
    return debit or (f"-{credit}" if credit else None)


def _one_each(line: Line, bill: Texts) -> list[ApplicationDraft]:
    """A cell with several invoices and a cell with as many amounts are as many applications."""
    numbers = SEVERAL.split(bill["invoice_number"] or "")
    amounts = SEVERAL.split(bill["applied_amount"]) if bill["applied_amount"] else [None] * len(numbers)
    if len(numbers) == 1 and amounts == [None]:
        amounts = [line.cells.get("payment_amount")]
    if len(numbers) != len(amounts) or None in amounts:
        given = sum(1 for amount in amounts if amount)
        line.row.fault("applied_amount", f"names {len(numbers)} invoices but {given} amounts")
        return []
    return [
        ApplicationDraft(line.row, bill | {"invoice_number": one, "document_number": own, "applied_amount": amount})
        for one, own, amount in zip(numbers, _own_numbers(bill, numbers), amounts, strict=True)
    ]


def _own_numbers(bill: Texts, numbers: list[str]) -> list[str | None]:
    """The ERP's own numbers of the same invoices, where its cell holds as many."""
    own = SEVERAL.split(bill["document_number"] or "")
    return [*own] if len(own) == len(numbers) else [*numbers]


def _credit(line: Line, bill: Texts, profile: Profile) -> ApplicationDraft:
    """The credit's own side of a settlement without cash."""
    cells = line.cells
    own = cells.get("credit_number") or cells.get("payment_number") or cells.get("check_number")
    other = bill | {"document_type": "vendor_credit", "invoice_date": None, "discount_amount": None}
    identity = cells.get("credit_id") or cells.get("payment_id")
    vendors = own if profile.credit_number_is_the_vendors else None
    other |= {"document_id": identity, "document_number": own, "invoice_number": vendors}
    return ApplicationDraft(line.row, other, sign=-1)


def number_applications(payment: PaymentDraft) -> None:
    """An application's id is its document and how many of it came before; a table has no other key."""
    before: dict[str, int] = {}
    for draft in payment.applications:
        cells = draft.cells
        own = cells["document_id"] or cells["document_number"] or cells["invoice_number"] or ""
        document = f"{cells['document_type']}:{own}"
        before[document] = before.get(document, 0) + 1
        cells["application_id"] = document if before[document] == 1 else f"{document}|{before[document]}"
