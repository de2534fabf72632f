"""CMiC, Workday, MRI and Yardi: APIs that cannot say what changed, asked for a window of days."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from defusedxml.ElementTree import fromstring
from starlette.responses import JSONResponse, Response

from tests.apis.standin import SECRET, StandIn, served, too_many
from toolkit.erps.api import cmic, yardi
from toolkit.errors import Refused, RemoteError, SettingsError, SignInRefused

SINCE = datetime(2026, 9, 1, tzinfo=UTC)
SOAP = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>%s</s:Body></s:Envelope>'


def basic(user: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{SECRET}".encode()).decode()


@pytest.fixture
def at(desk):
    """Serve one path by `answer` and set an ERP up to ask it."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def begin(erp: str, path: str, answer, *, auth: str, method: str = "GET", **keys) -> StandIn:
            standin = StandIn()
            route = standin.api(path, answer, (method,), auth)
            standin.url = stack.enter_context(served(standin, [route]))
            desk.set_up(erp, api_url=standin.url + keys.pop("under", ""), **keys)
            return standin

        yield begin


def cheque(number: int, **more) -> dict:
    return {"ChqCompCode": "01", "ChqNum": number, "ChqSeqNum": 1, "ChqAmt": 48600.25, "VouChqViewObj": []} | more


def test_cmic_reads_cheques_by_date_and_by_reversal_each_once(desk, at, monkeypatch) -> None:
    monkeypatch.setattr(cmic, "PAGE", 2)
    by = {"ChqDate": [cheque(n) for n in (1, 2, 3)], "ChqRevDate": [cheque(3), cheque(9, ChqRevCode="R")]}

    def answer(request):
        rows = by["ChqRevDate" if "ChqRevDate" in request.query_params["q"] else "ChqDate"]
        offset = int(request.query_params["offset"])
        return JSONResponse({"items": rows[offset : offset + 2], "hasMore": offset + 2 < len(rows)})

    host = at("cmic", cmic.CHEQUES, answer, auth=basic("clerk"), username="clerk", company_code="01")
    found = desk.fetch("cmic", SINCE)
    assert [row["ChqNum"] for row in json.loads(found.content)["items"]] == [1, 2, 3, 9]
    assert host.asked("q")[0] == "ChqCompCode='01';ChqDate>='2026-09-01'"
    assert host.asked("expand")[0] == "VouChqViewObj,PayamtChqmanViewObj"
    assert host.asked("offset") == ["0", "2", "0"]


def test_cmic_looks_back_its_window_where_nothing_was_said(desk, at) -> None:
    host = at(
        "cmic", cmic.CHEQUES, lambda _: JSONResponse({"items": []}), auth=basic("a"), username="a", window_days=30
    )
    assert desk.fetch("cmic").records == 0
    assert host.asked("q")[0] == "ChqDate>='2026-09-01'"  # 30 days before 1 October


def test_workday_fills_the_prompts_of_the_report(desk, at) -> None:
    path = "/ccx/service/customreport2/larkspur/isu_tieout/Supplier%20Payments"
    rows = {"Report_Entry": [{"Payment": "P-1", "Amount": 12.5}]}
    keys = {"tenant_id": "larkspur", "report": "isu_tieout/Supplier Payments", "username": "isu_tieout"}
    prompts = {"Payment_Date_On_or_After": "{since}", "Company": "Larkspur"}
    host = at(
        "workday",
        "/ccx/service/customreport2/larkspur/isu_tieout/{report}",
        lambda _: JSONResponse(rows),
        auth=basic("isu_tieout"),
        prompts=prompts,
        **keys,
    )
    found = desk.fetch("workday", SINCE)
    assert json.loads(found.content) == {"Report_Entry": [{"Payment": "P-1", "Amount": "12.5"}]}
    assert host.requests[0].scope["raw_path"].decode() == path
    assert (host.asked("Payment_Date_On_or_After"), host.asked("format")) == (["2026-09-01"], ["json"])


def test_a_workday_report_is_named_by_owner_and_name(desk, at) -> None:
    at("workday", "/", None, auth="", tenant_id="t", report="Payments", username="u")
    with pytest.raises(SettingsError, match=r"\[erp\.workday\] report is written OWNER/REPORT_NAME"):
        desk.fetch("workday")


def test_mri_follows_the_query_of_nextlink_and_never_its_host(desk, at) -> None:
    def answer(request):
        if request.query_params["$skip"] == "300":
            return JSONResponse({"value": [{"Check": "2"}]})
        link = "https://elsewhere.example/MRIAPIServices/api.asp?%24api=X&%24format=json&%24top=300&%24skip=300"
        return JSONResponse({"value": [{"Check": "1"}], "nextLink": link})

    keys = {"api_name": "MRI_S-PMAP_Checks", "mri_client": "C1", "database": "DB", "username": "web"}
    user = basic("C1/DB/web/partner")
    host = at("mri", "/MRIAPIServices/api.asp", answer, auth=user, filter="CheckDate ge '{since}'", **keys)
    found = desk.fetch("mri", SINCE)
    assert json.loads(found.content) == {"value": [{"Check": "1"}, {"Check": "2"}]}
    assert host.asked("$filter")[0] == "CheckDate ge '2026-09-01'"
    assert host.asked("$api") == ["MRI_S-PMAP_Checks", "X"]


