"""What a closed month saw after its close: late items, one by one, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from toolkit import schemas
from toolkit.matching.model import Inputs, Scope
from toolkit.rules.closed import changes, standing

from .small import AS_OF, claim, company, found, payment, pays, row

MONTH = "2026-10"
LOCK = pl.DataFrame({"period": [MONTH], "version": [1], "run_id": ["r"]}, schema=schemas.columns(schemas.ClosedPeriods))
Side = dict[str, list[dict[str, object]]]


def _sides() -> Side:
    return {
        "payments": [payment("101", 500), payment("102", 70, payment_date=date(2026, 9, 30))],
        "applications": [pays("101", "A-1", 500), pays("102", "A-2", 70)],
        "claims": [claim("1", "A-1", 500)],
        "rows": [row("9", 500, claim_id="1", check_number="101")],
    }


def _late(change: Callable[[Side], object]) -> pl.DataFrame:
    """October was closed on `_sides()`, then changed."""
    signed, now = company(**_sides()), _sides()
    change(now)
    kept = standing(signed).filter(pl.col("period") == MONTH)
    return changes(replace(company(**now), closed=LOCK, closed_items=kept), Scope(AS_OF))


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("amount", lambda now: now["payments"][0].update(payment_amount=490)),
        ("standing", lambda now: now["payments"][0].update(status="voided")),
        ("payment_date", lambda now: now["payments"][0].update(payment_date=date(2026, 10, 7))),
        ("settles", lambda now: now["applications"][0].update(invoice_number="A-3")),
        ("gone", lambda now: (now["payments"].pop(0), now["applications"].pop(0))),
        ("new", lambda now: now["payments"].append(payment("103", 20))),
    ],
)
def test_a_payment_that_changed_is_named_with_how(what: str, change: Callable[[Side], object]) -> None:
    late = _late(change)
    assert late.select("side", "what", "period").rows() == [("erp", what, MONTH)]
    assert late["amount"].to_list() == [{"amount": 10_00, "new": 20_00}.get(what, 500_00)]


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("amount", lambda now: now["rows"][0].update(amount=501)),
        ("settles", lambda now: now["rows"][0].update(claim_id=None)),
        ("gone", lambda now: now["rows"].pop()),
        ("new", lambda now: now["rows"].append(row("10", 1))),
    ],
)
def test_a_row_of_procore_that_changed_is_named_with_how(what: str, change: Callable[[Side], object]) -> None:
    assert _late(change).select("side", "what").rows() == [("procore", what)]


@pytest.mark.parametrize(
    "change",
    [
        lambda _: None,
        lambda now: now["payments"][0].update(status="cleared", cleared_date=date(2026, 11, 3)),
        lambda now: now["payments"][1].update(payment_amount=71),
        lambda now: now["payments"].append(payment("104", 5, payment_date=date(2026, 9, 1))),
        lambda now: now["payments"][0].update(memo="looked at"),
    ],
)
def test_what_cleared_or_lies_in_an_open_month_is_no_late_item(change: Callable[[Side], object]) -> None:
    assert _late(change).is_empty()


def test_a_payment_moved_into_a_closed_month_is_new_there() -> None:
    late = _late(lambda now: now["payments"][1].update(payment_date=date(2026, 10, 2)))
    assert late.select("what", "payment_id").rows() == [("new", "102")]


def test_each_late_item_is_a_mismatch_with_its_sentence() -> None:
    signed, now = company(**_sides()), _sides()
    now["payments"][0]["payment_amount"] = 490
    kept = standing(signed).filter(pl.col("period") == MONTH)
    inputs: Inputs = replace(company(**now), closed=LOCK, closed_items=kept)
    (only,) = found(inputs)["changed_after_close"]
    assert only["sentence"] == (
        "Payment 101 of 500.00 USD to Alder Ridge, dated 2026-10-05, became 490.00 USD after 2026-10 was closed."
    )
    assert "changed_after_close" not in found(company(**now))
