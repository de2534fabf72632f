"""Who and where: vendor, payee, project, currency, and what a commitment may hold."""

from __future__ import annotations

import polars as pl

from toolkit import schemas
from toolkit.matching.model import Inputs

from .small import COMMITMENT, claim, company, found, frame, payment, pays, row, sentence, settled

OTHER = {"vendor_id": "901", "vendor_name": "Bright Bay LLC"}


def _confirmed(inputs: Inputs, claim_id: str = "1") -> Inputs:
    """A person put the payment on the claim."""
    said = {"erp": "netsuite", "erp_company": "Larkspur", "payment_id": "101", "application_id": "bill:A-1"}
    decided = frame(schemas.Decisions, [said | {"claim_id": claim_id, "verdict": "confirm"}])
    return Inputs(**{name: getattr(inputs, name) for name in inputs.__dataclass_fields__} | {"decisions": decided})


def test_a_payment_to_another_vendor_than_the_claims_is_named() -> None:
    inputs = _confirmed(settled(500, claimed=OTHER))
    assert sentence(inputs, "wrong_vendor") == (
        "Payment 101 of 500.00 USD went to Alder Ridge, but invoice A-1 is a claim of Bright Bay LLC."
    )


def test_the_same_vendor_by_name_or_by_procores_code_is_not_another() -> None:
    assert "wrong_vendor" not in found(settled(500))
    renamed = settled(500, claimed={"vendor_name": "ARC Holdings"})
    assert "wrong_vendor" not in found(_confirmed(renamed))


def test_two_vendors_that_meet_on_two_claims_are_known_to_be_one() -> None:
    claims = [claim("1", "A-1", 500, **OTHER), claim("2", "A-2", 300, **OTHER)]
    inputs = company([payment("101", 800)], [pays("101", "A-1", 500), pays("101", "A-2", 300)], claims)
    assert "wrong_vendor" not in found(inputs)


def test_a_second_payee_is_named_and_the_vendors_own_ampersand_is_not() -> None:
    joint = settled(500, paid={"payee_name": "Alder Ridge and Stonewell Supply"})
    assert sentence(joint, "joint_check") == (
        "Payment 101 of 500.00 USD for Alder Ridge is made out to Alder Ridge and Stonewell Supply."
    )
    own = {"vendor_name": "Cinder Block & Stone LLC", "payee_name": "CINDER BLOCK & STONE"}
    assert "joint_check" not in found(settled(500, paid=own))


def test_a_bill_coded_to_another_project_names_both() -> None:
    inputs = settled(500, applied={"project_number": "P-9", "document_number": "B-1"})
    assert sentence(inputs, "wrong_project_or_cost_code") == (
        "Payment 101 of 500.00 USD to Alder Ridge for invoice A-1 is coded to project P-9; "
        "the claim with that number lies in P-1."
    )
    assert "payment_no_invoice" not in found(inputs)
    assert "wrong_project_or_cost_code" not in found(settled(500, applied={"project_number": "P-1"}))


def test_a_project_written_with_other_marks_is_the_same() -> None:
    assert "wrong_project_or_cost_code" not in found(settled(500, applied={"project_number": "p1"}))


def test_a_payment_in_another_currency_than_its_claim_names_both() -> None:
    inputs = settled(500, paid={"currency_code": "CAD"}, applied={"document_number": "B-1"})
    assert sentence(inputs, "currency_mismatch") == (
        "Payment 101 of 500.00 CAD to Alder Ridge for invoice A-1 meets a claim in USD."
    )
    assert "currency_mismatch" not in found(settled(500, paid={"currency_code": None}))


def test_a_row_in_another_currency_shows_nothing_of_a_payment() -> None:
    shown = row("7", 500, claim_id="1", check_number="101", currency_code="CAD")
    assert {"in_procore_not_erp", "in_erp_not_procore"} <= set(found(settled(500, rows=[shown])))


def test_a_commitment_paid_beyond_its_revised_amount_names_both() -> None:
    inputs = settled(500, commitments=[COMMITMENT | {"revised_amount": 450}])
    (only,) = found(inputs)["commitment_overpaid"]
    assert only["sentence"] == (
        "Commitment SC-1 of Alder Ridge LLC is revised to 450.00 USD, and 500.00 USD was paid on it."
    )
    assert only["amount"] == 5000
    assert "commitment_overpaid" not in found(settled(500, commitments=[COMMITMENT | {"revised_amount": 500}]))


def test_two_claims_of_one_number_in_other_projects_name_none() -> None:
    claims = [claim("1", "A-1", 500), claim("2", "A-1", 700)]
    inputs = company([payment("101", 500)], [pays("101", "A-1", 500, project_number="P-9")], claims)
    assert isinstance(inputs.claims, pl.DataFrame)
    assert "wrong_project_or_cost_code" not in found(inputs)
