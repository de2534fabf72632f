"""One month: opening + movement = closing on both sides, and what lies astride of it by name."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.errors import InputError
from toolkit.matching.model import Inputs, Scope
from toolkit.rules.breakdown import Table, laid_out
from toolkit.rules.periods import cutoff, days, movement
from toolkit.rules.reconcile import reconcile
from toolkit.rules.statement import FIRST, LAST, UNEXPLAINED

from .small import AS_OF, claim, company, payment, pays, row
from .test_statement import small_companies


def _table(inputs: Inputs, scope: Scope) -> Table:
    found = reconcile(inputs, scope)

    def table(name: str) -> pl.DataFrame:
        frame: pl.DataFrame = getattr(found if name in ("matches", "links") else inputs, name)
        return frame

    return table


PAID = [
    payment("101", 500, payment_date=date(2026, 9, 30), check_number="101"),
    payment("102", 300, payment_date=date(2026, 10, 2), check_number="102", post_period="2026-09"),
    payment("103", 40, payment_date=date(2026, 10, 9), check_number="103"),
]
APPLIED = [pays("101", "A-1", 500), pays("102", "A-2", 300), pays("103", "A-3", 40)]
CLAIMS = [claim("1", "A-1", 500), claim("2", "A-2", 300), claim("3", "A-3", 40)]
SHOWN = [row("7", 500, claim_id="1", check_number="101", payment_date=date(2026, 10, 1))]
COMPANY = company(PAID, APPLIED, CLAIMS, SHOWN)
ROLL = ("opening", "movement", "closing", "ties")


def test_what_stood_before_and_what_moved_is_what_stands_at_the_end() -> None:
    lines = movement(_table(COMPANY, Scope(AS_OF)), Scope(AS_OF), "2026-10")
    said = {line["label"]: tuple(line[name] for name in ROLL) for line in lines.to_dicts()}
    assert said == {
        FIRST: (50_000, 34_000, 84_000, True),
        # Paid on the last of September, shown on the first of October.
        "Dated outside the period in Procore": (-50_000, 50_000, 0, True),
        "Not yet in Procore": (0, -34_000, -34_000, True),
        LAST: (0, 50_000, 50_000, True),
        UNEXPLAINED: (0, 0, 0, True),
    }


def test_what_is_dated_after_the_month_is_no_part_of_it() -> None:
    lines = movement(_table(COMPANY, Scope(AS_OF)), Scope(AS_OF), "2026-09")
    assert lines.filter(pl.col("label") == FIRST).select(ROLL).row(0) == (0, 50_000, 50_000, True)


def test_a_payment_that_lies_in_two_months_is_a_cut_off_item_of_both() -> None:
    run = laid_out(_table(COMPANY, Scope(AS_OF)), Scope(AS_OF))
    dates = ("check_number", "dated", "posted", "in_procore")
    astride = [
        ("101", date(2026, 9, 30), None, date(2026, 10, 1)),
        ("102", date(2026, 10, 2), "2026-09", None),
    ]
    assert cutoff(run, "2026-10").select(dates).rows() == astride
    assert cutoff(run, "2026-09").select(dates).rows() == astride
    assert cutoff(run, "2026-08").is_empty()


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_companies(), st.sampled_from(["2026-08", "2026-09", "2026-10"]))
def test_every_month_of_every_company_rolls_forward_and_nothing_of_it_is_unexplained(
    seen: tuple[Inputs, Scope], period: str
) -> None:
    inputs, scope = seen
    lines = movement(_table(inputs, scope), scope, period)
    assert lines["ties"].all()
    open_ = lines.filter(pl.col("label") == UNEXPLAINED).select("opening", "movement", "closing")
    assert set(open_.unpivot()["value"]) <= {0}


def test_a_roll_can_be_false() -> None:
    whole, seen = _table(COMPANY, Scope(AS_OF)), 0

    def forgets(name: str) -> pl.DataFrame:
        # The run's tables, of which one payment is gone by the time of the last statement.
        nonlocal seen
        seen += name == "payments"
        found = whole(name)
        return found.filter(pl.col("payment_id") != "101") if name == "payments" and seen == 4 else found

    lines = movement(forgets, Scope(AS_OF), "2026-10")
    assert not lines.filter(pl.col("label") == FIRST)["ties"].all()


def test_a_month_has_a_first_and_a_last_day_and_others_are_refused() -> None:
    assert days("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))
    for text in ("2026-13", "2026-1", "October", "2026-10-01"):
        with pytest.raises(InputError, match=f"^{text} is no month; write 2026-10"):
            days(text)
