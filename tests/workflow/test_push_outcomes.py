"""What came of one POST, over real sockets: five classes, by what is proved and not by what is likely."""

from __future__ import annotations

import pytest

from toolkit.errors import RemoteError
from toolkit.sandbox.faults import Fault

from .conftest import PAYMENTS, Bench

# What Procore does to the request, the state it ends in, and the rows that then stand in Procore.
REFUSED = [400, 403, 404, 406, 422]
UNCLEAR = [408, 500, 502, 503, 504, 302]


def test_a_clean_answer_is_posted_and_reads_back_equal(bench: Bench) -> None:
    one = bench.one()
    posted = bench.push(ids=[one])
    assert (posted.exit_status, bench.sync(one).state) == (3, "posted")  # 3: the plan holds others back
    assert bench.verify(ids=[one]).touched[0].state == "verified"
    assert [row["amount"] for row in bench.rows(one)] == ["27315.50"]


@pytest.mark.parametrize("status", REFUSED)
def test_a_definite_refusal_is_red_and_says_what_procore_said(bench: Bench, status: int) -> None:
    bench.fault("status", status=status, body={"errors": {"date": ["is closed"]}})
    one = bench.one()
    sync = bench.push(ids=[one]).touched[0]
    assert (sync.state, sync.colour) == ("rejected", "RED")
    assert "date is closed" in str(sync.reason)
    assert bench.rows(one) == []


@pytest.mark.parametrize("status", UNCLEAR)
def test_an_unclear_answer_is_unknown_and_waits_for_the_quiet_window(bench: Bench, status: int) -> None:
    bench.fault("status", status=status)
    one = bench.one()
    outcome = bench.push(ids=[one])
    assert (outcome.exit_status, bench.sync(one).state, outcome.retry_after[one]) == (3, "unknown", 900.0)
    # A second push before the window is over reads, and sends nothing.
    again = bench.push(ids=[one])
    assert 0 < again.retry_after[one] <= 900
    assert bench.posts() == 1


def test_a_token_that_is_refused_twice_leaves_it_approved(bench: Bench) -> None:
    bench.fault("status", status=401, times=2)
    one = bench.one()
    outcome = bench.push(ids=[one])
    assert (outcome.exit_status, bench.sync(one).state, outcome.retry_after[one]) == (3, "approved", 60.0)


def test_after_a_429_the_gate_stays_closed_for_the_next_process_too(bench: Bench) -> None:
    bench.fault("status", status=429, headers={"Retry-After": "30", "X-Rate-Limit-Reset": "0"})
    one = bench.one()
    first = bench.push(ids=[one])
    again = bench.push(ids=[one])
    assert 0 < again.retry_after[one] <= first.retry_after[one] <= 30
    assert (bench.posts(), bench.sync(one).state) == (1, "approved")


def test_a_token_that_ran_out_is_renewed_once_and_the_payment_goes(bench: Bench) -> None:
    bench.fault("status", status=401)
    one = bench.one()
    assert bench.push(ids=[one]).touched[0].state == "posted"
    assert (bench.posts(), len(bench.rows(one))) == (2, 1)


def test_a_lost_answer_is_found_in_procores_list_and_not_sent_again(bench: Bench) -> None:
    bench.fault("drop_after")
    one = bench.one()
    assert bench.push(ids=[one]).touched[0].state == "unknown"
    assert bench.push(ids=[one]).touched[0].state == "posted"
    assert (bench.posts(), len(bench.rows(one))) == (1, 1)


def test_a_lost_request_needs_a_person_before_it_is_sent_again(bench: Bench) -> None:
    bench.quick()
    bench.fault("drop_before")
    one = bench.one()
    bench.push(ids=[one])
    asked = bench.push(ids=[one]).touched[0]
    assert (asked.state, asked.colour) == ("needs_review", "RED")
    assert bench.push(ids=[one]).exit_status == 3
    assert bench.posts() == 1


def test_in_readback_mode_what_is_proved_absent_is_sent_again(bench: Bench) -> None:
    bench.quick(push_mode="readback")
    bench.fault("drop_before")
    one = bench.one()
    bench.push(ids=[one])
    # Settled as absent, returned to approved, and sent, all in one push.
    assert bench.push(ids=[one]).touched[0].state == "posted"
    assert (bench.posts(), len(bench.rows(one))) == (2, 1)


def test_a_list_that_fails_says_nothing_about_absence(bench: Bench) -> None:
    bench.quick(push_mode="readback")
    bench.fault("drop_after")
    one = bench.one()
    bench.push(ids=[one])
    bench.procore.faults.add(Fault("GET", PAYMENTS, "status", status=500))
    assert bench.push(ids=[one]).touched[0].state == "unknown"
    assert bench.push(ids=[one]).touched[0].state == "posted"
    assert (bench.posts(), len(bench.rows(one))) == (1, 1)


@pytest.mark.parametrize("body", ["<html>signed out</html>", "{}", '{"id": 7, "origin_id": null, "amount": "1.00"}'])
def test_created_with_another_body_is_unknown_not_posted(bench: Bench, body: str) -> None:
    bench.fault("status", status=201, body=body)
    one = bench.one()
    assert bench.push(ids=[one]).touched[0].state == "unknown"


@pytest.mark.parametrize(("status", "body"), [(409, "exists"), (422, {"errors": {"origin_id": ["is taken"]}})])
def test_a_collision_is_settled_by_reading(bench: Bench, status: int, body: object) -> None:
    bench.fault("drop_after")
    one = bench.one()
    bench.push(ids=[one])
    bench.procore.state.payments = {k: v for k, v in bench.procore.state.payments.items() if v["origin_id"] != one}
    bench.quick(push_mode="readback")
    bench.fault("status", status=status, body=body)
    settled = bench.push(ids=[one]).touched[0]
    assert settled.state in ("unknown", "approved")


def test_a_slow_answer_is_unknown_and_then_found(bench: Bench) -> None:
    bench.quick(timeout_seconds=0.4)
    bench.fault("delay", seconds=1.0)
    one = bench.one()
    assert bench.push(ids=[one]).touched[0].state == "unknown"
    assert bench.push(ids=[one], wait=True).touched[0].state in ("posted", "needs_review")
    assert bench.posts() == 1


def test_a_procore_that_is_away_is_said_before_anything_is_attempted(bench: Bench) -> None:
    one = bench.one()
    bench.procore.faults.add(Fault("GET", "/rest", "status", status=500, times=99))
    with pytest.raises(RemoteError, match="answered 500"):
        bench.push(ids=[one])
    assert bench.sync(one).state == "approved"
