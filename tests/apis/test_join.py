"""What an API answers is read like the saved reply: the golden cases of the readers, served page by page."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from starlette.responses import JSONResponse

from tests.apis.standin import SECRET, StandIn, served
from toolkit.erps.api import cmic, netsuite
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
        expected = [row for row in wanted if not (pulled.parent.name == "netsuite" and row[at] == "9")]
        assert [list(row) for row in shown] == sorted(expected, key=lambda row: (row[at], row[at + 1]))
