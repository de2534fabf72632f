"""Rules on how much: paid beside due, applied beside paid, the ERP's amount beside Procore's."""

from __future__ import annotations

import polars as pl

from toolkit.rules.rule import PAID, Rule, check, number, shown, vendor

_TOUCHED = pl.col("touched") & pl.col("due").is_not_null()

AMOUNTS = (
    Rule(
        "overpayment",
        "blocker",
        "The payments of a claim come to more than is due on it.",
        "Find out whether retainage or tax was paid with it, or ask the vendor for the difference.",
        table="claims",
        holds=_TOUCHED & (pl.col("over") > 0),
        amount=pl.col("over"),
        sentence=pl.format(
            "With payment {} of {}, invoice {} of {} is paid {} beyond its due of {}.",
            pl.coalesce("check_number", "payment_id"),
            shown("last_amount"),
            number(),
            vendor(),
            shown("over"),
            shown("due"),
        ),
    ),
    Rule(
        "partial_payment",
        "info",
        "A claim is paid in part.",
        "Nothing, if the rest is still to come.",
        table="claims",
        holds=_TOUCHED & (pl.col("rest") > 0),
        amount=pl.col("rest"),
        sentence=pl.format(
            "Invoice {} of {} is paid {} of {} due; {} is open.",
            pl.coalesce("claim_number", pl.lit("without a number")),
            vendor(),
            shown("paid"),
            shown("due"),
            shown("rest"),
        ),
    ),
    Rule(
        "amount_changed_after_sync",
        "high",
        "The ERP's amount is no longer what Procore was told.",
        "Unlock the row in Procore by clearing its origin id, correct it, and verify again.",
        table="units",
        holds=PAID & pl.col("linked") & (pl.col("shown_amount") != pl.col("amount")),
        amount=pl.col("amount") - pl.col("shown_amount"),
        sentence=pl.format(
            "{} to {} is {} in the ERP, but Procore was told {} (issued payment {}).",
            check(),
            vendor(),
            shown("amount"),
            shown("shown_amount"),
            "issued_payment_id",
        ),
    ),
    Rule(
        "unapplied_payment",
        "medium",
        "Part of a payment settles no bill.",
        "Apply the rest in the ERP.",
        table="payments",
        holds=PAID & (pl.col("documents") > 0) & (pl.col("rest") != 0),
        amount=pl.col("rest"),
        sentence=pl.format("{} to {} has {} that settles no bill.", check(), vendor(), shown("rest")),
    ),
)
