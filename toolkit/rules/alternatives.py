"""The claims that came nearest to a payment and were not chosen, and why each lost."""

from __future__ import annotations

import polars as pl

from toolkit import money
from toolkit.matching.again import PAID_AGAIN
from toolkit.matching.keys import invoice_key, vendor_key

SHOWN = 3
COLUMNS = ["application_id", "claim_id", "invoice_number", "due_amount", "currency_code", "status", "why"]


def nearest(payment: pl.DataFrame, applications: pl.DataFrame, claims: pl.DataFrame, met: pl.DataFrame) -> pl.DataFrame:
    """At most `SHOWN` claims per application (or per payment without any), the nearest first.

    `claims` are all of the run, `met` the payment's matches. A claim is near when it carries the invoice
    number, or is of the vendor and agrees in something more; where the payment is decided, or its bill
    was paid already, only a claim of the same number or amount is worth a word. It is nearer the more of
    number, amount to the cent, project and vendor agree. Columns: `COLUMNS`; `why` says what spoke against it.
    """
    decided = not met.filter((pl.col("band") != "suggest") | (pl.col("rule") == PAID_AGAIN)).is_empty()
    asked = _asked(payment, applications)
    others = claims.join(met.select("claim_id"), on="claim_id", how="anti")
    pairs = asked.join(_keyed(others), how="cross").with_columns(
        same_vendor=_same("vendor_key", "claim_vendor_key"),
        same_number=_same("number_key", "claim_key"),
        same_amount=_same("amount", "due_amount"),
        same_project=_same("project_number", "claim_project"),
        same_currency=(pl.col("paid_currency") == pl.col("currency_code")).fill_null(True),
    )
    near = pairs.filter(pl.col("same_number") | (pl.col("same_vendor") & _tells(decided)))
    agreed = pl.sum_horizontal(pl.col("same_number", "same_amount", "same_vendor", "same_project").cast(pl.Int8))
    return (
        near.with_columns(agreed=agreed, off=(pl.col("due_amount") - pl.col("amount")).abs(), why=_why())
        .sort("application_id", "agreed", "off", "claim_id", descending=[False, True, False, False], nulls_last=True)
        .group_by("application_id", maintain_order=True)
        .head(SHOWN)
        .select(COLUMNS)
    )


def _asked(payment: pl.DataFrame, applications: pl.DataFrame) -> pl.DataFrame:
    """What the payment wanted claims for: each bill it settles, or itself."""
    head = payment.select(vendor_key=vendor_key("vendor_name"), paid_currency="currency_code", home="project_number")
    bills = applications.filter(pl.col("document_type").is_in(("bill", "retainage_bill"))).select(
        "application_id", number="invoice_number", amount="applied_amount", project_number="project_number"
    )
    if bills.is_empty():
        none = pl.lit(None, pl.String)
        bills = payment.select(
            application_id=none, number=none, amount="payment_amount", project_number="project_number"
        )
    return bills.join(head, how="cross").with_columns(
        number_key=invoice_key("number"), project_number=pl.coalesce("project_number", "home")
    )


def _keyed(claims: pl.DataFrame) -> pl.DataFrame:
    return claims.select(
        "claim_id",
        "invoice_number",
        "due_amount",
        "currency_code",
        "status",
        claim_project="project_number",
        claim_vendor="vendor_name",
        claim_key=invoice_key("invoice_number"),
        claim_vendor_key=vendor_key("vendor_name"),
    )


def _same(ours: str, theirs: str) -> pl.Expr:
    return (pl.col(ours) == pl.col(theirs)).fill_null(False)


def _tells(decided: bool) -> pl.Expr:
    """Of the vendor's claims those are near that agree in something more, or that no number was asked of."""
    if decided:
        return pl.col("same_amount")
    return pl.col("same_amount") | pl.col("number_key").is_null() | pl.col("same_project")


def _why() -> pl.Expr:
    """What does not agree, in words."""
    number = pl.coalesce("number", pl.lit(""))
    against = [
        pl.when(~pl.col("same_vendor")).then(
            pl.format("its vendor is {}", pl.coalesce("claim_vendor", pl.lit("not named")))
        ),
        pl.when(~pl.col("same_number") & (number != "")).then(
            pl.format("its invoice number is {}, not {}", pl.coalesce("invoice_number", pl.lit("missing")), number)
        ),
        pl.when(~pl.col("same_amount")).then(
            pl.format("its due is {}", money.shown_column("due_amount", "currency_code"))
        ),
        pl.when(~pl.col("same_project") & pl.col("project_number").is_not_null()).then(
            pl.format("its project is {}, not {}", pl.coalesce("claim_project", pl.lit("not known")), "project_number")
        ),
        pl.when(~pl.col("same_currency")).then(
            pl.format("its currency is {}, not {}", "currency_code", "paid_currency")
        ),
        pl.when(number == "").then(pl.lit("the payment names no invoice")),
    ]
    said = pl.concat_str(against, separator="; ", ignore_nulls=True)
    return pl.when(said == "").then(pl.lit("another claim fits better, or has taken this payment")).otherwise(said)
