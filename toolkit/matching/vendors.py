"""The vendor crosswalk: which ERP vendor is which Procore vendor, by evidence, never by likeness.

Evidence is Procore's own `origin_code` or `origin_id`, the same name but for case, marks and legal
form, or two units that meet claims of that vendor on invoice number and cents.
"""

from __future__ import annotations

import polars as pl

from toolkit.matching.keys import invoice_key, vendor_key
from toolkit.matching.model import Inputs

VENDOR = ["erp", "erp_company", "vendor"]
VOTES_NEEDED = 2


def erp_vendor() -> pl.Expr:
    """How a unit names its vendor: by id, else by name."""
    return pl.coalesce("vendor_id", "vendor_key")


def procore_vendor() -> pl.Expr:
    """How a claim names its vendor: by id, else by name."""
    return pl.coalesce("vendor_id", vendor_key("vendor_name"))


def crosswalk(units: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """Pairs of an ERP vendor (erp, erp_company, vendor) and `procore_vendor`, with the evidence `by`."""
    ours = units.with_columns(vendor=erp_vendor()).filter(pl.col("vendor").is_not_null())
    theirs = inputs.claims.with_columns(procore_vendor=procore_vendor()).filter(pl.col("procore_vendor").is_not_null())
    found = [_by_code(ours, inputs.vendors), _by_name(ours, theirs, inputs.vendors), _by_votes(ours, theirs)]
    rank = pl.concat(found).with_columns(pl.col("by").cast(pl.Enum(["code", "name", "votes"])))
    return rank.sort(*VENDOR, "procore_vendor", "by").unique(
        [*VENDOR, "procore_vendor"], keep="first", maintain_order=True
    )


def _by_code(ours: pl.DataFrame, vendors: pl.DataFrame) -> pl.DataFrame:
    codes = pl.concat(
        vendors.select(code=pl.col(name), procore_vendor=pl.col("vendor_id")) for name in ("origin_code", "origin_id")
    ).drop_nulls()
    return (
        ours.select(*VENDOR, code=pl.col("vendor_id"))
        .unique()
        .join(codes, on="code")
        .select(*VENDOR, "procore_vendor", by=pl.lit("code"))
    )


def _by_name(ours: pl.DataFrame, theirs: pl.DataFrame, vendors: pl.DataFrame) -> pl.DataFrame:
    names = pl.concat(
        [
            theirs.select("procore_vendor", vendor_key=vendor_key("vendor_name")),
            vendors.select(procore_vendor=pl.col("vendor_id"), vendor_key=vendor_key("vendor_name")),
        ]
    ).drop_nulls()
    return (
        ours.select(*VENDOR, "vendor_key")
        .unique()
        .join(names.unique(), on="vendor_key")
        .select(*VENDOR, "procore_vendor", by=pl.lit("name"))
    )


def _by_votes(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Vendors that met at least twice on number and cents, where that meeting was the only one of its kind."""
    meetings = ours.filter(pl.col("number_key").str.len_chars() >= 3).join(
        theirs.select("claim_id", "procore_vendor", number_key=invoice_key("invoice_number"), amount="due_amount"),
        on=["number_key", "amount"],
    )
    lone = meetings.filter(pl.len().over("unit") == 1, pl.len().over("claim_id") == 1)
    return (
        lone.group_by(*VENDOR, "procore_vendor")
        .agg(votes=pl.len())
        .filter(pl.col("votes") >= VOTES_NEEDED)
        .select(*VENDOR, "procore_vendor", by=pl.lit("votes"))
    )
