"""How much: paid beside due, applied beside paid, the ERP's amount beside Procore's."""

from __future__ import annotations

from datetime import date

import pytest

from toolkit.matching.keys import sync_reference
from toolkit.rules.policy import Policy

from .small import COMMITMENT, claim, company, found, payment, pays, row, sentence, settled

CLAIM = claim("1", "A-1", 500)


def _paid(amount: float):
    return company([payment("EFT-1", amount)], [pays("EFT-1", "A-1", amount)], [CLAIM])


def test_a_claim_paid_beyond_its_due_names_the_difference() -> None:
    assert sentence(_paid(620), "overpayment") == (
        "With payment EFT-1 of 620.00 USD, invoice A-1 of Alder Ridge is paid 120.00 USD beyond its due of 500.00 USD."
    )


def test_a_claim_paid_to_the_cent_is_neither_over_nor_under() -> None:
    assert not {"overpayment", "partial_payment"} & set(found(_paid(500)))


def test_payments_that_overpay_together_name_the_last_one() -> None:
    inputs = company(
        [payment("101", 300), payment("102", 250)], [pays("101", "A-1", 300), pays("102", "A-1", 250)], [CLAIM]
    )
    (only,) = found(inputs)["overpayment"]
    # 300 + 250 - 500
    assert (only["payment_id"], only["amount"]) == ("102", 5000)


def test_a_claim_paid_in_part_names_what_is_open() -> None:
    assert sentence(_paid(499.97), "partial_payment") == (
        "Invoice A-1 of Alder Ridge is paid 499.97 USD of 500.00 USD due; 0.03 USD is open."
    )


def test_a_part_payment_that_is_long_alone_is_a_short_pay() -> None:
    # 61 days before the run's day
    old = settled(400, paid={"payment_date": date(2026, 8, 31)})
    assert sentence(old, "short_pay") == (
        "Invoice A-1 of Alder Ridge is paid 400.00 USD of 500.00 USD due; 100.00 USD is open "
        "since 2026-08-31, and nothing says why."
    )
    assert "partial_payment" not in found(old)
    assert "short_pay" not in found(old, policy=Policy(short_pay_days=61))


def test_what_a_discount_or_a_credit_settled_is_not_open() -> None:
    discount = settled(490, applied={"discount_amount": 10})
    credit = pays("101", "CM-1", -10, document_type="vendor_credit")
    credited = company([payment("101", 490)], [pays("101", "A-1", 500), credit], [CLAIM])
    assert "partial_payment" not in found(discount)
    assert "partial_payment" not in found(credited)


@pytest.mark.parametrize("amount", [500.02, 499.98])
def test_a_difference_within_the_tolerance_is_rounding(amount: float) -> None:
    assert set(found(_paid(amount))) == {"rounding_difference", "in_erp_not_procore"}
    assert sentence(_paid(amount), "rounding_difference") == (
        f"Invoice A-1 of Alder Ridge is paid {amount:.2f} USD of 500.00 USD due: "
        "the difference is within the tolerance of 0.02 USD."
    )
    assert "rounding_difference" not in found(_paid(amount), policy=Policy(rounding=1))


def test_a_currency_without_decimals_has_no_rounding() -> None:
    yen = {"currency_code": "JPY"}
    inputs = settled(500.01, paid=yen, claimed=yen, commitments=[COMMITMENT | yen])
    assert sentence(inputs, "overpayment").endswith("is paid 1 JPY beyond its due of 50,000 JPY.")


def test_a_double_payment_is_not_told_again_as_an_overpayment() -> None:
    inputs = company(
        [payment("101", 500), payment("102", 500)], [pays("101", "A-1", 500), pays("102", "A-1", 500)], [CLAIM]
    )
    assert set(found(inputs)) == {"duplicate_payment_erp", "in_erp_not_procore"}


def _told(amount: float):
    """Our own reference ties the row to the payment whatever its amount says."""
    reference = sync_reference("", "1", "10", "netsuite", "Larkspur", "101", "bill:A-1")
    return settled(500, rows=[row("7", amount, claim_id="1", origin_id=reference, synced=True)])


def test_an_amount_changed_after_the_sync_names_both() -> None:
    assert sentence(_told(525), "amount_changed_after_sync") == (
        "Payment 101 to Alder Ridge is 500.00 USD in the ERP, but Procore was told 525.00 USD (issued payment 7)."
    )
    assert "amount_changed_after_sync" not in found(_told(500))


def test_what_a_payment_leaves_on_account_is_named() -> None:
    inputs = company([payment("101", 700)], [pays("101", "A-1", 500)], [CLAIM])
    assert sentence(inputs, "unapplied_payment") == "Payment 101 to Alder Ridge has 200.00 USD that settles no bill."


def test_a_credit_beside_several_bills_leaves_nothing_on_account() -> None:
    credit = pays("101", "CM-1", -100, document_type="vendor_credit")
    claims = [CLAIM, claim("2", "A-2", 300)]
    # 500 + 300 - 100 is what was paid
    inputs = company([payment("101", 700)], [pays("101", "A-1", 500), pays("101", "A-2", 300), credit], claims)
    assert "unapplied_payment" not in found(inputs)


def test_a_credit_applied_without_cash_settles_its_part_of_the_claim() -> None:
    credit = payment("9", 0, document_kind="credit_application", check_number=None)
    settles = [pays("9", "A-1", 50), pays("9", "CM-1", -50, document_type="vendor_credit")]
    claims = [claim("1", "A-1", 500)]
    without = company([payment("101", 450)], [pays("101", "A-1", 450)], claims)
    assert "partial_payment" in found(without)
    within = company([payment("101", 450), credit], [pays("101", "A-1", 450), *settles], claims)
    assert "partial_payment" not in found(within)
