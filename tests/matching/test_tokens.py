"""Invoice numbers in text: which writings share which key."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.matching.tokens import numbers, words


def _keys(name: str, *texts: str | None) -> list[int]:
    found = numbers(pl.Series(texts, dtype=pl.String), lists=False)
    assert found["row"].to_list() == list(range(len(texts)))
    return found[name].to_list()


@pytest.mark.parametrize("other", ["inv 42", "#0042", "42", "Invoice No. 42", "INV42", "0042."])
def test_writings_of_one_number_have_one_exact_key(other: str) -> None:
    one, same = _keys("exact", "INV-0042", other)
    assert one == same


@pytest.mark.parametrize(
    ("one", "other"), [("1-02", "10-2"), ("42", "42-R"), ("PA-2201-10", "PA-2201-1"), ("A1", "A-11"), ("1 2", "12")]
)
def test_different_numbers_have_different_exact_keys(one: str, other: str) -> None:
    first, second = _keys("exact", one, other)
    assert first != second


def test_marks_may_be_missing_and_o_may_stand_for_zero_in_the_flat_key() -> None:
    assert len(set(_keys("flat", "PA-2207-06", "PA220706", "pa-22O7-06"))) == 1


def test_a_suffix_goes_from_the_bare_key_and_the_last_character_from_the_cut_key() -> None:
    for text in ("45543A", "45543/2", "45543-1", "45543-R"):
        bare, flat = _keys("bare", text, "45543")[0], _keys("flat", text, "45543")[1]
        assert bare == flat
    assert _keys("cut", "JML-74686", "x")[0] == _keys("flat", "JML-7468", "x")[0]


def test_the_tail_is_the_last_long_run_of_digits() -> None:
    one, other, none = _keys("tail", "JML-74686", "74686", "12-3")
    assert one == other
    assert none == 0


def test_a_list_has_a_piece_per_number_and_blanks_have_none() -> None:
    texts = pl.Series(["7001, 7002;7003", "", None, " , ", "PA 2207 06"], dtype=pl.String)
    assert numbers(texts, lists=True)["row"].to_list() == [0, 0, 0, 4]


def test_a_number_in_a_sentence_is_one_of_its_words() -> None:
    found = words(pl.Series(["paid 7001 for tower b", "7001"]))
    assert found["row"].unique().to_list() == [0]
    assert _keys("exact", "7001")[0] in found["exact"].to_list()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text("aA01-/ ,;ä", max_size=12), min_size=1, max_size=6), st.integers(0, 5))
def test_a_text_has_the_same_keys_in_whatever_company(texts: list[str], at: int) -> None:
    at %= len(texts)
    alone = numbers(pl.Series([texts[at]]), lists=True).drop("row")
    beside = numbers(pl.Series(texts), lists=True).filter(pl.col("row") == at).drop("row")
    assert alone.rows() == beside.rows()
