"""CMiC's `manualcheck` resource (Oracle ADF REST): cheques with the vouchers they paid, posted and not yet posted.

CMiC documents no changed-since for cheques, so a window of days is read twice: by cheque date, and by
reversal date for the old cheques that were reversed in it.
"""

from __future__ import annotations

from toolkit.erps.api.base import MAX_PAGES, Api, Ask, Fetched, Rows, document, once, rows_of
from toolkit.erps.api.session import Basic, Session
from toolkit.errors import RemoteError

CHEQUES = "/ap-rest-api/rest/1/manualcheck"
CHILDREN = "VouChqViewObj,PayamtChqmanViewObj"
PAGE = 500
KEY = ("ChqCompCode", "ChqBankCompCode", "ChqAccCode", "ChqDeptCode", "ChqVenCode", "ChqNum", "ChqSeqNum")
DATES = ("ChqDate", "ChqRevDate")


def fetch(ask: Ask) -> Fetched:
    """Every cheque dated or reversed in the window."""
    section = ask.section
    with Session(ask, section.api_url or "", Basic(section.username or "", ask.secret("password"))) as session:
        read = [row for date in DATES for row in _pages(ask, session, date)]
    rows = once(read, lambda row: tuple(row.get(name) for name in KEY))
    return Fetched(document({"items": rows}), len(rows))


def _pages(ask: Ask, session: Session, date: str) -> Rows:
    company = f"ChqCompCode='{ask.section.company_code}';" if ask.section.company_code else ""
    params = {
        "q": f"{company}{date}>='{ask.from_day.isoformat()}'",
        "expand": CHILDREN,
        "orderBy": "ChqSeqNum:asc",
        "totalResults": "true",
        "limit": PAGE,
    }
    rows: Rows = []
    for _ in range(MAX_PAGES):
        ask.told(f"cheques by {date}, {len(rows)} read")
        reply = session.get(CHEQUES, params | {"offset": len(rows)})
        found = rows_of(reply, "items", session.host)
        rows += found
        if not found or reply.get("hasMore") is not True:
            return rows
    raise RemoteError(session.host, "the list of cheques has no end.")


API = Api("cmic", "CMiC", ("api_url", "username"), fetch)
