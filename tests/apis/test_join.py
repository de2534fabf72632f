"""What an API answers is read like the saved reply: the golden cases of the readers, served page by page."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from starlette.responses import JSONResponse, Response

from tests.apis.standin import SECRET, StandIn, served
from toolkit.erps.api import cmic, netsuite, yardi
from toolkit.erps.api.session import basic

CASES = Path(__file__).parent.parent / "erps"
VIEWS = {"payments": "payment_id", "applications": "payment_id, application_id"}


def _saved(case: str) -> list:
    """Every reply of a golden case."""
    found = json.loads((CASES / case).read_text(encoding="utf-8"))
    return found if isinstance(found, list) else [found]


def acumatica(erp: str):
    objects = _saved(f"{erp}/reply/check.json")
    lists = {"Check": [one for one in objects if "PaymentAmount" in one], "Vendor": []}
    lists["Bill"] = [one for one in objects if "PaymentAmount" not in one]
    return "/entity/Default/{version}/{name}", lambda request: lists[request.path_params["name"]]


def suiteql(_: str):
    return netsuite.QUERIES, lambda _: _saved("netsuite/reply/suiteql.json")[0] | {"hasMore": False}


def cheques(_: str):
    reply = _saved("cmic/reply/manualcheck.json")[0]
    return cmic.CHEQUES, lambda request: reply if "ChqDate>" in request.query_params["q"] else {"items": []}


def report(_: str):
    return "/ccx/service/customreport2/t/o/r", lambda _: _saved("workday/reply/report.json")[0]


def register(_: str):
    reply = _saved("mri/reply/value.json")[0] | {"nextLink": None}
    return "/MRIAPIServices/api.asp", lambda _: reply


def ledger(_: str):
    lists = _saved("xero/story/xero_payments_and_allocations.json")[0]
    first = lists["Payments"][0]
    # The story's reply has the payments of a batch, not the batch itself.
    batch = {name: first[name] for name in ("BatchPaymentID", "Date", "Reference", "Account")} | {
        "Status": "AUTHORISED"
    }
    lists["BatchPayments"] = [batch | {"Type": "PAYBATCH", "TotalAmount": "80550.00", "Payments": []}]
    return "/{name}", lambda request: {request.path_params["name"]: lists.get(request.path_params["name"], [])}


# ERP -> its golden case, its stand-in, how that is signed, its settings.
APP, BASIC = {"client_id": "app"}, {"username": "clerk"}
SERVED = {
    "acumatica": ("reply", acumatica, "Bearer", APP),
    "myob": ("reply", acumatica, "Bearer", APP),
    "netsuite": ("reply", suiteql, "Bearer", APP | {"account": "1", "certificate_id": "c", "algorithm": "ES256"}),
    "cmic": ("reply", cheques, basic("clerk", SECRET), BASIC),
    "workday": ("reply", report, basic("clerk", SECRET), BASIC | {"tenant_id": "t", "report": "o/r"}),
    "mri": (
        "reply",
        register,
        basic("c/d/clerk/partner", SECRET),
        BASIC | {"api_name": "x", "mri_client": "c", "database": "d"},
    ),
    "xero": ("story", ledger, "Bearer", APP),
}


@pytest.fixture(params=SERVED)
def pulled(request, desk, monkeypatch):
    """The case's name after its replies were pulled."""
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-256").as_pem(private=True).decode()
    monkeypatch.setenv("TIEOUT_ERP_NETSUITE_PRIVATE_KEY", key)
    case, answer_of, auth, keys = SERVED[request.param]
    path, answer = answer_of(request.param)
    standin = StandIn()
    route = standin.api(path, lambda asked: JSONResponse(answer(asked)), ("GET", "POST"), auth)
    with served(standin, [route]) as url:
        desk.set_up(request.param, api_url=url, token_url=f"{url}/token", **keys)
        assert desk.pull(request.param).load.counts.quarantined == 0
        again = desk.pull(request.param)
    assert again.load is None or (again.load.new, again.load.changed) == (0, 0)
    return CASES / request.param / case


def test_a_pull_says_what_the_saved_reply_says(desk, pulled: Path) -> None:
    for view, order in VIEWS.items():
        header, *rows = csv.reader((pulled / f"{view}.csv").read_text().splitlines())
        names = [name for name in header if name != "source_row"]
        wanted = [[cell for name, cell in zip(header, row, strict=True) if name in names] for row in rows]
        shown = desk.rows(f"SELECT {', '.join(names)} FROM report.{view} ORDER BY {order}")  # noqa: S608
        # The record reply of NetSuite stands beside its query in the case.
        at = names.index("payment_id")
        expected = [row for row in wanted if not (pulled.parent.name == "netsuite" and row[at] in ("9", "80|9"))]
        assert [list(row) for row in shown] == sorted(expected, key=lambda row: (row[at], row[at + 1]))


def test_a_report_with_columns_of_its_own_is_read_through_the_mapping_of_the_settings(desk) -> None:
    rows = {"Report_Entry": [{"Ref": "P-1", "Day": "2026-09-10", "Who": "Tamarack", "Sum": "10.00", "Inv": "A-1"}]}
    mapping = {"payment_number": "Ref", "payment_date": "Day", "payee_name": "Who"}
    mapping |= {"payment_amount": "Sum", "invoice_number": "Inv", "applied_amount": "Sum"}
    standin = StandIn()
    path = "/ccx/service/customreport2/t/o/r"
    route = standin.api(path, lambda _: JSONResponse(rows), ("GET",), basic("clerk", SECRET))
    with served(standin, [route]) as url:
        desk.set_up("workday", api_url=url, tenant_id="t", report="o/r", username="clerk", mapping="site.toml")
        columns = [f'{name} = "{label}"' for name, label in mapping.items()]
        (desk.home / "site.toml").write_text("\n".join(['erp = "workday"', "[columns]", *columns]))
        desk.pull("workday")
    assert [row[1:] for row in desk.applied()] == [("A-1", "10.00", "applied")]


def test_what_yardi_answers_is_read_through_a_mapping(desk) -> None:
    case = CASES / "yardi" / "markup"
    answer = (case / "payables.xml").read_text(encoding="utf-8").partition("?>")[2]
    result = f'<r xmlns="{yardi.SERVICE}"><{yardi.OPERATION}Result>{answer}</{yardi.OPERATION}Result></r>'
    soap = f'<s:Envelope xmlns:s="{yardi.ENVELOPE}"><s:Body>{result}</s:Body></s:Envelope>'
    standin = StandIn()
    route = standin.api("/x.asmx", lambda _: Response(soap, media_type="text/xml"), ("POST",), "")
    keys = {"username": "svc", "server": "S1", "database": "live", "interface_entity": "Tieout", "property_id": "p1"}
    said = (case / "said.toml").read_text(encoding="utf-8").replace("[mapping]\n", "").replace("[mapping.", "[")
    with served(standin, [route]) as url:
        desk.set_up("yardi", api_url=f"{url}/x.asmx", mapping="site.toml", **keys)
        (desk.home / "site.toml").write_text(said)
        desk.pull("yardi")
    header, *rows = csv.reader((case / "payments.csv").read_text().splitlines())
    names = [name for name in header if name in ("payment_id", "payment_amount", "status")]
    assert desk.paid() == [tuple(row[header.index(name)] for name in names) for row in rows]
