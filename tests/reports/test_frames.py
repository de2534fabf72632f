"""Frames as people read them: words to the left, figures to the right, nothing cut without a word."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from toolkit.reports.frames import MOST_ROWS, as_html, syncs
from toolkit.reports.notebook import say


def test_figures_stand_right_with_thousands_separated_and_words_left() -> None:
    shown = as_html(pl.DataFrame({"vendor_name": ["Alder & Sons"], "amount": [Decimal("-1234567.50")]}))
    assert '<td style="text-align: left">Alder &amp; Sons</td>' in shown
    assert '<td style="text-align: right">-1,234,567.50</td>' in shown
    assert '<th style="text-align: left">vendor name</th>' in shown


def test_nothing_is_shown_for_null_and_a_word_for_yes_and_no() -> None:
    row = {"check": [None], "agrees": [True], "day": [date(2026, 10, 1)], "rules": [["number", "amount"]]}
    shown = as_html(pl.DataFrame(row))
    cells = [cell.split("<")[0] for cell in shown.split('<td style="text-align: left">')[1:]]
    assert cells == ["", "yes", "2026-10-01", "number, amount"]


def test_a_long_frame_says_that_more_rows_stand_behind_it() -> None:
    assert as_html(pl.DataFrame({"n": range(1500)})).endswith(f"<p>{MOST_ROWS} of 1,500 rows.</p>")
    assert "rows.</p>" not in as_html(pl.DataFrame({"n": range(MOST_ROWS)}))


def test_markup_in_a_name_stays_text() -> None:
    assert "<script>" not in as_html(pl.DataFrame({"<script>": ["<script>alert(1)</script>"]}))


def test_syncs_are_rows_in_the_order_of_days_and_only_those_asked_for() -> None:
    one = {"currency_code": "JPY", "state": "posted", "colour": "YELLOW", "check_number": "7"}
    found = [
        SimpleNamespace(sync_id="b", payment_date="2026-10-02", invoice_number="A-1", amount=500, **one),
        SimpleNamespace(sync_id="a", payment_date="2026-10-01", invoice_number="B-1", amount=700, **one),
        SimpleNamespace(sync_id="c", payment_date="2026-10-01", invoice_number=None, amount=9, **one),
    ]
    assert syncs(found)["invoice"].to_list() == [None, "B-1", "A-1"]
    expected = pl.DataFrame({"invoice": ["A-1"], "amount": [Decimal(500)]})
    assert_frame_equal(syncs(found, invoice_number="A-1").select("invoice", "amount"), expected)


def test_sentences_break_between_words_and_never_inside_one(capsys: pytest.CaptureFixture[str]) -> None:
    say(["Payment 010490 has no claim. " * 8, "x" * 150])
    lines = capsys.readouterr().out.splitlines()
    assert [line[:2] for line in lines] == ["- ", "  ", "  ", "- "]
    assert max(map(len, lines[:3])) <= 100
    assert lines[3] == f"- {'x' * 150}"
