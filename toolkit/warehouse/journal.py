"""One load in one transaction: versions, what is newer, what stays void, and an account of every row."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import polars as pl

from toolkit import money, schemas
from toolkit.erps.base import Extract, LoadOptions, RowCounts, SourceFile
from toolkit.warehouse.model import Change, LoadReport
from toolkit.warehouse.reading import frame

KEY = ["erp", "erp_company", "payment_id"]
BOOKKEEPING = ("source_file", "source_row")
UNIT, MISSING = "\x1f", "\x00"


def naive(moment: datetime) -> datetime:
    """UTC without a zone: how DuckDB keeps instants here."""
    return moment.astimezone(UTC).replace(tzinfo=None)


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
    return json.dumps({"company": options.company, "date_order": options.date_order}, sort_keys=True)


def record(
    connection: duckdb.DuckDBPyConnection, extract: Extract, file: SourceFile, options: LoadOptions, now: datetime
) -> LoadReport:
    """Write one extract; the caller owns the transaction."""
    when = extract.extracted_at or now
    load_id = f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{file.sha256[:8]}"
    fresh = _with_content(extract.payments, extract.applications)
    known = _known(connection, extract.erp)
    compared = fresh.join(known, on=KEY, how="left", suffix="_old")
    compared = compared.with_columns(verdict=_verdict(naive(when)))
    taken = compared.filter(pl.col("verdict").is_in(["new", "changed"]))
    _supersede(connection, taken)
    _insert(connection, "payments", extract.payments.join(taken, on=KEY, how="semi"), load_id, when)
    _insert(connection, "applications", extract.applications.join(taken, on=KEY, how="semi"), load_id, when)
    _bills(connection, extract.bills, load_id, when)
    gone = _delete(connection, _vanished(connection, extract, options, known), load_id, when)
    report = _report(extract, file, load_id, compared, gone)
    _journal(connection, report, options, extract, now)
    return report


def _with_content(payments: pl.DataFrame, applications: pl.DataFrame) -> pl.DataFrame:
    """Payments' keys with one text that is equal exactly when nothing about them changed."""

    def said(frame: pl.DataFrame) -> pl.Expr:
        names = [name for name in frame.columns if name not in BOOKKEEPING]
        return pl.concat_str([pl.col(name).cast(pl.String).fill_null(MISSING) for name in names], separator=UNIT)

    parts = (
        applications.sort(*KEY, "application_id")
        .select(*KEY, part=said(applications))
        .group_by(KEY)
        .agg(pl.col("part").str.join("\n"))
    )
    return (
        payments.with_columns(head=said(payments))
        .join(parts, on=KEY, how="left")
        .select(
            *KEY,
            "status",
            "payment_amount",
            "currency_code",
            content=pl.concat_str("head", pl.lit("\n"), pl.col("part").fill_null("")),
        )
        .sort(KEY)
    )


def _known(connection: duckdb.DuckDBPyConnection, erp: str) -> pl.DataFrame:
    payments = frame(connection, "SELECT * FROM core.payments WHERE current AND erp = ?", [erp])
    parts = frame(connection, "SELECT * FROM core.applications WHERE current AND erp = ?", [erp])
    content = _with_content(schemas.conform(schemas.Payments, payments), schemas.conform(schemas.Applications, parts))
    return content.join(payments.select(*KEY, "extracted_at", "payment_date"), on=KEY)


def _verdict(when: datetime) -> pl.Expr:
    dead_before = pl.col("status_old").is_in(schemas.DEAD) & ~pl.col("status").is_in(schemas.DEAD)
    return (
        pl.when(pl.col("content_old").is_null())
        .then(pl.lit("new"))
        .when(pl.col("content") == pl.col("content_old"))
        .then(pl.lit("unchanged"))
        .when(pl.col("extracted_at") > when)
        .then(pl.lit("stale"))
        # What is void never becomes payable again without a person.
        .when(dead_before)
        .then(pl.lit("stays void"))
        .otherwise(pl.lit("changed"))
    )


