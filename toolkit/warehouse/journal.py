"""One load in one transaction: versions, what is newer, what stays void, and an account of every row."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import polars as pl

from toolkit import money, schemas
from toolkit.erps.base import Extract, LoadOptions, RowCounts, SourceFile
from toolkit.errors import RefusedFile
from toolkit.warehouse import reversals, said, shares, versions
from toolkit.warehouse.fresh import Fresh, take
from toolkit.warehouse.model import Change, LoadReport
from toolkit.warehouse.reading import frame
from toolkit.warehouse.versions import naive

EVIDENCE = ("erp", "report", "filters", "expect_rows", "expect_total")


def already(connection: duckdb.DuckDBPyConnection, file: SourceFile, options: LoadOptions) -> LoadReport | None:
    """The journal's own account of a file that was loaded before in the same way."""
    found = frame(connection, "SELECT * FROM core.loads WHERE sha256 = ? AND said = ?", [file.sha256, _said(options)])
    if found.is_empty():
        return None
    row = found.row(0, named=True)
    counts = RowCounts(**{name: row[name] for name in RowCounts.__dataclass_fields__})
    bad = frame(
        connection,
        "SELECT source_row, column_name, reason, raw FROM core.quarantine WHERE load_id = ? ORDER BY ALL",
        [row["load_id"]],
    )
    return LoadReport(
        load_id=row["load_id"],
        source_file=row["source_file"],
        sha256=row["sha256"],
        erp=row["erp"],
        already_loaded=True,
        counts=counts,
        amount_total=json.loads(row["amounts"]),
        notes=tuple(json.loads(row["notes"])),
        quarantine=bad,
    )


def _said(options: LoadOptions) -> str:
    """What was said about a file that changes what it means; the rest is evidence only."""
    facts = {k: str(v) for k, v in vars(options).items() if v is not None and k not in EVIDENCE}
    return json.dumps(facts, sort_keys=True)


def record(
    connection: duckdb.DuckDBPyConnection, extract: Extract, file: SourceFile, options: LoadOptions, now: datetime
) -> LoadReport:
    """Write one extract; the caller owns the transaction."""
    when = extract.extracted_at or now
    digest = hashlib.sha256(f"{file.sha256} {_said(options)}".encode()).hexdigest()
    load_id = f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{digest[:8]}"
    before = versions.standing(connection, extract.erp) if options.complete else None
    found = Counted()
    with Fresh(connection, load_id, when) as fresh:
        for piece in extract.parts():
            known = versions.known(connection, piece)
            part = versions.remember(connection, piece, known)
            compared = versions.compare(part, known, when)
            take(connection, part, compared, fresh)
            found.add(part, compared)
            if before is not None:
                before = before.join(part.payments, on=versions.KEY, how="anti")
        fresh.insert()
    twice = shares.told_twice(connection, extract.erp)
    if twice.height:
        shares.set_aside(connection, twice)
    versions.bury(connection, extract, load_id, when)
    absent = versions.absent(before, options, found.companies) if before is not None else None
    gone = versions.delete(connection, versions.vanished(connection, extract.erp, absent), load_id, when)
    undone = reversals.reversed_elsewhere(connection, extract.erp)
    for day in sorted({day for _, day in undone}):
        versions.void(connection, reversals.keys(undone, day), day, load_id, when)
    report = _report(extract, file, load_id, found, gone)
    told = []
    if undone:
        told.append(f"{len(undone)} payments are void: another file holds the document that reverses them.")
    if twice.height:
        told.append(f"{twice.height} payments or credits are told under another key too: counted once.")
    report = replace(report, notes=(*report.notes, *told))
    _journal(connection, report, options, extract, now)
    return report


@dataclass
class Counted:
    """What the parts of an extract came to."""

    verdicts: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    changes: list[Change] = field(default_factory=list)
    totals: Counter[str] = field(default_factory=Counter)
    companies: set[str] = field(default_factory=set)

    def add(self, part: Extract, compared: pl.DataFrame) -> None:
        """One part beside what was known of its payments."""
        self.verdicts.update(dict(compared["verdict"].value_counts().iter_rows()))
        self.companies.update(part.payments["erp_company"].unique())
        same = compared.filter(pl.col("verdict") == "unchanged").select("erp_company", "payment_id")
        if same.height:
            self.repeated += part.good_rows.join(same, on=["erp_company", "payment_id"], how="semi").height
        changed = compared.filter(pl.col("verdict") == "changed")
        told = changed.select("payment_id", "payment_amount_old", "payment_amount", "currency_code")
        self.changes += [Change(*row) for row in told.head(10 - len(self.changes)).iter_rows()]
        alive = part.payments.filter(~pl.col("status").is_in(schemas.DEAD))
        sums = alive.group_by("currency_code").agg(pl.col("payment_amount").cast(pl.Int128).sum())
        for code, amount in sums.sort("currency_code", nulls_last=True).iter_rows():
            self.totals[code or ""] += int(amount)


def _report(extract: Extract, file: SourceFile, load_id: str, found: Counted, gone: int) -> LoadReport:
    times, counts = found.verdicts, extract.counts
    notes = list(extract.notes)
    if extract.extracted_at is None:
        notes.append("The file does not say when it was made: the time of this load stands for it.")
    if times["stays void"]:
        notes.append(f"{times['stays void']} payments that were void or deleted stay so until a person decides.")
    return LoadReport(
        load_id=load_id,
        source_file=file.name,
        sha256=file.sha256,
        erp=extract.erp,
        already_loaded=False,
        counts=replace(counts, good=counts.good - found.repeated, duplicate=counts.duplicate + found.repeated),
        amount_total=dict(found.totals),
        new=times["new"],
        changed=times["changed"],
        unchanged=times["unchanged"],
        stale=times["stale"] + times["stays void"],
        deleted=gone,
        changes=tuple(found.changes),
        notes=tuple(notes),
        quarantine=extract.quarantine,
    )


def _journal(
    connection: duckdb.DuckDBPyConnection, report: LoadReport, options: LoadOptions, extract: Extract, now: datetime
) -> None:
    counts = report.counts
    total = sum((money_of(amount, code) for code, amount in report.amount_total.items()), start=money_of(0, ""))
    if abs(total) >= Decimal(10) ** 16:
        raise RefusedFile(report.source_file, f"comes to {total}, more than Tieout holds; nothing was loaded.")
    connection.execute(
        "INSERT INTO core.loads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            report.load_id,
            report.source_file,
            report.sha256,
            _said(options),
            report.erp,
            counts.rows_seen,
            counts.good,
            counts.quarantined,
            counts.blank,
            counts.duplicate,
            counts.furniture,
            counts.other,
            json.dumps(dict(report.amount_total), sort_keys=True),
            total,
            naive(extract.extracted_at or now),
            extract.extracted_at is not None,
            said.written(options),
            json.dumps(report.notes),
            naive(now),
        ],
    )
    connection.register("bad", report.quarantine)
    connection.execute(
        "INSERT INTO core.quarantine SELECT ?, ?, source_row, column_name, reason, raw FROM bad ORDER BY ALL",
        [report.load_id, report.source_file],
    )
    connection.unregister("bad")


def money_of(minor: int, currency: str) -> Decimal:
    """Minor units as the decimal that the journal's total column holds."""
    return Decimal(money.plain(minor, currency or None))
