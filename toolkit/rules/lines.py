"""Every unit and every row in exactly one line of the statement: the items that the lines add up."""

from __future__ import annotations

import polars as pl

from toolkit.matching.units import PAYMENT
from toolkit.rules.companies import NOBODY
from toolkit.rules.picture import Picture
from toolkit.rules.rule import PAYABLE

UNKNOWN_CURRENCY = "(none)"
# A payment of cash within the run's days, before the start date too.
COUNTED = pl.col("alive") & pl.col("cash") & pl.col("counted")
GROUP = ["erp_company", "currency_code"]
# Both sides show the same: an item that changes nothing, and no line of the statement.
AGREED = "In Procore to the cent"
# Everything dated before both sides should agree ([company] start_date), in one line.
OPENING = "Opening, before the start date"
# What Procore is told on another basis than the ERP's cash ([procore] tax_basis, amount_basis).
TAX_LEFT_OUT = "Tax that Procore is not told"
NOT_CASH = "Discount and withholding that Procore counts as paid"
# The order of the lines between the totals; the first list starts from the ERP, the second from Procore.
ERP_LINES = (
    OPENING,
    "Not yet in Procore",
    "No claim in Procore",
    "Match waits for a person",
    "Claim not approved",
    "Paid twice in the ERP",
    "Reissued while the voided payment stands in Procore",
    "On account, applied to no bill",
    "Credits and documents that are no bills",
    "Prepayments and refunds",
    "Credits applied without cash",
    TAX_LEFT_OUT,
    NOT_CASH,
    "Dated outside the period in Procore",
)
PROCORE_LINES = (
    "Amount changed after sync",
    "Voided in the ERP, still in Procore",
    "Pending in the ERP, already in Procore",
    "Dated outside the period in the ERP",
    "In Procore, not in the ERP",
)
ITEM = [*GROUP, "label", "erp", "payment_id", "application_id", "claim_id", "issued_payment_id", "amount", "what"]


def items(picture: Picture, homes: pl.DataFrame) -> pl.DataFrame:
    """One row per part, per remainder of a payment and per row of Procore that no part shows.

    `amount` is what the item adds to the ERP's total on the way to Procore's; `label` the line; `what`
    a part of a payment, a remainder of one, a document without cash, or a row of Procore.
    `homes` gives each issued payment its group (`row_groups`).
    """
    found = [("part", _units(picture)), ("document", _not_cash(picture)), ("row", _rows(picture, homes))]
    found += [("remainder", rest) for rest in _remainders(picture)]
    named = [_conform(rows.with_columns(what=pl.lit(what))) for what, rows in found]
    return pl.concat(named).sort(ITEM, nulls_last=True)


def row_groups(picture: Picture, companies: pl.DataFrame) -> pl.DataFrame:
    """Company and currency of each issued payment: those of the payment it shows, else of its project."""
    homes = companies.rename({"erp_company": "home"})
    own = pl.when(pl.col("link_rule").is_null()).then("currency_code").otherwise("unit_currency")
    return picture.rows.join(homes, on="project_id", how="left").select(
        "issued_payment_id",
        erp_company=pl.coalesce("erp_company", "home", pl.lit(NOBODY)),
        currency_code=own.fill_null(UNKNOWN_CURRENCY),
    )


def currency() -> pl.Expr:
    """The currency, or that it is not known."""
    return pl.col("currency_code").fill_null(UNKNOWN_CURRENCY).alias("currency_code")


def _conform(rows: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, pl.String).alias(name) for name in ITEM if name not in rows.columns]
    return rows.with_columns(missing).select(ITEM)


def _units(picture: Picture) -> pl.DataFrame:
    """What the ERP issued, each part under the first reason that holds."""
    row_inside = pl.col("issued_payment_id").is_in(picture.rows.filter("counted")["issued_payment_id"].implode())
    label = (
        pl.when(pl.col("linked") & row_inside & (pl.col("shown_amount") == pl.col("amount")))
        .then(pl.lit(AGREED))
        .when(~pl.col("inside"))
        .then(pl.lit(OPENING))
        .when(pl.col("linked") & ~row_inside)
        .then(pl.lit("Dated outside the period in Procore"))
        .when(pl.col("linked") & (pl.col("shown_amount") == pl.col("expected")))
        .then(pl.when(pl.col("expected") < pl.col("amount")).then(pl.lit(TAX_LEFT_OUT)).otherwise(pl.lit(NOT_CASH)))
        .when("linked")
        .then(pl.lit("Amount changed after sync"))
        .when("paid_twice")
        .then(pl.lit("Paid twice in the ERP"))
        .when(pl.col("claim_id").is_null() & (pl.col("suggestions") > 0))
        .then(pl.lit("Match waits for a person"))
        .when(pl.col("claim_id").is_null())
        .then(pl.lit("No claim in Procore"))
        .when(~PAYABLE)
        .then(pl.lit("Claim not approved"))
        .when(pl.col("void_row").is_not_null())
        .then(pl.lit("Reissued while the voided payment stands in Procore"))
        .otherwise(pl.lit("Not yet in Procore"))
    )
    shown = pl.when(pl.col("linked") & row_inside).then("shown_amount").otherwise(0)
    return picture.units.filter(COUNTED).with_columns(currency(), label=label, amount=shown - pl.col("amount"))


def _remainders(picture: Picture) -> list[pl.DataFrame]:
    """What of a payment no bill takes: credits and other documents beside its bills, and what lies on account."""
    paid = picture.payments.filter(COUNTED)
    beside = paid.filter(pl.col("others") != 0).with_columns(
        currency(), label=_since("Credits and documents that are no bills"), amount=-pl.col("others")
    )
    rest = paid.filter(pl.col("rest") != 0).with_columns(
        currency(), label=_since("On account, applied to no bill"), amount=-pl.col("rest")
    )
    return [beside, rest]


def _since(label: str) -> pl.Expr:
    return pl.when("inside").then(pl.lit(label)).otherwise(pl.lit(OPENING))


def _not_cash(picture: Picture) -> pl.DataFrame:
    credit = pl.col("document_kind") == "credit_application"
    label = pl.when(credit).then(_since("Credits applied without cash")).otherwise(_since("Prepayments and refunds"))
    others = picture.payments.filter("alive", ~pl.col("cash"), "counted")
    return others.with_columns(currency(), label=label, amount=-pl.col("payment_amount"))


def _rows(picture: Picture, homes: pl.DataFrame) -> pl.DataFrame:
    """Rows of Procore dated in the period that no payment of the period shows."""
    inside = picture.rows.filter("counted").drop("erp_company", "currency_code").join(homes, on="issued_payment_id")
    told = pl.col("alive").fill_null(False) & pl.col("unit_counted").fill_null(False)
    label = (
        pl.when(~pl.col("inside"))
        .then(pl.lit(OPENING))
        .when(pl.col("link_rule").is_null())
        .then(pl.lit("In Procore, not in the ERP"))
        .when("alive")
        .then(pl.lit("Dated outside the period in the ERP"))
        .when(pl.col("unit_status") == "pending")
        .then(pl.lit("Pending in the ERP, already in Procore"))
        .otherwise(pl.lit("Voided in the ERP, still in Procore"))
    )
    return inside.filter(~told).with_columns(label=label)


def of_payment(found: pl.DataFrame, key: tuple[str, str, str]) -> pl.DataFrame:
    """The items of one payment (erp, erp_company, payment_id)."""
    return found.filter([pl.col(name) == value for name, value in zip(PAYMENT, key, strict=True)])
