"""Xero: saved replies of the Accounting API (JSON), and its ledger report (`xero_ledger`).

Read are Payments, BatchPayments, Invoices, CreditNotes and the allocations of over- and prepayments.
One Xero Payment pays one bill; payments of one BatchPaymentID are one payment with applications, or one
for each supplier where there are several.
Status DELETED is the void: a Xero payment cannot be edited, only deleted and entered again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from toolkit.erps.assemble import DEFAULT_COMPANY, assemble
from toolkit.erps.base import Export, Extract, LoadOptions, SourceFile
from toolkit.erps.dates import read_instant
from toolkit.erps.draft import ApplicationDraft, Drafts, PaymentDraft, Row
from toolkit.erps.table_export import table_export
from toolkit.erps.text import as_text, inner, items_of, json_objects, looks_like_json, raw_json
from toolkit.erps.xero_batches import by_supplier, document_id, suppliers_of
from toolkit.erps.xero_credits import CREDITS, PAYABLE_CREDITS, contact, credit, invoice_of
from toolkit.erps.xero_ledger import PROFILE

LISTS = ("Payments", "BatchPayments", "Invoices", "CreditNotes", "Overpayments", "Prepayments")
# A payment on a credit note, over- or prepayment is the vendor's money coming back.
KINDS = {
    "ACCPAYPAYMENT": "payment",
    "APCREDITPAYMENT": "refund",
    "APPREPAYMENTPAYMENT": "refund",
    "APOVERPAYMENTPAYMENT": "refund",
}
DOCUMENTS = {"ACCPAYPAYMENT": "bill", "APCREDITPAYMENT": "vendor_credit"}
STATUSES = {"authorised": "issued", "deleted": "voided"}


def recognises(file: SourceFile) -> bool:
    """An object with one of Xero's lists whose items carry Xero's own ids."""
    if not looks_like_json(file):
        return False
    return any(_is_xero(reply) for reply in json_objects(file))


def _is_xero(reply: dict[str, Any]) -> bool:
    marks = {"PaymentID", "BatchPaymentID", "InvoiceID", "CreditNoteID", "OverpaymentID", "PrepaymentID"}
    lists = [items_of(reply, name) for name in LISTS if isinstance(reply.get(name), list)]
    items = [item for one in lists for item in one]
    return bool(lists) and (not items or any(isinstance(item, dict) and marks & item.keys() for item in items))


def read(file: SourceFile, options: LoadOptions) -> Extract:
    """Read every list of the reply."""
    drafts = Drafts(mark=".")
    company = options.company or DEFAULT_COMPANY
    groups: dict[str, list[tuple[Row, dict[str, Any]]]] = {}
    batches: dict[str, tuple[Row, dict[str, Any]]] = {}
    stamps = [stamp for reply in json_objects(file) if (stamp := read_instant(as_text(reply.get("DateTimeUTC"))))]
    drafts.extracted_at = min(stamps, default=None)
    for name, place, item in _everything(file):
        drafts.rows_seen += 1
        row = Row(place, raw_json(item))
        if not isinstance(item, dict):
            row.fault(None, f"is no object of {name}")
            drafts.lost.append(row)
        elif name == "Payments" and _kind(item) in KINDS:
            _group(item, row, groups, drafts)
        elif name == "BatchPayments" and item.get("Type", "PAYBATCH") == "PAYBATCH":
            batches[str(item.get("BatchPaymentID"))] = (row, item)
        elif name == "Invoices" and item.get("Type") == "ACCPAY":
            drafts.other += 1
            drafts.bills.append(_bill(item, row, company))
        elif name in CREDITS and item.get("Type") in PAYABLE_CREDITS:
            credit(name, item, row, company, drafts)
        else:
            drafts.other += 1
    suppliers = suppliers_of([part for parts in groups.values() for _, part in parts], drafts.bills)
    for identity in dict.fromkeys((*groups, *batches)):
        for end, parts, batch in by_supplier(groups.get(identity, []), batches.get(identity), suppliers):
            drafts.payments.append(_payment((company, identity + end), parts, batch, drafts))
    _fill_from_bills(drafts)
    return assemble("xero", file, options, drafts)


def _everything(file: SourceFile) -> Iterator[tuple[str, int, Any]]:
    for reply in json_objects(file):
        for name in LISTS:
            for place, item in enumerate(items_of(reply, name), start=1):
                yield name, place, item


def _kind(item: dict[str, Any]) -> str:
    return as_text(item.get("PaymentType")) or "ACCPAYPAYMENT"


def _group(item: dict[str, Any], row: Row, groups: dict[str, list[tuple[Row, dict[str, Any]]]], drafts: Drafts) -> None:
    identity = as_text(item.get("BatchPaymentID")) or as_text(item.get("PaymentID"))
    if identity is None:
        row.fault("PaymentID", "the payment has no PaymentID")
        drafts.lost.append(row)
        return
    mine = as_text(item.get("PaymentID"))
    twins = [(other, part) for other, part in groups.get(identity, []) if as_text(part.get("PaymentID")) == mine]
    if any(part == item for _, part in twins):
        drafts.duplicate += 1
        return
    for other, _ in twins:
        row.fault("PaymentID", f"payment {mine} stands differently in row {other.number}")
    groups.setdefault(identity, []).append((row, item))


def _status(parts: list[dict[str, Any]], drafts: Drafts) -> str:
    """Voided where every part is; cleared where the bank has every living part."""
    words = [drafts.status(as_text(part.get("Status")), STATUSES) for part in parts]
    if all(word == "voided" for word in words):
        return "voided"
    if "pending" in words:
        return "pending"
    alive = [part for part, word in zip(parts, words, strict=True) if word != "voided"]
    return "cleared" if all(str(part.get("IsReconciled")).lower() == "true" for part in alive) else "issued"


def _header(parts: list[dict[str, Any]], head: dict[str, Any], drafts: Drafts) -> dict[str, str | None]:
    first = parts[0] if parts else head
    invoice = invoice_of(first)
    reference = as_text(head.get("Reference")) or as_text(first.get("Reference"))
    contacts = {contact(invoice_of(part), "Name") for part in parts}
    account = inner(head, "Account")
    status = _status(parts or [head], drafts)
    touched = [read_instant(as_text(part.get("UpdatedDateUTC"))) for part in (*parts, head)]
    voided = max((one for one in touched if one), default=None) if status == "voided" else None
    return {
        "check_number": reference,
        "payment_method": "eft" if (reference or "").upper().startswith("EFT") else "other",
        "document_kind": KINDS.get(_kind(first), "payment"),
        "payment_date": as_text(head.get("Date")) or as_text(first.get("Date")),
        "vendor_id": contact(invoice, "ContactID") if len(contacts) == 1 else None,
        "vendor_name": contact(invoice, "Name") if len(contacts) == 1 else None,
        "payee_name": contact(invoice, "Name") if len(contacts) == 1 else None,
        "currency_code": as_text(invoice.get("CurrencyCode")) or as_text(account.get("CurrencyCode")),
        "payment_amount": None,
        "status": status,
        "voided_date": voided.date().isoformat() if voided else None,
        "bank_account_id": as_text(account.get("Code")) or as_text(account.get("AccountID")),
        "reference": reference,
        "memo": as_text(head.get("Narrative")),
    }


def _payment(
    key: tuple[str, str],
    parts: list[tuple[Row, dict[str, Any]]],
    batch: tuple[Row, dict[str, Any]] | None,
    drafts: Drafts,
) -> PaymentDraft:
    """One payment, or the parts of one batch; a part that only the batch lists is taken from there."""
    rows = [row for row, _ in parts]
    if batch:
        known = {as_text(item.get("PaymentID")) for _, item in parts}
        state: dict[str, Any] = {name: batch[1][name] for name in ("Status", "IsReconciled") if name in batch[1]}
        own = [state | part for part in items_of(batch[1], "Payments") if isinstance(part, dict)]
        parts = [*parts, *((batch[0], part) for part in own if as_text(part.get("PaymentID")) not in known)]
        rows.append(batch[0])
    items = [item for _, item in parts]
    head = batch[1] if batch else items[0]
    payment = PaymentDraft(key, _header(items, head, drafts), rows, total="sum")
    if batch and as_text(batch[1].get("TotalAmount")):
        payment.cells["payment_amount"], payment.total = as_text(batch[1].get("TotalAmount")), "exact"
    payment.applications = [_application(row, item) for row, item in parts]
    named = [(row, inner(item, "Invoice")) for row, item in parts if inner(item, "Invoice").get("InvoiceNumber")]
    drafts.named += [_bill(invoice, Row(row.number, row.raw), key[0]) for row, invoice in named]
    return payment


def _application(row: Row, item: dict[str, Any]) -> ApplicationDraft:
    invoice = invoice_of(item)
    number = as_text(invoice.get("InvoiceNumber")) or as_text(invoice.get("CreditNoteNumber"))
    kind = _kind(item)
    cells = {
        "application_id": as_text(item.get("PaymentID")),
        "document_type": DOCUMENTS.get(kind, "prepayment"),
        "document_id": document_id(item),
        "document_number": number,
        "invoice_number": number,
        "applied_amount": as_text(item.get("Amount")),
        "status": "reversed" if item.get("Status") == "DELETED" else "applied",
    }
    return ApplicationDraft(row, cells, sign=-1 if KINDS.get(kind) == "refund" else 1)


def _bill(item: dict[str, Any], row: Row, company: str) -> ApplicationDraft:
    number = as_text(item.get("InvoiceNumber"))
    cells = {
        "erp_company": company,
        "document_id": as_text(item.get("InvoiceID")),
        "document_type": "vendor_credit" if item.get("Type") == "ACCPAYCREDIT" else "bill",
        "document_number": number,
        "invoice_number": number,
        "invoice_date": as_text(item.get("Date")),
        "vendor_id": contact(item, "ContactID"),
        "vendor_name": contact(item, "Name"),
        "currency_code": as_text(item.get("CurrencyCode")),
        "document_amount": as_text(item.get("Total")),
        "project_number": _tracked(item),
    }
    if cells["document_id"] is None:
        row.fault("InvoiceID", "the bill has no InvoiceID")
    return ApplicationDraft(row, cells)


def _tracked(item: dict[str, Any]) -> str | None:
    """The project that every line of the bill is tracked to, its number first (`MC-07 Station Square`)."""
    options = {
        as_text(tracking.get("Option"))
        for line in items_of(item, "LineItems")
        for tracking in (items_of(line, "Tracking") if isinstance(line, dict) else [])
        if isinstance(tracking, dict) and str(tracking.get("Name", "")).lower() in ("job", "project")
    } - {None}
    return str(options.pop()).split(" ")[0] if len(options) == 1 else None


def _fill_from_bills(drafts: Drafts) -> None:
    """A batch names its bills by id only; the vendor and currency are those of the bill elsewhere."""
    bills = {bill.cells["document_id"]: bill.cells for bill in (*drafts.named, *drafts.bills)}
    for payment in drafts.payments:
        for draft in payment.applications:
            for name in ("vendor_id", "vendor_name", "currency_code"):
                bill = bills.get(draft.cells["document_id"], {})
                payment.cells[name] = payment.cells.get(name) or bill.get(name)


EXPORT = table_export(PROFILE, "Xero", Export("xero", "Xero", recognises, read))
