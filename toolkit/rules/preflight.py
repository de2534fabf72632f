"""Which payments may be proposed for Procore, and in plain words why the others may not. Pure.

Only what is known to be wrong blocks; what is merely unknown is a warning that the approver reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from toolkit.matching.keys import REFERENCE_PREFIX, invoice_key, sync_reference
from toolkit.matching.model import Inputs
from toolkit.matching.units import KEY
from toolkit.rules.picture import Picture
from toolkit.rules.rollups import MONEY_OUT
from toolkit.rules.rule import PAYABLE, shown, spaced, vendor

# Where each holds, and the sentence that it then is.
Reasons = list[tuple[pl.Expr, pl.Expr]]
COLUMNS = [
    *KEY,
    "claim_id",
    "commitment_id",
    "project_id",
    "project_number",
    "commitment_number",
    "vendor_name",
    "invoice_number",
    "invoice_date",
    "check_number",
    "payment_number",
    "payment_method",
    "currency_code",
    "amount",
    "paid_amount",
    "payment_date",
    "due",
    "reason",
    "warning",
    "sync_id",
]


def propose(picture: Picture, inputs: Inputs, company_id: str, overrides: Mapping[str, str]) -> pl.DataFrame:
    """One row per unit that Procore does not show yet; `reason` null where it may be proposed.

    `amount` is what Procore is to be told, `paid_amount` what the ERP paid in cash (`toolkit.rules.basis`).

    `overrides` are the projects where an administrator lets us push beside Procore's own sync.
    """
    met = pl.col("claim_id").is_not_null() | (pl.col("suggestions") > 0)
    units = picture.units.filter(MONEY_OUT, ~pl.col("linked"), met).rename(
        {"amount": "paid_amount", "expected": "amount"}
    )
    rows = _dressed(units, inputs).filter("inside")
    rows = rows.with_columns(reason=_joined(_blocks(overrides)), warning=_joined(_warnings()))
    return _referenced(rows, company_id).select(COLUMNS).sort(*KEY, "claim_id", nulls_last=True)


def _dressed(units: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """Units with what their payment, claim, commitment and project add to the question.

    `together` is what the claim would come to in Procore with every open payment on it, whatever its period.
    """
    payments = inputs.payments.select(*KEY[:3], "payment_number", "payment_method")
    commitments = inputs.commitments.select("commitment_id", "payments_enabled", commitment_currency="currency_code")
    projects = inputs.projects.select("project_id", "erp_integrated")
    new = pl.col("amount").filter(~pl.col("paid_twice")).sum().over("claim_id")
    return (
        units.drop("project_number")
        .join(payments, on=KEY[:3], how="left")
        .join(commitments, on="commitment_id", how="left")
        .join(projects, on="project_id", how="left")
        .join(_already(inputs), on="claim_id", how="left")
        .join(_strangers(inputs, "claim_id", "amount"), on=["claim_id", "amount"], how="left")
        .join(
            _strangers(inputs, "commitment_id").rename({"foreign_row": "foreign_rows"}), on="commitment_id", how="left"
        )
        .with_columns(
            together=pl.col("already").fill_null(0) + new,
            project_number="claim_project",
            invoice_number=pl.coalesce("invoice_number", "claim_number"),
            currency_code=pl.coalesce("currency_code", "claim_currency", "commitment_currency"),
        )
    )


def _already(inputs: Inputs) -> pl.DataFrame:
    """What Procore shows on a claim: its own rows, and those without a claim that carry its Invoice #.

    Rows of voided payments count too: Procore counts them until somebody deletes them.
    """
    rows = inputs.issued_payments
    numbered = inputs.claims.select("commitment_id", own="claim_id", key=invoice_key("invoice_number")).unique(
        ["commitment_id", "key"], keep="none"
    )
    loose = (
        rows.filter(pl.col("claim_id").is_null())
        .with_columns(key=invoice_key("invoice_number"))
        .join(numbered, on=["commitment_id", "key"])
        .select("amount", claim_id="own")
    )
    both = pl.concat([rows.select("amount", "claim_id"), loose])
    return both.group_by("claim_id").agg(already=pl.col("amount").sum())


def _strangers(inputs: Inputs, *where: str) -> pl.DataFrame:
    """Rows that another integration wrote, which are never touched, named per claim and amount or commitment."""
    foreign = pl.col("origin_id").is_not_null() & ~pl.col("origin_id").str.starts_with(REFERENCE_PREFIX)
    named = pl.col("issued_payment_id").sort().str.join(", ")
    return inputs.issued_payments.filter(foreign).group_by(where).agg(foreign_row=named)


def _warnings() -> Reasons:
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


def _blocks(overrides: Mapping[str, str]) -> Reasons:
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


def _joined(parts: Reasons) -> pl.Expr:
    """The sentences that hold, with a blank between; null where none does."""
    texts = [pl.when(holds.fill_null(False)).then(said) for holds, said in parts]
    joined = pl.concat_str(texts, separator=" ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _referenced(rows: pl.DataFrame, company_id: str) -> pl.DataFrame:
    names = ["project_id", "commitment_id", "erp", "erp_company", "payment_id", "application_id", "claim_id"]
    references = []
    for row in rows.select(names).iter_rows(named=True):
        part = row["application_id"] or f"claim:{row['claim_id'] or ''}"
        where = (company_id, row["project_id"] or "", row["commitment_id"] or "")
        references.append(sync_reference(*where, row["erp"], row["erp_company"], row["payment_id"], part))
    return rows.with_columns(sync_id=pl.Series(references, dtype=pl.String))


def stale(parameters: Mapping[str, str], hours: float, now: datetime) -> str | None:
    """Why what a run stood on is too old to be pushed, or None."""
    for name, what in (("pulled_at", "pull from Procore"), ("extracted_at", "ERP extract")):
        text = parameters.get(name)
        if text and now - datetime.fromisoformat(text) > timedelta(hours=hours):
            return f"The {what} is from {text[:10]}, older than {hours:g} hours: load or pull again, reconcile, plan."
    return None
