"""Rules on what one side has and the other has not."""

from __future__ import annotations

import polars as pl

from toolkit.rules.rule import NO_CLAIM, PAID, PAYABLE, RELEASE, Rule, check, number, shown, vendor

# Where one of these says why, it is told instead: the rule and the statement's line agree on what is only new.
_HELD = pl.col("paid_twice") | ~PAYABLE.fill_null(True) | pl.col("void_row").is_not_null()

PRESENCE = (
    Rule(
        "in_procore_not_erp",
        "high",
        "Procore shows a payment that the ERP does not have.",
        "Find who keyed it; delete it in Procore, or enter the missing payment in the ERP.",
        table="rows",
        holds=pl.col("inside") & pl.col("link_rule").is_null() & ~pl.col("twice"),
        amount=pl.col("amount"),
        sentence=pl.format(
            "Procore shows {} paid on {} with number {} against invoice {}, which no ERP payment explains.",
            shown("amount"),
            pl.col("payment_date").dt.to_string().fill_null("no date"),
            pl.col("check_number").fill_null("(none)"),
            pl.col("invoice_number").fill_null("(none)"),
        ),
    ),
    Rule(
        "in_erp_not_procore",
        "high",
        "The ERP paid a claim, and Procore does not show it yet.",
        "Plan its sync and approve it; where the plan holds it, the plan says why.",
        table="units",
        holds=PAID & pl.col("claim_id").is_not_null() & ~pl.col("linked") & ~_HELD,
        amount=pl.col("amount"),
        sentence=pl.format(
            "{} of {} to {} for invoice {} is not on Procore's Payments Issued tab.",
            check(),
            shown("amount"),
            vendor(),
            number(),
        ),
    ),
    Rule(
        "payment_no_invoice",
        "high",
        "No claim in Procore fits a payment.",
        "If the payment belongs to a project, have the vendor submit the claim; otherwise nothing.",
        table="units",
        holds=PAID & NO_CLAIM & ~RELEASE & pl.col("near_claim").is_null(),
        amount=pl.col("amount"),
        sentence=pl.format(
            "{} of {} to {} for invoice {} has no claim in Procore.", check(), shown("amount"), vendor(), number()
        ),
    ),
    Rule(
        "ambiguous_invoice_match",
        "blocker",
        "Several claims fit a payment equally well.",
        "Say which it is: `tieout confirm PAYMENT CLAIM`.",
        table="units",
        holds=PAID & pl.col("claim_id").is_null() & (pl.col("suggestions") > 1),
        amount=pl.col("amount"),
        sentence=pl.format(
            "{} of {} to {} for invoice {} fits {} claims equally well.",
            check(),
            shown("amount"),
            vendor(),
            number(),
            "suggestions",
        ),
    ),
    Rule(
        "suggested_match",
        "medium",
        "One claim fits, but not surely enough to be decided without a person.",
        "Confirm it, or unmatch it.",
        table="units",
        holds=PAID & pl.col("suggested_claim").is_not_null(),
        claim=pl.col("suggested_claim"),
        amount=pl.col("amount"),
        sentence=pl.format(
            "{} of {} to {} may pay claim {}: {}.",
            check(),
            shown("amount"),
            vendor(),
            "suggested_claim",
            "suggested_reason",
        ),
    ),
)
