"""One load in one transaction: versions, what is newer, what stays void, and an account of every row."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import polars as pl

from toolkit import money, schemas
from toolkit.erps.base import Extract, LoadOptions, RowCounts, SourceFile
from toolkit.errors import RefusedFile
from toolkit.warehouse import reversals, said, versions
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
    known = versions.known(connection, extract.erp)
    extract = versions.remember(connection, extract, known)
    compared = versions.compare(extract, known, when)
    versions.take(connection, extract, compared, load_id, when)
    versions.bury(connection, extract, load_id, when)
    gone = versions.delete(connection, versions.vanished(connection, extract, options, known), load_id, when)
    undone = reversals.reversed_elsewhere(connection, extract.erp)
    for day in sorted({day for _, day in undone}):
        versions.void(connection, reversals.keys(undone, day), day, load_id, when)
    report = _report(extract, file, load_id, compared, gone)
    if undone:
        told = f"{len(undone)} payments are void: another file holds the document that reverses them."
        report = replace(report, notes=(*report.notes, told))
    _journal(connection, report, options, extract, now)
    return report


def _report(extract: Extract, file: SourceFile, load_id: str, compared: pl.DataFrame, gone: int) -> LoadReport:
    times = {row[0]: row[1] for row in compared.group_by("verdict").len().sort("verdict").iter_rows()}
    same = compared.filter(pl.col("verdict") == "unchanged").select("erp_company", "payment_id")
    repeated = extract.good_rows.join(same, on=["erp_company", "payment_id"], how="semi").height
    counts = replace(extract.counts, good=extract.counts.good - repeated, duplicate=extract.counts.duplicate + repeated)
    changes = tuple(
        Change(*row)
        for row in compared.filter(pl.col("verdict") == "changed")
        .select("payment_id", "payment_amount_old", "payment_amount", "currency_code")
        .head(10)
        .iter_rows()
    )
    alive = extract.payments.filter(~pl.col("status").is_in(schemas.DEAD))
    totals = Counter[str]()
    for code, amount in alive.select("currency_code", "payment_amount").sort(pl.all()).iter_rows():
        totals[code or ""] += amount
    notes = list(extract.notes)
    if extract.extracted_at is None:
        notes.append("The file does not say when it was made: the time of this load stands for it.")
    if times.get("stays void"):
        notes.append(f"{times['stays void']} payments that were void or deleted stay so until a person decides.")
    return LoadReport(
        load_id=load_id,
        source_file=file.name,
        sha256=file.sha256,
        erp=extract.erp,
        already_loaded=False,
        counts=counts,
        amount_total=dict(totals),
        new=times.get("new", 0),
        changed=times.get("changed", 0),
        unchanged=times.get("unchanged", 0),
        stale=times.get("stale", 0) + times.get("stays void", 0),
        deleted=gone,
        changes=changes,
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
