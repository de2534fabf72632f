"""What a text file may be made of: its encoding, its line ends, its separators, its characters."""

from __future__ import annotations

import pytest

from tests.load.conftest import HEADER, Desk, netsuite, paid
from toolkit.errors import InputError, RefusedFile

SEVEN, EIGHT = paid("7", "5.00"), paid("8", "20.00")
BOTH = [("7", "5.00", "issued"), ("8", "20.00", "issued")]


def _reasons(desk: Desk) -> list[tuple]:
    return desk.rows("SELECT source_row, column_name, reason FROM report.quarantine ORDER BY ALL")


@pytest.mark.parametrize("encoding", ["utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_an_encoding_is_known_by_its_mark_or_its_zeros_and_named(desk: Desk, encoding: str) -> None:
    report = desk.load(netsuite(SEVEN.replace("Tamarack", "Béton"), EIGHT).encode(encoding))
    assert desk.rows("SELECT vendor_name FROM report.payments ORDER BY 1") == [("Béton Steel",), ("Tamarack Steel",)]
    assert f"The file was read as {encoding}." in report.notes


def test_a_reply_in_two_bytes_a_letter_is_a_reply(desk: Desk) -> None:
    text = '{"QueryResponse": {"BillPayment": [{"Id": "7", "TxnDate": "2026-09-14", "TotalAmt": 5.00}]}}'
    assert desk.load(text.encode("utf-16")).erp == "qbo"


@pytest.mark.parametrize("letters", ["é".encode(), b"\xc0\xaf", b"\xed\xa0\x80"])
def test_utf_8_in_a_file_that_is_none_quarantines_its_row(desk: Desk, letters: bytes) -> None:
    western = SEVEN.replace("Tamarack", "Béton").encode("cp1252")
    mixed = paid("9", "1.00").encode().replace(b"Tamarack", b"Tam" + letters + b"rack")
    report = desk.load(b"\n".join([HEADER.encode(), western, EIGHT.encode(), mixed, b""]))
    assert desk.payments() == BOTH
    ((row, column, reason),) = _reasons(desk)
    assert (row, column, reason[:15]) == ("4", "Name", "mixes encodings")
    assert "The file was read as cp1252." in report.notes


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\r\n{SEVEN}\n{EIGHT}\r\n",
        f"{HEADER}\r{SEVEN}\r{EIGHT}\r",
        f"{HEADER}\n{SEVEN}\n{EIGHT}",
        netsuite(SEVEN, "", HEADER, "\x0c", EIGHT),
    ],
    ids=["mixed line ends", "returns only", "no last line end", "a page break and its header"],
)
def test_a_line_ends_as_it_likes(desk: Desk, text: str) -> None:
    assert desk.load(text).counts.quarantined == 0
    assert desk.payments() == BOTH


def test_bars_part_cells_too(desk: Desk) -> None:
    desk.load(netsuite(SEVEN, EIGHT).replace(",", "|"))
    assert desk.payments() == BOTH


def test_a_quote_inside_a_cell_is_a_letter_like_others(desk: Desk) -> None:
    desk.load(netsuite('7,9/14/2026,007,Osier 6" Pipe,,5.00,Bill #A-1,5.00'))
    assert desk.rows("SELECT vendor_name FROM report.payments") == [('Osier 6" Pipe',)]


def test_columns_are_known_in_any_order_and_case(desk: Desk) -> None:
    header = ",".join(f" {label.upper()} " for label in reversed(HEADER.split(",")))
    desk.load(header + "\n5.00,Bill #A-1,5.00,,Osier,007,9/14/2026,7\n")
    assert desk.payments() == BOTH[:1]


@pytest.mark.parametrize("char", ["\x07", "\u202e", "\u200b", "\u00ad", "\u2028", "\ufeff"])
def test_a_character_that_nobody_sees_quarantines_its_row_and_parts_none(desk: Desk, char: str) -> None:
    desk.load(netsuite(SEVEN.replace("Tamarack", f"Tam{char}arack"), EIGHT))
    assert _reasons(desk) == [("2", "Name", f"holds an invisible character (U+{ord(char):04X})")]
    assert desk.payments() == BOTH[1:]


def test_blanks_of_any_kind_around_a_cell_are_no_part_of_it(desk: Desk) -> None:
    desk.load(netsuite(SEVEN.replace("Tamarack Steel", "\u00a0Tamarack Steel\u2003").replace('"5.00"', '"\u00a05.00"')))
    assert desk.rows("SELECT vendor_name, payment_amount FROM report.payments") == [("Tamarack Steel", "5.00")]


def test_formula_text_is_kept_as_it_stands(desk: Desk) -> None:
    desk.load(netsuite(SEVEN.replace("Tamarack Steel", "=1+1"), EIGHT.replace("Tamarack", "@SUM")))
    assert desk.rows("SELECT vendor_name FROM report.payments ORDER BY 1") == [("=1+1",), ("@SUM Steel",)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("9,9/14/2026,9,Osier,,9.00", "has 6 cells where the header has 8"),
        (
            "9,9/14/2026,9,Osier,,1,250.00,Bill #A-1,1,250.00",
            "perhaps an amount with a thousands comma is not in quotes",
        ),
    ],
)
def test_a_row_of_another_width_says_both_counts(desk: Desk, row: str, said: str) -> None:
    desk.load(netsuite(row, SEVEN, EIGHT))
    assert any(said in reason for _, _, reason in _reasons(desk))
    assert desk.payments() == BOTH


def test_a_file_that_ends_within_a_row_may_have_been_cut(desk: Desk) -> None:
    report = desk.load(netsuite(SEVEN, EIGHT, "9,9/14/20").rstrip("\n"))
    assert "The file ends within row 4, which is short: it may have been cut." in report.notes
    assert report.counts.quarantined == 1


def test_a_header_alone_is_no_data_unless_somebody_says_so(desk: Desk) -> None:
    with pytest.raises(RefusedFile, match=r"^export\.csv: has a header but no row under it"):
        desk.load("Payments\n\n" + HEADER + "\n")
    assert desk.load("Payments\n\n" + HEADER + "\n", expect_rows=0).counts.good == 0


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.xls", b"<table><tr><td>Internal ID</td></tr></table>", "is a web page"),
        ("a.pdf", b"%PDF-1.7\n1 0 obj", "is a PDF or a compressed file"),
        ("a.csv", b"\x1f\x8b\x08\x00" + b"x" * 50, "is a PDF or a compressed file"),
        (
            "a.csv",
            (HEADER + "," * 3000 + "\n" + SEVEN).encode(),
            "row 1: has 3,008 cells; a payment export has at most",
        ),
        ("a.csv", netsuite(SEVEN.replace("Tamarack", "x" * 1_100_000)).encode(), "row 2: broken CSV"),
        ("a.csv", netsuite(SEVEN, '8,"Osier"x,1').encode(), "row 3: broken CSV"),
        ("a.csv", netsuite(SEVEN).replace("Internal ID", "Key").encode(), "no ERP recognises it"),
    ],
)
def test_what_is_no_text_export_is_refused_with_its_place(desk: Desk, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=rf"^{name}") as refused:
        desk.load(content, name)
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