def test_mri_pages_that_lead_in_a_circle_end(desk, at) -> None:
    reply = {"value": [], "nextLink": "api.asp?%24skip=0"}
    keys = {"api_name": "X", "mri_client": "C1", "database": "DB", "username": "web"}
    at("mri", "/MRIAPIServices/api.asp", lambda _: JSONResponse(reply), auth=basic("C1/DB/web/partner"), **keys)
    with pytest.raises(RemoteError, match="its pages have no end"):
        desk.fetch("mri")


YARDI = {"username": "svc", "server": "S1", "database": "live", "interface_entity": "Tieout", "property_id": "p<1>"}


def _yardi(at, content: str, status: int = 200):
    def answer(_):
        return Response(content, status, media_type="text/xml")

    return at("yardi", "/x/itf.asmx", answer, auth="", method="POST", under="/x/itf.asmx", **YARDI)


def test_yardi_is_asked_in_the_order_of_its_wsdl_and_its_reply_is_handed_on(desk, at) -> None:
    result = f'<r xmlns="{yardi.SERVICE}"><GetPayables2Result><Payables><P/><P/></Payables></GetPayables2Result></r>'
    host = _yardi(at, SOAP % result)
    found = desk.fetch("yardi", SINCE)
    assert (found.records, fromstring(found.content).tag.split("}")[1]) == (2, "Payables")
    call = fromstring(host.body)[0][0]
    said = {part.tag.split("}")[1]: part.text for part in call}
    assert list(said)[:8] == [*yardi.SIGN_IN, "YardiPropertyId"]
    assert (said["CheckFromDate"], said["CheckToDate"], said["YardiPropertyId"]) == ("2026-09-01", "2026-10-01", "p<1>")
    assert (said["Password"], said["InterfaceLicense"], said["UnpaidOnly"]) == (SECRET, "licence-text", "false")
    assert (said["InvoiceFromDate"], call[8].get(f"{{{yardi.INSTANCE}}}nil")) == (None, "true")


def test_yardi_may_answer_xml_inside_a_text(desk, at) -> None:
    inner = "&lt;Payables&gt;&lt;P/&gt;&lt;/Payables&gt;"
    _yardi(at, SOAP % f'<r xmlns="{yardi.SERVICE}"><GetPayables2Result>{inner}</GetPayables2Result></r>')
    assert desk.fetch("yardi", SINCE).content.endswith(b"<Payables><P /></Payables>")


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (SOAP % "<s:Fault><faultstring>bad licence</faultstring></s:Fault>", Refused, "a SOAP fault"),
        ("<html>", RemoteError, "the answer is no XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', RemoteError, "the answer is no XML"),
    ],
)
def test_an_answer_of_yardi_that_is_no_result_is_refused(desk, at, content: str, error: type, said: str) -> None:
    _yardi(at, content)
    with pytest.raises(error, match=said) as refused:
        desk.fetch("yardi")
    assert SECRET not in str(refused.value)


def test_a_wrong_password_is_refused_without_repeating_it(desk, at) -> None:
    at("cmic", cmic.CHEQUES, None, auth=basic("another"), username="clerk")
    with pytest.raises(SignInRefused, match=r"check \[erp\.cmic\] and its secrets") as refused:
        desk.fetch("cmic")
    assert SECRET not in str(refused.value)
    assert base64.b64encode(f"clerk:{SECRET}".encode()).decode() not in str(refused.value)


def test_a_limit_of_mri_without_a_word_is_waited_out(desk, at) -> None:
    keys = {"api_name": "X", "mri_client": "C1", "database": "DB", "username": "web"}
    answer = JSONResponse({"value": []})
    host = at("mri", "/MRIAPIServices/api.asp", lambda _: answer, auth=basic("C1/DB/web/partner"), **keys)
    host.busy = [too_many(None)]
    desk.fetch("mri")
    assert desk.slept == [60]


def test_a_day_beyond_the_last_pull_opens_no_gap_in_a_window(desk, at) -> None:
    host = at(
        "cmic", cmic.CHEQUES, lambda _: JSONResponse({"items": []}), auth=basic("a"), username="a", window_days=30
    )
    desk.pull("cmic")
    desk.pull("cmic", since=datetime(2027, 3, 1, tzinfo=UTC).date(), days=200)
    desk.pull("cmic")
    # The first pull is of 2 October: every later window begins 30 days before it.
    assert host.asked("q")[-2] == "ChqDate>='2026-09-02'"
