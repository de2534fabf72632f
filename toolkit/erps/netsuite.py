"""NetSuite: a saved search of type Transaction, one CSV row per application (Main Line = false).

The header amount repeats on every row of a payment. A voided payment has no applied-to link left
and an amount of zero, or a negative twin of the same number. Bill Credit rows settle a bill without
cash. Labels as NetSuite ships them, with the common custom ones beside.
"""

from __future__ import annotations

import re

from toolkit.erps.assemble import DEFAULT_COMPANY, assemble
from toolkit.erps.base import Export, Extract, LoadOptions, SourceFile
from toolkit.erps.draft import ApplicationDraft, Drafts, PaymentDraft, Row
from toolkit.erps.text import Record, csv_records, looks_like_json
from toolkit.erps.twins import void_twins
from toolkit.errors import RefusedFile

HEADERS = {
    "payment_id": ("internal id", "int. id", "internalid"),
    "payment_date": ("date", "trandate"),
    "check_number": ("document number", "number", "check number", "tranid"),
    "payment_number": ("transaction number",),
    "name": ("name", "payee", "entity", "vendor"),
    "bank_account_id": ("account",),
    "kind": ("type",),
    "status": ("status",),
    "payment_amount": ("amount (foreign currency)", "amount"),
    "document": ("applied to transaction",),
    "document_id": ("applied to transaction: internal id", "applied to transaction : internal id"),
    "invoice_date": ("applied to transaction: date", "applied to transaction : date"),
    "link_type": ("applied to link type",),
    "applied_amount": ("applied to link amount (foreign currency)", "applied to link amount"),
    "project_number": ("project", "applied to transaction: project", "job"),
    "commitment_number": ("purchase order", "applied to transaction: purchase order"),
    "currency_code": ("currency",),
    "company": ("subsidiary",),
    "memo": ("memo",),
    "modified": ("last modified", "last modified date", "lastmodifieddate"),
}
NEEDED = ("payment_id", "payment_date", "payment_amount", "document", "applied_amount")
PAYMENT, CREDIT = "bill payment", "bill credit"
STATUSES = {"a": "issued", "approved": "issued", "v": "voided", "voided": "voided", "pending": "pending"}
METHODS = (("ach", "ach"), ("wire", "wire"), ("eft", "eft"), ("card", "credit_card"))
_DOCUMENT = re.compile(r"^(?:Vendor Bill|Bill Credit|Bill|Journal) #?", re.IGNORECASE)
_ID_FIRST = re.compile(r"^(\S*\d\S*) (.+)$")
CURRENCIES = {"us dollar": "USD", "usa": "USD", "canadian dollar": "CAD", "australian dollar": "AUD", "euro": "EUR"}


def _columns(record: Record) -> dict[str, int]:
    """Canonical name -> place, for the headers that this record holds."""
    labels = [cell.strip().lower() for cell in record.cells]
    found: dict[str, int] = {}
    for name, known in HEADERS.items():
        place = next((labels.index(label) for label in known if label in labels), None)
        if place is not None:
            found[name] = place
    return found


def _header(records: list[Record]) -> tuple[int, dict[str, int]] | None:
    for place, record in enumerate(records[:40]):
        columns = _columns(record)
        if all(name in columns for name in NEEDED):
            return place, columns
    return None


def recognises(file: SourceFile) -> bool:
    """A text file with a row of NetSuite's applied-to headers."""
    return not looks_like_json(file) and _header(csv_records(file)) is not None


def read(file: SourceFile, options: LoadOptions) -> Extract:
    """Read the saved search; rows of one Internal ID are one payment."""
    records = csv_records(file)
    found = _header(records)
    if found is None:
        raise RefusedFile(
            file.name, f"lacks NetSuite's columns; needed are {', '.join(HEADERS[n][0] for n in NEEDED)}."
        )
    place, columns = found
    _no_header_twice(file, records[place])
    drafts = Drafts(rows_seen=len(records), furniture=place + 1)
    drafts.blank = sum(1 for record in records[:place] if record.blank)
    drafts.furniture -= drafts.blank
    prefixed = _prefixed(records[place + 1 :], columns)
    groups: dict[tuple[str, str], list[tuple[Row, dict[str, str | None]]]] = {}
    seen: set[tuple[str, ...]] = set()
    for record in records[place + 1 :]:
        _sort_out(file, record, columns, drafts, seen, groups, options)
    for key, rows in groups.items():
        drafts.payments.append(_payment(key, rows, drafts, prefixed=prefixed))
    void_twins(drafts)
    return assemble("netsuite", file, options, drafts)


def _no_header_twice(file: SourceFile, header: Record) -> None:
    labels = [cell.strip().lower() for cell in header.cells if cell.strip()]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice:
        raise RefusedFile(file.name, "this header stands twice, so which column holds is unknown.", header.row, twice)


