"""Where nobody published what Procore does, the local one does either."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.procore.company import CLAIM, DEPOT, SUBCONTRACT, TOWER
from toolkit.sandbox import LocalProcore

WHERE = {"project_id": TOWER, "contract_id": SUBCONTRACT}
FIELDS = {"date": "2026-05-20", "amount": "12.50", "requisition_id": CLAIM, "origin_id": "p1-ABC-0123456789"}


def _post(api: httpx.Client, **more: Any) -> httpx.Response:
    return api.post("/contract_payments", json={**WHERE, "contract_payment": FIELDS | more})


def test_a_missing_company_header_may_look_like_an_absent_item(procore: LocalProcore, api) -> None:
    procore.state.switches.without_company = 404
    del api.headers["Procore-Company-Id"]
    reply = api.get("/projects")
    assert (reply.status_code, reply.json()["message"]) == (404, "Item not found")


def test_a_hidden_project_may_be_forbidden(procore: LocalProcore, api) -> None:
    procore.state.switches.hidden_project = 403
    procore.state.hidden_projects.add(DEPOT)
    assert api.get(f"/projects/{DEPOT}").status_code == 403


def test_a_tab_that_is_off_may_be_forbidden(procore: LocalProcore, api) -> None:
    procore.state.switches.payments_off = 403
    procore.state.commitments[SUBCONTRACT]["allow_payments"] = False
    reply = _post(api)
    assert (reply.status_code, reply.json()) == (403, {"errors": ["Payments are not enabled on this commitment"]})


@pytest.mark.parametrize(("second", "rows"), [(201, 3), (409, 2), (422, 2)])
def test_a_second_origin_is_a_double_a_conflict_or_refused(procore: LocalProcore, api, second: Any, rows: int) -> None:
    procore.state.switches.second_origin = second
    assert [_post(api).status_code, _post(api).status_code] == [201, second]
    assert len(procore.state.payments) == rows


def test_no_header_makes_a_post_idempotent(procore: LocalProcore, api) -> None:
    for _ in range(2):
        api.post("/contract_payments", json={**WHERE, "contract_payment": FIELDS}, headers={"Idempotency-Token": "1"})
    assert len(procore.state.payments) == 3


def test_a_locked_field_may_be_ignored_in_silence(procore: LocalProcore, api) -> None:
    procore.state.switches.locked_field = "ignore"
    place = f"/contract_payments/{_post(api).json()['id']}"
    reply = api.patch(place, json={**WHERE, "contract_payment": {"amount": "1.00", "origin_data": "x"}})
    assert (reply.status_code, reply.json()["amount"], reply.json()["origin_data"]) == (200, "12.50", "x")


def test_payment_number_may_stay_open_on_a_synced_row(procore: LocalProcore, api) -> None:
    place, body = f"/contract_payments/{_post(api).json()['id']}", {**WHERE, "contract_payment": {"payment_number": 7}}
    assert api.patch(place, json=body).status_code == 422
    procore.state.switches.payment_number_open = True
    assert api.patch(place, json=body).json()["payment_number"] == 7


@pytest.mark.parametrize(
    ("reference", "kept"),
    [("kept", "p1-ABC-0123456789"), ("stripped", None), ("lowered", "p1-abc-0123456789"), ("cut", "p1-ABC-012")],
)
def test_a_reference_may_not_come_back_as_it_was_sent(procore: LocalProcore, api, reference: Any, kept: object) -> None:
    procore.state.switches.reference = reference
    identity = _post(api).json()["id"]
    assert api.get(f"/contract_payments/{identity}", params=WHERE).json()["origin_id"] == kept


@pytest.mark.parametrize(("decimals", "amount"), [(None, "12.50"), (1, "12.5"), (4, "12.5000")])
def test_amounts_come_back_with_as_many_decimals_as_it_likes(
    procore: LocalProcore, api, decimals: int | None, amount: str
) -> None:
    procore.state.switches.decimals = decimals
    assert _post(api).json()["amount"] == amount


def test_lists_may_lag_behind_what_was_created(procore: LocalProcore, api) -> None:
    procore.state.switches.list_lateness = 0.2
    identity = _post(api).json()["id"]

    def listed() -> list[int]:
        return [row["id"] for row in api.get("/contract_payments", params=WHERE).json()]

    assert identity not in listed()
    time.sleep(0.25)
    assert identity in listed()


def test_fields_that_nobody_described_may_appear(procore: LocalProcore, api) -> None:
    procore.state.switches.unknown_fields = True
    assert "beta_feature" in _post(api).json()


def test_a_field_has_a_longest_text(procore: LocalProcore, api) -> None:
    procore.state.switches.longest = 20
    assert _post(api, check_number="x" * 21).json()["errors"] == {
        "check_number": ["is too long (maximum is 20 characters)"]
    }
