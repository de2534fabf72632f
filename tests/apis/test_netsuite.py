"""NetSuite by SuiteQL: windows of rows, the signed assertion, the account's address."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.responses import JSONResponse

from tests.apis.standin import StandIn, served, too_many
from toolkit.erps.api import netsuite as api
from toolkit.erps.api.base import Ask
from toolkit.errors import RemoteError, SettingsError
from toolkit.settings import ErpSection, Settings

KEY = ECKey.generate_key("P-256")


def row(identity: int, bill: int | None, amount: float, changed: str = "2026-09-10 09:14:02") -> dict:
    facts = {"id": str(identity), "tranid": f"0{identity}", "type": "VendPymt", "foreignamount": amount}
    return facts | {"bill_id": bill and str(bill), "lastmodifieddate": changed, "links": []}


class NetSuite(StandIn):
    """One table of rows; `after` in the query is honoured, and no query sees more than `window` rows."""

    def __init__(self) -> None:
        super().__init__()
        self.table: list[dict] = []
        self.queries: list[str] = []

    def routes(self):
        return [self.api(api.QUERIES, self._rows, ("POST",))]

    def _rows(self, request):
        if request.headers.get("prefer") != "transient":
            return JSONResponse({"o:errorDetails": [{"detail": "The required request header Prefer is missing"}]}, 400)
        query = json.loads(self.body)["q"]
        self.queries.append(query)
        after = int(re.search(r"t\.id > (\d+)", query)[1])
        offset, limit = int(request.query_params["offset"]), int(request.query_params["limit"])
        rows = [one for one in self.table if int(one["id"]) > after]
        shown = rows[offset : offset + limit]
        return JSONResponse({"items": shown, "count": len(shown), "hasMore": offset + limit < len(rows)})


@pytest.fixture
def netsuite(desk, monkeypatch):
    monkeypatch.setenv("TIEOUT_ERP_NETSUITE_PRIVATE_KEY", KEY.as_pem(private=True).decode())
    standin = NetSuite()
    with served(standin, standin.routes()) as url:
        keys = {"client_id": "app", "certificate_id": "cert-1", "algorithm": "ES256", "account": "1234567_SB1"}
        desk.set_up("netsuite", api_url=url, token_url=f"{url}/token", **keys)
        standin.url = url
        yield standin


def test_every_page_is_read_and_links_are_left_out(desk, netsuite, monkeypatch) -> None:
    monkeypatch.setattr(api, "PAGE", 2)
    netsuite.table = [row(n, n + 100, 1.25) for n in range(1, 6)]
    found = desk.fetch("netsuite")
    assert [item["id"] for item in json.loads(found.content)["items"]] == ["1", "2", "3", "4", "5"]
    assert b"links" not in found.content
    assert netsuite.asked("offset") == ["0", "2", "4"]
    assert found.newest == datetime(2026, 9, 10, 9, 14, 2, tzinfo=UTC)


def test_beyond_a_hundred_thousand_rows_another_window_begins_and_no_payment_is_cut(
    desk, netsuite, monkeypatch
) -> None:
    monkeypatch.setattr(api, "PAGE", 2)
    monkeypatch.setattr(api, "WINDOW", 4)
    netsuite.table = [row(n, bill, 1.0) for n in range(1, 5) for bill in (7, 8, 9)]
    found = json.loads(desk.fetch("netsuite").content)["items"]
    assert [(item["id"], item["bill_id"]) for item in found] == [
        (str(n), str(b)) for n in range(1, 5) for b in (7, 8, 9)
    ]
    assert len({re.search(r"t\.id > (\d+)", query)[1] for query in netsuite.queries}) > 1


def test_a_payment_of_more_rows_than_a_window_is_refused_not_cut(desk, netsuite, monkeypatch) -> None:
    monkeypatch.setattr(api, "PAGE", 2)
    monkeypatch.setattr(api, "WINDOW", 4)
    netsuite.table = [row(1, bill, 1.0) for bill in range(9)]
    with pytest.raises(RemoteError, match="payment 1 has more rows than SuiteQL gives at once"):
        desk.fetch("netsuite")


def test_changes_are_asked_for_and_payments_without_a_link_are_kept(desk, netsuite) -> None:
    netsuite.table = [row(1, None, 0.0)]
    assert desk.fetch("netsuite", datetime(2026, 9, 1, tzinfo=UTC)).records == 1
    assert "lastmodifieddate >= TO_TIMESTAMP('2026-09-01 00:00:00', 'YYYY-MM-DD HH24:MI:SS')" in netsuite.queries[0]
    assert "LEFT JOIN NextTransactionLineLink" in netsuite.queries[0]


def test_the_assertion_is_signed_for_the_token_host(desk, netsuite) -> None:
    desk.fetch("netsuite")
    token = jwt.decode(netsuite.form["client_assertion"], KEY, algorithms=["ES256"])
    assert (token.header["kid"], token.claims["iss"], token.claims["aud"]) == ("cert-1", "app", f"{netsuite.url}/token")
    assert 0 < token.claims["exp"] - token.claims["iat"] <= 3600


def test_concurrency_limits_are_waited_out(desk, netsuite) -> None:
    netsuite.busy = [too_many(2), too_many(2)]
    desk.fetch("netsuite")
    assert desk.slept == [2, 2]


@pytest.mark.usefixtures("netsuite")
def test_a_key_that_is_none_is_named_and_not_repeated(desk, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_ERP_NETSUITE_PRIVATE_KEY", "hunter2")
    with pytest.raises(SettingsError, match=r"private key of erp\.netsuite is none that ES256 can use") as refused:
        desk.fetch("netsuite")
    assert "hunter2" not in str(refused.value)


def test_the_account_is_the_address() -> None:
    settings = Settings(erp={"netsuite": ErpSection(account="1234567_SB1")})
    ask = Ask("netsuite", settings, datetime(2026, 10, 1, tzinfo=UTC))
    assert api._address(ask) == "https://1234567-sb1.suitetalk.api.netsuite.com"


@pytest.mark.parametrize(("subsidiary", "asked"), [("3", True), (None, False)])
def test_only_a_subsidiary_that_was_said_is_asked_for(desk, netsuite, monkeypatch, subsidiary, asked: bool) -> None:
    if subsidiary:
        monkeypatch.setenv("TIEOUT_ERP_NETSUITE_SUBSIDIARY", subsidiary)
    desk.fetch("netsuite")
    assert ("m.subsidiary = 3)" in netsuite.queries[0]) is asked


@pytest.mark.usefixtures("netsuite")
def test_a_subsidiary_is_an_internal_id_and_nothing_else(desk, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_ERP_NETSUITE_SUBSIDIARY", "3) OR (1=1")
    with pytest.raises(SettingsError, match="internal id, a number"):
        desk.fetch("netsuite")
