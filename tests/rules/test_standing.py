"""Whether a payment may stand in Procore at all."""

from __future__ import annotations

from datetime import date

from toolkit.rules.policy import Policy

from .small import COMMITMENT, PROJECT, found, row, sentence, settled


def test_a_claim_that_is_not_approved_is_named_and_pending_owner_approval_is_payable() -> None:
    assert sentence(settled(500, claimed={"status": "under_review"}), "invoice_not_approved") == (
        "Payment 101 of 500.00 USD pays invoice A-1 of Alder Ridge, which is under review in Procore."
    )
    assert "invoice_not_approved" not in found(settled(500, claimed={"status": "pending_owner_approval"}))


def test_a_claim_never_synced_is_named_only_where_procores_own_sync_runs() -> None:
    native = settled(500, claimed={"origin_id": None}, projects=[PROJECT | {"erp_integrated": True}])
    assert sentence(native, "invoice_not_synced") == (
        "Invoice A-1 of Alder Ridge is paid 500.00 USD, but the claim was never synced with the ERP, "
        "so Procore's own sync skips it."
    )
    assert "invoice_not_synced" not in found(settled(500, claimed={"origin_id": None}))
    assert "invoice_not_synced" not in found(settled(500, projects=[PROJECT | {"erp_integrated": True}]))


def test_a_commitment_without_the_tab_names_what_waits_for_it() -> None:
    assert sentence(settled(500, commitments=[COMMITMENT | {"payments_enabled": False}]), "payments_tab_disabled") == (
        "Commitment SC-1 of Alder Ridge LLC has no Payments Issued tab, and 500.00 USD of payments wait for it."
    )
    assert "payments_tab_disabled" not in found(settled(500, commitments=[COMMITMENT | {"payments_enabled": None}]))


def test_a_pending_payment_is_named_and_a_cleared_one_is_not() -> None:
    assert sentence(settled(500, paid={"status": "pending"}), "payment_not_cleared") == (
        "Payment 101 of 500.00 USD to Alder Ridge is still pending in the ERP."
    )
    assert "payment_not_cleared" not in found(settled(500, paid={"status": "cleared"}))


def test_a_payment_without_a_reference_is_named_by_its_id() -> None:
    assert sentence(settled(500, paid={"check_number": None}), "missing_reference") == (
        "Payment 101 of 500.00 USD to Alder Ridge has no check number or reference, so nobody can find it at the bank."
    )
    assert "missing_reference" not in found(settled(500))


def _shown_on(day: date):
    return settled(500, rows=[row("7", 500, claim_id="1", check_number="101", payment_date=day)])


def test_a_payment_shown_in_another_month_is_a_cut_off_item() -> None:
    assert sentence(_shown_on(date(2026, 9, 30)), "date_changed_or_cutoff") == (
        "Payment 101 of 500.00 USD to Alder Ridge is dated 2026-10-05 in the ERP, and 2026-09-30 in Procore."
    )
    assert "date_changed_or_cutoff" not in found(_shown_on(date(2026, 10, 6)))


def test_a_payment_posted_in_another_month_than_it_is_dated_is_a_cut_off_item() -> None:
    assert sentence(settled(500, paid={"post_period": "2026-09"}), "date_changed_or_cutoff") == (
        "Payment 101 of 500.00 USD to Alder Ridge is dated 2026-10-05, but posted in 2026-09."
    )
    assert "date_changed_or_cutoff" not in found(settled(500, paid={"post_period": "2026-10"}))


def test_a_new_payment_in_a_closed_period_is_named() -> None:
    locked = Policy(locked_through=date(2026, 10, 5))
    assert sentence(settled(500), "closed_period_change", locked) == (
        "Payment 101 of 500.00 USD to Alder Ridge is dated 2026-10-05, in a closed period, "
        "and Procore does not show it."
    )
    assert "closed_period_change" not in found(settled(500), policy=Policy(locked_through=date(2026, 10, 4)))
    assert "closed_period_change" not in found(_shown_on(date(2026, 10, 5)), policy=locked)
