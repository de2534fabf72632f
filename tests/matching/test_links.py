"""Which row in Procore shows which unit: each at most once, and the strongest evidence first."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from tests.matching.frames import SCOPE, inputs, linked, rows
from toolkit import schemas
from toolkit.matching.engine import match
from toolkit.matching.keys import sync_reference

DAY = date(2026, 3, 1)
PAYMENT = {"payment_id": "1", "payment_amount": 500_00, "check_number": "0042", "payment_date": DAY}
APPLICATION = {"payment_id": "1", "application_id": "1-1", "invoice_number": "INV-7001", "applied_amount": 500_00}
CLAIM = {"claim_id": "c", "invoice_number": "INV-7001", "due_amount": 500_00}
ROW = {
    "issued_payment_id": "r",
    "project_id": "P1",
    "commitment_id": "K1",
    "claim_id": "c",
    "payment_date": DAY,
    "amount": 500_00,
    "synced": False,
}


def _shown(*said: dict[str, Any]) -> pl.DataFrame:
    return rows(schemas.IssuedPayments, ROW, list(said))


def _given(*said: dict[str, Any], payment: dict[str, Any] | None = None, **others: pl.DataFrame) -> Any:
    return inputs([{**PAYMENT, **(payment or {})}], [CLAIM], [APPLICATION], issued_payments=_shown(*said), **others)


def test_a_row_with_claim_amount_and_date_of_a_unit_shows_it() -> None:
    assert linked(_given({})) == [("1", "r", "same_facts")]


def test_a_row_of_another_amount_shows_nothing() -> None:
    assert linked(_given({"amount": 500_01})) == []


def test_a_row_with_neither_check_number_nor_date_of_the_unit_shows_nothing() -> None:
    assert linked(_given({"payment_date": date(2026, 3, 2), "check_number": "43"})) == []


def test_of_two_rows_the_one_that_agrees_on_check_number_and_date_is_the_one() -> None:
    assert linked(_given({}, {"issued_payment_id": "s", "check_number": "42"})) == [("1", "s", "same_facts")]


def test_two_rows_that_fit_equally_are_left_to_a_person() -> None:
    assert linked(_given({}, {"issued_payment_id": "s"})) == []


def test_our_reference_is_stronger_than_equal_facts() -> None:
    reference = sync_reference("77", "P1", "K1", "netsuite", "default", "1", "1-1")
    ours = {"issued_payment_id": "s", "origin_id": reference, "amount": 499_00}
    assert linked(_given({}, ours)) == [("1", "s", "reference")]


def test_what_we_posted_is_known_before_everything_else() -> None:
    said = {"sync_id": "p1-x", "payment_id": "1", "application_id": "1-1", "claim_id": "c", "amount": 500_00}
    posted = rows(
        schemas.PostedSyncs, {"erp": "netsuite", "erp_company": "default"}, [{**said, "issued_payment_id": "s"}]
    )
    given = _given({}, {"issued_payment_id": "s", "amount": 1}, posted=posted)
    assert linked(given) == [("1", "s", "posted")]


def test_a_check_over_two_claims_is_shown_by_two_rows() -> None:
    payment = {"payment_id": "1", "payment_amount": 700_00, "reference": "INV-7001, INV-7002", "check_number": "42"}
    claims = [CLAIM, {"claim_id": "d", "invoice_number": "INV-7002", "due_amount": 200_00}]
    shown = _shown({}, {"issued_payment_id": "s", "claim_id": "d", "amount": 200_00})
    found = linked(inputs([payment], claims, issued_payments=shown), "issued_payment_id", "claim_id")
    assert found == [("r", "c"), ("s", "d")]


def test_a_voided_check_that_still_stands_is_found_by_vendor_and_number() -> None:
    commitments = rows(
        schemas.Commitments, {"kind": "subcontract", "project_id": "P1"}, [{"commitment_id": "K1", "vendor_id": "V1"}]
    )
    vendors = rows(schemas.Vendors, {}, [{"vendor_id": "V1", "vendor_name": "Aster Steel LLC"}])
    given = _given(
        {"check_number": "42", "payment_date": None},
        payment={"status": "voided"},
        commitments=commitments,
        vendors=vendors,
    )
    assert linked(given) == [("1", "r", "voided_check")]


def test_no_row_and_no_part_of_a_unit_is_linked_twice() -> None:
    payments = [{**PAYMENT, "payment_id": name} for name in "123"]
    applications = [{**APPLICATION, "payment_id": name, "application_id": f"{name}-1"} for name in "123"]
    shown = _shown(*({"issued_payment_id": name, "check_number": "42"} for name in "rst"))
    _, found = match(inputs(payments, [CLAIM], applications, issued_payments=shown), SCOPE, "77")
    assert found["issued_payment_id"].is_unique().all()
    assert found.select("payment_id", "application_id", "claim_id").is_unique().all()
