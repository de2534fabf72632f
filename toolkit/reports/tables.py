"""Tables as files: CSV and XLSX in which no cell that came from outside can become a formula."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import xlsxwriter

from toolkit import money

# What a spreadsheet takes for the beginning of a formula (OWASP's list, full-width forms included).
STARTS_A_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def decimals(frame: pl.DataFrame) -> pl.DataFrame:
    """Minor units of `currency_code` as decimals, as people read them; counts of rows stay counts."""
    whole = pl.col("currency_code").is_in(sorted(money.NO_DECIMALS)).fill_null(False)
    exact = pl.Decimal(18, 2)
    return frame.with_columns(
        pl.when(whole)
        .then(pl.col(name).cast(exact))
        .otherwise((pl.col(name).cast(pl.Decimal(38, 2)) / 100).cast(exact))
        .alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.Int64 and name != "row_count"
    )


def as_csv(frame: pl.DataFrame) -> str:
    """Comma-separated text with a header; text that looks like a formula gets an apostrophe before it."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows([_safe(value) for value in row] for row in frame.iter_rows())
    return file.getvalue()


def _safe(value: Any) -> Any:
    # Numbers stay numbers, so that -5 is still an amount.
    return f"'{value}" if isinstance(value, str) and value.startswith(STARTS_A_FORMULA) else value


def as_xlsx(sheets: dict[str, pl.DataFrame]) -> bytes:
    """A workbook with one sheet per frame: text is written as text, amounts and dates as themselves."""
    file = io.BytesIO()
    # Without a fixed moment the same rows would give other bytes each time.
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": datetime(2020, 1, 1)})  # noqa: DTZ001 (a workbook knows no zones)
        forms = {
            "amount": book.add_format({"num_format": "#,##0.00"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        bold = book.add_format({"bold": True})
        for title, frame in sheets.items():
            sheet = book.add_worksheet(title[:31])
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, frame.columns, bold)
            for n, row in enumerate(frame.iter_rows(), start=1):
                for place, value in enumerate(row):
                    _write(sheet, n, place, value, forms)
            sheet.autofit()
    return file.getvalue()


def _write(sheet: Any, row: int, place: int, value: Any, forms: dict[str, Any]) -> None:
    if value is None:
        return
    if isinstance(value, Decimal):
        sheet.write_number(row, place, value, forms["amount"])
    elif isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, place, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, forms["day"])
    else:
        sheet.write_string(row, place, str(value))
