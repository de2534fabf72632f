"""What may be proposed, and in plain words why the rest may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from toolkit import schemas
from toolkit.matching.model import Inputs, Scope
from toolkit.rules.preflight import propose

from .small import AS_OF, COMMITMENT, PROJECT, claim, company, drawn, frame, payment, pays, row

LATER = date(2026, 10, 12)


def _proposals(inputs: Inputs, scope: Scope | None = None, **overrides: str) -> dict[str, dict[str, Any]]:
    table = propose(drawn(inputs, scope), inputs, "5", {name[1:]: why for name, why in overrides.items()})
    return {each["payment_id"] + (each["invoice_number"] or ""): each for each in table.iter_rows(named=True)}


def _one(inputs: Inputs, **overrides: str) -> dict[str, Any]:
    (only,) = _proposals(inputs, **overrides).values()
    return only


def _simple(rows: Any = (), claimed: dict | None = None, **said: Any) -> Inputs:
    """One payment of 500 on one claim of 500."""
    paid = said.pop("paid", {})
    size = paid.get("payment_amount", 500)
    one = claim("1", "A-1", 500, **(claimed or {}))
    return company([payment("101", size, **paid)], [pays("101", "A-1", size)], [one], rows, **said)


def test_a_sure_payment_of_a_payable_claim_is_proposed_with_nothing_against_it() -> None:
    only = _one(_simple())
    assert (only["amount"], only["claim_id"], only["reason"], only["warning"]) == (50000, "1", None, None)


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        (_simple(claimed={"status": "draft"}), "The claim is draft in Procore, so it may not be paid there."),
        (
            _simple(commitments=[COMMITMENT | {"payments_enabled": False}]),
            "The commitment has no Payments Issued tab: switch on Enable Payments in its settings.",
        ),
        (
            _simple(claimed={"currency_code": None}, commitments=[COMMITMENT | {"currency_code": "CAD"}]),
            "The payment is in USD, the commitment in CAD.",
        ),
        (
            _simple(paid={"payment_amount": 550}, claimed={"gross_amount": 560, "tax_amount": 50}),
            (
                "Together with what Procore shows it comes to 550.00 USD, more than the 500.00 USD due on the claim. "
                "The difference is the claim's tax of 50.00 USD."
            ),
        ),
        (
            _simple(paid={"payment_amount": 550}, claimed={"gross_amount": 550, "retainage_amount": 50}),
            (
                "Together with what Procore shows it comes to 550.00 USD, more than the 500.00 USD due on the claim. "
                "The difference is the claim's retainage of 50.00 USD."
            ),
        ),
        (
            _simple(rows=[row("7", 100, claim_id="1")]),
            "Together with what Procore shows it comes to 600.00 USD, more than the 500.00 USD due on the claim.",
        ),
        (
            _simple(rows=[row("7", 100, invoice_number="A-01")]),
            "Together with what Procore shows it comes to 600.00 USD, more than the 500.00 USD due on the claim.",
        ),
    ],
    ids=["draft", "no tab", "currency", "tax", "retainage", "existing", "existing without a claim"],
)
def test_each_block_says_why(inputs: Inputs, why: str) -> None:
    assert _one(inputs)["reason"] == why


@pytest.mark.parametrize(
    "paid",
    [{"status": "voided"}, {"status": "pending"}, {"document_kind": "prepayment"}, {"document_kind": "refund"}],
    ids=lambda paid: next(iter(paid.values())),
)
def test_what_is_no_final_payment_is_never_proposed(paid: dict) -> None:
    assert _proposals(_simple(paid=paid)) == {}


def test_of_a_bill_paid_twice_the_earlier_is_proposed_and_the_later_never() -> None:
    inputs = company(
        [payment("101", 500, payment_date=LATER), payment("102", 500)],
        [pays("101", "A-1", 500), pays("102", "A-1", 500)],
        [claim("1", "A-1", 500)],
    )
    found = _proposals(inputs)
    assert found["102A-1"]["reason"] is None
    assert found["101A-1"]["reason"] == "The bill is paid twice in the ERP: 102 paid invoice A-1 already."


def test_a_double_of_last_month_is_held_in_a_run_of_this_month() -> None:
    inputs = company(
        [payment("101", 500, payment_date=date(2026, 9, 28)), payment("102", 500)],
        [pays("101", "A-1", 500), pays("102", "A-1", 500)],
        [claim("1", "A-1", 500)],
    )
    (only,) = _proposals(inputs, Scope(AS_OF, "2026-10")).values()
    assert "paid twice" in only["reason"]


def test_payments_that_overpay_together_wait_for_a_person_all_of_them() -> None:
    inputs = company(
        [payment("101", 300), payment("102", 250)],
        [pays("101", "A-1", 300), pays("102", "A-1", 250)],
        [claim("1", "A-1", 500)],
    )
    assert [bool(each["reason"]) for each in _proposals(inputs).values()] == [True, True]


def test_a_reissue_waits_until_the_voided_row_is_deleted() -> None:
    void = payment("101", 500, status="voided")
    again = payment("102", 500, payment_date=LATER)
    applied = [pays("101", "A-1", 500, status="reversed"), pays("102", "A-1", 500)]
    shown = row("7", 500, claim_id="1", check_number="101", invoice_number="A-1")
    inputs = company([void, again], applied, [claim("1", "A-1", 500)], [shown])
    assert _one(inputs)["reason"] == (
        "It reissues 101, which was voided but stands in Procore as issued payment 7: delete that row first."
    )


def test_a_credit_beside_one_bill_leaves_its_cash() -> None:
    credit = pays("101", "CM-1", -120, document_type="vendor_credit")
    inputs = company([payment("101", 380)], [pays("101", "A-1", 500), credit], [claim("1", "A-1", 500)])
    only = _one(inputs)
    assert (only["amount"], only["reason"]) == (38000, None)


def test_a_credit_beside_several_bills_is_split_by_a_person() -> None:
    credit = pays("101", "CM-1", -100, document_type="vendor_credit")
    claims = [claim("1", "A-1", 500), claim("2", "A-2", 300)]
    inputs = company([payment("101", 700)], [pays("101", "A-1", 500), pays("101", "A-2", 300), credit], claims)
    reasons = {each["reason"] for each in _proposals(inputs).values()}
    assert len(reasons) == 1
    assert "A credit was used beside cash on several bills" in str(reasons)


def test_one_claim_that_may_be_meant_waits_for_a_person() -> None:
    inputs = company([payment("101", 500)], [], [claim("1", "A-1", 500, origin_id=None)])
    assert _one(inputs)["reason"] == "One claim fits, but not surely: a person must confirm it."


NATIVE = {"projects": [PROJECT | {"erp_integrated": True}]}


def test_a_project_with_procores_own_sync_is_left_to_it_unless_an_administrator_overrides() -> None:
    assert _one(_simple(**NATIVE))["reason"] == (
        "Procore's own sync brings the payments of this project, so nothing is pushed here."
    )
    assert _one(_simple(**NATIVE), p1="the sync is off until March")["reason"] is None


def test_a_claim_keyed_by_hand_is_a_warning_and_a_block_where_procores_own_sync_runs() -> None:
    by_hand = {"origin_id": None}
    plain, native = _one(_simple(claimed=by_hand)), _one(_simple(claimed=by_hand, **NATIVE))
    assert plain["reason"] is None
    assert plain["warning"] == "The claim was keyed by hand: Procore's own sync would skip this payment."
    assert native["reason"].endswith("The claim was keyed by hand, which Procore's own sync skips.")


def test_a_row_of_another_integration_blocks_its_payment_and_warns_the_rest_of_the_commitment() -> None:
    foreign = row("7", 500, claim_id="1", check_number="other", payment_date=LATER, origin_id="ERP-1", synced=True)
    claims = [claim("1", "A-1", 500), claim("2", "A-2", 300)]
    applied = [pays("101", "A-1", 500), pays("101", "A-2", 300)]
    found = _proposals(company([payment("101", 800)], applied, claims, [foreign]))
    assert "Another integration already wrote issued payment 7 for it." in found["101A-1"]["reason"]
    assert found["101A-2"]["reason"] is None
    assert found["101A-2"]["warning"] == "Another integration writes on this commitment too: issued payment 7."


def test_a_payment_to_another_vendor_waits_until_a_person_confirms_its_match() -> None:
    strange = _simple(paid={"vendor_id": "V-9", "vendor_name": "Factor One"}, claimed={"origin_id": "A-1"})
    assert _one(strange)["reason"] == (
        "The ERP paid Factor One, but the claim is Alder Ridge LLC's: "
        "link the two in Procore's directory, or confirm the match."
    )
    word = {"erp": "netsuite", "erp_company": "Larkspur", "payment_id": "101", "application_id": "bill:A-1"}
    decided = frame(schemas.Decisions, [word | {"claim_id": "1", "verdict": "confirm"}])
    assert _one(replace(strange, decisions=decided))["reason"] is None
