"""The budget that every reply tells, and misfortune on demand."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx
import pytest

from tests.procore.company import CLAIM, SUBCONTRACT, TOWER, payment
from toolkit.sandbox import Fault, LocalProcore
from toolkit.sandbox.limits import Limits, Window

PAYMENTS = "/rest/v1.0/contract_payments"
WHERE = {"project_id": TOWER, "contract_id": SUBCONTRACT}
BODY = {**WHERE, "contract_payment": {"amount": "1.00", "requisition_id": CLAIM, "origin_id": "p1-x"}}


def test_every_reply_tells_the_budget(api) -> None:
    first, refused = api.get("/projects"), api.get("/contract_payments")
    left = [int(reply.headers["X-Rate-Limit-Remaining"]) for reply in (first, refused)]
    assert left[0] - left[1] == 1
    assert int(first.headers["X-Rate-Limit-Limit"]) > left[0]
    assert int(first.headers["X-Rate-Limit-Reset"]) > time.time()


@pytest.mark.parametrize(("hour", "spike", "told"), [(600, 25, "25"), (30, 25, "25"), (10, 25, "10")])
def test_the_headers_describe_the_window_that_ends_first(hour: int, spike: int, told: str) -> None:
    limits = Limits(Window(hour, 3600), Window(spike, 10))
    taken = [limits.take()[1] for _ in range(5)]
    assert {headers["X-Rate-Limit-Limit"] for headers in taken} == {told}


@pytest.mark.parametrize(("window", "names_it"), [("hour", False), ("spike", True)])
def test_beyond_either_window_is_a_429(procore: LocalProcore, api, window: str, names_it: bool) -> None:
    getattr(procore.limits, window).limit = 1
    procore.limits.retry_after = names_it
    assert api.get("/projects").status_code == 200
    reply = api.get("/projects")
    assert (reply.status_code, reply.headers["X-Rate-Limit-Remaining"]) == (429, "0")
    assert "max number of requests" in reply.json()["message"]
    assert ("Retry-After" in reply.headers) is names_it


def test_a_window_ends_and_begins_anew(procore: LocalProcore, api) -> None:
    procore.limits.spike = Window(1, 0.2)
    assert [api.get("/projects").status_code for _ in range(2)] == [200, 429]
    time.sleep(0.25)
    assert api.get("/projects").status_code == 200


def _lost(api: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        api.post("/contract_payments", json=BODY)


@pytest.mark.parametrize(("kind", "rows"), [("drop_before", 1), ("drop_after", 2)])
def test_a_lost_reply_may_have_been_done_or_not(procore: LocalProcore, api, kind: Any, rows: int) -> None:
    procore.faults.add(Fault("POST", PAYMENTS, kind))
    _lost(api)
    assert len(procore.state.payments) == rows


def test_what_was_given_up_on_may_still_be_done_later(procore: LocalProcore, api) -> None:
    procore.faults.add(Fault("POST", PAYMENTS, "late", seconds=0.2))
    _lost(api)
    assert len(procore.state.payments) == 1
    deadline = time.monotonic() + 5
    while len(procore.state.payments) == 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(procore.state.payments) == 2


@pytest.mark.parametrize(("kind", "rows"), [("status", 1), ("status_after", 2)])
@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_an_error_does_not_say_whether_it_was_done(
    procore: LocalProcore, api, kind: Any, rows: int, status: int
) -> None:
    procore.faults.add(Fault("POST", PAYMENTS, kind, status=status, body={"message": "sorry"}))
    assert api.post("/contract_payments", json=BODY).status_code == status
    assert len(procore.state.payments) == rows


def test_a_garbled_answer_says_created_and_nothing_more(procore: LocalProcore, api) -> None:
    procore.faults.add(Fault("POST", PAYMENTS, "garbled"))
    reply = api.post("/contract_payments", json=BODY)
    assert (reply.status_code, len(procore.state.payments)) == (201, 2)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        reply.json()


def test_a_reader_may_give_up_on_what_is_done_all_the_same(procore: LocalProcore, api) -> None:
    procore.faults.add(Fault("POST", PAYMENTS, "delay", seconds=0.4))
    with pytest.raises(httpx.ReadTimeout):
        api.post("/contract_payments", json=BODY, timeout=0.1)
    deadline = time.monotonic() + 5
    while len(procore.state.payments) == 1 and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    assert len(procore.state.payments) == 2


def test_a_token_may_end_in_the_middle(procore: LocalProcore, api) -> None:
    procore.faults.add(Fault("GET", "/rest", "expire", nth=2))
    assert [api.get("/projects").status_code for _ in range(3)] == [200, 401, 401]


@pytest.mark.parametrize(
    ("kind", "rows", "total"), [("short", 1, "2"), ("stale", 1, "1"), ("total", 2, "3"), ("twice", 3, "3")]
)
def test_a_list_may_be_wrong_in_each_way_once(procore: LocalProcore, api, kind: Any, rows: int, total: str) -> None:
    procore.state.payments[9102] = payment(9102)
    procore.faults.add(Fault("GET", PAYMENTS, kind))
    bent, straight = (api.get("/contract_payments", params=WHERE) for _ in range(2))
    assert (len(bent.json()), bent.headers["Total"]) == (rows, total)
    assert (len(straight.json()), straight.headers["Total"]) == (2, "2")


def test_a_scripted_answer_strikes_the_request_it_was_meant_for(procore: LocalProcore, api) -> None:
    procore.faults.add(Fault("GET", "/rest/v1.0/vendors", "status", nth=2, status=503, headers={"Retry-After": "7"}))
    assert [api.get("/vendors").status_code for _ in range(3)] == [200, 503, 200]
