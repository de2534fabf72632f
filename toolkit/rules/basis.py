"""What Procore should show of what the ERP paid, where a company counts tax or discounts otherwise there.

Cash is what the ERP paid. `[procore] amount_basis = "claim_net"` adds what a discount or a tax withheld settled of
the bill; `tax_basis = "remove"` takes out the tax that the ERP paid and Procore's claim does not carry.
"""

from __future__ import annotations

import polars as pl

from toolkit.rules.policy import Policy


def expected(parts: pl.DataFrame, claims: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """`parts` with `expected`, what Procore should show of each part, and `untaxed_rest`.

    `claims` are those of `rollups.claims`. Tax is taken out only where what a claim's payments come to proves it
    (`taxes`): then they come to the claim's due, each pro rata of what was paid, to the cent. `untaxed_rest`
    says that the vendor is paid with tax, but this claim not in full, so nothing proves how much tax is in it.
    """
    whole = pl.col("amount")
    if policy.amount_basis == "claim_net":
        whole = whole + pl.col("discount") + pl.col("withheld")
    parts = parts.with_columns(expected=whole)
    if policy.tax_basis != "remove":
        return parts.with_columns(untaxed_rest=pl.lit(value=False))
    vendor = ["erp", "erp_company", "vendor_name"]
    known = claims.filter(pl.col("taxes"), pl.col("taxed").is_not_null()).select(vendor).drop_nulls().unique()
    facts = claims.select("claim_id", "taxes", "paid", claim_due="due", short=pl.col("paid") < pl.col("due"))
    counts = pl.col("alive") & pl.col("cash") & ~pl.col("paid_twice")
    ordered = (
        parts.join(facts, on="claim_id", how="left")
        .join(known.with_columns(with_tax=pl.lit(value=True)), on=vendor, how="left")
        .sort("claim_id", "payment_date", "unit", "part", nulls_last=True)
        .with_columns(taken=pl.when(counts & pl.col("taxes")).then("amount").otherwise(0))
        .with_columns(through=pl.col("taken").cum_sum().over("claim_id"))
    )
    net = _share(pl.col("through")) - _share(pl.col("through") - pl.col("taken"))
    proved = counts & pl.col("taxes").fill_null(value=False)
    return (
        ordered.with_columns(
            expected=pl.when(proved).then(net + pl.col("expected") - pl.col("amount")).otherwise("expected"),
            untaxed_rest=counts & pl.col("with_tax").fill_null(value=False) & pl.col("short").fill_null(value=False),
        )
        .drop("taxes", "paid", "claim_due", "short", "with_tax", "taken", "through")
        .sort("unit", "part")
    )


def _share(paid: pl.Expr) -> pl.Expr:
    """The due's share of so much paid, rounded half up, in whole minor units: no float ever holds money."""
    whole = pl.col("paid")
    return (2 * paid * pl.col("claim_due") + whole) // (2 * whole)
