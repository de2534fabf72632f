"""Rules on who and where: vendor, payee, project, currency, and what a commitment may hold."""

from __future__ import annotations

import polars as pl

from toolkit.matching.keys import project_key
from toolkit.rules.rule import NO_CLAIM, PAID, Rule, check, number, shown, vendor

_MET = PAID & pl.col("claim_id").is_not_null()
_NEAR = PAID & NO_CLAIM & pl.col("near_claim").is_not_null()
# Each system has its own marks within a project number.
_OTHER_PROJECT = project_key("project_number") != project_key(pl.coalesce("claim_project", "near_project"))
_OTHER_CURRENCY = pl.col("currency_code") != pl.coalesce("claim_currency", "near_currency")
_JOINED = pl.col("payee_name").str.contains(r"(?i)\s(?:and|or)\s|&|/|\+|;")

PLACES = (
    Rule(
        "wrong_vendor",
        "blocker",
        "The ERP paid another vendor than the claim's.",
        "Check for a merged vendor or an assignment; correct the vendor, or link the two in Procore's directory.",
        table="units",
        holds=_MET & pl.col("other_vendor"),
        amount=pl.col("amount"),
        sentence=pl.format(
            "{} of {} went to {}, but invoice {} is a claim of {}.",
            check(),
            shown("amount"),
            vendor(),
            number(),
            pl.col("claim_vendor").fill_null("an unnamed vendor"),
        ),
    ),
    Rule(
        "joint_check",
        "medium",
        "A payment names a second payee beside the vendor.",
        "File the joint-check agreement with the claim; the whole amount counts as paid to the first payee.",
        table="payments",
        holds=PAID
        & _JOINED
        & (pl.col("payee_key") != pl.col("vendor_key"))
        & pl.col("payee_key").str.contains(pl.col("vendor_key"), literal=True),
        amount=pl.col("payment_amount"),
        sentence=pl.format(
            "{} of {} for {} is made out to {}.", check(), shown("payment_amount"), vendor(), "payee_name"
        ),
    ),
    Rule(
        "wrong_project_or_cost_code",
        "blocker",
        "The ERP coded a payment to another project than its claim's.",
        "Correct the project on the bill in the ERP, then load again.",
        table="units",
        holds=(_MET | _NEAR) & _OTHER_PROJECT,
        claim=pl.coalesce("claim_id", "near_claim"),
        amount=pl.col("amount"),
        sentence=pl.format(
            "{} of {} to {} for invoice {} is coded to project {}; the claim with that number lies in {}.",
            check(),
            shown("amount"),
            vendor(),
            number(),
            "project_number",
            pl.coalesce("claim_project", "near_project"),
        ),
    ),
    Rule(
        "currency_mismatch",
        "high",
        "A payment and its claim are in different currencies.",
        "Find out which is right; a claim is compared in the currency of its commitment.",
        table="units",
        holds=(_MET | _NEAR) & _OTHER_CURRENCY,
        claim=pl.coalesce("claim_id", "near_claim"),
        amount=pl.col("amount"),
        sentence=pl.format(
            "{} of {} to {} for invoice {} meets a claim in {}.",
            check(),
            shown("amount"),
            vendor(),
            number(),
            pl.coalesce("claim_currency", "near_currency"),
        ),
    ),
    Rule(
        "commitment_overpaid",
        "high",
        "The ERP paid more on a commitment than its revised amount.",
        "Look for a missing change order or a double payment before anything more is paid on it.",
        table="commitments",
        holds=pl.col("touched") & (pl.col("paid") > pl.col("revised_amount") + pl.col("tolerance")),
        amount=pl.col("paid") - pl.col("revised_amount"),
        sentence=pl.format(
            "Commitment {} of {} is revised to {}, and {} was paid on it.",
            pl.coalesce("commitment_number", "commitment_id"),
            vendor(),
            shown("revised_amount"),
            shown("paid"),
        ),
    ),
)
