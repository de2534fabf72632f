"""A company that shows payments without tax in Procore: planned, approved, sent and read back net, to the cent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from toolkit.errors import InputError
from toolkit.rules.lines import TAX_LEFT_OUT
from toolkit.rules.statement import UNEXPLAINED
from toolkit.workflow import approve
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Selection

from .conftest import ANALYST, APPROVER, Bench


def test_a_payment_with_tax_goes_without_it_and_the_statement_says_so(bench: Bench) -> None:
    bench.quick(tax_basis="remove")
    bench.sample.pull()
    bench.sample.reconcile()
    planned = [sync for sync in bench.sample.plan().syncs if sync.invoice_number == "EB-62"]
    assert [(sync.state, sync.amount, sync.reason) for sync in planned] == [("planned", 1_890_000, None)]
    assert '"amount":"18900.00"' in planned[0].body
    # What somebody keyed without the tax shows its payment: it is not proposed again.
    assert not [sync for sync in bench.sample.plan().syncs if sync.invoice_number == "EB-61"]
    one, now = planned[0].sync_id, datetime.now(UTC)
    with Control.open(bench.settings) as control:
        approve.submit(control, ANALYST, Selection(ids=(one,)), now)
        approve.approve(control, bench.settings, APPROVER, Selection(ids=(one,)), now)
    assert bench.push(ids=[one]).touched[0].state == "posted"
    assert bench.verify(ids=[one]).touched[0].state == "verified"
    bench.sample.pull()
    bench.sample.reconcile()
    # 4,050.00 of EB-61 and 1,890.00 of EB-62.
    lines = bench.sample.run.view("statement", {"label": [TAX_LEFT_OUT, UNEXPLAINED]})
    assert {str(amount) for amount in lines["amount"]} == {"-5940.00", "0.00"}
    assert bench.sample.run.count("mismatches", {"code": "tax_basis_difference"}) == 0


def test_a_basis_that_is_not_built_is_refused_before_anything_is_planned(bench: Bench) -> None:
    bench.quick(amount_basis="gross")
    with pytest.raises(InputError, match="gross"):
        bench.sample.plan()
