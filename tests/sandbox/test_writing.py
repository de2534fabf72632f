"""The Payments Issued tab of the local Procore: what a POST makes, what the lock refuses."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

from tests.procore.company import CLAIM, DEPOT, DEPOT_WORKS, DRAFT, PURCHASE_ORDER, SUBCONTRACT, TOWER

WHERE = {"project_id": TOWER, "contract_id": SUBCONTRACT}
FIELDS = {
    "date": "2026-05-20",
    "amount": "47700.00",
    "payment_method": "electronic",
    "check_number": "000777",
    "invoice_date": "2026-04-30",
    "requisition_id": CLAIM,
    "origin_id": "p1-abc",
}


def _post(api: httpx.Client, **more: Any) -> httpx.Response:
    return api.post("/contract_payments", json={**WHERE, "contract_payment": FIELDS | more})


def test_a_created_row_comes_back_without_what_procore_never_returns(api) -> None:
    reply = _post(api)
    row = reply.json()
    assert (reply.status_code, row["amount"], row["check_number"], row["requisition_id"]) == (
        201,
        "47700.00",
        "000777",
        CLAIM,
    )
    assert not {"payment_method", "invoice_date"} & set(row)
    assert row["id"] > 2**31


def test_a_payment_moves_what_the_commitment_has_paid(api) -> None:
    _post(api)
    row = api.get(f"/commitments/{SUBCONTRACT}", params=WHERE).json()
    # 100.00 stood there; 100.00 + 47,700.00 of a revised 100,000.00.
    assert (row["total_payments"], row["percentage_paid"]) == ("47800.00", "47.80")
    assert row["remaining_balance_outstanding"] == "52200.00"


def test_nobody_refuses_a_second_origin_unless_told_to(procore, api) -> None:
    assert [_post(api).status_code, _post(api).status_code] == [201, 201]
    procore.state.switches.second_origin = 422
    refused = _post(api)
    assert (refused.status_code, refused.json()) == (422, {"errors": {"origin_id": ["has already been taken"]}})


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"payment_method": "cash"}, "payment_method"),
        ({"amount": "12,50"}, "amount"),
        ({"requisition_id": 1}, "requisition_id"),
    ],
)
def test_a_wrong_field_is_named(api, fields: dict[str, Any], named: str) -> None:
    reply = _post(api, **fields)
    assert (reply.status_code, list(reply.json()["errors"])) == (422, [named])


def test_a_claim_of_another_commitment_is_refused(api) -> None:
    body = {"project_id": TOWER, "contract_id": PURCHASE_ORDER, "contract_payment": FIELDS}
    assert list(api.post("/contract_payments", json=body).json()["errors"]) == ["requisition_id"]


def test_a_commitment_without_the_tab_takes_no_payment(procore, api) -> None:
    procore.state.commitments[SUBCONTRACT]["allow_payments"] = False
    reply = _post(api, requisition_id=DRAFT)
    assert reply.status_code == 422
    assert "not enabled" in reply.text


def test_an_unknown_commitment_is_not_found(api) -> None:
    for where in ({"project_id": TOWER, "contract_id": 1}, {"project_id": TOWER, "contract_id": DEPOT_WORKS}):
        assert api.post("/contract_payments", json=where | {"contract_payment": FIELDS}).status_code == 404


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"project_id": 3101}', b'{"project_id": "x", "contract_id": 1}'])
def test_a_body_that_is_none_is_a_bad_request(api, body: bytes) -> None:
    assert api.post("/contract_payments", content=body).status_code == 400


def test_a_synced_row_is_locked_but_for_what_integrations_own(api) -> None:
    place = f"/contract_payments/{_post(api).json()['id']}"
    locked = api.patch(place, json={**WHERE, "contract_payment": {"amount": "1.00"}})
    assert locked.status_code == 422
    assert "synced with an ERP system" in locked.text
    assert api.patch(place, json={**WHERE, "contract_payment": {"origin_data": "seen"}}).status_code == 200
    assert api.delete(place, params=WHERE).status_code == 422
    assert api.get(place, params=WHERE).json()["amount"] == "47700.00"


def test_a_cleared_origin_unlocks_the_row(api) -> None:
    place = f"/contract_payments/{_post(api).json()['id']}"
    api.patch(place, json={**WHERE, "contract_payment": {"origin_id": None}})
    assert api.patch(place, json={**WHERE, "contract_payment": {"notes": "mine"}}).json()["notes"] == "mine"
    assert api.delete(place, params=WHERE).status_code == 200
    assert api.get(place, params=WHERE).status_code == 404


def test_a_row_keyed_by_hand_is_free(api) -> None:
    reply = api.patch("/contract_payments/9101", json={**WHERE, "contract_payment": {"payment_number": 7}})
    assert reply.json()["payment_number"] == 7
    elsewhere = {"project_id": DEPOT, "contract_id": DEPOT_WORKS}
    assert api.get("/contract_payments/9101", params=elsewhere).status_code == 404


def test_replies_do_not_wait_for_the_network_to_fill_a_packet(procore) -> None:
    """asyncio sets TCP_NODELAY only on sockets that name the protocol; else each reply waits 40 ms."""
    assert {server._socket.proto for server in procore._servers} == {socket.IPPROTO_TCP}
