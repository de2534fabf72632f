"""Retainage rolls forward: what stood before, what was withheld and released since, and what stands now."""

from __future__ import annotations

from datetime import date

import polars as pl

from toolkit.rules.withheld import AMOUNTS, roll_forward

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)


def _claims(*rows: tuple[date | None, int, str]) -> pl.DataFrame:
    frame = pl.DataFrame(
        rows, schema={"billing_date": pl.Date, "retainage_amount": pl.Int64, "status": pl.String}, orient="row"
    )
    return frame.with_columns(
        project_number=pl.lit("24-118"),
        commitment_number=pl.lit("SC-1"),
        vendor_name=pl.lit("V"),
        currency_code=pl.lit("USD"),
    )


def test_opening_and_withheld_less_released_is_closing() -> None:
    claims = _claims(
        (date(2026, 9, 30), 1000, "approved"),
        (None, 50, "approved"),
        (date(2026, 10, 1), 300, "approved"),
        (date(2026, 10, 31), -400, "approved_as_noted"),
        (date(2026, 11, 1), 70, "approved"),
        (date(2026, 10, 15), 9999, "draft"),
    )
    # 1,000 + 50 before; 300 withheld and 400 released in October: 1,050 + 300 - 400 = 950.
    assert roll_forward(claims, FIRST, LAST).select(AMOUNTS).row(0) == (1050, 300, 400, 950)


def test_where_nothing_is_withheld_there_is_no_line() -> None:
    assert roll_forward(_claims((date(2026, 10, 1), 0, "approved")), FIRST, LAST).is_empty()
