"""The statement as files: the same figures in every form, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import fastexcel
import polars as pl
import pytest
from typer.testing import CliRunner

from toolkit.cli import app
from toolkit.errors import InputError
from toolkit.reports.statement import as_text, render, rows
from toolkit.schemas import StatementLines, columns

LINES = StatementLines.validate(
    pl.DataFrame(
        [
            ("=cmd()", "USD", 1, "Payments issued by the ERP", 1234567, 2),
            ("=cmd()", "USD", 2, "Not yet in Procore", -1234567, 2),
            ("=cmd()", "USD", 3, "unexplained", 0, 0),
            ("Kobo <KK>", "JPY", 1, "Payments issued by the ERP", 5000, 1),
            ("Kobo <KK>", "JPY", 2, "unexplained", 0, 0),
        ],
        schema=columns(StatementLines),
        orient="row",
    )
)


def test_text_shows_each_company_with_its_amounts_flushed_right() -> None:
    assert as_text(LINES) == (
        "=cmd(), USD\n"
        "  Payments issued by the ERP   12,345.67\n"
        "  Not yet in Procore          -12,345.67\n"
        "  unexplained                       0.00\n"
        "\n"
        "Kobo <KK>, JPY\n"
        "  Payments issued by the ERP  5,000\n"
        "  unexplained                     0"
    )


def test_json_and_csv_carry_the_same_amounts_as_text() -> None:
    amounts = ["12345.67", "-12345.67", "0.00", "5000", "0"]
    assert [line["amount"] for line in json.loads(render(LINES, "json", "r-1"))["statement"]] == amounts
    assert [line["amount"] for line in rows(LINES)] == amounts
    table = csv.DictReader(io.StringIO(str(render(LINES, "csv", "r-1"))))
    assert [line["amount"] for line in table] == ["12345.67", "-12345.67", "0.00", "5000.00", "0.00"]


def test_a_name_that_looks_like_a_formula_is_text_in_csv() -> None:
    first = next(csv.DictReader(io.StringIO(str(render(LINES, "csv", "r-1")))))
    assert first["erp_company"] == "'=cmd()"


def test_html_shows_names_and_never_runs_them() -> None:
    page = str(render(LINES, "html", "r-<1>"))
    assert "Kobo &lt;KK&gt;, JPY" in page
    assert "r-&lt;1&gt;" in page
    assert "-12,345.67" in page


def test_xlsx_holds_figures_as_numbers_and_names_as_text() -> None:
    book = render(LINES, "xlsx", "r-1")
    assert isinstance(book, bytes)
    sheet = fastexcel.read_excel(book).load_sheet("Statement").to_polars()
    assert sheet["amount"].to_list() == [12345.67, -12345.67, 0, 5000, 0]
    assert sheet["erp_company"].to_list()[0] == "=cmd()"
    assert sheet["run_id"].unique().to_list() == ["r-1"]


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="--format pdf: known are text, json, csv, html, xlsx"):
        render(LINES, "pdf", "r-1")


def test_xlsx_needs_a_file_and_a_file_that_cannot_be_written_says_so(walked_home: Path) -> None:
    runner = CliRunner()
    refused = runner.invoke(app, ["statement", "--format", "xlsx"])
    assert str(refused.exception) == "--format xlsx: is no text for a screen; say where with -o FILE."
    nowhere = runner.invoke(app, ["statement", "-o", str(walked_home / "no" / "such" / "folder.txt")])
    assert "cannot be written: No such file or directory." in str(nowhere.exception)
    good = walked_home / "statement.xlsx"
    assert runner.invoke(app, ["statement", "--format", "xlsx", "-o", str(good)]).exit_code == 0
    assert good.read_bytes()[:2] == b"PK"
