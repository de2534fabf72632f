"""Closed months: what stood in one when it was closed, and what came, went or changed there since. Pure."""

from __future__ import annotations

import polars as pl

from toolkit import money, schemas
from toolkit.matching.model import Inputs, Scope
from toolkit.matching.units import PAYMENT

KEY = ["side", *PAYMENT, "issued_payment_id"]
SAME = ["amount", "standing", "payment_date", "settles"]


def standing(inputs: Inputs) -> pl.DataFrame:
    """`ClosedItems` of every month: what a close keeps, and what later runs are compared with.

    That a check was cleared meanwhile is no change; that it became void is one.
    """
    number = pl.coalesce("invoice_number", "document_number", "application_id")
    parts = (
        inputs.applications.filter(pl.col("status") == "applied")
        .select(*PAYMENT, said=pl.concat_str(number, pl.lit(" "), "applied_amount"))
        .sort(pl.all())
        .group_by(PAYMENT, maintain_order=True)
        .agg(settles=pl.col("said").str.join("; "))
    )
    paid = inputs.payments.join(parts, on=PAYMENT, how="left").with_columns(
        side=pl.lit("erp"), amount=pl.col("payment_amount"), standing=_standing()
    )
    vendors = inputs.commitments.select("commitment_id", "vendor_name")
    rows = inputs.issued_payments.join(vendors, on="commitment_id", how="left").with_columns(
        side=pl.lit("procore"), standing=pl.lit("paid"), settles=pl.col("claim_id")
    )
    dated = [_conform(frame.filter(pl.col("payment_date").is_not_null())) for frame in (paid, rows)]
    return pl.concat(dated).sort(KEY)


def _standing() -> pl.Expr:
    return (
        pl.when(pl.col("status").is_in(schemas.SETTLED))
        .then(pl.lit("paid"))
        .when(pl.col("status").is_in(schemas.DEAD))
        .then(pl.lit("void"))
        .otherwise(pl.lit("pending"))
    )


def _conform(rows: pl.DataFrame) -> pl.DataFrame:
    month = pl.col("payment_date").dt.strftime("%Y-%m")
    return schemas.conform(schemas.ClosedItems, rows.with_columns(period=month))


def changes(inputs: Inputs, scope: Scope) -> pl.DataFrame:
    """One row per late item up to the run's day: its ids, `period`, `what`, `amount` at stake, `sentence`."""
    locked = inputs.closed["period"].to_list()
    then = inputs.closed_items.filter(pl.col("period").is_in(locked))
    # Where no month is closed nothing is late: what stands is not looked at.
    now = standing(inputs) if locked else then.clear()
    both = then.join(now, on=KEY, how="full", coalesce=True, nulls_equal=True, suffix="_now")
    both = both.with_columns(
        pl.coalesce("check_number_now", "check_number").alias("check_number"),
        pl.coalesce("vendor_name_now", "vendor_name").alias("vendor_name"),
        pl.coalesce("currency_code", "currency_code_now").alias("currency_code"),
        was=pl.coalesce("amount", "amount_now"),
        dated=pl.coalesce("payment_date", "payment_date_now"),
        in_month=pl.coalesce("period", "period_now"),
        what=_what(),
    )
    late = both.filter(pl.col("what").is_not_null(), pl.col("in_month").is_in(locked), pl.col("dated") <= scope.as_of)
    difference = (pl.col("amount_now") - pl.col("amount")).abs()
    return late.select(
        *KEY,
        "currency_code",
        "check_number",
        "vendor_name",
        "what",
        period="in_month",
        payment_date="dated",
        amount=pl.when(pl.col("what") == "amount").then(difference).otherwise("was"),
        sentence=_sentence(),
    ).sort(KEY)


def _what() -> pl.Expr:
    """How an item differs from what was closed; null where it does not."""
    different = [pl.when(pl.col(name).ne_missing(pl.col(f"{name}_now"))).then(pl.lit(name)) for name in SAME]
    return (
        pl.when(pl.col("period").is_null())
        .then(pl.lit("new"))
        .when(pl.col("period_now").is_null())
        .then(pl.lit("gone"))
        .otherwise(pl.coalesce(different))
    )


def _sentence() -> pl.Expr:
    erp = pl.col("side") == "erp"
    name = (
        pl.when(erp)
        .then(pl.format("Payment {}", pl.coalesce("check_number", "payment_id")))
        .otherwise(pl.format("Issued payment {}", "issued_payment_id"))
    )
    where = pl.when(erp).then(pl.lit("the ERP")).otherwise(pl.lit("Procore"))
    now = money.shown_column("amount_now", "currency_code")
    words = {
        "new": pl.format("came into {}", where),
        "gone": pl.format("was taken out of {}", where),
        "amount": pl.format("became {}", now),
        "standing": pl.format("became {}", "standing_now"),
        "payment_date": pl.format("was dated {}", pl.col("payment_date_now").dt.to_string()),
        "settles": pl.when(erp).then(pl.lit("was put on other bills")).otherwise(pl.lit("was put on another claim")),
    }
    said = pl.coalesce(pl.when(pl.col("what") == what).then(text) for what, text in words.items())
    return pl.format(
        "{} of {} to {}, dated {}, {} after {} was closed.",
        name,
        money.shown_column("was", "currency_code"),
        pl.col("vendor_name").fill_null("an unnamed vendor"),
        pl.col("dated").dt.to_string(),
        said,
        "in_month",
    )
