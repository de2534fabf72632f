"""QuickBooks Online: the reply of change data capture or of a query (JSON), and its reports (`qbo_lists`).

A BillPayment names the bills it settled by id only; the vendor's invoice number is the Bill's
`DocNumber`, which the warehouse joins, whenever that bill was loaded. A void stays in the list with
an amount of zero and no lines; a deletion is a stub with `status: Deleted`.
"""

from __future__ import annotations

from typing import Any

from toolkit.erps.assemble import DEFAULT_COMPANY, assemble
from toolkit.erps.base import Export, Extract, LoadOptions, SourceFile
from toolkit.erps.dates import read_instant
from toolkit.erps.draft import ApplicationDraft, Drafts, PaymentDraft, Row
from toolkit.erps.qbo_lists import BILL_PAYMENTS, TRANSACTIONS
from toolkit.erps.table_export import tables_export
from toolkit.erps.text import as_text, inner, items_of, json_objects, looks_like_json, raw_json

BILLS = {"Bill": "bill", "VendorCredit": "vendor_credit"}
LINKS = {"Bill": "bill", "VendorCredit": "vendor_credit", "JournalEntry": "journal", "Deposit": "other"}


def recognises(file: SourceFile) -> bool:
    """An object with `CDCResponse` or `QueryResponse`."""
    if not looks_like_json(file):
        return False
    return any("CDCResponse" in reply or "QueryResponse" in reply for reply in json_objects(file))


def _lists(reply: dict[str, Any]) -> list[dict[str, Any]]:
    changes = [query for one in items_of(reply, "CDCResponse") for query in items_of(one, "QueryResponse")]
    found = [*changes, reply.get("QueryResponse")]
    return [query for query in found if isinstance(query, dict)]


def read(file: SourceFile, options: LoadOptions) -> Extract:
    """Read every entity list of the reply; bills and credits are kept beside the payments."""
    drafts = Drafts(mark=".")
    company = options.company or DEFAULT_COMPANY
    replies = json_objects(file)
    queries = [query for reply in replies for query in _lists(reply)]
    stamps = [stamp for reply in replies if (stamp := read_instant(as_text(reply.get("time"))))]
    drafts.extracted_at = min(stamps, default=None)
    for query in queries:
        for entity, items in query.items():
            if isinstance(items, list):
                _entities(entity, items, company, drafts)
    return assemble("qbo", file, options, drafts)


def _entities(entity: str, items: list[Any], company: str, drafts: Drafts) -> None:
    for place, item in enumerate(items, start=1):
        drafts.rows_seen += 1
        row = Row(place, raw_json(item))
        if not isinstance(item, dict):
            row.fault(None, f"is no {entity}")
            drafts.lost.append(row)
        elif entity == "BillPayment":
            _payment(item, row, company, drafts)
        elif entity in BILLS and item.get("status") != "Deleted":
            drafts.other += 1
            drafts.bills.append(_bill(entity, item, row, company))
        else:
            drafts.other += 1


def _value(item: dict[str, Any], name: str, part: str = "value") -> str | None:
    return as_text(inner(item, name).get(part))


def _payment(item: dict[str, Any], row: Row, company: str, drafts: Drafts) -> None:
    identity = as_text(item.get("Id"))
    if identity is None:
        row.fault("Id", "the payment has no Id")
        drafts.lost.append(row)
        return
    key = (company, identity)
    if str(item.get("status", "")).lower() == "deleted":
        drafts.deleted.append((key, row))
        return
    note = as_text(item.get("PrivateNote")) or ""
    amount = as_text(item.get("TotalAmt"))
    lines = items_of(item, "Line")
    zero = amount is not None and not amount.strip("0.")
    status = _status(item, voided=zero and not lines)
    kind = "credit_application" if zero and lines else "payment"
    number = as_text(item.get("DocNumber"))
    cells = {
        "payment_number": identity,
        "check_number": number,
        "payment_method": _method(item, number),
        "document_kind": kind,
        "payment_date": as_text(item.get("TxnDate")),
        "vendor_id": _value(item, "VendorRef"),
        "vendor_name": _value(item, "VendorRef", "name"),
        "payee_name": _value(item, "VendorRef", "name"),
        "currency_code": _value(item, "CurrencyRef"),
        "payment_amount": amount,
        "status": status,
        "voided_date": (as_text(inner(item, "MetaData").get("LastUpdatedTime")) or "")[:10] or None
        if status == "voided"
        else None,
        "bank_account_id": next(
            (account for part, name in BANKS if (account := _value(inner(item, part), name))), None
        ),
        "memo": note or None,
    }
    payment = PaymentDraft(key, cells, [row])
    for line in lines:
        linked = items_of(line, "LinkedTxn") if isinstance(line, dict) else []
        if len(linked) > 1:
            row.fault("LinkedTxn", "one line settles several documents, so how much of each is unknown")
        payment.applications += [_application(payment, row, line, one, status) for one in linked]
    drafts.payments.append(payment)


