"""What lies beside the statement: it again by project, commitment, vendor; retainage, commitments, ageing, changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from toolkit.matching.model import Inputs, Scope
from toolkit.rules import breakdown
from toolkit.rules.breakdown import Run, laid_out
from toolkit.rules.reconcile import reconcile
from toolkit.rules.statement import FIRST, LAST, UNEXPLAINED

from .small import AS_OF, COMMITMENT, claim, company, payment, pays, row
from .test_statement import small_companies


def _run(inputs: Inputs, scope: Scope | None = None) -> Run:
    scope = scope or Scope(AS_OF)
    found = reconcile(inputs, scope)

    def table(name: str) -> pl.DataFrame:
        frame: pl.DataFrame = getattr(found if name in ("matches", "links") else inputs, name)
        return frame

    return laid_out(table, scope)


def _total(lines: pl.DataFrame, label: str) -> int:
    return int(lines.filter(pl.col("label") == label)["amount"].sum())


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_companies())
def test_every_project_commitment_and_vendor_ties_and_together_they_are_the_statement(
    seen: tuple[Inputs, Scope],
) -> None:
    inputs, scope = seen
    run, whole = _run(inputs, scope), reconcile(inputs, scope).statement
    for what in ("project", "commitment", "vendor"):
        lines = breakdown.by(run, what)
        assert set(lines.filter(pl.col("label") == UNEXPLAINED)["amount"]) <= {0}
        assert [_total(lines, end) for end in (FIRST, LAST)] == [_total(whole, end) for end in (FIRST, LAST)]


PAID = [payment("101", 500), payment("102", 300, payment_date=date(2026, 8, 1)), payment("103", 40)]
APPLIED = [pays("101", "A-1", 500), pays("102", "A-2", 300), pays("103", "RENT", 40)]
CLAIMS = [
    claim("1", "A-1", 500, gross_amount=550, retainage_amount=50, billing_date=date(2026, 9, 20)),
    claim("2", "A-2", 300, gross_amount=320, retainage_amount=20, billing_date=date(2026, 10, 2)),
    claim("3", "A-3", 30, gross_amount=0, retainage_amount=-30, billing_date=date(2026, 10, 3)),
]
SHOWN = [row("7", 500, claim_id="1", check_number="101")]


def test_a_commitment_says_what_was_paid_on_it_and_what_procore_shows() -> None:
    lines = breakdown.by(_run(company(PAID, APPLIED, CLAIMS, SHOWN)), "commitment")
    said = lines.select("commitment", "label", "amount").rows()
    assert ("SC-1", FIRST, 800_00) in said
    assert ("SC-1", "Not yet in Procore", -300_00) in said
    assert ("SC-1", LAST, 500_00) in said
    assert ("(none)", "No claim in Procore", -40_00) in said


def test_a_line_that_is_forgotten_shows_in_its_commitment() -> None:
    run = _run(company(PAID, APPLIED, CLAIMS, SHOWN))
    less = replace(run, items=run.items.filter(pl.col("payment_id") != "101"))
    lines = breakdown.by(less, "commitment").filter(pl.col("label") == UNEXPLAINED)
    assert dict(lines.select("commitment", "amount").iter_rows()) == {"(none)": 0, "SC-1": 500_00}


def test_retainage_rolls_from_its_opening_to_its_closing() -> None:
    run = _run(company(PAID, APPLIED, CLAIMS, SHOWN), Scope(AS_OF, "2026-10"))
    # 50 before October; in it 20 withheld and 30 released: 40 are held.
    (rolled,) = breakdown.retainage(run).to_dicts()
    assert [rolled[name] // 100 for name in ("opening", "withheld", "released", "closing")] == [50, 20, 30, 40]


def test_a_commitment_rolls_up_to_what_is_left_of_it() -> None:
    inputs = company(PAID, APPLIED, CLAIMS, SHOWN, commitments=[COMMITMENT | {"revised_amount": 2000}])
    (rolled,) = breakdown.commitments(_run(inputs)).to_dicts()
    wanted = {"revised": 2000, "claimed": 870, "paid": 800, "shown": 500, "balance": 1200}
    assert {name: rolled[name] // 100 for name in wanted} == wanted


def test_open_items_stand_by_their_age() -> None:
    aged = breakdown.ageing(_run(company(PAID, APPLIED, CLAIMS, SHOWN)))
    days = (AS_OF - date(2026, 8, 1)).days
    assert days > 90
    assert ("Not yet in Procore", "over 90 days", -300_00) in aged.select("label", "age", "amount").rows()


def test_what_came_and_what_went_between_two_runs_is_counted() -> None:
    before = reconcile(company(PAID, APPLIED, CLAIMS, SHOWN), Scope(AS_OF)).mismatches
    now = reconcile(company(PAID[:2], APPLIED[:2], CLAIMS, []), Scope(AS_OF)).mismatches
    said = breakdown.changes(now, before).select("change", "code", "row_count").rows()
    assert ("came", "in_erp_not_procore", 1) in said
    assert ("went", "payment_no_invoice", 1) in said