def _supersede(connection: duckdb.DuckDBPyConnection, keys: pl.DataFrame) -> None:
    connection.register("taken", keys.select(KEY))
    for table in ("payments", "applications"):
        connection.execute(
            f"UPDATE core.{table} SET current = false WHERE current AND (erp, erp_company, payment_id) IN "
            "(SELECT (erp, erp_company, payment_id) FROM taken)"
        )
    connection.unregister("taken")


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame, load_id: str, when: datetime
) -> None:
    connection.register("fresh", rows)
    connection.execute(f"INSERT INTO core.{table} SELECT *, ?, ?, true FROM fresh ORDER BY ALL", [load_id, naive(when)])
    connection.unregister("fresh")


def _bills(connection: duckdb.DuckDBPyConnection, bills: pl.DataFrame, load_id: str, when: datetime) -> None:
    """A newer extract's bill replaces the older; the older stays as a version."""
    keys = "erp = b.erp AND erp_company = b.erp_company AND document_id = b.document_id"
    connection.register("arrived", bills)
    connection.execute(
        f"CREATE TEMP TABLE newer AS SELECT b.* FROM arrived b WHERE NOT EXISTS "
        f"(SELECT 1 FROM core.bills k WHERE k.current AND k.extracted_at > ? AND {keys.replace('erp ', 'k.erp ', 1)})",
        [naive(when)],
    )
    connection.execute(
        "UPDATE core.bills SET current = false WHERE current AND (erp, erp_company, document_id) IN "
        "(SELECT (erp, erp_company, document_id) FROM newer)"
    )
    connection.execute("INSERT INTO core.bills SELECT *, ?, ?, true FROM newer ORDER BY ALL", [load_id, naive(when)])
    connection.execute("DROP TABLE newer")
    connection.unregister("arrived")


def _vanished(
    connection: duckdb.DuckDBPyConnection, extract: Extract, options: LoadOptions, known: pl.DataFrame
) -> pl.DataFrame:
    """Payments that the source says are deleted, or that a range declared complete no longer has."""
    del connection
    gone = extract.deleted.select(pl.lit(extract.erp).alias("erp"), "erp_company", "payment_id")
    if options.complete:
        inside = pl.col("payment_date").is_between(*options.complete)
        companies = extract.payments["erp_company"].unique().to_list()
        absent = known.filter(inside, pl.col("erp_company").is_in(companies)).join(extract.payments, on=KEY, how="anti")
        gone = pl.concat([gone, absent.select(KEY)])
    return known.join(gone.unique(), on=KEY, how="semi").filter(pl.col("status") != "deleted").select(KEY).sort(KEY)


def _delete(connection: duckdb.DuckDBPyConnection, gone: pl.DataFrame, load_id: str, when: datetime) -> int:
    connection.register("gone", gone)
    for table, change in (
        ("payments", "'deleted' AS status, 0 AS unapplied_amount"),
        ("applications", "'reversed' AS status"),
    ):
        connection.execute(
            f"CREATE TEMP TABLE copied AS SELECT * REPLACE ({change}, ? AS load_id, ? AS extracted_at) "
            f"FROM core.{table} WHERE current AND (erp, erp_company, payment_id) IN "
            "(SELECT (erp, erp_company, payment_id) FROM gone)",
            [load_id, naive(when)],
        )
        connection.execute(
            f"UPDATE core.{table} SET current = false WHERE current AND (erp, erp_company, payment_id) IN "
            "(SELECT (erp, erp_company, payment_id) FROM gone)"
        )
        connection.execute(f"INSERT INTO core.{table} SELECT * FROM copied ORDER BY ALL")
        connection.execute("DROP TABLE copied")
    connection.unregister("gone")
    return gone.height


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
    totals = alive.group_by(pl.col("currency_code").fill_null("")).agg(pl.col("payment_amount").sum()).sort(pl.all())
    notes = list(extract.notes)
    if times.get("stays void"):
        notes.append(f"{times['stays void']} payments that were void or deleted stay so until a person decides.")
    return LoadReport(
        load_id=load_id,
        source_file=file.name,
        sha256=file.sha256,
        erp=extract.erp,
        already_loaded=False,
        counts=counts,
        amount_total=dict(totals.iter_rows()),
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
            json.dumps({k: str(v) for k, v in vars(options).items() if v is not None}, sort_keys=True),
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
