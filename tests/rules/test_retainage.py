"""Money withheld from claims, and its release."""

from __future__ import annotations

import pytest

from .small import claim, company, found, payment, pays, sentence, settled

WITHHELD = {"gross_amount": 550, "retainage_amount": 50}


def test_a_claim_paid_with_its_retainage_is_told_as_that_and_not_as_an_overpayment() -> None:
    inputs = settled(550, claimed=WITHHELD)
    assert sentence(inputs, "retainage_in_payment") == (
        "Invoice A-1 of Alder Ridge is paid 550.00 USD, which is its due of 500.00 USD and its retainage of 50.00 USD."
    )
    assert "overpayment" not in found(inputs)


def test_another_difference_is_an_overpayment() -> None:
    assert "retainage_in_payment" not in found(settled(551, claimed=WITHHELD))
    assert "overpayment" in found(settled(551, claimed=WITHHELD))


@pytest.mark.parametrize(
    ("number", "kind"), [("A-7R", "bill"), ("A-7 RET", "bill"), ("A-7-Retention", "bill"), ("A-7", "retainage_bill")]
)
def test_a_release_without_a_claim_is_told_as_that(number: str, kind: str) -> None:
    inputs = company([payment("101", 50)], [pays("101", number, 50, document_type=kind)], [claim("1", "A-1", 500)])
    assert sentence(inputs, "retainage_release_unlinked") == (
        f"Payment 101 of 50.00 USD to Alder Ridge releases retainage by bill {number}, "
        "and Procore has no claim for the release."
    )
    assert "payment_no_invoice" not in found(inputs)


@pytest.mark.parametrize("number", ["A-7", "HARBOR", "R"])
def test_a_number_that_only_ends_in_the_letter_is_no_release(number: str) -> None:
    inputs = company([payment("101", 50)], [pays("101", number, 50)], [claim("1", "A-1", 500)])
    assert "retainage_release_unlinked" not in found(inputs)


def test_a_commitment_on_which_the_two_sides_withhold_differently_names_both() -> None:
    inputs = settled(500, applied={"retainage_amount": 40}, claimed=WITHHELD)
    (only,) = found(inputs)["retainage_balance_mismatch"]
    assert only["sentence"] == (
        "On commitment SC-1 of Alder Ridge LLC the ERP withheld 40.00 USD on the claims it paid, Procore 50.00 USD."
    )
    assert only["amount"] == -1000


def test_an_erp_that_says_nothing_of_retainage_disagrees_with_nothing() -> None:
    assert "retainage_balance_mismatch" not in found(settled(500, claimed=WITHHELD))
    agreed = settled(500, applied={"retainage_amount": 50}, claimed=WITHHELD)
    assert "retainage_balance_mismatch" not in found(agreed)
