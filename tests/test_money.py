"""Text becomes minor units in one place, and nothing is rounded."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit import money

CURRENCIES = st.sampled_from(["USD", "AUD", "JPY", None])
MINOR = st.integers(min_value=-(10**15), max_value=10**15)


@given(minor=MINOR, currency=CURRENCIES)
def test_what_is_written_plainly_reads_back(minor: int, currency: str | None) -> None:
    assert money.to_minor(money.plain(minor, currency), currency) == minor


@given(minor=MINOR, currency=CURRENCIES)
def test_what_people_read_reads_back(minor: int, currency: str | None) -> None:
    assert money.to_minor(money.shown(minor, currency), currency) == minor


@given(minor=st.lists(MINOR, min_size=1, max_size=5), currency=st.sampled_from(["USD", "JPY"]))
def test_a_shown_column_is_the_shown_amount_and_its_currency(minor: list[int], currency: str) -> None:
    frame = pl.DataFrame({"a": minor, "c": [currency] * len(minor)})
    column = frame.select(money.shown_column("a", "c")).to_series().to_list()
    assert column == [f"{money.shown(value, currency)} {currency}" for value in minor]


@given(text=st.text(max_size=20))
def test_any_text_is_an_amount_or_has_a_reason_or_is_blank(text: str) -> None:
    amount, reason = money.parse_amounts(pl.Series([text], dtype=pl.String)).row(0)
    assert amount is None or reason is None
    assert amount is not None or reason is not None or not text.strip(" \t\u00a0\u202f")


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("47700.00", 4770000),
        ("47,700.00", 4770000),
        ("1250.0000", 125000),
        (".5", 50),
        ("-12.30", -1230),
        ("(12.30)", -1230),
        ("12.30-", -1230),
        ("12.30 CR", -1230),
        ("12.30CR", -1230),
        ("\u221212.30", -1230),
        ("$1,250", 125000),
        ("-$12.30", -1230),
        ("USD 12.30", 1230),
        ("12.30 USD", 1230),
        ("1'250.00", 125000),
        ("1 250.00", 125000),
        ("1\u202f250.00", 125000),
        ("999999999999999999", None),
        ("9999999999999999.99", 999999999999999999),
    ],
)
def test_an_amount_is_read_as_its_form_says(text: str, minor: int | None) -> None:
    assert money.parse_amounts(pl.Series([text]))["amount"][0] == minor


@pytest.mark.parametrize(
    "text",
    [
        "1250.005",
        "1e3",
        "1_250",
        "0x10",
        "\uff11\uff12",
        "NaN",
        "inf",
        "1,25,000",
        "12,50",
        "--5",
        "(5",
        "5)",
        "-5-",
        "USD 5 EUR",
        "5 USD x",
        ".",
        "-",
        "12O.00",
    ],
)
def test_what_is_no_amount_is_quoted_in_its_reason(text: str) -> None:
    amount, reason = money.parse_amounts(pl.Series([text])).row(0)
    assert amount is None
    assert f'"{text}"' in reason


def test_a_value_finer_than_its_currency_is_refused_never_rounded() -> None:
    with pytest.raises(ValueError, match="nothing is rounded"):
        money.to_minor("500.50", "JPY")
    assert money.to_minor("500.00", "JPY") == 500


def test_a_currency_with_three_decimals_is_refused() -> None:
    with pytest.raises(ValueError, match="KWD"):
        money.exponent("KWD")


def test_a_blank_amount_has_no_value_and_no_fault() -> None:
    read = money.parse_amounts(pl.Series(["", "  ", None], dtype=pl.String))
    assert read.rows() == [(None, None)] * 3


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1.250,00", "3,50"], ","),
        (["1,250.00"], "."),
        (["1,250"], "."),
        (["12,5"], ","),
        (["1.250.000"], ","),
        (["1,250.00", "1.250,00"], None),
        ([], "."),
    ],
)
def test_the_column_itself_proves_its_decimal_mark(texts: list[str], mark: str | None) -> None:
    assert money.decimal_mark(pl.Series(texts, dtype=pl.String)) == mark


def test_the_decimal_comma_reads_thousands_by_dots() -> None:
    assert money.parse_amounts(pl.Series(["1.250,00", "3,5"]), mark=",")["amount"].to_list() == [125000, 350]
