"""No cell of a file that we hand out becomes a formula, and amounts stay amounts."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import fastexcel
import polars as pl
import pytest

from toolkit.reports.tables import as_csv, as_xlsx

EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\uff1d1+1", "plain", "a=b", None]
FRAME = pl.DataFrame(
    {"vendor": EVIL, "amount": [Decimal("-5.00")] * len(EVIL), "paid_on": [date(2026, 10, 31)] * len(EVIL)},
    schema_overrides={"amount": pl.Decimal(18, 2)},
)


def test_text_that_looks_like_a_formula_is_text_in_a_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(FRAME))))
    assert [row["vendor"] for row in rows] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        "'\t=1",
        "'\uff1d1+1",
        "plain",
        "a=b",
        "",
    ]
    assert {row["amount"] for row in rows} == {"-5.00"}


def test_a_workbook_has_text_as_it_is_and_amounts_as_numbers() -> None:
    sheet = fastexcel.read_excel(as_xlsx({"Payments": FRAME})).load_sheet("Payments").to_polars()
    assert sheet["vendor"].to_list() == EVIL
    assert set(sheet["amount"].to_list()) == {-5.0}
    assert sheet["paid_on"].cast(pl.Date).unique().to_list() == [date(2026, 10, 31)]


def test_the_same_rows_give_the_same_workbook() -> None:
    assert as_xlsx({"Payments": FRAME}) == as_xlsx({"Payments": FRAME})


@pytest.mark.parametrize("title", ["A title that is longer than a sheet's name may be"])
def test_a_long_title_is_cut(title: str) -> None:
    assert fastexcel.read_excel(as_xlsx({title: FRAME})).sheet_names == [title[:31]]
