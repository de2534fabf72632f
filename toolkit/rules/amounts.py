"""Rules on how much: paid beside due, applied beside paid, the ERP's amount beside Procore's."""

from __future__ import annotations

import polars as pl

from toolkit.rules.rule import EXPLAINED, OTHERWISE, OVER, PAID, TOUCHED, UNDER, Rule, check, number, shown, vendor

_OPEN = pl.format(
    "Invoice {} of {} is paid {} of {} due; {} is open",
    pl.coalesce("claim_number", pl.lit("without a number")),
    vendor(),
    shown("paid"),
    shown("due"),
    shown("rest"),
)
_OFF = pl.when(pl.col("over") > 0).then("over").otherwise(-pl.col("rest"))

AMOUNTS = (
    Rule(
        "overpayment",
        "blocker",
        "The payments of a claim come to more than is due on it.",
        "Find out whether retainage or tax was paid with it, or ask the vendor for the difference.",
        table="claims",
        holds=OVER & ~EXPLAINED,
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
        holds=UNDER & ~pl.col("slow"),
        amount=pl.col("rest"),
        sentence=_OPEN + ".",
    ),
    Rule(
        "short_pay",
        "medium",
        "A claim was paid in part, and nothing more has come for long.",
        "Find the reason (back-charge, dispute, discount) and file it with the claim; else pay the rest.",
        table="claims",
        holds=UNDER & pl.col("slow"),
        amount=pl.col("rest"),
        sentence=pl.format("{} since {}, and nothing says why.", _OPEN, pl.col("payment_date").dt.to_string()),
    ),
    Rule(
        "rounding_difference",
        "low",
        "A claim is paid but for a difference within the tolerance.",
        "Nothing: it is rounding of tax or lines.",
        table="claims",
        holds=TOUCHED
        & (pl.col("over").is_between(1, pl.col("tolerance")) | pl.col("rest").is_between(1, pl.col("tolerance"))),
        amount=_OFF,
        sentence=pl.format(
            "Invoice {} of {} is paid {} of {} due: the difference is within the tolerance of {}.",
            number(),
            vendor(),
            shown("paid"),
            shown("due"),
            shown("tolerance"),
        ),
    ),
    Rule(
        "amount_changed_after_sync",
        "high",
        "The ERP's amount is no longer what Procore was told.",
        "Unlock the row in Procore by clearing its origin id, correct it, and verify again.",
        table="units",
        holds=PAID & OTHERWISE,
        amount=pl.col("expected") - pl.col("shown_amount"),
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
