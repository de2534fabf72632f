"""What the local Procore shows: pages, projects that are permitted, commitments of both kinds, claims."""

from __future__ import annotations

import re

import pytest

from tests.procore.company import CLAIM, DEPOT, DRAFT, PURCHASE_ORDER, SUBCONTRACT, TOWER, payment
from tests.sandbox.conftest import open_api


def _links(header: str) -> dict[str, str]:
    return {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', header)}


def test_a_page_names_its_size_the_total_and_its_neighbours(procore, api) -> None:
    for number in range(9102, 9106):
        procore.state.payments[number] = payment(number)
    where = {"project_id": TOWER, "contract_id": SUBCONTRACT, "per_page": 2}
    first, second, last = (api.get("/contract_payments", params={**where, "page": page}) for page in (1, 2, 3))
    assert [[row["id"] for row in page.json()] for page in (first, second, last)] == [
        [9101, 9102],
        [9103, 9104],
        [9105],
    ]
    assert (first.headers["Total"], first.headers["Per-Page"]) == ("5", "2")
    assert [sorted(_links(page.headers["Link"])) for page in (first, second, last)] == [
        ["last", "next"],
        ["first", "last", "next", "prev"],
        ["first", "prev"],
    ]
    assert api.get(_links(first.headers["Link"])["next"]).json() == second.json()


def test_a_page_beyond_the_end_is_empty(api) -> None:
    reply = api.get("/projects", params={"page": 9})
    assert (reply.status_code, reply.json(), reply.headers["Total"]) == (200, [], "2")


def test_a_route_caps_its_pages(procore) -> None:
    procore.state.projects |= {number: {"id": number, "name": "Lot"} for number in range(4000, 4350)}
    with open_api(procore) as api:
        reply = api.get(f"{procore.api_url}/rest/v1.1/projects", params={"per_page": 2000})
    assert (len(reply.json()), reply.headers["Per-Page"], reply.headers["Total"]) == (300, "300", "352")


def test_a_hidden_project_is_absent_everywhere(procore, api) -> None:
    procore.state.hidden_projects.add(DEPOT)
    assert [row["id"] for row in api.get("/projects").json()] == [TOWER]
    for path in (f"/projects/{DEPOT}", f"/commitments?project_id={DEPOT}", f"/requisitions?project_id={DEPOT}"):
        assert api.get(path).status_code == 404


def test_without_the_commitments_tool_its_routes_are_forbidden(procore, api) -> None:
    procore.state.without_commitments_tool.add(DEPOT)
    routes = ("commitments", "requisitions", "work_order_contracts")
    assert [api.get(f"/{route}", params={"project_id": DEPOT}).status_code for route in routes] == [403, 403, 403]
    titles = [[tool["title"] for tool in api.get(f"/projects/{place}/tools").json()] for place in (DEPOT, TOWER)]
    assert titles == [["Budget"], ["Budget", "Commitments"]]


def test_only_a_single_project_says_whether_an_erp_is_integrated(api) -> None:
    assert "is_erp_integrated" not in api.get("/projects").json()[0]
    assert api.get(f"/projects/{TOWER}").json()["is_erp_integrated"] is False


def test_commitments_of_both_kinds_are_listed_without_their_settings(api) -> None:
    rows = api.get("/commitments", params={"project_id": TOWER}).json()
    assert [row["id"] for row in rows] == [SUBCONTRACT, PURCHASE_ORDER]
    assert not {"type", "allow_payments"} & set(rows[0])


@pytest.mark.parametrize(
    ("identity", "kind"), [(SUBCONTRACT, "WorkOrderContract"), (PURCHASE_ORDER, "PurchaseOrderContract")]
)
def test_a_single_commitment_says_its_kind_its_settings_and_its_payments(api, identity: int, kind: str) -> None:
    row = api.get(f"/commitments/{identity}", params={"project_id": TOWER}).json()
    assert (row["type"], row["allow_payments"]) == (kind, True)
    # Of 100,000.00 the subcontract has 100.00 paid, the purchase order nothing.
    paid = "100.00" if identity == SUBCONTRACT else "0"
    assert (row["total_payments"], len(row["payments_issued"])) == (paid, 1 if identity == SUBCONTRACT else 0)


def test_each_kind_has_a_list_of_its_own(api) -> None:
    lists = [
        api.get(f"/{kind}_contracts", params={"project_id": TOWER}).json() for kind in ("work_order", "purchase_order")
    ]
    assert [[row["id"] for row in rows] for rows in lists] == [[SUBCONTRACT], [PURCHASE_ORDER]]


def test_claims_are_filtered_by_status_and_commitment(api) -> None:
    where = {"project_id": TOWER, "filters[status]": "draft"}
    assert [row["id"] for row in api.get("/requisitions", params=where).json()] == [DRAFT]
    elsewhere = {"project_id": TOWER, "filters[commitment_id]": PURCHASE_ORDER}
    assert api.get("/requisitions", params=elsewhere).json() == []
    assert api.get(f"/requisitions/{CLAIM}", params={"project_id": TOWER}).json()["invoice_number"] == "INV-8101"


@pytest.mark.parametrize("params", [{}, {"project_id": TOWER}, {"contract_id": SUBCONTRACT}, {"project_id": "x"}])
def test_the_tab_needs_project_and_commitment(api, params: dict[str, object]) -> None:
    assert api.get("/contract_payments", params=params).status_code == 400


def test_the_commitment_of_another_project_is_not_found(api) -> None:
    assert api.get(f"/commitments/{SUBCONTRACT}", params={"project_id": DEPOT}).status_code == 404
    assert api.get("/contract_payments", params={"project_id": DEPOT, "contract_id": SUBCONTRACT}).status_code == 404
