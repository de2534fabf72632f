"""Rules on whether a payment may stand in Procore at all: claim, commitment, status, reference and dates."""

from __future__ import annotations

import polars as pl

from toolkit.rules.rule import OTHERWISE, PAID, PAYABLE, Rule, check, number, shown, spaced, vendor

_MONTH = pl.col("payment_date").dt.strftime("%Y-%m")
_POSTED_ELSEWHERE = pl.col("post_period").str.contains(r"^[0-9]{4}-[0-9]{2}$") & (pl.col("post_period") != _MONTH)
_SHOWN_ELSEWHERE = pl.col("linked") & (pl.col("shown_date").dt.strftime("%Y-%m") != _MONTH)

STANDING = (
    Rule(
        "invoice_not_approved",
        "blocker",
        "The ERP paid a claim that Procore has not approved.",
        "Approve the claim in Procore, or find out why it was paid.",
        table="units",
        holds=PAID & pl.col("claim_status").is_not_null() & ~PAYABLE,
        amount=pl.col("amount"),
        sentence=pl.format(
            "{} of {} pays invoice {} of {}, which is {} in Procore.",
            check(),
            shown("amount"),
            number(),
            vendor(),
            spaced("claim_status"),
        ),
    ),
    Rule(
        "invoice_not_synced",
        "blocker",
        "The ERP paid a claim that was never exported to it, in a project with Procore's own sync.",
        "Export the claim to the ERP first, or push its payment under an administrator's written override.",
        table="claims",
        holds=pl.col("touched") & pl.col("claim_origin").is_null() & pl.col("erp_integrated"),
        amount=pl.col("paid"),
        sentence=pl.format(
            "Invoice {} of {} is paid {}, but the claim was never synced with the ERP, so Procore's own sync skips it.",
            number(),
            vendor(),
            shown("paid"),
        ),
    ),
    Rule(
        "payments_tab_disabled",
        "blocker",
        "A commitment with payments has no Payments Issued tab.",
        "Open the commitment's Advanced Settings, switch on Enable Payments, pull and plan again.",
        table="commitments",
        holds=pl.col("touched") & ~pl.col("payments_enabled"),
        amount=pl.col("waiting"),
        sentence=pl.format(
            "Commitment {} of {} has no Payments Issued tab, and {} of payments wait for it.",
            pl.coalesce("commitment_number", "commitment_id"),
            vendor(),
            shown("waiting"),
        ),
    ),
    Rule(
        "payment_not_cleared",
        "low",
        "A payment is not final in the ERP yet.",
        "Nothing until it is released and posted there; then load again.",
        table="payments",
        holds=pl.col("cash") & pl.col("inside") & (pl.col("status") == "pending"),
        amount=pl.col("payment_amount"),
        sentence=pl.format("{} of {} to {} is still pending in the ERP.", check(), shown("payment_amount"), vendor()),
    ),
    Rule(
        "missing_reference",
        "medium",
        "A payment has no check number or other reference.",
        "Ask accounts payable for the bank's reference and enter it in the ERP.",
        table="payments",
        holds=PAID & pl.col("check_number").is_null(),
        amount=pl.col("payment_amount"),
        sentence=pl.format(
            "Payment {} of {} to {} has no check number or reference, so nobody can find it at the bank.",
            "payment_id",
            shown("payment_amount"),
            vendor(),
        ),
    ),
    Rule(
        "date_changed_or_cutoff",
        "medium",
        "A payment lies in different months on the two sides, or is posted in another month than it is dated.",
        "Decide which date counts, and list it as a cut-off item of the month.",
        table="units",
        holds=PAID & (_SHOWN_ELSEWHERE.fill_null(False) | _POSTED_ELSEWHERE.fill_null(False)),
        amount=pl.col("amount"),
        sentence=pl.when(_SHOWN_ELSEWHERE.fill_null(False))
        .then(
            pl.format(
                "{} of {} to {} is dated {} in the ERP, and {} in Procore.",
                check(),
                shown("amount"),
                vendor(),
                pl.col("payment_date").dt.to_string(),
                pl.col("shown_date").dt.to_string(),
            )
        )
        .otherwise(
            pl.format(
                "{} of {} to {} is dated {}, but posted in {}.",
                check(),
                shown("amount"),
                vendor(),
                pl.col("payment_date").dt.to_string(),
                "post_period",
            )
        ),
    ),
    Rule(
        "closed_period_change",
        "blocker",
        "Something dated in a closed period is new or changed.",
        "Reopen the period with approval, or post it in the current one; list it as a late item.",
        table="units",
        holds=PAID & pl.col("locked") & ((pl.col("claim_id").is_not_null() & ~pl.col("linked")) | OTHERWISE),
        amount=pl.col("amount"),
        sentence=pl.format(
            "{} of {} to {} is dated {}, in a closed period, and Procore {}.",
            check(),
            shown("amount"),
            vendor(),
            pl.col("payment_date").dt.to_string(),
            pl.when("linked").then(pl.format("shows {}", shown("shown_amount"))).otherwise(pl.lit("does not show it")),
        ),
    ),
)
