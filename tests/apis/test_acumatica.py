"""Acumatica and MYOB by their REST API: pages, what is asked for, sessions given back."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from starlette.responses import JSONResponse, Response

from tests.apis.standin import StandIn, served, too_many
from toolkit.erps.api import acumatica as api
from toolkit.errors import NotVisible

SINCE = datetime(2026, 9, 1, tzinfo=UTC)


def entity(number: str, kind: str = "Payment", changed: str = "2026-09-10T09:14:02.12+00:00") -> dict:
    facts = {"Type": kind, "ReferenceNbr": number, "PaymentAmount": 80550.0, "LastModifiedDateTime": changed}
    wrapped = {name: {"value": value} for name, value in (facts | {"Vendor": "V0056"}).items()}
    return {"id": f"{kind}-{number}"} | wrapped


class Acumatica(StandIn):
    """Two entities in pages; sessions are counted."""

    def __init__(self) -> None:
        super().__init__()
        vendor = {"VendorID": {"value": "V0056"}, "VendorName": {"value": "Tamarack Steel"}}
        self.lists: dict[str, list[dict]] = {"Check": [], "Bill": [], "Vendor": [vendor]}
        self.left = 0

    def routes(self):
        paths = [self.api("/entity/Default/{version}/{entity}", self._list)]
        return [*paths, self.api("/entity/auth/logout", self._leave, ("POST",))]

    def _list(self, request):
        if request.path_params["entity"] not in self.lists:
            return JSONResponse({"message": "No entity satisfies the condition."}, 404)
        skip, top = int(request.query_params["$skip"]), int(request.query_params["$top"])
        return JSONResponse(self.lists[request.path_params["entity"]][skip : skip + top])

    def _leave(self, _):
        self.left += 1
        return Response(status_code=204)


@pytest.fixture(params=["acumatica", "myob"])
def acumatica(request, desk):
    standin = Acumatica()
    standin.erp = request.param
    with served(standin, standin.routes()) as url:
        desk.set_up(standin.erp, api_url=url, token_url=f"{url}/token", client_id="app")
        yield standin


def test_payments_and_bills_are_read_page_by_page_and_the_session_is_given_back(desk, acumatica, monkeypatch) -> None:
    monkeypatch.setattr(api, "PAGE", 2)
    acumatica.lists |= {"Check": [entity(str(n)) for n in range(5)], "Bill": [entity("b", "Bill")]}
    found = desk.fetch(acumatica.erp, SINCE)
    assert [row["ReferenceNbr"]["value"] for row in json.loads(found.content)] == ["0", "1", "2", "3", "4", "b"]
    assert acumatica.asked("$skip") == ["0", "2", "4", "0", "0", None]
    assert json.loads(found.content)[0]["VendorName"] == {"value": "Tamarack Steel"}
    assert acumatica.asked("$filter")[0] == "LastModifiedDateTime gt datetimeoffset'2026-09-01T00:00:00Z'"
    assert acumatica.asked("$expand")[0] == "Details,History"
    assert (found.records, found.newest, acumatica.left) == (
        6,
        datetime(2026, 9, 10, 9, 14, 2, 120000, tzinfo=UTC),
        1,
    )


def test_the_version_stands_in_the_address(desk, acumatica) -> None:
    desk.fetch(acumatica.erp)
    version = {"acumatica": "24.200.001", "myob": "23.200.001"}[acumatica.erp]
    assert acumatica.requests[0].url.path == f"/entity/Default/{version}/Check"
    assert acumatica.asked("$filter")[0] is None


def test_a_void_has_the_number_of_its_original_and_both_are_kept(desk, acumatica) -> None:
    acumatica.lists["Check"] = [entity("001454"), entity("001454", "Voided Payment")]
    assert desk.fetch(acumatica.erp).records == 2


def test_a_page_that_shifted_doubles_no_payment(desk, acumatica, monkeypatch) -> None:
    monkeypatch.setattr(api, "PAGE", 2)
    acumatica.lists["Check"] = [entity("1"), entity("2"), entity("2"), entity("3")]
    assert desk.fetch(acumatica.erp).records == 3


def test_the_session_is_given_back_when_the_pull_fails(desk, acumatica) -> None:
    del acumatica.lists["Bill"]
    with pytest.raises(NotVisible, match="No entity satisfies the condition; check"):
        desk.fetch(acumatica.erp)
    assert acumatica.left == 1


def test_a_request_limit_is_waited_out(desk, acumatica) -> None:
    acumatica.busy = [too_many(3)]
    desk.fetch(acumatica.erp)
    assert desk.slept == [3]


def test_a_user_and_password_may_sign_in(desk, acumatica, monkeypatch) -> None:
    for key, value in {"GRANT": "password", "USERNAME": "clerk", "PASSWORD": "hunter2"}.items():
        monkeypatch.setenv(f"TIEOUT_ERP_{acumatica.erp.upper()}_{key}", value)
    desk.fetch(acumatica.erp)
    assert acumatica.form == {"grant_type": "password", "scope": "api", "username": "clerk", "password": "hunter2"}


def test_a_payment_arrives_with_its_vendor_s_name(desk, acumatica) -> None:
    paid = {"DocType": {"value": "Bill"}, "ReferenceNbr": {"value": "004101"}, "VendorRef": {"value": "RC-2205"}}
    facts = {"Status": {"value": "Closed"}, "ApplicationDate": {"value": "2026-09-10"}}
    history = [paid | {"AmountPaid": {"value": 80550.0}}]
    acumatica.lists["Check"] = [entity("001452") | facts | {"History": history}]
    desk.pull(acumatica.erp)
    assert desk.rows("SELECT vendor_id, vendor_name FROM report.payments") == [("V0056", "Tamarack Steel")]
    assert desk.applied() == [("Payment|001452", "RC-2205", "80550.00", "applied")]
