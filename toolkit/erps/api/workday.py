"""Workday's Report-as-a-Service: a report of the user's own making, one reply without pages.

What a pull reads is bounded by the report's prompts, given in `[erp.workday.prompts]`; `{since}` and
`{until}` in them are the window's days. Without prompts the whole report is read each time.
"""

from __future__ import annotations

from urllib.parse import quote

from toolkit.erps.api.base import Api, Ask, Fetched, document, rows_of
from toolkit.erps.api.session import Basic, Session
from toolkit.errors import SettingsError


def fetch(ask: Ask) -> Fetched:
    """The report as JSON: `{"Report_Entry": [...]}`."""
    section = ask.section
    owner, _, report = (section.report or "").partition("/")
    if not owner or not report:
        raise SettingsError("tieout.toml: [erp.workday] report is written OWNER/REPORT_NAME.")
    path = "/".join(quote(part, safe="") for part in (section.tenant_id or "", owner, report))
    prompts = {name: ask.fill(text) for name, text in section.prompts.items()}
    with Session(ask, section.api_url or "", Basic(section.username or "", ask.secret("password"))) as session:
        ask.told(f"report {report}")
        reply = session.get(f"/ccx/service/customreport2/{path}", {"format": "json"} | prompts)
        rows = rows_of(reply, "Report_Entry", session.host)
    return Fetched(document({"Report_Entry": rows}), len(rows))


API = Api("workday", "Workday", ("api_url", "tenant_id", "report", "username"), fetch)
