"""The budget that every reply tells, and misfortune on demand."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.procore.company import CLAIM, SUBCONTRACT, TOWER
from toolkit.sandbox import Fault, LocalProcore

BODY = {
    "project_id": TOWER,
    "contract_id": SUBCONTRACT,
    "contract_payment": {"amount": "1.00", "requisition_id": CLAIM, "origin_id": "p1-x"},
}


def test_every_reply_tells_the_budget(api) -> None:
    first, refused = api.get("/projects"), api.get("/contract_payments")
    left = [int(reply.headers["X-Rate-Limit-Remaining"]) for reply in (first, refused)]
    assert left[0] - left[1] == 1
    assert int(first.headers["X-Rate-Limit-Limit"]) > left[0]
    assert int(first.headers["X-Rate-Limit-Reset"]) > time.time()


def test_beyond_the_budget_is_a_429_that_names_its_reset(procore, api) -> None:
    procore.limit.limit = 1
    assert api.get("/projects").status_code == 200
    reply = api.get("/projects")
    assert (reply.status_code, reply.headers["X-Rate-Limit-Remaining"]) == (429, "0")
    assert "max number of requests" in reply.json()["message"]


@pytest.mark.parametrize(("kind", "rows"), [("drop_before", 1), ("drop_after", 2)])
def test_a_lost_reply_may_have_been_done_or_not(procore: LocalProcore, api, kind: str, rows: int) -> None:
    procore.faults.add(Fault("POST", "/rest/v1.0/contract_payments", kind))
    with pytest.raises(httpx.RemoteProtocolError):
        api.post("/contract_payments", json=BODY)
    assert len(procore.state.payments) == rows


def test_a_scripted_answer_strikes_the_request_it_was_meant_for(procore: LocalProcore, api) -> None:
    procore.faults.add(Fault("GET", "/rest/v1.0/vendors", "status", nth=2, status=503, headers={"Retry-After": "7"}))
    assert [api.get("/vendors").status_code for _ in range(3)] == [200, 503, 200]
