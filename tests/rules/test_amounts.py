"""How much: paid beside due, applied beside paid, the ERP's amount beside Procore's."""

from __future__ import annotations

from .small import claim, company, found, payment, pays, row, sentence

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
    assert sentence(_paid(499.99), "partial_payment") == (
        "Invoice A-1 of Alder Ridge is paid 499.99 USD of 500.00 USD due; 0.01 USD is open."
    )


def test_a_double_payment_is_not_told_again_as_an_overpayment() -> None:
    inputs = company(
        [payment("101", 500), payment("102", 500)], [pays("101", "A-1", 500), pays("102", "A-1", 500)], [CLAIM]
    )
    assert set(found(inputs)) == {"duplicate_payment_erp", "in_erp_not_procore"}


def _told(amount: float):
    posted = row("7", amount, claim_id="1", check_number="101")
    # Our own reference ties the row to the payment whatever its amount says.
    inputs = company([payment("101", 500)], [pays("101", "A-1", 500)], [CLAIM], [posted])
    from toolkit.matching.keys import sync_reference

    reference = sync_reference("", "1", "10", "netsuite", "Larkspur", "101", "bill:A-1")
    return (
        company(
            [payment("101", 500)],
            [pays("101", "A-1", 500)],
            [CLAIM],
            [posted | {"origin_id": reference, "synced": True}],
        )
        if amount != 500
        else inputs
    )


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
