"""Rules on money withheld from claims (retainage, retention, holdback) and its release."""

from __future__ import annotations

import polars as pl

from toolkit.rules.rollups import RETAINED_TOO
from toolkit.rules.rule import NO_CLAIM, OVER, PAID, RELEASE, Rule, check, number, shown, vendor

_OFF = pl.col("erp_retained") - pl.col("retained_paid")

RETAINAGE = (
    Rule(
        "retainage_in_payment",
        "high",
        "A claim was paid with the retainage that should have been withheld.",
        "Find out whether the retainage was released; if so bill its release, if not ask for it back.",
        table="claims",
        holds=OVER & RETAINED_TOO,
        amount=pl.col("over"),
        sentence=pl.format(
            "Invoice {} of {} is paid {}, which is its due of {} and its retainage of {}.",
            number(),
            vendor(),
            shown("paid"),
            shown("due"),
            shown("retainage"),
        ),
    ),
    Rule(
        "retainage_release_unlinked",
        "high",
        "The ERP paid a release of retainage for which Procore has no claim.",
        "Enter the release as a claim in Procore, then confirm the match.",
        table="units",
        holds=PAID & NO_CLAIM & RELEASE,
        amount=pl.col("amount"),
        sentence=pl.format(
            "{} of {} to {} releases retainage by bill {}, and Procore has no claim for the release.",
            check(),
            shown("amount"),
            vendor(),
            number(),
        ),
    ),
    Rule(
        "retainage_balance_mismatch",
        "high",
        "ERP and Procore do not withhold the same on a commitment.",
        "Go through the retainage of the commitment's claims, and correct the side that is wrong.",
        table="commitments",
        # An ERP export without retainage says nothing about it.
        holds=pl.col("touched") & (pl.col("erp_retained") != 0) & (_OFF.abs() > pl.col("tolerance")),
        amount=_OFF,
        sentence=pl.format(
            "On commitment {} of {} the ERP withheld {} on the claims it paid, Procore {}.",
            pl.coalesce("commitment_number", "commitment_id"),
            vendor(),
            shown("erp_retained"),
            shown("retained_paid"),
        ),
    ),
)
