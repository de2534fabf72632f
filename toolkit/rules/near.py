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
    known = codes.drop_nulls().unique().with_columns(by_code=pl.lit(True))
    claims = inputs.claims.select("claim_id", claim_vendor_id="vendor_id")
    met = (
        parts.join(claims, on="claim_id", how="left")
        .join(_keys(inputs).rename({"vendor_name": "claim_vendor"}), on="claim_vendor", how="left")
        .join(known, left_on=["vendor_id", "claim_vendor_id"], right_on=["code", "claim_vendor_id"], how="left")
        .with_columns(by_code=pl.col("by_code").fill_null(False) | (pl.col("vendor_key") == pl.col("claim_vendor_key")))
    )
    ours = ["erp", "erp_company", "vendor_id", "vendor_key", "claim_vendor_id"]
    strange = met.filter(pl.col("claim_id").is_not_null(), ~pl.col("by_code"))
    aliases = (
        strange.group_by(ours)
        .agg(met=pl.col("claim_id").n_unique())
        .filter(pl.col("met") >= VOTES_NEEDED)
        .with_columns(by_votes=pl.lit(True))
    )
    return (
        met.join(aliases.drop("met"), on=ours, how="left", nulls_equal=True)
        .with_columns(other_vendor=~(pl.col("by_code") | pl.col("by_votes").fill_null(False)).fill_null(True))
        .drop("by_code", "by_votes", "claim_vendor_id", "claim_vendor_key")
    )


def _keys(inputs: Inputs) -> pl.DataFrame:
    """The names of the claims' vendors with their keys; names are few where claims are many."""
    return inputs.claims.select("vendor_name").unique().with_columns(claim_vendor_key=vendor_key("vendor_name"))


def claims(parts: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """For parts without a claim: the claim of the vendor and invoice number that lies in another project or currency.

    `near_claim` with `near_project` and `near_currency` as Procore writes them; null where none or
    several came that close.
    """
    unmet = parts.filter(
        "alive", "cash", pl.col("claim_id").is_null(), pl.col("suggestions") == 0, pl.col("number_key").is_not_null()
    ).select("unit", "part", "vendor_key", "number_key")
    keys = _keys(inputs).rename({"claim_vendor_key": "vendor_key"})
    candidates = inputs.claims.join(keys.join(unmet, on="vendor_key", how="semi"), on="vendor_name").select(
        "vendor_key",
        near_claim="claim_id",
        near_project="project_number",
        near_currency="currency_code",
        number_key=invoice_key("invoice_number"),
    )
    lone = candidates.unique(["vendor_key", "number_key"], keep="none")
    found = unmet.join(lone, on=["vendor_key", "number_key"]).drop("vendor_key", "number_key")
    return parts.join(found, on=["unit", "part"], how="left")