BANKS = (("CheckPayment", "BankAccountRef"), ("CreditCardPayment", "CCAccountRef"))


def _status(item: dict[str, Any], *, voided: bool) -> str:
    """A void is zero and without lines; its note may say anything. A check to be printed has not left."""
    if voided:
        return "voided"
    return "pending" if as_text(inner(item, "CheckPayment").get("PrintStatus")) == "NeedToPrint" else "issued"


def _method(item: dict[str, Any], number: str | None) -> str:
    if item.get("PayType") == "CreditCard":
        return "credit_card"
    word = (number or "").lower()
    return next((method for method in ("ach", "eft", "wire") if word.startswith(method)), "check")


def _application(payment: PaymentDraft, row: Row, line: dict[str, Any], linked: Any, status: str) -> ApplicationDraft:
    linked = linked if isinstance(linked, dict) else {}
    kind = LINKS.get(str(linked.get("TxnType")), "other")
    document, amount = as_text(linked.get("TxnId")), as_text(line.get("Amount"))
    identity = f"{kind}:{document}"
    again = sum(1 for draft in payment.applications if draft.cells["document_id"] == document)
    cells = {
        "application_id": f"{identity}|{again + 1}" if again else identity,
        "document_type": kind,
        "document_id": document,
        "document_number": None,
        "invoice_number": None,
        "applied_amount": amount,
        "status": "reversed" if status == "voided" else "applied",
    }
    # QuickBooks writes the credit that a payment uses as a positive line.
    return ApplicationDraft(
        row, cells, sign=-1 if kind == "vendor_credit" and not (amount or "").startswith("-") else 1
    )


def _bill(entity: str, item: dict[str, Any], row: Row, company: str) -> ApplicationDraft:
    number = as_text(item.get("DocNumber"))
    cells = {
        "erp_company": company,
        "document_id": as_text(item.get("Id")),
        "document_type": BILLS[entity],
        "document_number": number,
        "invoice_number": number,
        "invoice_date": as_text(item.get("TxnDate")),
        "vendor_id": _value(item, "VendorRef"),
        "vendor_name": _value(item, "VendorRef", "name"),
        "currency_code": _value(item, "CurrencyRef"),
        "document_amount": as_text(item.get("TotalAmt")),
        "project_number": _project(item),
    }
    if cells["document_id"] is None:
        row.fault("Id", "the bill has no Id")
    return ApplicationDraft(row, cells)


def _project(item: dict[str, Any]) -> str | None:
    """The first word of the customer or project that the bill's lines name (`25-007 Mill Street`)."""
    names = {
        _value(detail, "ProjectRef", "name") or _value(detail, "CustomerRef", "name")
        for line in items_of(item, "Line")
        if isinstance(line, dict)
        for detail in line.values()
        if isinstance(detail, dict)
    } - {None}
    name = _value(item, "ProjectRef", "name") or (next(iter(names)) if len(names) == 1 else None)
    return name.split(" ")[0] if name else None


EXPORT = tables_export(
    (TRANSACTIONS, BILL_PAYMENTS), "QuickBooks Online", Export("qbo", "QuickBooks Online", recognises, read)
)
