"""Reading back: equal is GREEN, changed or gone is RED, what is people's own is nobody's business."""

from __future__ import annotations

import pytest

from toolkit.sandbox.faults import Fault

from .conftest import PAYMENTS, Bench


@pytest.fixture
def posted(bench: Bench) -> str:
    one = bench.one()
    bench.push(ids=[one])
    return one


def test_payment_number_is_peoples_own_and_no_drift(bench: Bench, posted: str) -> None:
    bench.rows(posted)[0]["payment_number"] = "P-7"
    assert bench.verify(ids=[posted]).touched[0].state == "verified"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"amount": "27315.49"}, "amount 27315.49 instead of 27315.50"),
        ({"date": "2026-09-19"}, "date 2026-09-19 instead of 2026-09-18"),
        ({"invoice_number": "PA-0043"}, "Invoice # PA-0043 instead of PA-0042"),
        ({"requisition_id": 1}, "claim 1 instead of"),
        ({"check_number": None}, "check number None instead of 010472"),
        ({"origin_id": None}, "origin id None instead of"),
    ],
)
def test_a_change_in_procore_is_drift_even_after_it_was_verified(bench: Bench, posted: str, changed, said) -> None:
    bench.verify(ids=[posted])
    bench.rows(posted)[0].update(changed)
    sync = bench.verify(ids=[posted]).touched[0]
    assert (sync.state, sync.colour) == ("drifted", "RED")
    assert said in str(sync.reason)


def test_a_row_that_is_gone_is_drift_and_a_person_may_send_it_again(bench: Bench, posted: str) -> None:
    from .test_push_protocol import _resolve

    del bench.procore.state.payments[bench.rows(posted)[0]["id"]]
    assert bench.verify(ids=[posted]).touched[0].state == "drifted"
    _resolve(bench, posted, "resend")
    assert bench.push(ids=[posted]).touched[0].state == "posted"
    assert len(bench.rows(posted)) == 1


def test_an_accepted_change_is_what_is_compared_from_then_on(bench: Bench, posted: str) -> None:
    from .test_push_protocol import _resolve

    bench.rows(posted)[0]["date"] = "2026-09-19"
    bench.verify(ids=[posted])
    _resolve(bench, posted, "adopt")
    assert bench.verify(ids=[posted]).touched[0].state == "verified"
    bench.rows(posted)[0]["date"] = "2026-09-20"
    assert bench.verify(ids=[posted]).touched[0].state == "drifted"


def test_a_second_row_with_our_reference_is_drift(bench: Bench, posted: str) -> None:
    bench.procore.state.payments[7] = bench.rows(posted)[0] | {"id": 7}
    assert "2 rows carry the reference" in str(bench.verify(ids=[posted]).touched[0].reason)


def test_a_failed_reading_says_nothing_about_the_row(bench: Bench) -> None:
    bench.push()
    bench.procore.faults.add(Fault("GET", PAYMENTS, "status", status=500, nth=3))
    outcome = bench.verify()
    assert {sync.state for sync in outcome.touched} == {"verified"}
    assert set(outcome.retry_after.values()) == {60.0}
