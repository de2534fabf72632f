"""What Procore is told where it counts tax or discounts otherwise than the ERP's cash."""

from __future__ import annotations

from typing import Any

import pytest

from toolkit.matching.model import Inputs
from toolkit.rules.lines import NOT_CASH, TAX_LEFT_OUT
from toolkit.rules.policy import Policy
from toolkit.rules.preflight import propose
from toolkit.rules.statement import FIRST, LAST, UNEXPLAINED

from .small import claim, company, drawn, found, payment, pays, row, settled, told

NET = Policy(tax_basis="remove")
SETTLED = Policy(amount_basis="claim_net")
CLAIMS = [claim("1", "A-1", 500), claim("2", "A-2", 333.33)]


def _taxed(rows: Any = (), first: tuple[float, ...] = (550,), claims: Any = CLAIMS) -> Inputs:
    """A-1 paid with 10% on top in as many payments as `first` has, A-2 (366.66) in one."""
    paid = [payment(f"10{n}", size) for n, size in enumerate(first)]
    applied = [pays(f"10{n}", "A-1", size) for n, size in enumerate(first)]
    return company([*paid, payment("109", 366.66)], [*applied, pays("109", "A-2", 366.66)], claims, rows)


def _proposed(inputs: Inputs, policy: Policy | None = None) -> dict[str, tuple[int, str | None, str | None]]:
    rows = propose(drawn(inputs, policy=policy), inputs, "5", {})
    return {each["payment_id"]: (each["amount"], each["reason"], each["warning"]) for each in rows.to_dicts()}


def _lines(inputs: Inputs, policy: Policy) -> dict[str, float]:
    return {line["label"]: line["amount"] / 100 for line in told(inputs, policy=policy).lines.to_dicts()}


def test_tax_that_several_claims_prove_is_left_out_to_the_cent() -> None:
    assert _proposed(_taxed(), NET) == {
        "100": (50000, None, "The ERP paid 550.00 USD: the tax in it is left out."),
        "109": (33333, None, "The ERP paid 366.66 USD: the tax in it is left out."),
    }


def test_as_it_is_nothing_beyond_the_due_is_proposed() -> None:
    amount, reason, _ = _proposed(_taxed())["100"]
    assert (amount, "more than the 500.00 USD due" in str(reason)) == (55000, True)


@pytest.mark.parametrize("first", [(300, 250), (0.01, 549.99), (183.33, 183.33, 183.34)])
def test_part_payments_share_the_tax_pro_rata_and_come_to_the_due(first: tuple[float, ...]) -> None:
    told_ = [amount for name, (amount, _, _) in _proposed(_taxed(first=first), NET).items() if name != "109"]
    assert sum(told_) == 50000
    # Each its share of the due, at most a cent aside.
    assert all(abs(amount - size * 100 / 1.1) <= 1 for amount, size in zip(told_, first, strict=True))


def test_a_part_of_a_claim_not_paid_in_full_is_held_for_nothing_proves_its_tax() -> None:
    inputs = company(
        [payment("100", 550), payment("109", 366.66), payment("107", 440)],
        [pays("100", "A-1", 550), pays("109", "A-2", 366.66), pays("107", "A-3", 440)],
        [*CLAIMS, claim("3", "A-3", 800)],
    )
    amount, reason, _ = _proposed(inputs, NET)["107"]
    assert (amount, "how much of it is tax is not proved" in str(reason)) == (44000, True)
    assert _proposed(inputs)["107"] == (44000, None, None)


def test_tax_that_is_not_proved_stays_in() -> None:
    alone = settled(550)
    amount, reason, _ = _proposed(alone, NET)["101"]
    assert (amount, "more than the 500.00 USD due" in str(reason)) == (55000, True)


SHOWN = [row("7", 500, claim_id="1", check_number="100"), row("8", 333.33, claim_id="2", check_number="109")]


def test_rows_without_the_tax_show_the_payments_and_the_statement_says_what_was_left_out() -> None:
    inputs = _taxed(SHOWN)
    lines = {FIRST: 916.66, TAX_LEFT_OUT: -83.33, LAST: 833.33, UNEXPLAINED: 0}
    assert _lines(inputs, NET) == lines
    assert _proposed(inputs, NET) == {}
    assert not {"tax_basis_difference", "amount_changed_after_sync", "in_erp_not_procore"} & set(
        found(inputs, policy=NET)
    )
    # As it is, the two sides do not meet.
    assert "tax_basis_difference" in found(inputs)
    assert _lines(inputs, Policy())[UNEXPLAINED] == 0


def test_a_discount_is_told_as_paid_where_the_company_says_so() -> None:
    inputs = settled(490, applied={"discount_amount": 10})
    assert _proposed(inputs, SETTLED) == {
        "101": (50000, None, "The ERP paid 490.00 USD: discount or withholding is counted as paid.")
    }
    assert _proposed(inputs)["101"] == (49000, None, None)
    shown = settled(490, applied={"discount_amount": 10}, rows=[row("7", 500, claim_id="1", check_number="101")])
    assert _lines(shown, SETTLED) == {FIRST: 490, NOT_CASH: 10, LAST: 500, UNEXPLAINED: 0}


def test_runs_of_earlier_versions_read_as_they_were() -> None:
    said = Policy().told()
    del said["amount_basis"], said["tax_basis"]
    assert Policy.read(said) == Policy()
    assert Policy.read(NET.told()) == NET
