"""Workbooks: what a cell says, which sheet counts, and what is not opened at all."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import pytest
import xlsxwriter

from tests.load.conftest import HEADER, Desk
from toolkit.errors import RefusedFile

ROW = ["7", datetime(2026, 9, 14), "0007", "Tamarack Steel", "", 0.3, "Bill #A-1", 0.3]  # noqa: DTZ001 (Excel has no zone)


def book(*sheets: list[list[object]]) -> bytes:
    """A workbook with these rows on its sheets; dates are date cells."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"default_date_format": "d/m/yyyy"}) as workbook:
        for rows in sheets:
            sheet = workbook.add_worksheet()
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return content.getvalue()


def test_a_number_is_its_decimal_and_a_date_its_day(desk: Desk) -> None:
    desk.load(book([["Payments"], [], HEADER.split(","), ROW]), "a.xlsx")
    found = desk.rows("SELECT payment_date, check_number, payment_amount, source_row FROM report.payments")
    assert found == [("2026-09-14", "0007", "0.30", "4")]


def test_a_long_number_in_an_identifier_is_damaged_by_excel(desk: Desk) -> None:
    report = desk.load(book([HEADER.split(","), [12345678901234567890, *ROW[1:]], ROW]), "a.xlsx")
    assert report.counts.quarantined == 1
    assert "more digits than Excel keeps" in desk.rows("SELECT reason FROM report.quarantine")[0][0]


def test_the_one_sheet_with_payments_counts(desk: Desk) -> None:
    assert desk.load(book([["Read me"]], [HEADER.split(","), ROW]), "a.xlsx").new == 1


def test_payments_on_two_sheets_are_refused(desk: Desk) -> None:
    rows = [HEADER.split(","), ROW]
    with pytest.raises(RefusedFile, match="sheets Sheet1 and Sheet2"):
        desk.load(book(rows, rows), "a.xlsx")


def _archive(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/"), text)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old (.xls) or locked"),
        (b"PK\x03\x04 and nothing more", "broken archive"),
        (_archive(payments=b"Internal ID,Date"), "an archive but no workbook"),
        (_archive(xl__workbook=b"", xl__bomb=bytes(20_000_000)), "would grow beyond"),
        (book([["a"]])[:900], "broken archive"),
    ],
)
def test_what_is_not_opened(desk: Desk, content: bytes, reason: str) -> None:
    with pytest.raises(RefusedFile, match=r"^a\.xlsx") as refused:
        desk.load(content, "a.xlsx")
    assert reason in str(refused.value)


def test_an_archive_of_a_version_that_nobody_reads_is_refused(desk: Desk) -> None:
    content = book([HEADER.split(","), ROW])
    # After its mark each entry of the directory has two bytes for its maker and two for the version it needs.
    at = content.index(b"PK\x01\x02") + 6
    with pytest.raises(RefusedFile, match="broken archive"):
        desk.load(content[:at] + b"\x96\x00" + content[at + 2 :], "a.xlsx")
