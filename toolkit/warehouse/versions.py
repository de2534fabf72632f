"""What of an extract is new, changed, stale or gone: every version stays, one of each key is current."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime

import duckdb
import polars as pl

from toolkit import schemas
from toolkit.erps.base import Extract, LoadOptions
from toolkit.warehouse.reading import frame

KEY = ["erp", "erp_company", "payment_id"]
BOOKKEEPING = ("source_file", "source_row")
UNIT, MISSING = "\x1f", "\x00"


def naive(moment: datetime) -> datetime:
    """UTC without a zone: how DuckDB keeps instants here."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def remember(connection: duckdb.DuckDBPyConnection, extract: Extract, known: pl.DataFrame) -> Extract:
    """A void that emptied its payment (amount zero, no bills) gets back what was last known of it.

    QuickBooks always voids so, NetSuite where it does not use reversing journals.
    """
    emptied = (
        extract.payments.filter(pl.col("status") == "voided", pl.col("payment_amount") == 0)
        .join(extract.applications, on=KEY, how="anti")
        .select(KEY)
    )
    last = emptied.join(known, on=KEY, how="inner").select(*KEY, last_amount="payment_amount")
    if last.is_empty():
        return extract
    payments = extract.payments.join(last, on=KEY, how="left").with_columns(
        payment_amount=pl.coalesce("last_amount", "payment_amount")
    )
    parts = frame(connection, "SELECT * FROM core.applications WHERE current AND erp = ?", [extract.erp])
    mine = schemas.conform(schemas.Applications, parts).join(last, on=KEY, how="semi")
    reversed_ = mine.with_columns(status=pl.lit("reversed"))
    return replace(
        extract,
        payments=payments.drop("last_amount"),
        applications=pl.concat([extract.applications, reversed_]).sort(*KEY, "application_id"),
    )


def compare(extract: Extract, known: pl.DataFrame, when: datetime) -> pl.DataFrame:
    """Each payment of the extract with its `verdict` beside what was known of it."""
    told = ["status", "payment_amount", "currency_code"]
    new = extract.payments.join(known, on=KEY, how="anti") if known.height else extract.payments
    new = new.select(*KEY, *told, verdict=pl.lit("new"))
    if known.is_empty():
        return new.with_columns(payment_amount_old=pl.lit(None, pl.Int64))
    met = extract.payments.join(known, on=KEY, how="semi")
    fresh = _with_content(met, extract.applications.join(met, on=KEY, how="semi"))
    compared = fresh.join(known, on=KEY, how="inner", suffix="_old", maintain_order="left")
    compared = compared.with_columns(verdict=_verdict(naive(when)))
    return pl.concat([compared.select(*KEY, *told, "payment_amount_old", "verdict"), new], how="diagonal")


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


def known(connection: duckdb.DuckDBPyConnection, extract: Extract) -> pl.DataFrame:
    """The current payments that the extract names, with their content."""
    connection.register("named", extract.payments.select(KEY))
    payments, parts = (
        frame(
            connection,
            f"SELECT * FROM core.{table} WHERE current AND erp = ? AND (erp, erp_company, payment_id) IN "
            "(SELECT (erp, erp_company, payment_id) FROM named)",
            [extract.erp],
        )
        for table in ("payments", "applications")
    )
    connection.unregister("named")
    content = _with_content(schemas.conform(schemas.Payments, payments), schemas.conform(schemas.Applications, parts))
    return content.join(payments.select(*KEY, "extracted_at"), on=KEY)


def standing(connection: duckdb.DuckDBPyConnection, erp: str) -> pl.DataFrame:
    """Key, status and date of an ERP's current payments."""
    return frame(
        connection,
        "SELECT erp, erp_company, payment_id, status, payment_date FROM core.payments WHERE current AND erp = ?",
        [erp],
    )


def absent(missing: pl.DataFrame, options: LoadOptions, companies: Collection[str]) -> pl.DataFrame:
    """Keys of payments that a range declared complete no longer has; `missing` are those that no part names."""
    if not options.complete:
        return missing.clear().select(KEY)
    inside = pl.col("payment_date").is_between(*options.complete)
    return missing.filter(inside, pl.col("erp_company").is_in(sorted(companies))).select(KEY)


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


def supersede(connection: duckdb.DuckDBPyConnection, keys: pl.DataFrame) -> None:
    """The current versions of these payments are current no longer."""
    connection.register("taken", keys.select(KEY))
    for table in ("payments", "applications"):
        connection.execute(
            f"UPDATE core.{table} SET current = false WHERE current AND (erp, erp_company, payment_id) IN "
            "(SELECT (erp, erp_company, payment_id) FROM taken)"
        )
    connection.unregister("taken")


def bury(connection: duckdb.DuckDBPyConnection, extract: Extract, load_id: str, when: datetime) -> None:
    """Write down what the source says is deleted, also where the payment itself was never loaded."""
    connection.register("buried", extract.deleted)
    connection.execute(
        "INSERT INTO core.deleted SELECT DISTINCT ?, erp_company, payment_id, ?, ? FROM buried ORDER BY ALL",
        [extract.erp, load_id, naive(when)],
    )
    connection.unregister("buried")


def vanished(connection: duckdb.DuckDBPyConnection, erp: str, gone: pl.DataFrame | None) -> pl.DataFrame:
    """Payments that the source ever said are deleted, or that are `gone` from a range declared complete."""
    buried = frame(connection, "SELECT erp, erp_company, payment_id FROM core.deleted WHERE erp = ?", [erp])
    every = buried if gone is None else pl.concat([buried, gone])
    now = standing(connection, erp).filter(pl.col("status") != "deleted")
    return now.join(every.unique(), on=KEY, how="semi").select(KEY).sort(KEY)


def void(connection: duckdb.DuckDBPyConnection, keys: pl.DataFrame, day: date, load_id: str, when: datetime) -> None:
    """Make these payments voided since that day: a new version of each, its applications reversed."""
    change = f"'voided' AS status, 0 AS unapplied_amount, DATE '{day.isoformat()}' AS voided_date"
    _replace(connection, keys, change, load_id, when)


def delete(connection: duckdb.DuckDBPyConnection, gone: pl.DataFrame, load_id: str, when: datetime) -> int:
    """Make these payments deleted: a new version of each, its applications reversed."""
    _replace(connection, gone, "'deleted' AS status, 0 AS unapplied_amount", load_id, when)
    return gone.height


def _replace(
    connection: duckdb.DuckDBPyConnection, keys: pl.DataFrame, change: str, load_id: str, when: datetime
) -> None:
    connection.register("gone", keys)
    for table, said in (("payments", change), ("applications", "'reversed' AS status")):
        connection.execute(
            f"CREATE TEMP TABLE copied AS SELECT * REPLACE ({said}, ? AS load_id, ? AS extracted_at) "
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
