"""Acumatica and MYOB Advanced by their contract-based REST API: payments with what they pay, and bills.

One product family, two profiles. `Details` is what a document is about to pay, `History` what it has
paid; both are asked for. A document names its vendor by code, so each gets the `VendorName` of the
Vendor entity beside it. A licence counts sessions, so each pull signs out at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from toolkit.erps.api.base import MAX_PAGES, Api, Ask, Fetched, Rows, document, newest_of, once
from toolkit.erps.api.oauth import Bearer, app_grant
from toolkit.erps.api.session import Session
from toolkit.errors import RemoteError

# The version stands in the address: a newer one has other names.
ENDPOINTS = {"acumatica": "Default/24.200.001", "myob": "Default/23.200.001"}
PAGE = 500
# Entity -> what is read with it.
ENTITIES = {"Check": "Details,History", "Bill": "Applications"}


def fetch(ask: Ask) -> Fetched:
    """Every payment and every bill changed since; one list, payments first."""
    base = f"/entity/{ask.section.endpoint or ENDPOINTS[ask.erp]}"
    with _signed_in(ask) as session:
        rows = [row for entity in ENTITIES for row in _changed(ask, session, base, entity)]
        if rows:
            _name_vendors(rows, _pages(ask, session, f"{base}/Vendor", {"$select": "VendorID,VendorName"}))
    newest = newest_of((_instant(row.get("LastModifiedDateTime")) for row in rows), ask.began)
    return Fetched(document(rows), len(rows), newest)


@contextmanager
def _signed_in(ask: Ask) -> Iterator[Session]:
    url = ask.section.api_url or ""
    bearer = Bearer(ask, app_grant(ask, f"{url}/identity/connect/token", "api"))
    with Session(ask, url, bearer) as session:
        try:
            yield session
        finally:
            session.leave("/entity/auth/logout")


def _changed(ask: Ask, session: Session, base: str, entity: str) -> Rows:
    params: dict[str, Any] = {"$expand": ENTITIES[entity]}
    if ask.since:
        params["$filter"] = f"LastModifiedDateTime gt datetimeoffset'{ask.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'"
    rows = _pages(ask, session, f"{base}/{entity}", params)
    return once(rows, lambda row: (_value(row, "Type"), _value(row, "ReferenceNbr"), row.get("id")))


def _pages(ask: Ask, session: Session, path: str, params: dict[str, Any]) -> Rows:
    rows: Rows = []
    for _ in range(MAX_PAGES):
        ask.told(f"{path.rpartition('/')[2]}, {len(rows)} read")
        found = session.get(path, params | {"$top": PAGE, "$skip": len(rows)})
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise RemoteError(session.host, f"{path}: the answer is no list; check [erp.{ask.erp}] endpoint.")
        rows += found
        if len(found) < PAGE:
            return rows
    raise RemoteError(session.host, f"the list at {path} has no end.")


def _name_vendors(rows: Rows, vendors: Rows) -> None:
    names = {_value(row, "VendorID"): row.get("VendorName") for row in vendors}
    for row in rows:
        name = names.get(_value(row, "Vendor"))
        if name and "VendorName" not in row:
            row["VendorName"] = name


def _value(row: dict[str, Any], name: str) -> Any:
    """Acumatica wraps each value: `{"ReferenceNbr": {"value": "001452"}}`; an empty one is `{}`."""
    inner = row.get(name)
    return inner.get("value") if isinstance(inner, dict) else inner


def _instant(wrapped: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(wrapped["value"]))
    except (KeyError, TypeError, ValueError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


NEEDS = ("api_url", "client_id")
ACUMATICA = Api("acumatica", "Acumatica Cloud ERP", NEEDS, fetch)
MYOB = Api("myob", "MYOB Advanced Construction", NEEDS, fetch)
