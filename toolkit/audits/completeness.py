"""Is anything missing: every file and row accounted for, control totals, watermarks, gaps in check numbers, months."""

from __future__ import annotations

import polars as pl

from toolkit.audits.evidence import Evidence
from toolkit.warehouse import kept_options

COUNTS = ("rows_seen", "good", "quarantined", "blank", "duplicate", "furniture", "other")


def files(evidence: Evidence) -> pl.DataFrame:
    """Each load in its order: rows seen and where they went, `adds_up`, the total, and is the file kept whole."""
    loads = evidence.snapshot.stood_on("loads")
    kept = evidence.sources().filter(pl.col("what") == "file").select("sha256", kept="found").unique()
    parts = pl.sum_horizontal(COUNTS[1:])
    told = loads.with_columns(adds_up=pl.col("rows_seen") == parts)
    return told.join(kept, on="sha256", how="left", maintain_order="left").select(
        "source_file", "erp", *COUNTS, "adds_up", "amount_total", "kept"
    )


def screens(evidence: Evidence) -> pl.DataFrame:
    """What the ERP's own screen said of each file, as the person who loaded it typed it in: null where nobody did."""
    names = ("source_file", "report", "filters", "expect_rows", "expect_total", "accept_difference")
    types = {name: pl.Int64 if name == "expect_rows" else pl.String for name in names}
    rows = []
    for row in evidence.snapshot.stood_on("loads").iter_rows(named=True):
        said = kept_options(row["options"])
        rows.append((row["source_file"], *(getattr(said, name) for name in names[1:])))
    return pl.DataFrame(rows, schema=types, orient="row")


def watermarks(evidence: Evidence) -> pl.DataFrame:
    """How far each source reaches: its newest extract, its newest payment, and how many payments it has."""
    loads = evidence.snapshot.view("loads").group_by("erp").agg(newest_extract=pl.col("extracted_at").max().dt.date())
    payments = evidence.snapshot.view("payments").group_by("erp", "erp_company")
    found = payments.agg(first=pl.col("payment_date").min(), last=pl.col("payment_date").max(), payments=pl.len())
    return found.join(loads, on="erp", how="left").sort("erp", "erp_company")


def quarantine(evidence: Evidence) -> pl.DataFrame:
    """Rows that were read and could not be used, with why."""
    return evidence.snapshot.view("quarantine").select("source_file", "source_row", "column_name", "reason")


def check_gaps(evidence: Evidence) -> pl.DataFrame:
    """Numbers that no check bears, between two that one does, per company and bank account.

    Only numbers of digits are checks here; runs of missing ones are one row (columns first, last, missing).
    """
    key = ["erp", "erp_company", "bank_account_id"]
    number = pl.col("check_number").str.extract(r"^0*([0-9]{1,12})$").cast(pl.Int64)
    checks = evidence.snapshot.view("payments", {"payment_method": "check"}).with_columns(number=number)
    sure = checks.drop_nulls("number").unique([*key, "number"]).sort(*key, "number", nulls_last=True)
    after = pl.col("number").shift(-1).over(key)
    gaps = sure.with_columns(first=pl.col("number") + 1, last=after - 1).filter(pl.col("last") >= pl.col("first"))
    return gaps.select(*key, "first", "last", missing=pl.col("last") - pl.col("first") + 1)


def months(evidence: Evidence) -> pl.DataFrame:
    """Payments per company and month; a month without any between two that have some shows with 0."""
    dated = evidence.snapshot.view("payments").with_columns(month=pl.col("payment_date").dt.truncate("1mo"))
    key = ["erp", "erp_company"]
    counted = dated.group_by(*key, "month").agg(payments=pl.len(), amount=pl.col("payment_amount").sum())
    spans = dated.group_by(key).agg(month=pl.date_ranges(pl.col("month").min(), pl.col("month").max(), "1mo").first())
    every = spans.explode("month")
    filled = every.join(counted, on=[*key, "month"], how="left").with_columns(pl.col("payments", "amount").fill_null(0))
    return filled.with_columns(pl.col("month").dt.strftime("%Y-%m")).sort(*key, "month")


def replies(evidence: Evidence) -> pl.DataFrame:
    """How many of Procore's replies are kept, by what was asked, and are they whole."""
    told = evidence.sources().filter(pl.col("what") == "reply")
    route = pl.col("name").str.extract(r"^/rest/v[0-9.]+/([a-z_]+)")
    return told.group_by(route=route).agg(replies=pl.len(), whole=(pl.col("found") == "whole").sum()).sort("route")
