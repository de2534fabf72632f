"""Normal forms of numbers and names, and the reference of an issued payment."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.matching.keys import check_key, invoice_key, spoken, sync_reference, vendor_key

PARTS = ("77", "P1", "K1", "netsuite", "default", "9001", "9001-1")


def _all(key, *texts: str | None) -> list[str | None]:
    return pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)}).select(key("text")).to_series().to_list()


@pytest.mark.parametrize("text", ["INV-0042", "inv 42", "Invoice No. 42", "#42", "0042", "BILL 42", "42."])
def test_one_number_written_in_many_ways_has_one_key(text: str) -> None:
    assert spoken(text) == "42"


@pytest.mark.parametrize(
    ("one", "other"),
    [("1-02", "10-2"), ("42", "420"), ("42", "42-R"), ("PA-1-10", "PA-11-0"), ("2209-016", "2209-017"), ("A1", "A-11")],
)
def test_different_numbers_keep_different_keys(one: str, other: str) -> None:
    assert spoken(one) != spoken(other)


def test_letters_and_digits_meet_with_or_without_a_mark() -> None:
    assert _all(invoice_key, "SWC-044713", "swc44713", "SWC 44713") == ["SWC-44713"] * 3


def test_nothing_that_names_an_invoice_has_no_key() -> None:
    assert _all(invoice_key, None, "", "  ", "#", "Invoice", "INV. No.") == [None] * 6


def test_a_vendor_keeps_its_name_without_case_marks_and_legal_form() -> None:
    names = ("Thompson Steel & Sons Inc.", "THOMPSON STEEL AND SONS, LLC", "thompson steel and sons")
    assert set(_all(vendor_key, *names)) == {"THOMPSON STEEL AND SONS"}


def test_names_in_other_alphabets_stay_apart() -> None:
    one, other, bare = _all(vendor_key, "Альфа 7", "Бета 7", "7")
    assert len({one, other, bare}) == 3


def test_a_name_of_legal_form_alone_is_no_name() -> None:
    assert _all(vendor_key, None, "", "The Company, Inc.") == [None] * 3


def test_check_numbers_meet_without_zeros_and_marks() -> None:
    assert _all(check_key, "001-234", "1234", "000", None) == ["1234", "1234", None, None]


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=30))
def test_a_key_is_its_own_key(text: str) -> None:
    for key in (invoice_key, vendor_key, check_key):
        (once,) = _all(key, text)
        assert _all(key, once) == [once]


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=20))
def test_case_and_blanks_around_never_change_a_number(text: str) -> None:
    ascii_only = text.encode("ascii", "ignore").decode()
    assert spoken(ascii_only) == spoken(f"  {ascii_only.lower()} ")


def test_a_reference_never_changes() -> None:
    # Procore rows carry it for good: another text here would post every payment again.
    assert sync_reference(*PARTS) == "p1-b4tvk3nm4koys3rsjpuc"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text("ab|\\", max_size=3), min_size=7, max_size=7), st.data())
def test_parts_that_hold_the_separator_never_meet(parts: list[str], data: st.DataObject) -> None:
    others = data.draw(st.lists(st.text("ab|\\", max_size=3), min_size=7, max_size=7))
    assert (sync_reference(*parts) == sync_reference(*others)) == (parts == others)
