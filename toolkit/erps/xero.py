"""Xero: saved replies of the Accounting API (JSON), one list or several in one object.

Read are Payments, BatchPayments, Invoices, CreditNotes and the allocations of over- and prepayments.
One Xero Payment pays one bill; payments of one BatchPaymentID are one payment with applications.
Status DELETED is the void: a Xero payment cannot be edited, only deleted and entered again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from toolkit.erps.assemble import DEFAULT_COMPANY, assemble
from toolkit.erps.base import Export, Extract, LoadOptions, SourceFile
from toolkit.erps.draft import ApplicationDraft, Drafts, PaymentDraft, Row
from toolkit.erps.text import as_text, json_objects, looks_like_json, raw_json
from toolkit.erps.xero_credits import CREDITS, PAYABLE_CREDITS, contact, credit, invoice_of

LISTS = ("Payments", "BatchPayments", "Invoices", "CreditNotes", "Overpayments", "Prepayments")
KINDS = {
    "ACCPAYPAYMENT": "payment",
    "APCREDITPAYMENT": "refund",
    "APPREPAYMENTPAYMENT": "prepayment",
    "APOVERPAYMENTPAYMENT": "prepayment",
}


def recognises(file: SourceFile) -> bool:
    """An object with one of Xero's lists whose items carry Xero's own ids."""
    if not looks_like_json(file):
        return False
    return any(_is_xero(reply) for reply in json_objects(file))


def _is_xero(reply: dict[str, Any]) -> bool:
    marks = ("PaymentID", "BatchPaymentID", "InvoiceID", "CreditNoteID", "OverpaymentID", "PrepaymentID")
    items = [item for name in LISTS for item in _items(reply, name)]
    return any(name in reply for name in LISTS) and all(any(mark in item for mark in marks) for item in items)


def _items(reply: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = reply.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def read(file: SourceFile, options: LoadOptions) -> Extract:
    """Read every list of the reply."""
    drafts = Drafts(mark=".")
    company = options.company or DEFAULT_COMPANY
    groups: dict[str, list[tuple[Row, dict[str, Any]]]] = {}
    batches: dict[str, tuple[Row, dict[str, Any]]] = {}
    for name, place, item in _everything(file):
        drafts.rows_seen += 1
        row = Row(place, raw_json(item))
        if name == "Payments" and item.get("PaymentType", "ACCPAYPAYMENT") in KINDS:
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
    for identity, parts in groups.items():
        drafts.payments.append(_payment(identity, parts, batches.pop(identity, None), company))
    for identity, (row, batch) in batches.items():
        drafts.payments.append(_batch_alone(identity, row, batch, company))
    _fill_from_bills(drafts)
    return assemble("xero", file, options, drafts)


def _everything(file: SourceFile) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for reply in json_objects(file):
        for name in LISTS:
            for place, item in enumerate(_items(reply, name), start=1):
                yield name, place, item


def _group(item: dict[str, Any], row: Row, groups: dict[str, list[tuple[Row, dict[str, Any]]]], drafts: Drafts) -> None:
    identity = as_text(item.get("BatchPaymentID")) or as_text(item.get("PaymentID"))
    if identity is None:
        row.fault("PaymentID", "the payment has no PaymentID")
        drafts.lost.append(row)
        return
    known = {as_text(part.get("PaymentID")): part for _, part in groups.get(identity, [])}
    if known.get(as_text(item.get("PaymentID"))) == item:
        drafts.duplicate += 1
        return
    groups.setdefault(identity, []).append((row, item))


def _status(parts: list[dict[str, Any]]) -> str:
    alive = [part for part in parts if part.get("Status", "AUTHORISED") != "DELETED"]
    if not alive:
        return "voided"
    reconciled = all(str(part.get("IsReconciled", "false")).lower() == "true" for part in alive)
    return "cleared" if reconciled else "issued"


def _header(parts: list[dict[str, Any]], head: dict[str, Any]) -> dict[str, str | None]:
    invoice = invoice_of(parts[0])
    reference = as_text(head.get("Reference")) or as_text(parts[0].get("Reference"))
    contacts = {contact(invoice_of(part), "Name") for part in parts}
    account = head.get("Account") or {}
    return {
        "check_number": reference,
        "payment_method": "eft" if (reference or "").upper().startswith("EFT") else "other",
        "document_kind": KINDS[parts[0].get("PaymentType", "ACCPAYPAYMENT")],
        "payment_date": as_text(head.get("Date")) or as_text(parts[0].get("Date")),
        "vendor_id": contact(invoice, "ContactID") if len(contacts) == 1 else None,
        "vendor_name": contact(invoice, "Name") if len(contacts) == 1 else None,
        "payee_name": contact(invoice, "Name") if len(contacts) == 1 else None,
        "currency_code": as_text(invoice.get("CurrencyCode")) or as_text(account.get("CurrencyCode")),
        "payment_amount": None,
        "status": _status(parts),
        "bank_account_id": as_text(account.get("Code")) or as_text(account.get("AccountID")),
        "reference": reference,
        "memo": as_text(head.get("Narrative")),
    }


def _payment(
    identity: str,
    parts: list[tuple[Row, dict[str, Any]]],
    batch: tuple[Row, dict[str, Any]] | None,
    company: str,
) -> PaymentDraft:
    items = [item for _, item in parts]
    head = batch[1] if batch else items[0]
    rows = [row for row, _ in parts] + ([batch[0]] if batch else [])
    payment = PaymentDraft((company, identity), _header(items, head), rows, total="sum")
    if batch and as_text(batch[1].get("TotalAmount")):
        # The batch says its own total: the parts must come to it.
        payment.cells["payment_amount"], payment.total = as_text(batch[1].get("TotalAmount")), "cash"
    payment.applications = [_application(row, item) for row, item in parts]
    return payment


def _application(row: Row, item: dict[str, Any], *, dead: bool = False) -> ApplicationDraft:
    invoice = invoice_of(item)
    number = as_text(invoice.get("InvoiceNumber"))
    deleted = dead or item.get("Status") == "DELETED"
    cells = {
        "application_id": as_text(item.get("PaymentID")),
        "document_type": "bill" if "Invoice" in item else "other",
        "document_id": as_text(invoice.get("InvoiceID")),
        "document_number": number,
        "invoice_number": number,
        "applied_amount": as_text(item.get("Amount")),
        "status": "reversed" if deleted else "applied",
    }
    return ApplicationDraft(row, cells)


def _batch_alone(identity: str, row: Row, batch: dict[str, Any], company: str) -> PaymentDraft:
    """A batch whose payments were not in the file: its own list names the bills by id."""
    parts = [part for part in batch.get("Payments") or [] if isinstance(part, dict)]
    cells = _header([part | {"Status": batch.get("Status", "AUTHORISED")} for part in parts] or [batch], batch)
    cells["payment_amount"] = as_text(batch.get("TotalAmount"))
    payment = PaymentDraft((company, identity), cells, [row], total="cash" if cells["payment_amount"] else "sum")
    dead = batch.get("Status") == "DELETED"
    payment.applications = [_application(row, part, dead=dead) for part in parts]
    return payment


def _bill(item: dict[str, Any], row: Row, company: str) -> ApplicationDraft:
    number = as_text(item.get("InvoiceNumber"))
    cells = {
        "erp_company": company,
        "document_id": as_text(item.get("InvoiceID")),
        "document_type": "bill",
        "document_number": number,
        "invoice_number": number,
        "invoice_date": as_text(item.get("Date")),
        "vendor_id": contact(item, "ContactID"),
        "vendor_name": contact(item, "Name"),
        "currency_code": as_text(item.get("CurrencyCode")),
        "document_amount": as_text(item.get("Total")),
        "project_number": _tracked(item),
    }
    return ApplicationDraft(row, cells)


def _tracked(item: dict[str, Any]) -> str | None:
    """The project that every line of the bill is tracked to, its number first (`MC-07 Station Square`)."""
    options = {
        as_text(tracking.get("Option"))
        for line in item.get("LineItems") or []
        for tracking in line.get("Tracking") or []
        if str(tracking.get("Name", "")).lower() in ("job", "project")
    } - {None}
    return str(options.pop()).split(" ")[0] if len(options) == 1 else None


def _fill_from_bills(drafts: Drafts) -> None:
    bills = {bill.cells["document_id"]: bill.cells for bill in drafts.bills}
    for payment in drafts.payments:
        for draft in payment.applications:
            bill = bills.get(draft.cells["document_id"])
            if bill is None:
                continue
            for name in ("invoice_number", "document_number", "invoice_date", "project_number"):
                draft.cells[name] = draft.cells.get(name) or bill[name]
            for name in ("vendor_id", "vendor_name", "currency_code"):
                payment.cells[name] = payment.cells.get(name) or bill[name]


EXPORT = Export("xero", "Xero", recognises, read)
