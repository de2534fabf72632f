"""Cash without applications on claims: what decides, what suggests, and what stays open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.matching.frames import SCOPE, inputs, matched
from toolkit.matching.engine import match
from toolkit.matching.model import Inputs

NAMES = ("payment_id", "claim_id", "rule", "band")
BILLED = date(2026, 2, 1)


def _claim(name: str, number: str, due: int, **more: Any) -> dict[str, Any]:
    return {"claim_id": name, "invoice_number": number, "due_amount": due, "billing_date": BILLED, **more}


def _paid(name: str, amount: int, text: str | None = None, days: int = 30, **more: Any) -> dict[str, Any]:
    day = BILLED + timedelta(days=days)
    return {"payment_id": name, "payment_amount": amount, "reference": text, "payment_date": day, **more}


def _found(payments: list[dict[str, Any]], claims: list[dict[str, Any]], *names: str) -> list[Any]:
    return matched(inputs(payments, claims), *(names or NAMES))


A, B, C = _claim("a", "INV-7001", 100_01), _claim("b", "INV-7002", 200_02), _claim("c", "INV-7003", 450_07)


@pytest.mark.parametrize("text", ["INV-7001", "7001", "inv 7001", "paid 7001 with thanks"])
def test_a_named_invoice_and_its_cents_decide(text: str) -> None:
    assert _found([_paid("1", 100_01, text)], [A, B]) == [("1", "a", "named_amount", "auto")]


@pytest.mark.parametrize("text", ["INV-70014A", "70014/2", "INV-7O014", "INV-7001"])
def test_a_suffix_an_o_for_a_zero_and_a_lost_character_decide_with_the_cents(text: str) -> None:
    assert _found([_paid("1", 100_01, text)], [_claim("a", "INV-70014", 100_01)])[0][3] == "auto"


def test_a_number_off_by_a_digit_only_suggests_because_a_sibling_has_it() -> None:
    assert _found([_paid("1", 100_01, "INV-7004")], [A]) == [("1", "a", "near_amount", "suggest")]


def test_a_short_number_decides_only_with_project_or_odd_cents() -> None:
    one = _claim("a", "3", 500_00, project_number="P1")
    assert _found([_paid("1", 500_00, "3")], [one])[0][3] == "suggest"
    assert _found([_paid("1", 500_00, "3", project_number="P1")], [one])[0][3] == "auto"


def test_two_claims_with_number_and_cents_are_both_listed() -> None:
    twins = [_claim("a", "7001", 500_00), _claim("b", "7001", 500_00)]
    found = _found([_paid("1", 500_00, "7001")], twins, "claim_id", "band", "confidence", "reason")
    assert [row[:3] for row in found] == [("a", "suggest", 0.5), ("b", "suggest", 0.5)]
    assert "the other is b" in found[0][3]


def test_cents_and_project_decide_where_nothing_is_named() -> None:
    here = {**A, "project_number": "P1"}
    assert _found([_paid("1", 100_01, project_number="P1")], [here]) == [("1", "a", "vendor_amount", "auto")]
    assert _found([_paid("1", 100_01)], [here]) == [("1", "a", "vendor_amount", "suggest")]


def _others(count: int) -> list[dict[str, Any]]:
    """Claims of the same vendor, each due once: they show how its amounts vary."""
    return [_claim(f"o{n}", f"88{n}", 900_13 + 7_01 * n) for n in range(count)]


def test_odd_cents_that_occur_once_on_both_sides_decide_where_the_vendors_amounts_are_known() -> None:
    assert _found([_paid("1", 100_01)], [A, *_others(5)]) == [("1", "a", "vendor_amount", "auto")]
    assert _found([_paid("1", 100_01)], [A, *_others(4)])[0][3] == "suggest"
    # Round sums, and cents that the vendor was paid before, say too little.
    assert _found([_paid("1", 100_00)], [_claim("a", "7001", 100_00), *_others(5)])[0][3] == "suggest"
    again = _found([_paid("0", 100_01, days=5), _paid("1", 100_01)], [A, *_others(5)])
    assert {band for *_, band in again} == {"suggest"}


def test_claims_that_come_to_the_cash_decide_where_their_amounts_occur_once() -> None:
    known = _found([_paid("1", 300_03)], [A, B, C, *_others(5)], "claim_id", "rule", "band")
    assert known == [("a", "sum", "auto"), ("b", "sum", "auto")]


def test_claims_of_one_project_that_come_to_the_cash_decide_without_the_payments_own() -> None:
    here = [{**claim, "project_number": "P1"} for claim in (A, B, C)]
    others = [_claim(f"o{n}", f"88{n}", 900_00, project_number=f"P{n}") for n in range(2, 5)]
    found = _found([_paid("1", 750_10)], [*here, *others], "claim_id", "rule", "band")
    assert found == [(name, "sum", "auto") for name in "abc"]


def test_a_later_payment_waits_where_an_earlier_one_of_the_same_cents_is_not_decided() -> None:
    # 71200 lost a digit in the earlier one: it may be the very bill.
    claims = [_claim("a", "INV-71200", 100_01), _claim("b", "INV-9", 5_00)]
    payments = [_paid("1", 100_01, "INV-710", days=20), _paid("2", 100_01, "INV-71200", days=30)]
    assert {band for *_, band in _found(payments, claims)} == {"suggest"}


def test_an_amount_that_keeps_coming_decides_nothing() -> None:
    months = [_claim(f"m{n}", f"70{n}", 100_01, project_number="P1") for n in range(4)]
    assert _found([_paid("1", 100_01, project_number="P1")], months)[0][3] == "suggest"


@pytest.mark.parametrize(
    ("paid", "said"),
    [
        (90_00, "gross amount (no retainage held)"),
        (85_50, "amount with tax on top"),
        (80_98, "amount but for cents"),
        (79_38, "amount less a discount"),
    ],
)
def test_a_named_invoice_decides_on_another_basis_of_its_amount(paid: int, said: str) -> None:
    # Gross 90.00 less 9.00 retained is 81.00 due; 4.50 of tax on top make 85.50; 2 % off leave 79.38.
    claim = _claim("a", "7001", 81_00, gross_amount=90_00, retainage_amount=9_00, tax_amount=4_50)
    ((rule, band, reason),) = _found([_paid("1", paid, "7001")], [claim], "rule", "band", "reason")
    assert (rule, band) == ("named_basis", "auto")
    assert said in reason


def test_a_list_that_comes_to_the_cash_decides_and_pays_each_its_due() -> None:
    found = _found([_paid("1", 300_03, "7001, 7002")], [A, B, C], "claim_id", "matched_amount", "band")
    assert found == [("a", 100_01, "auto"), ("b", 200_02, "auto")]


def test_a_list_cut_off_is_completed_by_the_one_claim_that_fits_the_rest() -> None:
    # 7001 and 7002 are named; 450.07 of the cash are left, which is c.
    found = _found([_paid("1", 750_10, "INV-7001, INV-7002, I")], [A, B, C], "claim_id", "rule", "band")
    assert found == [("a", "named_part", "auto"), ("b", "named_part", "auto"), ("c", "sum", "auto")]


def test_a_list_of_claims_billed_months_apart_leaves_its_rest_open() -> None:
    # Claims that one check pays lie within weeks; no day lies near both of these.
    late = _claim("d", "INV-7009", 300_03, billing_date=BILLED + timedelta(days=80))
    found = _found([_paid("1", 850_11, "INV-7001, INV-7009, I", 100)], [A, late, C], "claim_id", "rule", "band")
    assert found == [("a", "named_only", "suggest"), ("d", "named_only", "suggest")]


def test_a_list_that_is_short_of_its_dues_is_only_suggested() -> None:
    found = _found([_paid("1", 280_00, "7001, 7002")], [A, B], "claim_id", "matched_amount", "band")
    assert found == [("a", 100_01, "suggest"), ("b", 179_99, "suggest")]


def test_claims_that_come_to_the_cash_are_found_and_decide_only_with_the_project() -> None:
    claims = [{**claim, "project_number": "P1"} for claim in (A, B, C)]
    told = _found([_paid("1", 300_03, project_number="P1")], claims, "claim_id", "rule", "band")
    assert told == [("a", "sum", "auto"), ("b", "sum", "auto")]
    assert [row[2] for row in _found([_paid("1", 300_03)], claims, "claim_id", "rule", "band")] == ["suggest"] * 2


def test_parts_that_come_to_the_due_decide_and_a_lone_part_suggests() -> None:
    halves = [_paid("1", 250_07, "7003"), _paid("2", 200_00, "7003", days=50)]
    assert _found(halves, [C]) == [("1", "c", "split", "auto"), ("2", "c", "split", "auto")]
    assert _found(halves[:1], [C]) == [("1", "c", "partial", "suggest")]


def test_a_blank_payment_of_what_is_left_of_a_claim_is_suggested() -> None:
    found = _found(
        [_paid("1", 250_07, "7003", project_number="P1"), _paid("2", 200_00)], [{**C, "project_number": "P1"}]
    )
    assert found == [("1", "c", "partial", "auto"), ("2", "c", "split_rest", "suggest")]


def test_of_two_payments_of_one_bill_the_earlier_pairs_and_the_later_pays_again() -> None:
    twice = [_paid("2", 100_01, "7001", days=20), _paid("1", 100_01, "7001", days=40)]
    found = _found(twice, [A], *NAMES, "reason")
    assert [row[:4] for row in found] == [("1", "a", "paid_again", "suggest"), ("2", "a", "named_amount", "auto")]
    assert "the first is payment 2" in found[0][4]
    numbered = [_paid("2", 100_01, "7001", days=20, check_number="0471"), twice[1]]
    assert "the first is payment 0471" in _found(numbered, [A], *NAMES, "reason")[0][4]


def test_an_earlier_blank_payment_of_the_same_cents_takes_the_claim_and_a_person_decides() -> None:
    twice = [_paid("1", 100_01, days=20), _paid("2", 100_01, "7001", days=30)]
    assert _found(twice, [A]) == [("1", "a", "named_amount", "suggest")]


def test_cash_long_before_or_after_billing_is_not_taken_for_the_claim() -> None:
    assert _found([_paid("1", 100_01, days=-40)], [A]) == []
    assert _found([_paid("1", 100_01, days=300)], [A]) == []


def test_a_claim_without_a_date_is_met_by_number_and_cents() -> None:
    assert _found([_paid("1", 100_01, "7001")], [{**A, "billing_date": None}])[0][3] == "auto"


def test_cash_in_another_currency_meets_nothing() -> None:
    assert _found([_paid("1", 100_01, "7001", currency_code="CAD")], [A]) == []


def test_a_claim_that_an_application_paid_in_part_has_the_rest_to_pay() -> None:
    line = {"payment_id": "1", "application_id": "1-1", "invoice_number": "INV-7003", "applied_amount": 250_07}
    given = inputs([_paid("1", 250_07), _paid("2", 200_00, "7003")], [C], [line])
    assert matched(given, *NAMES) == [("1", "c", "exact_number", "auto"), ("2", "c", "named_amount", "auto")]


AMOUNTS = st.sampled_from([100_01, 200_02, 450_07, 300_03, 500_00])
TEXTS = st.sampled_from(["", "7001", "7002, 7003", "INV-7001, INV-7002", "MULTIPLE", "3", "7O02"])
DAYS = st.integers(-20, 120)


def _company(paid: list[Any], billed: list[Any]) -> Inputs:
    payments = [_paid(f"p{n}", cents, text, days) for n, (cents, text, days) in enumerate(paid)]
    claims = [
        _claim(f"c{n}", number, cents, billing_date=BILLED + timedelta(days=days))
        for n, (cents, number, days) in enumerate(billed)
    ]
    return inputs(payments, claims)


NUMBERS = st.sampled_from(["7001", "7002", "7003", "3", "INV-7001"])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(AMOUNTS, TEXTS, DAYS), max_size=8),
    st.lists(st.tuples(AMOUNTS, NUMBERS, st.integers(0, 40)), max_size=8),
)
def test_decided_cash_is_never_more_than_the_payment_nor_a_claim_decided_twice(paid: Any, billed: Any) -> None:
    given = _company(paid, billed)
    sure = match(given, SCOPE)[0].filter(pl.col("band") == "auto")
    spent = sure.group_by("payment_id").agg(spent=pl.col("matched_amount").sum()).join(given.payments, on="payment_id")
    assert (spent["spent"] == spent["payment_amount"]).all()
    whole = sure.filter(pl.col("rule").is_in(["named_amount", "near_amount", "vendor_amount", "remittance", "sum"]))
    assert whole["claim_id"].is_unique().all()
