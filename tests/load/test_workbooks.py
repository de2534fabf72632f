"""Workbooks: what a cell says, which sheet counts, and what is not opened at all."""

from __future__ import annotations

import io
import os
import re
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


SHEET = "xl/worksheets/sheet1.xml"


def _formula(cell: bytes, book_of: bytes | None = None) -> bytes:
    """A workbook of two payments whose second has this in the place of its vendor's cell."""
    content = book_of or book([HEADER.split(","), ROW, ["8", *ROW[1:3], "WHO", *ROW[4:]]])
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, re.sub(rb'<c r="D3"[^>]*>.*?</c>', cell, part) if name == SHEET else part)
    return changed.getvalue()


@pytest.mark.parametrize(
    ("cell", "vendor"),
    [
        (b'<c r="D3" t="str"><f>A1&amp;B1</f><v>Osier</v></c>', "Osier"),
        (b'<c r="D3" t="str"><f>IF(A1="","","")</f><v></v></c>', ""),
        (b'<c r="D3"><f>A1</f><v></v></c>', None),
        (b'<c r="D3"><f>A1</f></c>', None),
        (b'<x:c r="D3" s="2"><x:f t="shared" si="0"/><x:v/></x:c>', None),
        (b'<c r="D3" t="e"><f>A1/0</f><v>#DIV/0!</v></c>', None),
        (b'<c r="D3" t="e"><v>#REF!</v></c>', None),
    ],
)
def test_a_cell_without_a_value_quarantines_its_payment(desk: Desk, cell: bytes, vendor: str | None) -> None:
    report = desk.load(_formula(cell), "a.xlsx")
    found = dict(desk.rows("SELECT payment_id, vendor_name FROM report.payments"))
    assert found == {"7": "Tamarack Steel"} | ({} if vendor is None else {"8": vendor})
    bad = report.quarantine.select("source_row", "column_name", "reason").rows()
    why = "holds an error or a formula that was never computed; open the workbook in Excel and save it"
    assert bad == ([] if vendor is not None else [(3, "Name", why)])


def test_what_a_workbook_hides_counts_and_is_named(desk: Desk) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as workbook:
        sheet = workbook.add_worksheet("Paid")
        sheet.merge_range(0, 0, 0, 7, "Payments")
        for at, row in enumerate([HEADER.split(","), ["7", "2026-09-14", *ROW[2:]], ["8", "2026-09-14", *ROW[2:]]]):
            sheet.write_row(at + 1, 0, row)
        sheet.autofilter(1, 0, 3, 7)
        sheet.set_row(3, None, None, {"hidden": True})
        workbook.add_worksheet("Old").very_hidden()
    report = desk.load(content.getvalue(), "a.xlsx")
    assert report.new == 2
    assert 'The workbook hides the sheets "Old".' in report.notes
    assert 'The sheet "Paid" hides 1 rows; they count like all others.' in report.notes


def test_a_part_that_is_larger_than_it_says_is_refused(desk: Desk) -> None:
    content = bytearray(_archive(**{"xl__workbook.xml": b"", "xl__bomb": bytes(9_000) + os.urandom(9_000)}))
    # In the directory's entry the true size stands 24 bytes after its mark, the name 46 bytes after it.
    at = content.index(b"xl/bomb", content.index(b"PK\x01\x02")) - 46
    content[at + 24 : at + 28] = (100).to_bytes(4, "little")
    with pytest.raises(RefusedFile, match="cannot be opened as a workbook"):
        desk.load(bytes(content), "a.xlsx")


def test_an_entity_in_a_sheet_is_never_expanded(desk: Desk) -> None:
    laugh = b'<!DOCTYPE x [<!ENTITY a "Osier">]><worksheet'
    content = _formula(b'<c r="D3" t="inlineStr"><is><t>&a;</t></is></c>')
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, part.replace(b"<worksheet", laugh, 1) if name == SHEET else part)
    with pytest.raises(RefusedFile, match=r"^a\.xlsx: cannot be opened as a workbook"):
        desk.load(changed.getvalue(), "a.xlsx")


def _archive(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/"), text)
    return content.getvalue()


def _twice(one: bytes, other: bytes) -> bytes:
    return _archive(**{"xl__workbook.xml": b"", "xl__aa": b"1", "xl__ab": b"2"}).replace(other, one)


def _over_each_other() -> bytes:
    """An archive whose last part begins where the one before it does."""
    content = bytearray(_archive(**{"xl__workbook.xml": b"", "xl__aa": b"1" * 50, "xl__ab": b"2" * 50}))
    first, last = (content.rindex(name) - 46 for name in (b"xl/aa", b"xl/ab"))
    content[last + 42 : last + 46] = content[first + 42 : first + 46]
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old (.xls) or locked"),
        (b"PK\x03\x04 and nothing more", "broken archive"),
        (_archive(payments=b"Internal ID,Date"), "an archive but no workbook"),
        (_archive(xl__workbook=b"", xl__bomb=bytes(20_000_000)), "would grow beyond"),
        (book([["a"]])[:900], "broken archive"),
        (_archive(**{"xl__workbook.xml": b"", "xl__vbaProject.bin": b"x"}), "holds macros"),
        (_archive(**{"xl__workbook.xml": b"", "xl__externalLinks__a.xml": b"x"}), "links to other files"),
        (_archive(**{"xl__workbook.bin": b""}), "another kind (.xlsb or .ods)"),
        (_archive(**{"content.xml": b""}), "another kind (.xlsb or .ods)"),
        (_archive(**{"xl__workbook.xml": b"", "..__etc__x": b"x"}), "a path of its own"),
        (_archive(**{"xl__workbook.xml": b""} | {f"a{n}": b"" for n in range(1000)}), "would grow beyond"),
        (_twice(b"xl/aa", b"xl/ab"), "holds one part twice"),
        (_over_each_other(), "lie over each other"),
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
