"""Why a payment is held back or wants a look, in sentences: conditions over the rows of `preflight`. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from toolkit.rules.rule import PAYABLE, shown, spaced, vendor

# Where each holds, and the sentence that it then is.
Reasons = list[tuple[pl.Expr, pl.Expr]]


def warnings() -> Reasons:
    """What the approver reads beside a payment that may be proposed."""
    return [
        (
            pl.col("amount") < pl.col("paid_amount"),
            pl.format("The ERP paid {}: the tax in it is left out.", shown("paid_amount")),
        ),
        (
            pl.col("amount") > pl.col("paid_amount"),
            pl.format("The ERP paid {}: discount or withholding is counted as paid.", shown("paid_amount")),
        ),
        (
            pl.col("claim_id").is_not_null() & pl.col("claim_origin").is_null(),
            pl.lit("The claim was keyed by hand: Procore's own sync would skip this payment."),
        ),
        (
            pl.col("foreign_rows").is_not_null(),
            pl.format(
                "Another integration writes on this commitment too: issued payment {}.",
                "foreign_rows",
            ),
        ),
    ]


def blocks(overrides: Mapping[str, str]) -> Reasons:
    """What keeps a payment from being proposed, in the order in which it is told.

    `overrides` are the projects where an administrator lets us push beside Procore's own sync.
    """
    return [*_paid_already(), *_the_claim(), *_the_project(overrides), *_the_money()]


def _paid_already() -> Reasons:
    """The money is spent: the bill was paid before, or a void row of it stands in Procore."""
    return [
        (
            pl.col("paid_twice"),
            pl.format(
                "The bill is paid twice in the ERP: {} paid invoice {} already.",
                pl.coalesce("earlier_check", pl.lit("an earlier payment")),
                pl.col("invoice_number").fill_null("(none)"),
            ),
        ),
        (
            pl.col("void_row").is_not_null(),
            pl.format(
                "It reissues {}, which was voided but stands in Procore as issued payment {}: delete that row first.",
                pl.coalesce("void_check", "replaces"),
                "void_row",
            ),
        ),
    ]


def _the_claim() -> Reasons:
    """It is not certain, may not be paid, or is another vendor's."""
    return [
        (
            pl.col("claim_id").is_null(),
            pl.when(pl.col("suggestions") > 1)
            .then(pl.format("{} claims may be meant: a person must confirm which.", "suggestions"))
            .otherwise(pl.lit("One claim fits, but not surely: a person must confirm it.")),
        ),
        (
            pl.col("claim_status").is_not_null() & ~PAYABLE,
            pl.format("The claim is {} in Procore, so it may not be paid there.", spaced("claim_status")),
        ),
        (
            pl.col("payments_enabled").not_().fill_null(False),
            pl.lit("The commitment has no Payments Issued tab: switch on Enable Payments in its settings."),
        ),
        (
            # A person who confirmed the match answers for the vendor.
            pl.col("other_vendor") & (pl.col("rule") != "confirmed"),
            pl.format(
                "The ERP paid {}, but the claim is {}'s: link the two in Procore's directory, or confirm the match.",
                vendor(),
                pl.col("claim_vendor").fill_null("an unnamed vendor"),
            ),
        ),
    ]


def _the_project(overrides: Mapping[str, str]) -> Reasons:
    """It cannot be written to, or somebody else does."""
    native = pl.col("erp_integrated").fill_null(False) & ~pl.col("project_id").is_in(sorted(overrides))
    return [
        (
            pl.col("claim_id").str.contains("|", literal=True).fill_null(False),
            pl.lit("Procore's side is a list from a file, which has no ids: pull it from the API to push."),
        ),
        (native, pl.lit("Procore's own sync brings the payments of this project, so nothing is pushed here.")),
        (
            native & pl.col("claim_origin").is_null(),
            pl.lit("The claim was keyed by hand, which Procore's own sync skips."),
        ),
    ]


def _the_money() -> Reasons:
    """In another currency, written by another, split by nobody, too much, or none."""
    currency = pl.coalesce("commitment_currency", "claim_currency")
    return [
        (
            (pl.col("currency_code") != currency).fill_null(False),
            pl.format("The payment is in {}, the commitment in {}.", "currency_code", currency),
        ),
        (
            pl.col("foreign_row").is_not_null(),
            pl.format("Another integration already wrote issued payment {} for it.", "foreign_row"),
        ),
        (
            pl.col("untaxed_rest"),
            pl.lit(
                "This vendor is paid with tax, but the claim is not paid in full: how much of it is tax is not proved."
            ),
        ),
        (
            pl.col("split_unknown"),
            pl.lit("A credit was used beside cash on several bills: a person decides the split."),
        ),
        (
            # Where the row in the way is the voided one, that reason says it better.
            pl.col("void_row").is_null()
            & ~pl.col("paid_twice")
            & (pl.col("together") > pl.col("due")).fill_null(False),
            _too_much(),
        ),
        (pl.col("amount") <= 0, pl.lit("There is no cash in it.")),
    ]


def _too_much() -> pl.Expr:
    """More than is due, and what the difference may be: all that was claimed, the retainage, or the tax."""
    over = pl.col("together") - pl.col("due")
    guess = (
        pl.when((over == pl.col("retainage")) & (over > 0))
        .then(pl.format(" The difference is the claim's retainage of {}.", shown("retainage")))
        .when((over == pl.col("tax")) & (over > 0))
        .then(pl.format(" The difference is the claim's tax of {}.", shown("tax")))
        .when(pl.col("together") == pl.col("gross"))
        .then(pl.lit(" That is the claim's gross amount."))
        .otherwise(pl.lit(""))
    )
    said = pl.format(
        "Together with what Procore shows it comes to {}, more than the {} due on the claim.",
        shown("together"),
        shown("due"),
    )
    return said + guess


def joined(parts: Reasons) -> pl.Expr:
    """The sentences that hold, with a blank between; null where none does."""
    texts = [pl.when(holds.fill_null(False)).then(said) for holds, said in parts]
    joined = pl.concat_str(texts, separator=" ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)
