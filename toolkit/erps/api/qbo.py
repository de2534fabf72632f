"""QuickBooks Online: change data capture while it reaches back far enough, else a query of everything.

CDC tells deletions but only 30 days back and at most 1,000 records of a kind. Where that is not
enough, all payments are queried: then whatever Tieout knew and QuickBooks no longer has is deleted.
Queries walk by creation time, which no edit moves, so no page shifts while it is read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from toolkit.erps.api.base import MAX_PAGES, Api, Ask, Fetched, Rows, document, newest_of, once, rows_of
from toolkit.erps.api.oauth import Bearer, app_grant
from toolkit.erps.api.session import Session
from toolkit.errors import RemoteError

HOST = "https://quickbooks.api.intuit.com"
TOKENS = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
ENTITIES = ("BillPayment", "Bill", "VendorCredit")
# CDC reaches back 30 days; the last hours of them are not relied upon.
REACH = timedelta(days=29)
MOST = 1000
IDS_AT_ONCE = 100
READ_ANEW = "QuickBooks tells changes only 30 days back and 1,000 at a time, so every payment was read anew."
ZERO = datetime(1990, 1, 1, tzinfo=UTC)


def fetch(ask: Ask) -> Fetched:
    """Changes by CDC, or everything by query, with every bill that a payment names."""
    section = ask.section
    path = f"/v3/company/{section.realm_id}"
    with Session(ask, section.api_url or HOST, Bearer(ask, app_grant(ask, TOKENS))) as session:
        captured = _captured(ask, session, path)
        found = captured or {entity: _queried(ask, session, path, entity) for entity in ENTITIES}
        _named_bills(session, path, found)
    rows = [row for part in found.values() for row in part]
    newest = newest_of((_instant(row.get("MetaData")) for row in rows), ask.began)
    content = document({"QueryResponse": {entity: part for entity, part in found.items() if part}})
    gap = ask.since is not None and captured is None
    return Fetched(content, len(rows), newest, complete=gap, notes=(READ_ANEW,) if gap else ())


def _captured(ask: Ask, session: Session, path: str) -> dict[str, Rows] | None:
    """What CDC tells, deletions included; None where it does not reach."""
    if ask.since is None or ask.began - ask.since > REACH:
        return None
    ask.told("changes")
    params = {"entities": ",".join(ENTITIES), "changedSince": ask.since.astimezone(UTC).isoformat()}
    reply = session.get(f"{path}/cdc", params)
    found: dict[str, Rows] = {entity: [] for entity in ENTITIES}
    for one in rows_of(reply, "CDCResponse", session.host):
        for query in rows_of(one, "QueryResponse", session.host):
            for entity in ENTITIES:
                found[entity] += rows_of(query, entity, session.host)
    return None if any(len(part) >= MOST for part in found.values()) else found


def _queried(ask: Ask, session: Session, path: str, entity: str) -> Rows:
    """Every record of a kind, in order of creation; each query begins at the last creation time seen."""
    rows: Rows = []
    since, start = ZERO, 1
    for _ in range(MAX_PAGES):
        ask.told(f"{entity}, {len(rows)} read")
        found = _query(
            session,
            path,
            entity,
            f"MetaData.CreateTime >= '{since.isoformat()}' orderby MetaData.CreateTime startposition {start}",
        )
        rows += found
        if len(found) < MOST:
            return once(rows, lambda row: row.get("Id"))
        last = _instant(found[-1].get("MetaData"), "CreateTime")
        if last is None:
            raise RemoteError(session.host, f"a {entity} without MetaData.CreateTime; its list cannot be walked.")
        # A thousand of one creation time: only then the place within them counts.
        since, start = (last, 1) if last > since else (since, start + MOST)
    raise RemoteError(session.host, f"the list of {entity} has no end.")


def _query(session: Session, path: str, entity: str, where: str) -> Rows:
    # Nothing that a person typed goes into a query: names are ours, instants and ids come from QuickBooks.
    query = f"select * from {entity} where {where} maxresults {MOST}"  # noqa: S608
    reply = session.get(f"{path}/query", {"query": query})
    return rows_of(reply.get("QueryResponse", {}) if isinstance(reply, dict) else None, entity, session.host)


def _named_bills(session: Session, path: str, found: dict[str, Rows]) -> None:
    """A payment names its bills by id only, and a bill that did not change is not among the changes."""
    for entity in ("Bill", "VendorCredit"):
        have = {str(row.get("Id")) for row in found[entity]}
        named = {
            str(linked.get("TxnId"))
            for payment in found["BillPayment"]
            for line in payment.get("Line") or []
            for linked in line.get("LinkedTxn") or []
            if linked.get("TxnType") == entity and linked.get("TxnId")
        }
        lacking = sorted(named - have)
        for at in range(0, len(lacking), IDS_AT_ONCE):
            ids = ", ".join("'" + one.replace("'", "") + "'" for one in lacking[at : at + IDS_AT_ONCE])
            found[entity] += _query(session, path, entity, f"Id in ({ids})")


def _instant(meta: Any, name: str = "LastUpdatedTime") -> datetime | None:
    try:
        return datetime.fromisoformat(str(meta[name])).astimezone(UTC) if isinstance(meta, dict) else None
    except (KeyError, ValueError):
        return None


API = Api("qbo", "QuickBooks Online", ("realm_id", "client_id"), fetch)
