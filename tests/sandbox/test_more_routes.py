"""The rest of what a payment sync may meet: claims' views and locks, sync actions, version 2, deleted rows."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.procore.company import CLAIM, DRAFT, PURCHASE_ORDER, SUBCONTRACT, TOWER
from tests.sandbox.conftest import sign_in
from toolkit.sandbox import LocalProcore

CONTRACTS = "{api}/rest/v2.0/companies/{company}/projects/3101/commitment_contracts"


def test_claims_are_filtered_by_when_they_changed(procore: LocalProcore, api) -> None:
    procore.state.requisitions[CLAIM]["updated_at"] = "2026-01-15T00:00:00Z"
    where = {"project_id": TOWER, "filters[updated_at]": '"2026-01-01T00:00:00Z...2026-02-01T00:00:00Z"'}
    assert [row["id"] for row in api.get("/requisitions", params=where).json()] == [CLAIM]


def test_the_last_claim_of_each_commitment_can_be_asked_for(procore: LocalProcore, api) -> None:
    url = f"{procore.api_url}/rest/v1.1/requisitions"
    rows = api.get(url, params={"project_id": TOWER, "filters[is_last]": "true"}).json()
    assert [row["id"] for row in rows] == [DRAFT]


def test_lines_of_a_claim_come_in_the_wider_views_only(procore: LocalProcore, api) -> None:
    url = f"{procore.api_url}/rest/v1.1/requisitions/{CLAIM}"
    shown = [api.get(url, params={"project_id": TOWER, "view": view}).json() for view in ("default", "extended")]
    assert ["items" in row for row in shown] == [False, True]
    assert api.get(url, params={"project_id": TOWER, "view": "everything"}).status_code == 400


@pytest.mark.parametrize(
    ("identity", "fields", "status"),
    [
        (DRAFT, {"status": "approved"}, 200),
        (DRAFT, {"status": "paid"}, 422),
        # Synced: locked but for its origin, which is how an integration lets go of it.
        (CLAIM, {"status": "draft"}, 422),
        (CLAIM, {"origin_id": None}, 200),
    ],
)
def test_only_the_newest_open_claim_is_editable(
    procore: LocalProcore, api, identity: int, fields: dict[str, Any], status: int
) -> None:
    url = f"{procore.api_url}/rest/v1.1/requisitions/{identity}"
    assert api.patch(url, json={"project_id": TOWER, "requisition": fields}).status_code == status


def test_only_the_newest_open_claim_can_be_deleted(procore: LocalProcore, api) -> None:
    urls = [f"{procore.api_url}/rest/v1.1/requisitions/{identity}" for identity in (CLAIM, DRAFT)]
    assert [api.delete(url, params={"project_id": TOWER}).status_code for url in urls] == [422, 204]
    assert DRAFT not in procore.state.requisitions


def test_a_sync_action_finds_by_id_then_by_origin_else_creates_and_always_answers_200(procore, api) -> None:
    updates = [
        {"id": 61, "origin_id": "E-61"},
        {"origin_id": "E-61", "name": "Renamed"},
        {"name": "New"},
        {"id": 999, "name": "Nobody"},
    ]
    reply = api.patch("/vendors/sync", json={"company_id": 1, "updates": updates})
    document = reply.json()
    assert (reply.status_code, [row["id"] for row in document["entities"]]) == (200, [61, 61, 62])
    assert document["errors"] == [{"id": 999, "name": "Nobody", "errors": {"id": ["Entity with this ID not found"]}}]
    assert procore.state.vendors[61]["name"] == "Renamed"


def test_an_origin_belongs_to_one_record_and_a_call_to_a_thousand(procore: LocalProcore, api) -> None:
    procore.state.vendors[62] = {"id": 62, "origin_id": "E-62"}
    reply = api.patch("/vendors/sync", json={"updates": [{"id": 61, "origin_id": "E-62"}]}).json()
    assert reply["errors"][0]["errors"] == {"origin_id": ["has already been taken"]}
    assert api.patch("/vendors/sync", json={"updates": [{}] * 1001}).status_code == 422


def test_external_data_sets_and_clears_the_lock_of_a_payment(procore: LocalProcore, api) -> None:
    url = f"/companies/{procore.company_id}/external_data/sync"
    where, changed = {"project_id": TOWER, "contract_id": SUBCONTRACT}, {"contract_payment": {"notes": "x"}}
    for origin, status in (("THEIRS-1", 422), (None, 200)):
        update = {"item_type": "contract_payment", "item_id": 9101, "origin_id": origin}
        assert api.patch(url, json={"updates": [update]}).json()["errors"] == []
        assert api.patch("/contract_payments/9101", json=where | changed).status_code == status


def test_version_two_has_an_envelope_ids_as_text_and_errors_of_its_own(procore: LocalProcore, api) -> None:
    url = CONTRACTS.format(api=procore.api_url, company=procore.company_id)
    listed = api.get(url)
    assert [row["id"] for row in listed.json()["data"]] == [str(SUBCONTRACT), str(PURCHASE_ORDER)]
    assert listed.headers["Per-Page"] == "10"
    missing = api.get(f"{url}/1")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_version_two_switches_the_tab_and_sums_the_payments(procore: LocalProcore, api) -> None:
    url = f"{CONTRACTS.format(api=procore.api_url, company=procore.company_id)}/{SUBCONTRACT}"
    assert api.patch(url, json={"allow_payments": False}).json()["data"]["allow_payments"] is False
    assert procore.state.commitments[SUBCONTRACT]["allow_payments"] is False
    assert api.get(f"{url}/summary").json()["data"]["total_payments_amount"] == "100.00"


@pytest.mark.parametrize(("asked", "shown"), [(None, False), ("with", True), ("only", True)])
def test_a_deleted_commitment_shows_only_where_it_is_asked_for(
    procore: LocalProcore, api, asked: str | None, shown: bool
) -> None:
    procore.state.commitments[SUBCONTRACT]["deleted_at"] = "2026-05-01T00:00:00Z"
    where = {"project_id": TOWER} | ({"filters[include_deleted]": asked} if asked else {})
    ids = [row["id"] for row in api.get("/work_order_contracts", params=where).json()]
    assert (SUBCONTRACT in ids) is shown
    assert SUBCONTRACT not in [row["id"] for row in api.get("/commitments", params={"project_id": TOWER}).json()]


def test_a_file_joins_a_payment_even_where_it_is_locked(procore: LocalProcore, api) -> None:
    procore.state.payments[9101]["origin_id"] = "p1-x"
    numbers = {"project_id": str(TOWER), "contract_id": str(SUBCONTRACT)}
    reply = api.patch("/contract_payments/9101", data=numbers, files={"attachments[]": ("remittance.pdf", b"%PDF")})
    assert [file["filename"] for file in reply.json()["attachments"]] == ["remittance.pdf"]


def test_with_read_only_access_nothing_is_written(procore: LocalProcore, api) -> None:
    procore.state.access[TOWER] = "Read Only"
    body = {"project_id": TOWER, "contract_id": SUBCONTRACT, "contract_payment": {"amount": "1.00"}}
    assert api.post("/contract_payments", json=body).status_code == 403
    assert api.get("/contract_payments", params=body).status_code == 200
    level = api.get("/settings/permissions", params={"project_id": TOWER}).json()["tools"][0]["user_access_level"]
    assert level["name"] == "Read Only"


def test_a_token_tells_how_long_it_lives_until_it_is_revoked(procore: LocalProcore) -> None:
    token = sign_in(procore)
    header = {"Authorization": f"Bearer {token}"}
    info = httpx.get(f"{procore.login_url}/oauth/token/info", headers=header).json()
    assert 5300 < info["expires_in_seconds"] <= 5400
    for known in (token, "nonsense"):
        assert httpx.post(f"{procore.login_url}/oauth/revoke", data={"token": known}).status_code == 200
    assert httpx.get(f"{procore.login_url}/oauth/token/info", headers=header).status_code == 401


@pytest.mark.parametrize("query", ["page=0", "page=x", "per_page=-1", "per_page=1e9", "page=99999999999999999999"])
def test_a_page_that_is_none_is_a_bad_request(api, query: str) -> None:
    assert api.get(f"/companies?{query}").status_code == 400
