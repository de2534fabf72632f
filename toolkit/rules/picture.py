"""Both sides put together once, for the rules and the statement to read.

`Picture.units` has one row per unit with its claim (where one was decided), the row in Procore that
shows it, and the flags that several rules ask for.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from toolkit import schemas
from toolkit.matching.keys import invoice_key
from toolkit.matching.model import Inputs, Scope
from toolkit.matching.units import KEY, units

CLAIM = [
    "claim_id",
    "claim_status",
    "claim_number",
    "due",
    "commitment_id",
    "project_id",
    "claim_project",
    "commitment_number",
]
SURE = ("auto", "confirmed")


@dataclass(frozen=True)
class Picture:
    """`units` as above; `rows` the issued payments with the unit that they show, if any."""

    units: pl.DataFrame
    rows: pl.DataFrame
    suggestions: pl.DataFrame


def draw(inputs: Inputs, matches: pl.DataFrame, links: pl.DataFrame, scope: Scope) -> Picture:
    """Join units, matches and links; nothing is left out and nothing stands twice."""
    everything = units(inputs, scope)
    claims = inputs.claims.select(
        "claim_id",
        "project_id",
        "commitment_id",
        "commitment_number",
        claim_status=pl.col("status"),
        claim_number=pl.col("invoice_number"),
        claim_project=pl.col("project_number"),
        due=pl.col("due_amount"),
    )
    sure = matches.filter(pl.col("band").is_in(SURE)).select(*KEY, "claim_id", "rule", "matched_amount")
    # A payment without applications may meet several claims: its unit is cut into one part per claim.
    units_only = everything.drop("commitment_number")
    placed = (
        pl.concat(
            [units_only.join(sure, on=KEY, how="left", nulls_equal=True), _rest(units_only, sure)], how="diagonal"
        )
        .with_columns(amount=pl.coalesce("matched_amount", "amount"))
        .join(claims, on="claim_id", how="left")
    )
    suggested = matches.filter(pl.col("band") == "suggest")
    counted = suggested.group_by(KEY).agg(suggestions=pl.len())
    shown = links.join(
        inputs.issued_payments.select("issued_payment_id", shown_amount="amount", shown_claim="claim_id"),
        on="issued_payment_id",
    ).select(*KEY, "claim_id", "issued_payment_id", "shown_amount", link_rule="rule")
    placed = (
        placed.join(counted, on=KEY, how="left", nulls_equal=True)
        # One row in Procore shows one part: the unit's cash on one claim.
        .join(shown, on=[*KEY, "claim_id"], how="left", nulls_equal=True)
        .with_columns(pl.col("suggestions").fill_null(0), part=pl.int_range(pl.len()).over("unit"))
        .with_columns(linked=pl.col("issued_payment_id").is_not_null())
    )
    placed = _reissues(_duplicates(placed), inputs)
    return Picture(placed.sort(*KEY, "claim_id", nulls_last=True), _rows(inputs, links, placed), suggested)


def _rest(everything: pl.DataFrame, sure: pl.DataFrame) -> pl.DataFrame:
    """Units whose matches leave some of their cash over: that cash, without a claim."""
    met = sure.group_by(KEY).agg(met=pl.col("matched_amount").sum())
    joined = everything.join(met, on=KEY, how="inner", nulls_equal=True).filter(pl.col("met") != pl.col("amount"))
    return joined.with_columns(amount=pl.col("amount") - pl.col("met")).drop("met")


def _duplicates(placed: pl.DataFrame) -> pl.DataFrame:
    """Flag `paid_twice` on every payment of a bill after the one that settles it.

    The bill is the claim, or the vendor's invoice number where no claim is known; only payments of
    the same amount whose sum is more than is due count, so that part payments stay part payments.
    """
    bill = pl.coalesce(
        pl.col("claim_id"), pl.concat_str(pl.coalesce("vendor_id", "vendor_key"), pl.lit("#"), "number_key")
    )
    alive = pl.col("alive") & pl.col("cash") & (pl.col("amount") > 0)
    group = ["erp", "erp_company", "bill", "amount"]
    marked = placed.with_columns(bill=pl.when(alive).then(bill))
    # What Procore already shows came first; then the earlier payment, then the lower id.
    order = marked.sort(
        pl.col("linked").not_(), "payment_date", pl.col("payment_id").str.len_chars(), *KEY, nulls_last=True
    )
    ordered = order.with_columns(nth=pl.int_range(pl.len()).over(group), several=pl.col("amount").sum().over(group))
    more = (pl.col("several") > pl.coalesce("due", "amount")) & pl.col("bill").is_not_null()
    room = (pl.col("nth") + 1) * pl.col("amount") <= pl.coalesce("due", "amount")
    earlier = pl.col("check_number").first().over(group)
    return ordered.with_columns(
        paid_twice=(more & ~room & (pl.col("nth") > 0)).fill_null(False), earlier_check=earlier
    ).drop("nth", "several", "bill")


def _reissues(placed: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """Name the voided payment that a payment replaces (`replaces`) and whether that one stands in Procore."""
    stands = inputs.issued_payments.select(
        "issued_payment_id", void_claim="claim_id", void_invoice=invoice_key("invoice_number")
    )
    dead = (
        placed.filter(pl.col("status").is_in(schemas.DEAD))
        .select(
            "erp",
            "erp_company",
            "vendor_id",
            "vendor_key",
            replaces=pl.col("payment_id"),
            void_check=pl.col("check_number"),
            void_number=pl.col("number_key"),
            void_date=pl.col("payment_date"),
            issued_payment_id=pl.col("issued_payment_id"),
        )
        .join(stands, on="issued_payment_id", how="left")
        .rename({"issued_payment_id": "void_row"})
    )
    alive = placed.filter("alive", "cash").select(
        *KEY, "part", "vendor_key", "number_key", "claim_id", "payment_date", "memo", "check_number"
    )
    pairs = alive.join(dead, on=["erp", "erp_company", "vendor_key"], how="inner")
    same_bill = (pl.col("number_key") == pl.coalesce("void_number", "void_invoice")) | (
        pl.col("claim_id") == pl.col("void_claim")
    )
    named = pl.col("memo").str.contains(pl.col("void_check"), literal=True)
    found = (
        pairs.filter(same_bill.fill_null(False) | named.fill_null(False), pl.col("payment_date") >= pl.col("void_date"))
        .filter(pl.col("payment_id") != pl.col("replaces"))
        .sort("void_date", "replaces", descending=[True, False])
        .unique([*KEY, "part"], keep="first", maintain_order=True)
    )
    return placed.join(
        found.select(*KEY, "part", "replaces", "void_check", "void_row"),
        on=[*KEY, "part"],
        how="left",
        nulls_equal=True,
    )


def _rows(inputs: Inputs, links: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """Issued payments with the key, life and company of the unit they show."""
    alive = placed.unique(KEY, keep="first", maintain_order=True).select(*KEY, "alive", unit_amount="amount")
    linked = links.select(*KEY, "issued_payment_id", link_rule="rule").join(alive, on=KEY, how="left", nulls_equal=True)
    return inputs.issued_payments.join(linked, on="issued_payment_id", how="left").sort("issued_payment_id")
