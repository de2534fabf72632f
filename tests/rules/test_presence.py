"""What one side has and the other has not."""

from __future__ import annotations

from datetime import date

from toolkit.matching.model import Scope

from .small import AS_OF, claim, company, found, payment, pays, row, sentence


def test_a_payment_without_a_claim_is_named() -> None:
    inputs = company([payment("101", 500)], [pays("101", "A-1", 500)], [claim("1", "A-2", 500)])
    assert sentence(inputs, "payment_no_invoice") == (
        "Payment 101 of 500.00 USD to Alder Ridge for invoice A-1 has no claim in Procore."
    )


def test_a_paid_claim_that_procore_does_not_show_is_named() -> None:
    inputs = company([payment("101", 500)], [pays("101", "A-1", 500)], [claim("1", "A-1", 500)])
    assert sentence(inputs, "in_erp_not_procore") == (
        "Payment 101 of 500.00 USD to Alder Ridge for invoice A-1 is not on Procore's Payments Issued tab."
    )
    assert "payment_no_invoice" not in found(inputs)


def test_what_both_sides_show_breaks_no_rule() -> None:
    shown = row("7", 500, claim_id="1", check_number="101")
    inputs = company([payment("101", 500)], [pays("101", "A-1", 500)], [claim("1", "A-1", 500)], [shown])
    assert found(inputs) == {}


def test_a_row_that_no_payment_explains_is_named() -> None:
    shown = row("7", 500, claim_id="1", check_number="999", invoice_number="A-1")
    inputs = company([], [], [claim("1", "A-1", 500)], [shown])
    assert sentence(inputs, "in_procore_not_erp") == (
        "Procore shows 500.00 USD paid on 2026-10-05 with number 999 against invoice A-1, "
        "which no ERP payment explains."
    )


def test_a_row_dated_after_the_runs_day_or_outside_its_period_is_not_asked_for_yet() -> None:
    later = company(rows=[row("7", 500, payment_date=date(2026, 11, 1))])
    earlier = company(rows=[row("7", 500, payment_date=date(2026, 9, 30))])
    assert found(later) == {}
    assert found(earlier, Scope(AS_OF, "2026-10")) == {}
    assert list(found(earlier)) == ["in_procore_not_erp"]


def test_two_claims_that_fit_equally_well_are_counted_and_none_is_chosen() -> None:
    claims = [claim("1", "3", 500), claim("2", "3", 500, commitment_id="11", commitment_number="SC-2")]
    inputs = company([payment("101", 500)], [pays("101", "3", 500, document_number="B-9")], claims)
    (only,) = found(inputs)["ambiguous_invoice_match"]
    assert only["sentence"] == "Payment 101 of 500.00 USD to Alder Ridge for invoice 3 fits 2 claims equally well."
    assert only["claim_id"] is None
    assert "in_erp_not_procore" not in found(inputs)


def test_one_claim_that_may_be_meant_waits_for_a_person() -> None:
    inputs = company([payment("101", 500)], [], [claim("1", "A-1", 500, origin_id=None)])
    (only,) = found(inputs)["suggested_match"]
    assert only["claim_id"] == "1"
    assert only["sentence"].startswith("Payment 101 of 500.00 USD to Alder Ridge may pay claim 1: Vendor and amount")
