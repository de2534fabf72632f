"""Rules on payments that stand twice, were taken back, or were replaced."""

from __future__ import annotations

import polars as pl

from toolkit.rules.rule import DEAD, PAID, Rule, check, number, shown, vendor

_REPLACES = pl.format(
    "{} of {} to {} replaces {}, which was voided",
    check(),
    shown("amount"),
    vendor(),
    pl.coalesce("void_check", "replaces"),
)
_TAKEN_BACK = pl.format("{} to {} was {} in the ERP", check(), vendor(), "status")
_STANDS = pl.format(
    "{}, and Procore still shows {} as issued payment {}.", _TAKEN_BACK, shown("shown_amount"), "issued_payment_id"
)
_TOLD = pl.when("linked").then(_STANDS).otherwise(pl.format("{}; Procore does not show it.", _TAKEN_BACK))
_SEEN = pl.col("inside") | pl.col("linked")
_QUIET = pl.when(~pl.col("linked")).then(pl.lit("info"))

VOIDS = (
    Rule(
        "duplicate_payment_erp",
        "blocker",
        "The ERP paid one bill more than once.",
        "Ask the vendor to return the later payment or void it in the ERP; only the earlier one is proposed.",
        table="units",
        holds=PAID & pl.col("paid_twice"),
        amount=pl.col("amount"),
        sentence=pl.format(
            "{} of {} pays invoice {} of {} again: it was already paid by {}, so the bill is paid twice.",
            check(),
            shown("amount"),
            number(),
            vendor(),
            pl.coalesce("earlier_check", "earlier_payment"),
        ),
    ),
    Rule(
        "void_and_reissue",
        "blocker",
        "A voided payment was paid again.",
        "Delete the voided payment's row in Procore, then pull, reconcile and plan again.",
        table="units",
        holds=PAID & pl.col("replaces").is_not_null(),
        amount=pl.col("amount"),
        sentence=pl.when(pl.col("void_row").is_not_null())
        .then(pl.format("{} but still stands in Procore as issued payment {}.", _REPLACES, "void_row"))
        .otherwise(pl.format("{}; Procore does not show the voided one.", _REPLACES)),
        # A void that Procore does not show asks for nothing.
        regraded=pl.when(pl.col("void_row").is_null()).then(pl.lit("info")),
    ),
    Rule(
        "voided_payment",
        "high",
        "A payment was voided or reversed in the ERP.",
        "Delete that row in Procore: it shows a payment that was taken back.",
        table="units",
        holds=DEAD & (pl.col("status") != "deleted") & (pl.col("document_kind") != "reversal") & _SEEN,
        amount=pl.coalesce("shown_amount", "amount"),
        sentence=_TOLD,
        regraded=_QUIET,
    ),
    Rule(
        "deleted_in_erp",
        "high",
        "A payment was deleted in the ERP, without a void.",
        "Keep the extract that still had it as evidence, and have the row in Procore deleted.",
        table="units",
        holds=(pl.col("status") == "deleted") & _SEEN,
        amount=pl.coalesce("shown_amount", "amount"),
        sentence=_TOLD,
        regraded=_QUIET,
    ),
    Rule(
        "duplicate_payment_procore",
        "high",
        "Procore shows one payment in two rows.",
        "Keep the synced row and delete the one that was keyed by hand.",
        table="rows",
        holds=pl.col("inside") & pl.col("twice"),
        amount=pl.col("amount"),
        sentence=pl.format(
            "Procore shows {} against invoice {} twice: issued payment {} repeats {}.",
            shown("amount"),
            pl.col("invoice_number").fill_null("(none)"),
            "issued_payment_id",
            "first_row",
        ),
    ),
)
