"""Xero's Accounting API: Payments, BatchPayments, Invoices and the three kinds of credit, changed since.

A payment that belongs to a batch comes with all its sisters, although only one of them changed: the
batch is the payment. Minute limits are waited out; a used-up day ends the pull.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from toolkit.erps.api.base import MAX_PAGES, Api, Ask, Fetched, Rows, document, newest_of, once, rows_of
from toolkit.erps.api.oauth import Bearer, app_grant
from toolkit.erps.api.session import Session
from toolkit.errors import RemoteError

HOST = "https://api.xero.com/api.xro/2.0"
TOKENS = "https://identity.xero.com/connect/token"
SCOPE = "accounting.transactions.read accounting.contacts.read"
PAGE = 1000
PAID = ("ACCPAYPAYMENT", "APCREDITPAYMENT", "APPREPAYMENTPAYMENT", "APOVERPAYMENTPAYMENT")
ATTEMPTS = 3
# List -> which of its records are the payables side, and the name of their id. BatchPayments know no pages
# and no such filter.
LISTS = {
    "Payments": (" OR ".join(f'PaymentType=="{kind}"' for kind in PAID), "PaymentID"),
    "BatchPayments": ("", "BatchPaymentID"),
    "Invoices": ('Type=="ACCPAY"', "InvoiceID"),
    "CreditNotes": ('Type=="ACCPAYCREDIT"', "CreditNoteID"),
    "Overpayments": ('Type=="SPEND-OVERPAYMENT"', "OverpaymentID"),
    "Prepayments": ('Type=="SPEND-PREPAYMENT"', "PrepaymentID"),
}
_INSTANT = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")


def fetch(ask: Ask) -> Fetched:
    """Every list, changed since; one document with the lists as Xero names them."""
    section = ask.section
    headers = {"Xero-Tenant-Id": section.tenant_id or ""}
    if ask.since:
        headers["If-Modified-Since"] = f"{ask.since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    with Session(ask, section.api_url or HOST, Bearer(ask, app_grant(ask, TOKENS, SCOPE))) as session:
        found = {name: _pages(ask, session, name, headers) for name in LISTS}
        _complete_batches(session, found, headers)
    rows = [row for part in found.values() for row in part]
    newest = newest_of((_instant(row.get("UpdatedDateUTC")) for row in rows), ask.began)
    return Fetched(document(found), len(rows), newest)


def _pages(ask: Ask, session: Session, name: str, headers: dict[str, str]) -> Rows:
    """One list, whole: read again where a record moved from page to page meanwhile."""
    for _ in range(ATTEMPTS):
        rows, count = _read(ask, session, name, headers)
        if count is None or len(rows) >= count:
            return rows
    raise RemoteError(session.host, f"{name} changed while they were read; pull again.")


def _read(ask: Ask, session: Session, name: str, headers: dict[str, str]) -> tuple[Rows, int | None]:
    """Every page, each record once, and how many there are by Xero's own count."""
    where, identity = LISTS[name]
    params: dict[str, Any] = {"order": "UpdatedDateUTC"} | ({"where": where} if where else {})
    rows: Rows = []
    for page in range(1, MAX_PAGES):
        ask.told(f"{name}, page {page}")
        reply = session.get(f"/{name}", params | ({"page": page, "pageSize": PAGE} if where else {}), headers)
        found = rows_of(reply, name, session.host)
        rows += found
        said = reply.get("pagination")
        counts = said if isinstance(said, dict) else {}
        # Without a count a full page means that one more may come.
        if not where or not found or page >= counts.get("pageCount", page + (len(found) >= PAGE)):
            return once(rows, lambda row: row.get(identity)), counts.get("itemCount")
    raise RemoteError(session.host, f"the list of {name} has no end.")


def _complete_batches(session: Session, found: dict[str, Rows], headers: dict[str, str]) -> None:
    """Read the sisters of every batch payment that came alone, and the batches that did not come."""
    unconditional = {name: value for name, value in headers.items() if name != "If-Modified-Since"}
    have = {str(row.get("PaymentID")) for row in found["Payments"]}
    batches = {
        str(row.get("BatchPaymentID")): row
        for row in found["BatchPayments"]
        if row.get("Type", "PAYBATCH") == "PAYBATCH"
    }
    wanted = {str(row["BatchPaymentID"]) for row in found["Payments"] if row.get("BatchPaymentID")}
    for batch_id in sorted(wanted - set(batches)):
        batches[batch_id] = _one(session, "BatchPayments", batch_id, unconditional)
    sisters = {
        str(part.get("PaymentID"))
        for row in batches.values()
        for part in row.get("Payments") or []
        if isinstance(part, dict) and part.get("PaymentID")
    }
    found["Payments"] += [_one(session, "Payments", one, unconditional) for one in sorted(sisters - have)]
    found["BatchPayments"] = list(batches.values())


def _one(session: Session, name: str, identity: str, headers: dict[str, str]) -> dict[str, Any]:
    found = rows_of(session.get(f"/{name}/{identity}", {}, headers), name, session.host)
    if len(found) != 1:
        raise RemoteError(session.host, f"{name}/{identity}: the answer is not one record.")
    return found[0]


def _instant(text: Any) -> datetime | None:
    """`/Date(1788998400000+0000)/`: milliseconds of UTC, whatever offset is written beside them."""
    match = _INSTANT.fullmatch(str(text))
    return datetime.fromtimestamp(int(match[1]) / 1000, UTC) if match else None


API = Api("xero", "Xero", ("client_id",), fetch)
