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
from toolkit.rules.reasons import blocks, joined, warnings
from toolkit.rules.rollups import MONEY_OUT

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
    rows = rows.with_columns(reason=joined(blocks(overrides)), warning=joined(warnings()))
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
