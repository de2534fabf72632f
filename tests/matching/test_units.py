"""Units: what is matched, and that no cash is lost or doubled on the way there."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.matching.frames import SCOPE, inputs
from toolkit.matching.model import Inputs, Scope
from toolkit.matching.units import units

PAYMENT = {"payment_id": "1", "payment_amount": 500_00}


def _amounts(given: Inputs, scope: Scope = SCOPE) -> list[tuple[str | None, int]]:
    return units(given, scope).select("application_id", "amount").rows()


def _applied(number: int, amount: int, **more: object) -> dict[str, object]:
    return {"payment_id": "1", "application_id": f"1-{number}", "applied_amount": amount, **more}


def test_a_payment_without_applications_is_one_unit() -> None:
    assert _amounts(inputs([PAYMENT], [])) == [(None, 500_00)]


def test_each_application_to_a_bill_is_a_unit() -> None:
    assert _amounts(inputs([PAYMENT], [], [_applied(1, 300_00), _applied(2, 200_00)])) == [
        ("1-1", 300_00),
        ("1-2", 200_00),
    ]


def test_a_credit_beside_one_bill_leaves_the_bill_its_cash() -> None:
    credit = _applied(2, -100_00, document_type="vendor_credit")
    # 600 of the bill, less 100 of credit, is the 500 that left.
    assert _amounts(inputs([PAYMENT], [], [_applied(1, 600_00), credit])) == [("1-1", 500_00)]


def test_a_credit_beside_several_bills_leaves_the_split_to_a_person() -> None:
    credit = _applied(3, -100_00, document_type="vendor_credit")
    found = units(inputs([PAYMENT], [], [_applied(1, 400_00), _applied(2, 200_00), credit]), SCOPE)
    assert found["split_unknown"].to_list() == [True, True]


def test_a_reversed_application_of_a_living_payment_is_no_unit() -> None:
    turned = _applied(1, 500_00, status="reversed")
    assert _amounts(inputs([PAYMENT], [], [turned, _applied(2, 500_00)])) == [("1-2", 500_00)]


def test_a_voided_payment_keeps_its_units_to_say_what_it_paid() -> None:
    found = units(inputs([{**PAYMENT, "status": "voided"}], [], [_applied(1, 500_00, status="reversed")]), SCOPE)
    assert found.select("application_id", "alive").rows() == [("1-1", False)]


def test_cash_applied_to_a_journal_alone_stays_a_unit_and_meets_no_claim_by_itself() -> None:
    journal = _applied(1, 500_00, document_type="journal")
    found = units(inputs([PAYMENT], [], [journal]), SCOPE)
    assert found.select("application_id", "amount", "elsewhere").rows() == [(None, 500_00, True)]


def test_the_period_and_the_day_bound_what_a_run_looks_at() -> None:
    days = {"1": date(2026, 9, 30), "2": date(2026, 10, 1), "3": date(2026, 10, 31), "4": date(2026, 11, 1)}
    given = inputs([{**PAYMENT, "payment_id": name, "payment_date": day} for name, day in days.items()], [])
    found = units(given, Scope(as_of=date(2026, 10, 31), period="2026-10"))
    assert found["payment_id"].to_list() == ["2", "3"]


def test_an_application_without_a_project_takes_its_payments() -> None:
    given = inputs([{**PAYMENT, "project_number": "P-7"}], [], [_applied(1, 500_00)])
    assert units(given, SCOPE)["project_number"].to_list() == ["P-7"]


def test_two_erp_companies_keep_their_payments_apart() -> None:
    given = inputs([PAYMENT, {**PAYMENT, "erp_company": "east"}], [], [_applied(1, 500_00)])
    assert units(given, SCOPE).select("erp_company", "application_id").rows() == [("default", "1-1"), ("east", None)]


KINDS = st.sampled_from(["bill", "retainage_bill", "vendor_credit", "journal", "prepayment", "other"])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(KINDS, st.integers(-9, 9), st.booleans()), max_size=5))
def test_every_payment_has_a_unit_and_its_bills_come_to_what_was_applied(said: list[tuple[str, int, bool]]) -> None:
    lines = [
        _applied(n, cents, document_type=kind, status="applied" if stands else "reversed")
        for n, (kind, cents, stands) in enumerate(said)
    ]
    found = units(inputs([PAYMENT], [], lines), SCOPE)
    bills = [cents for kind, cents, stands in said if kind.endswith("bill") and stands]
    others = sum(cents for kind, cents, stands in said if not kind.endswith("bill") and stands)
    expected = sum(bills) + (others if len(bills) == 1 else 0) if bills else 500_00
    assert (found.height, found["amount"].sum()) == (max(len(bills), 1), expected)
    assert found["unit"].to_list() == list(range(found.height))
    assert not found.filter(pl.col("elsewhere"), pl.col("application_id").is_not_null()).height
