"""Each pass by one small frame on which it decides, and one on which it must not."""

from __future__ import annotations

from typing import Any

from tests.matching.frames import decisions, inputs, matched
from toolkit.matching.passes import PASSES

NAMES = ("payment_id", "claim_id", "rule", "band")
PAYMENT = {"payment_id": "1", "payment_amount": 500_00}
APPLICATION = {"payment_id": "1", "application_id": "1-1", "invoice_number": "INV-7001", "applied_amount": 500_00}
CLAIM = {"claim_id": "c", "invoice_number": "INV-7001", "due_amount": 500_00}


def _applied(claims: list[dict[str, Any]], payment: dict[str, Any] | None = None, **application: Any) -> list[Any]:
    return matched(inputs([{**PAYMENT, **(payment or {})}], claims, [{**APPLICATION, **application}]), *NAMES)


def _whole(claims: list[dict[str, Any]], **payment: Any) -> list[Any]:
    return matched(inputs([{**PAYMENT, **payment}], claims), *NAMES)


def test_the_erps_own_key_on_the_claim_decides() -> None:
    claim = {**CLAIM, "origin_id": "B-9", "invoice_number": "other"}
    assert _applied([claim], document_id="B-9") == [("1", "c", "origin_id", "auto")]


def test_the_erps_key_on_a_strangers_claim_decides_nothing() -> None:
    claim = {**CLAIM, "origin_id": "B-9", "invoice_number": "other", "vendor_name": "Cedar Tile"}
    assert _applied([claim], document_id="B-9") == []


def test_vendor_and_number_as_written_decide() -> None:
    assert _applied([CLAIM]) == [("1", "c", "exact_number", "auto")]


def test_a_number_of_another_vendor_is_only_suggested_and_only_with_its_cents() -> None:
    stranger = {**CLAIM, "vendor_name": "Cedar Tile"}
    assert _applied([stranger]) == [("1", "c", "named_amount", "suggest")]
    assert _applied([{**stranger, "due_amount": 500_01}]) == []


def test_a_number_written_another_way_decides_with_its_cents() -> None:
    assert _applied([CLAIM], invoice_number="7001") == [("1", "c", "normalised_number", "auto")]


def test_a_number_written_another_way_needs_cents_or_project_to_decide() -> None:
    assert _applied([{**CLAIM, "due_amount": 900_00}], invoice_number="7001") == [("1", "c", "partial", "suggest")]


def test_a_claim_of_another_commitment_is_no_candidate() -> None:
    assert _applied([{**CLAIM, "commitment_number": "B"}], commitment_number="A") == []


def test_a_claim_of_another_project_is_no_candidate() -> None:
    assert _applied([{**CLAIM, "project_number": "24-02"}], project_number="24-01") == []


def test_a_project_is_the_same_however_it_is_written() -> None:
    assert _applied([{**CLAIM, "project_number": "24-1007"}], project_number="241007")[0][3] == "auto"


def test_a_claim_in_another_currency_is_no_candidate() -> None:
    assert _applied([{**CLAIM, "currency_code": "CAD"}]) == []


def test_a_remittance_list_whose_dues_come_to_the_cash_decides() -> None:
    claims = [CLAIM, {"claim_id": "d", "invoice_number": "INV-7002", "due_amount": 200_00}]
    found = _whole(claims, payment_amount=700_00, reference="inv 7001; 7002")
    assert found == [("1", "c", "remittance", "auto"), ("1", "d", "remittance", "auto")]


def test_cash_of_the_vendors_cents_and_no_number_is_only_suggested() -> None:
    assert _whole([CLAIM]) == [("1", "c", "vendor_amount", "suggest")]


def test_nothing_that_agrees_meets_nothing() -> None:
    assert _whole([CLAIM], payment_amount=123_45) == []


def test_voided_and_pending_payments_meet_no_claim() -> None:
    for status in ("voided", "reversed", "deleted", "pending"):
        assert _applied([CLAIM], payment={"status": status}) == []


def test_prepayments_and_refunds_meet_no_claim() -> None:
    for kind in ("prepayment", "refund", "reversal", "credit_application"):
        assert _applied([CLAIM], payment={"document_kind": kind}) == []


def test_a_split_that_the_erp_leaves_open_is_never_decided() -> None:
    applications = [
        APPLICATION,
        {**APPLICATION, "application_id": "1-2", "invoice_number": "INV-7002"},
        {**APPLICATION, "application_id": "1-3", "applied_amount": -1, "document_type": "vendor_credit"},
    ]
    assert matched(inputs([PAYMENT], [CLAIM], applications), *NAMES) == [("1", "c", "exact_number", "suggest")]


def test_of_two_claims_with_the_number_the_one_with_the_cents_is_stronger() -> None:
    other = {**CLAIM, "claim_id": "d", "due_amount": 9, "project_number": "B"}
    assert _applied([other, CLAIM]) == [("1", "c", "exact_number", "auto")]


def test_two_claims_of_equal_strength_are_both_listed_and_neither_decided() -> None:
    found = _applied([{**CLAIM, "claim_id": "d"}, CLAIM])
    assert found == [("1", "c", "named_amount", "suggest"), ("1", "d", "named_amount", "suggest")]


def test_the_reason_names_what_agrees_and_how_many_fit() -> None:
    (row,) = matched(inputs([PAYMENT], [CLAIM], [APPLICATION]), "reason")
    assert "number, amount to the cent, the ERP's own application" in row[0]
    twins = matched(inputs([PAYMENT], [CLAIM, {**CLAIM, "claim_id": "d"}], [APPLICATION]), "reason")
    assert all("2 claims fit equally well" in said for (said,) in twins)


def test_a_confirmed_match_stands_before_every_pass() -> None:
    said = decisions({"payment_id": "1", "application_id": "1-1", "claim_id": "d", "verdict": "confirm"})
    claims = [CLAIM, {**CLAIM, "claim_id": "d", "invoice_number": "zzz", "due_amount": 1}]
    given = inputs([PAYMENT], claims, [APPLICATION], decisions=said)
    assert matched(given, *NAMES) == [("1", "d", "confirmed", "confirmed")]


def test_an_unmatched_pair_never_meets_again_and_leaves_the_others() -> None:
    said = decisions({"payment_id": "1", "application_id": "1-1", "claim_id": "c", "verdict": "unmatch"})
    payments = [PAYMENT, {**PAYMENT, "payment_id": "2"}]
    applications = [APPLICATION, {**APPLICATION, "payment_id": "2", "application_id": "2-1"}]
    found = matched(inputs(payments, [CLAIM], applications, decisions=said), *NAMES)
    assert [(row[0], row[1]) for row in found] == [("2", "c")]


def test_unmatching_the_stronger_leaves_the_weaker_to_be_found() -> None:
    said = decisions({"payment_id": "1", "application_id": "1-1", "claim_id": "c", "verdict": "unmatch"})
    other = {**CLAIM, "claim_id": "d", "due_amount": 9}
    given = inputs([PAYMENT], [CLAIM, other], [APPLICATION], decisions=said)
    assert [row[1] for row in matched(given, *NAMES)] == ["d"]


def test_a_confirmed_claim_that_is_gone_confirms_nothing() -> None:
    said = decisions({"payment_id": "1", "application_id": "1-1", "claim_id": "gone", "verdict": "confirm"})
    assert matched(inputs([PAYMENT], [CLAIM], [APPLICATION], decisions=said), *NAMES)[0][1] == "c"


def test_every_pass_has_a_name_and_a_sentence_of_its_own() -> None:
    assert len({step.name for step in PASSES}) == len({step.sentence for step in PASSES}) == len(PASSES)
