"""Rules on what settles a bill beside plain cash: tax, withholding, discounts, credits, several bills at once."""

from __future__ import annotations

import polars as pl

from toolkit.rules.rule import PAID, TOUCHED, Rule, check, number, shown, vendor

_RATE = pl.format("{}%", (pl.col("taxed") / 10).round(1).cast(pl.String).str.strip_suffix(".0"))

SETTLEMENTS = (
    Rule(
        "tax_basis_difference",
        "medium",
        "The ERP paid with tax what Procore holds without.",
        'Say [procore] tax_basis = "remove", so that Procore is told the net payment, or let the claim carry its tax.',
        table="claims",
        holds=TOUCHED & pl.col("taxes") & ~pl.col("left_out"),
        amount=pl.col("over"),
        sentence=pl.format(
            "Invoice {} of {} is paid {} against a due of {}: the difference of {} is {}.",
            number(),
            vendor(),
            shown("paid"),
            shown("due"),
            shown("over"),
            pl.when(pl.col("taxed").is_not_null())
            .then(pl.format("{} of the due, as on this vendor's other claims", _RATE))
            .otherwise(pl.lit("the claim's tax")),
        ),
    ),
    Rule(
        "withholding_deduction",
        "medium",
        "Tax was withheld from a payment and is owed to the authority, not to the vendor.",
        "Nothing in Procore but the cash; check that the tax was paid over.",
        table="units",
        holds=PAID & (pl.col("withheld") > 0),
        amount=pl.col("withheld"),
        sentence=pl.format(
            "{} settles invoice {} of {} with {} of cash and {} of tax withheld.",
            check(),
            number(),
            vendor(),
            shown("amount"),
            shown("withheld"),
        ),
    ),
    Rule(
        "discount_taken",
        "low",
        "A discount was taken for early payment.",
        "Nothing: the cash is what is posted, and the claim keeps its due.",
        table="units",
        holds=PAID & (pl.col("discount") > 0),
        amount=pl.col("discount"),
        sentence=pl.format(
            "{} settles invoice {} of {} with {} of cash and a discount of {}.",
            check(),
            number(),
            vendor(),
            shown("amount"),
            shown("discount"),
        ),
    ),
    Rule(
        "credit_applied",
        "medium",
        "A bill was settled in part by a vendor credit.",
        "Nothing in Procore but the cash; a back-charge may want a deductive change order.",
        table="payments",
        holds=(pl.col("alive") & pl.col("inside")) & (pl.col("credited") > 0),
        amount=pl.col("credited"),
        sentence=pl.format(
            "{} of {} to {} settles bills of {}: {} of it by credit.",
            check(),
            shown("payment_amount"),
            vendor(),
            shown("bill_sum"),
            shown("credited"),
        ),
    ),
    Rule(
        "multi_invoice_payment",
        "info",
        "One payment settles several bills.",
        "Nothing: each bill becomes an issued payment of its own with the same check number.",
        table="payments",
        holds=PAID & (pl.col("bills") > 1),
        amount=pl.col("payment_amount"),
        sentence=pl.format("{} of {} to {} settles {} bills.", check(), shown("payment_amount"), vendor(), "bills"),
    ),
)
