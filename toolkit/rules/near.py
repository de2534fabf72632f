"""What stands near a part: is its claim's vendor its own, and which claims came close but for one thing."""

from __future__ import annotations

import polars as pl

from toolkit.matching.keys import invoice_key, vendor_key
from toolkit.matching.model import Inputs

VOTES_NEEDED = 2


def same_vendor(parts: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """Flag `other_vendor` where the claim's vendor is not known to be the payment's.

    Known is the same name but for case, marks and legal form, Procore's own code of the ERP's vendor,
    or two vendors that meet on at least two claims; where one side names no vendor nothing is known
    to be wrong.
    """
    codes = pl.concat(
        [inputs.vendors.select(code=name, claim_vendor_id="vendor_id") for name in ("origin_code", "origin_id")]
    )
    claims = inputs.claims.select("claim_id", claim_vendor_id="vendor_id")
    known = codes.drop_nulls().unique().with_columns(by_code=pl.lit(True))
    met = parts.join(claims, on="claim_id", how="left").join(
        known, left_on=["vendor_id", "claim_vendor_id"], right_on=["code", "claim_vendor_id"], how="left"
    )
    pair = ["erp", "erp_company", pl.coalesce("vendor_id", "vendor_key"), "claim_vendor_id"]
    meets = pl.col("claim_id").drop_nulls().n_unique().over(pair) >= VOTES_NEEDED
    same = (pl.col("vendor_key") == vendor_key("claim_vendor")) | pl.col("by_code").fill_null(False) | meets
    return met.with_columns(other_vendor=~same.fill_null(True)).drop("by_code", "claim_vendor_id")


def claims(parts: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """For parts without a claim: the claim of the vendor and invoice number that lies in another project or currency.

    `near_claim` with `near_project` and `near_currency` as Procore writes them; null where none or
    several came that close.
    """
    known = inputs.claims.select(
        near_claim="claim_id",
        near_project="project_number",
        near_currency="currency_code",
        number_key=invoice_key("invoice_number"),
        vendor_key=vendor_key("vendor_name"),
    ).drop_nulls(["number_key", "vendor_key"])
    lone = known.unique(["vendor_key", "number_key"], keep="none")
    unmet = pl.col("claim_id").is_null() & (pl.col("suggestions") == 0) & pl.col("alive") & pl.col("cash")
    near = ["near_claim", "near_project", "near_currency"]
    return parts.join(lone, on=["vendor_key", "number_key"], how="left").with_columns(
        pl.when(unmet).then(name).alias(name) for name in near
    )