def _sort_out(
    file: SourceFile,
    record: Record,
    columns: dict[str, int],
    drafts: Drafts,
    seen: set[tuple[str, ...]],
    groups: dict[tuple[str, str], list[tuple[Row, dict[str, str | None]]]],
    options: LoadOptions,
) -> None:
    """Put one record where it belongs: a payment's rows, or one of the counts."""
    if record.blank:
        drafts.blank += 1
        return
    cells = {
        name: (record.cells[at].strip() or None) if at < len(record.cells) else None for name, at in columns.items()
    }
    first = record.cells[0].strip().lower()
    if first in ("total", "overall total") or first.startswith("total - "):
        drafts.furniture += 1
        drafts.control_total = cells["payment_amount"] or drafts.control_total
        return
    kind = (cells.get("kind") or PAYMENT).lower()
    if kind not in (PAYMENT, CREDIT):
        drafts.other += 1
        return
    row = Row(record.row, record.raw)
    if not cells["payment_id"]:
        row.fault("payment_id", "the row has no Internal ID")
        drafts.lost.append(row)
        return
    if record.cells in seen:
        drafts.duplicate += 1
        return
    seen.add(record.cells)
    groups.setdefault((_company(file, cells, options), cells["payment_id"]), []).append((row, cells))


def _company(file: SourceFile, cells: dict[str, str | None], options: LoadOptions) -> str:
    said = cells.get("company")
    if said and options.company and said != options.company:
        raise RefusedFile(file.name, f"its Subsidiary column says {said!r} but --company says {options.company!r}.")
    return said or options.company or DEFAULT_COMPANY


def _prefixed(records: list[Record], columns: dict[str, int]) -> bool:
    """Do all names begin with an id (`V-0056 Ridgeline`), so that auto-numbering is on?"""
    at = columns.get("name")
    names = [r.cells[at].strip() for r in records if at is not None and at < len(r.cells) and r.cells[at].strip()]
    return bool(names) and all(_ID_FIRST.match(name) for name in names)


def _payment(
    key: tuple[str, str], rows: list[tuple[Row, dict[str, str | None]]], drafts: Drafts, *, prefixed: bool
) -> PaymentDraft:
    row, head = rows[0]
    credit = (head.get("kind") or "").lower() == CREDIT
    vendor_id, vendor = _vendor(head.get("name"), prefixed=prefixed)
    status = "issued" if credit else drafts.status(head.get("status"), STATUSES)
    cells: dict[str, str | None] = {
        "payment_number": head.get("payment_number"),
        "check_number": head.get("check_number"),
        "payment_method": "other" if credit else _method(head.get("check_number")),
        "document_kind": "credit_application" if credit else "payment",
        "payment_date": head["payment_date"],
        "vendor_id": vendor_id,
        "vendor_name": vendor,
        "payee_name": vendor,
        "currency_code": _currency(head.get("currency_code")),
        "payment_amount": "0" if credit else head["payment_amount"],
        "status": status,
        "voided_date": head.get("modified") if status == "voided" else None,
        "bank_account_id": head.get("bank_account_id"),
        "memo": head.get("memo"),
        "project_number": head.get("project_number"),
    }
    payment = PaymentDraft(key, cells, [one for one, _ in rows])
    for one, line in rows:
        if line["payment_amount"] != head["payment_amount"]:
            one.fault(
                "Amount",
                f"the payment comes to {line['payment_amount']} here, to {head['payment_amount']} in row {row.number}",
            )
        if line["document"] or line["applied_amount"]:
            payment.applications += _applications(one, line, status, credit=credit)
    _number_applications(payment)
    return payment


def _method(number: str | None) -> str:
    text = (number or "").lower()
    return next((method for word, method in METHODS if text.startswith(word)), "check" if text else "other")


def _currency(text: str | None) -> str | None:
    if text is None:
        return None
    return CURRENCIES.get(text.lower(), text.upper())


def _vendor(name: str | None, *, prefixed: bool) -> tuple[str | None, str | None]:
    match = _ID_FIRST.match(name or "")
    return (match[1], match[2]) if prefixed and match else (None, name)


def _applications(row: Row, line: dict[str, str | None], status: str, *, credit: bool) -> list[ApplicationDraft]:
    document = _DOCUMENT.sub("", line["document"] or "") or None
    cells: dict[str, str | None] = {
        "document_type": "journal" if (line["document"] or "").lower().startswith("journal") else "bill",
        "document_id": line.get("document_id"),
        "document_number": document,
        "invoice_number": document,
        "invoice_date": line.get("invoice_date"),
        "applied_amount": line["applied_amount"],
        "project_number": line.get("project_number"),
        "commitment_number": line.get("commitment_number"),
        "status": "reversed" if status == "voided" else "applied",
    }
    bill = ApplicationDraft(row, cells)
    if not credit:
        return [bill]
    number = line.get("check_number")
    other = cells | {"document_type": "vendor_credit", "document_id": line["payment_id"], "invoice_date": None}
    return [bill, ApplicationDraft(row, other | {"document_number": number, "invoice_number": number}, sign=-1)]


def _number_applications(payment: PaymentDraft) -> None:
    """An application's id is its document and how many of it came before; the file has no other key."""
    before: dict[str, int] = {}
    for draft in payment.applications:
        cells = draft.cells
        document = f"{cells['document_type']}:{cells['document_id'] or cells['document_number'] or ''}"
        before[document] = before.get(document, 0) + 1
        cells["application_id"] = document if before[document] == 1 else f"{document}|{before[document]}"


EXPORT = Export("netsuite", "NetSuite", recognises, read)
