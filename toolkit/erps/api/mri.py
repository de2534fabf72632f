"""MRI Platform X: an API of the user's naming (those for payments are not public), paged by nextLink.

Its columns are read through a mapping. nextLink's query is followed, never its host.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from toolkit.erps.api.base import MAX_PAGES, Api, Ask, Fetched, Rows, document, rows_of
from toolkit.erps.api.session import Basic, Session
from toolkit.errors import RemoteError

PATH = "/MRIAPIServices/api.asp"
PAGE = 300


def fetch(ask: Ask) -> Fetched:
    """Every record of the API, within `filter` where one is set."""
    section = ask.section
    names = (section.mri_client or "", section.database or "", section.username or "", ask.secret("partner_key"))
    params: dict[str, Any] = {"$api": section.api_name, "$format": "json", "$top": PAGE, "$skip": 0}
    if section.filter:
        params["$filter"] = ask.fill(section.filter)
    with Session(ask, section.api_url or "", Basic("/".join(names), ask.secret("password"))) as session:
        rows = _pages(ask, session, params)
    return Fetched(document({"value": rows}), len(rows))


def _pages(ask: Ask, session: Session, params: dict[str, Any]) -> Rows:
    rows: Rows = []
    seen: set[str] = set()
    for _ in range(MAX_PAGES):
        ask.told(f"{len(rows)} records read")
        reply = session.get(PATH, params)
        rows += rows_of(reply, "value", session.host)
        link = reply.get("nextLink") or reply.get("odata.nextLink")
        if not link:
            return rows
        if link in seen:
            break
        seen.add(link)
        params = dict(parse_qsl(urlsplit(str(link)).query, keep_blank_values=True))
    raise RemoteError(session.host, "its pages have no end.")


API = Api("mri", "MRI Platform X", ("api_url", "api_name", "mri_client", "database", "username"), fetch)
