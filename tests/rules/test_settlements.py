"""What settles a bill beside plain cash."""

from __future__ import annotations

from toolkit.rules.policy import Policy

from .small import claim, company, found, payment, pays, sentence, settled


def test_a_claim_paid_with_its_tax_is_told_as_that_and_not_as_an_overpayment() -> None:
    inputs = settled(550, claimed={"tax_amount": 50})
    assert sentence(inputs, "tax_basis_difference") == (
        "Invoice A-1 of Alder Ridge is paid 550.00 USD against a due of 500.00 USD: "
        "the difference of 50.00 USD is the claim's tax."
    )
    assert "overpayment" not in found(inputs)


def _two(first: float, second: float):
    claims = [claim("1", "A-1", 500), claim("2", "A-2", 333.33)]
    total = first + second
    return company([payment("101", total)], [pays("101", "A-1", first), pays("101", "A-2", second)], claims)


def test_a_rate_that_several_claims_of_a_vendor_share_is_tax() -> None:
    # 500.00 and 333.33 with 10%: 550.00 and 366.66 (366.663, within the tolerance)
    said = found(_two(550, 366.66))["tax_basis_difference"]
    assert sorted(each["sentence"].split(": ")[1] for each in said) == [
        "the difference of 33.33 USD is 10% of the due, as on this vendor's other claims.",
        "the difference of 50.00 USD is 10% of the due, as on this vendor's other claims.",
    ]


def test_a_rate_on_one_claim_alone_proves_no_tax() -> None:
    assert "tax_basis_difference" not in found(_two(550, 333.33))
    assert "overpayment" in found(_two(550, 333.33))
    assert "tax_basis_difference" not in found(_two(550, 366.66), policy=Policy(tax_rates=(150,)))


def test_tax_withheld_from_the_vendor_is_named_with_the_cash() -> None:
    inputs = settled(400, applied={"withholding_amount": 100})
    assert sentence(inputs, "withholding_deduction") == (
        "Payment 101 settles invoice A-1 of Alder Ridge with 400.00 USD of cash and 100.00 USD of tax withheld."
    )
    assert "withholding_deduction" not in found(settled(400))


def test_a_discount_is_named_with_the_cash() -> None:
    assert sentence(settled(490, applied={"discount_amount": 10}), "discount_taken") == (
        "Payment 101 settles invoice A-1 of Alder Ridge with 490.00 USD of cash and a discount of 10.00 USD."
    )
    assert "discount_taken" not in found(settled(490))


def test_a_credit_beside_cash_is_named_with_what_the_bills_came_to() -> None:
    credit = pays("101", "CM-1", -120, document_type="vendor_credit")
    inputs = company([payment("101", 380)], [pays("101", "A-1", 500), credit], [claim("1", "A-1", 500)])
    assert sentence(inputs, "credit_applied") == (
        "Payment 101 of 380.00 USD to Alder Ridge settles bills of 500.00 USD: 120.00 USD of it by credit."
    )
    assert "credit_applied" not in found(settled(380))


def test_a_credit_without_cash_is_named_too() -> None:
    applied = [pays("101", "A-1", 100), pays("101", "CM-1", -100, document_type="vendor_credit")]
    inputs = company([payment("101", 0, document_kind="credit_application")], applied, [claim("1", "A-1", 500)])
    assert sentence(inputs, "credit_applied").endswith("settles bills of 100.00 USD: 100.00 USD of it by credit.")


def test_one_check_over_several_bills_is_told_once() -> None:
    assert sentence(_two(500, 333.33), "multi_invoice_payment") == (
        "Payment 101 of 833.33 USD to Alder Ridge settles 2 bills."
    )
    assert "multi_invoice_payment" not in found(settled(500))
