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
    company = settings.erp.get(erp, ErpSection()).company or DEFAULT_COMPANY
    with Warehouse.open(settings) as warehouse:
        before = warehouse.cursor(erp, company)
    reached = before.newest if before else None
    asked = datetime(since.year, since.month, since.day, tzinfo=UTC) if since else None
    moment = asked or (reached - OVERLAP if reached else None)
    fetched = api.fetch(Ask(erp, settings, now, moment, before.pulled_at if before else None, sleep, told))
    if asked and reached and asked > reached:
        # What changed between the two was not asked for: the next pull begins where the last one ended.
        fetched = replace(fetched, newest=None)
    load = _loaded(erp, company, settings, now, fetched)
    notes = fetched.notes + ((_of_the_vanished(load),) if load and fetched.complete else ())
    return ErpPull(erp, company, moment, load, notes)


def _of_the_vanished(load: LoadReport) -> str:
    if load.counts.quarantined:
        return "Some payments were quarantined, so none was taken for deleted; mend them and pull again."
    return f"{load.deleted} payments that are no longer there count as deleted."


def _loaded(erp: str, company: str, settings: Settings, now: datetime, fetched: Fetched) -> LoadReport | None:
    cursor = Cursor(erp, company, fetched.newest, now)
    if not fetched.records:
        with Warehouse.open(settings) as warehouse:
            warehouse.move(cursor)
        return None
    sha256 = hashlib.sha256(fetched.content).hexdigest()
    file = SourceFile(f"{erp}-api", fetched.content, sha256)
    section = settings.erp.get(erp, ErpSection())
    said = LoadOptions(
        erp=erp,
        company=section.company,
        date_order=section.date_order,
        currency=settings.company.currency,
        mapping=read_mapping(settings.home / section.mapping) if section.mapping else None,
    )
    extract = erps.read(file, replace(said, extracted_at=now))
    # A quarantined payment is not a vanished one.
    complete = EVER if fetched.complete and extract.quarantine.is_empty() else None
    answer = hashlib.sha256(f"{sha256} {said} {complete}".encode()).hexdigest()
    load = Load(file, extract, replace(said, extracted_at=now, complete=complete))
    with Warehouse.open(settings) as warehouse:
        report = warehouse.take(load, replace(cursor, answer=answer))
        warehouse.publish_loads()
    return report
