"""The other pull step: an ERP's API into the warehouse.

What an API answers is a source file like any other: read by that ERP's file reader, kept under its
SHA-256, loaded by `Warehouse` together with how far the API was read.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from toolkit import erps
from toolkit.erps.api import OVERLAP, Ask, Fetched, api_of
from toolkit.erps.assemble import DEFAULT_COMPANY
from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.erps.mapping import read_mapping
from toolkit.settings import ErpSection, Settings
from toolkit.warehouse import Cursor, Load, LoadReport, Warehouse

Told = Callable[[str], None]


@dataclass(frozen=True)
class ErpPull:
    """One pull of an ERP's API: from when on changes were asked for, and what loading them did.

    `since` None: everything was asked for. `load` None: the API had nothing new.
    """

    erp: str
    erp_company: str
    since: datetime | None
    load: LoadReport | None
    notes: tuple[str, ...] = ()


# Every day a payment may bear: an API that was read whole declares it.
EVER = (date(1990, 1, 1), date(2100, 12, 31))


def pull_erp(
    erp: str,
    settings: Settings,
    now: datetime,
    since: date | None = None,
    told: Told = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> ErpPull:
    """Ask an ERP's API what changed since the last pull (or `since`) and load what it answers.

    RemoteError, SignInRefused or SettingsError: nothing was written, and the next pull asks anew.
    """
    api = api_of(erp, settings)
    said = _said(erp, settings)
    company = said.company or DEFAULT_COMPANY
    with Warehouse.open(settings) as warehouse:
        before = warehouse.cursor(erp, company)
    reached = before.newest if before else None
    asked = datetime(since.year, since.month, since.day, tzinfo=UTC) if since else None
    moment = asked or (reached - OVERLAP if reached else None)
    fetched = api.fetch(Ask(erp, settings, now, moment, before.pulled_at if before else None, sleep, told))
    cursor = Cursor(erp, company, fetched.newest, now)
    if asked and before and asked > (reached or before.pulled_at):
        # What changed between the two was not asked for: the next pull begins where the last one ended.
        cursor = before
    load = _loaded(replace(said, extracted_at=now), cursor, settings, fetched)
    notes = fetched.notes + ((_of_the_vanished(load),) if load and fetched.complete else ())
    return ErpPull(erp, company, moment, load, notes)


def _of_the_vanished(load: LoadReport) -> str:
    if load.counts.quarantined:
        return "Some payments were quarantined, so none was taken for deleted; mend them and pull again."
    return f"{load.deleted} payments that are no longer there count as deleted."


def _said(erp: str, settings: Settings) -> LoadOptions:
    """What the settings and their mapping file say about the ERP's records, as `tieout load` would take it."""
    section = settings.erp.get(erp, ErpSection())
    site = read_mapping(settings.home / section.mapping) if section.mapping else None
    return LoadOptions(
        erp=erp,
        company=(site.company if site else None) or section.company,
        date_order=(site.date_order if site else None) or section.date_order,
        currency=settings.company.currency,
        mapping=site,
    )


def _loaded(said: LoadOptions, cursor: Cursor, settings: Settings, fetched: Fetched) -> LoadReport | None:
    """Load the answer and move the cursor in one transaction; None where the answer brings nothing."""
    if not fetched.records:
        with Warehouse.open(settings) as warehouse:
            warehouse.move(cursor)
        return None
    file = SourceFile(f"{cursor.erp}-api", fetched.content, hashlib.sha256(fetched.content).hexdigest())
    extract = erps.read(file, said)
    # A quarantined payment is not a vanished one.
    complete = EVER if fetched.complete and extract.quarantine.is_empty() else None
    answer = hashlib.sha256(f"{file.sha256} {replace(said, extracted_at=None)} {complete}".encode()).hexdigest()
    with Warehouse.open(settings) as warehouse:
        report = warehouse.take(Load(file, extract, replace(said, complete=complete)), replace(cursor, answer=answer))
        warehouse.publish_loads()
    return report
