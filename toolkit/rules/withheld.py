"""What is withheld of claims, rolled forward from the day a month begins. Pure."""

from __future__ import annotations

from datetime import date

import polars as pl

from toolkit.schemas import PAYABLE_STATUSES

AMOUNTS = ("opening", "withheld", "released", "closing")


def roll_forward(claims: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """Per commitment: opening + withheld - released = closing, of claims that may be paid.

    `claims` is the `report` view or the canonical table; a release is a claim with negative retainage.
    What was billed before `first`, or bears no date, is in the opening; what comes after `last` is left out.
    """
    billed, amount = pl.col("billing_date").fill_null(pl.date(1, 1, 1)), pl.col("retainage_amount").fill_null(0)
    rows = claims.filter(pl.col("status").is_in(PAYABLE_STATUSES), billed <= last)
    inside = billed >= first
    summed = rows.group_by("project_number", "commitment_number", "vendor_name", "currency_code").agg(
        opening=amount.filter(~inside).sum(),
        withheld=amount.filter(inside, amount > 0).sum(),
        released=-amount.filter(inside, amount < 0).sum(),
        closing=amount.sum(),
    )
    some = pl.any_horizontal(pl.col(AMOUNTS) != 0)
    return summed.filter(some).sort("project_number", "commitment_number", "vendor_name", nulls_last=True)
