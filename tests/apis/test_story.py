"""The story of `tests/erps/test_story.py` pulled from each API: the same net payment of each invoice as from files."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey
from starlette.responses import JSONResponse

from tests.apis.standin import SECRET, StandIn, served, too_many
from tests.apis.test_qbo import QuickBooks, bill
from tests.erps.test_story import CASH, HERE, SETTLED, TOLD
from toolkit.erps.api import cmic, netsuite
from toolkit.erps.api.session import basic

Row = dict[str, Any]
# Number, day, vendor, cash, void since, what it settles (a credit is negative).
STORY: list[tuple[str, str, str, float, str | None, dict[str, float]]] = [
    ("010452", "2026-09-10", "Ridgeline Concrete LLC", 80550.0, None, {"RC-2205": 48600.0, "RC-2209": 31950.0}),
    ("88120", "2026-09-10", "Bayou Electric Inc.", 40000.0, None, {"BE-10077": 40000.0}),
    ("010453", "2026-09-10", "Summit Drywall & Paint", 18750.0, "2026-09-16", {"SD-0341": 18750.0}),
    ("010461", "2026-09-17", "Summit Drywall & Paint", 18750.0, None, {"SD-0341": 18750.0}),
    ("88197", "2026-09-24", "Bayou Electric Inc.", 21050.0, None, {"BE-10077": 22300.0, "BE-CM-118": -1250.0}),
]
BILLS = [name for *_, settles in STORY for name in settles]


def _own(invoice: str) -> str:
    """The ERP's own number of a bill."""
    return f"00{BILLS.index(invoice) + 1}"


def _wrapped(row: Row) -> Row:
    return {name: value if isinstance(value, list) else {"value": value} for name, value in row.items()}


def _check(kind: str, place: int, day: str, amount: float, settles: dict[str, float]) -> Row:
    number, _, vendor, *_ = STORY[place]
    history = [
        _wrapped({"DocType": "Bill", "ReferenceNbr": _own(name), "VendorRef": name, "AmountPaid": paid})
        for name, paid in settles.items()
    ]
    told = {"Type": kind, "ReferenceNbr": f"9{place}", "Status": "Closed", "ApplicationDate": day, "Vendor": vendor}
    return _wrapped(told | {"PaymentRef": number, "PaymentAmount": amount, "Details": [], "History": history})


def checks(_: str):
    """Acumatica and MYOB: a void is a second document, a credit a debit adjustment of its own."""
    found = []
    for place, (_, day, _, cash, void, settles) in enumerate(STORY):
        bills = {name: paid for name, paid in settles.items() if paid > 0}
        credit = sum(settles.values()) - sum(bills.values())
        bills = {name: paid + credit for name, paid in bills.items()} if credit else bills
        found.append(_check("Payment", place, day, cash, bills))
        if void:
            turned = {name: -paid for name, paid in bills.items()}
            found.append(_check("Voided Payment", place, void, -cash, turned))
        if credit:
            found.append(_check("Debit Adj.", place, day, -credit, dict.fromkeys(bills, -credit)))
    lists = {"Check": found, "Bill": [], "Vendor": []}
    return "/entity/Default/{version}/{name}", lambda request: lists[request.path_params["name"]]


def suiteql(_: str):
    """NetSuite: a void has lost its amount and its links, a credit is a transaction of its own."""
    items: list[Row] = []
    for place, (number, day, vendor, cash, void, settles) in enumerate(STORY):
        head = {"id": str(place + 1), "tranid": number, "trandate": day, "entity": vendor, "type": "VendPymt"}
        head |= {"status": "V" if void else "A", "voided": "T" if void else "F", "foreigntotal": 0 if void else -cash}
        credit = -min(0.0, *settles.values())
        bills = [name for name, paid in settles.items() if paid > 0]
        links = [{"bill_id": _own(name), "bill_no": name, "foreignamount": settles[name] - credit} for name in bills]
        items += [head] if void else [head | link for link in links]
        if credit:
            own = {"id": "99", "tranid": "BE-CM-118", "type": "VendCred", "foreigntotal": credit}
            items.append(head | own | links[0] | {"foreignamount": credit})
    changed = [{"lastmodifieddate": "2026-09-24 08:02:00", **item} for item in items]
    return netsuite.QUERIES, lambda _: {"items": changed, "hasMore": False}


def cheques(_: str):
    """CMiC: a reversal code on the cheque, credits as negative vouchers."""
    items = [
        {"ChqCompCode": "01", "ChqAccCode": "OPER", "ChqNum": int(number), "ChqSeqNum": 1, "ChqDate": day}
        | {"ChqVenCode": vendor, "ChqAmt": cash, "ChqRevCode": void and "R", "ChqRevDate": void}
        | {"VouChqViewObj": [{"PaVouInvCode": name, "PaAmt": paid} for name, paid in settles.items()]}
        for number, day, vendor, cash, void, settles in STORY
    ]
    return cmic.CHEQUES, lambda asked: {"items": items if "ChqDate>" in asked.query_params["q"] else []}


def report(_: str):
    """Workday: one group of rows per payment."""
    entries = [
        {"Payment": number, "Workday_ID": f"w{number}", "Payment_Date": day, "Payee": vendor, "Currency": "USD"}
        | {"Payment_Amount": str(cash), "Payment_Status": "Voided" if void else "Complete"}
        | {
            "Invoices": [
                {"Suppliers_Invoice_Number": name, "Amount_Applied": str(paid)} for name, paid in bills.items()
            ]
        }
        for number, day, vendor, cash, void, bills in STORY
    ]
    return "/ccx/service/customreport2/t/o/r", lambda _: {"Report_Entry": entries}


def register(_: str):
    """MRI: one row per invoice, a void is a word."""
    rows = [
        {"BankID": "OPER", "CheckNumber": number, "CheckDate": day, "VendorID": vendor, "Entity": "E1"}
        | {"Invoice": name, "Amount": str(paid), "Status": "VOID" if void else ""}
        for number, day, vendor, _, void, settles in STORY
        for name, paid in settles.items()
    ]
    return "/MRIAPIServices/api.asp", lambda _: {"value": rows, "nextLink": None}


APP, BASIC = {"client_id": "app"}, {"username": "clerk"}
SERVED = {
    "acumatica": (checks, "Bearer", APP),
    "myob": (checks, "Bearer", APP),
    "netsuite": (suiteql, "Bearer", APP | {"account": "1", "certificate_id": "c", "algorithm": "ES256"}),
    "cmic": (cheques, basic("clerk", SECRET), BASIC),
    "workday": (report, basic("clerk", SECRET), BASIC | {"tenant_id": "t", "report": "o/r"}),
    "mri": (
        register,
        basic("c/d/clerk/partner", SECRET),
        BASIC | {"api_name": "x", "mri_client": "c", "database": "d"},
    ),
}


# What QuickBooks calls the four bills by id.
QUICKBOOKS = {"1401": "RC-2205", "1409": "RC-2209", "1415": "BE-10077", "1422": "SD-0341"}


@pytest.fixture
def host(request, desk, monkeypatch):
    """The stand-in of one ERP, telling the story, and a desk that may pull from it."""
    key = ECKey.generate_key("P-256").as_pem(private=True).decode()
    monkeypatch.setenv("TIEOUT_ERP_NETSUITE_PRIVATE_KEY", key)
    answers, auth, keys = SERVED[request.param]
    path, answer = answers(request.param)
    standin = StandIn()
    standin.erp = request.param
    with served(standin, [standin.api(path, lambda asked: JSONResponse(answer(asked)), ("GET", "POST"), auth)]) as url:
        desk.set_up(standin.erp, api_url=url, token_url=f"{url}/token", **keys)
        yield standin


def _told(desk) -> tuple[dict, str]:
    return dict(desk.rows(SETTLED)), desk.rows(CASH)[0][0]


@pytest.mark.parametrize("host", SERVED, indirect=True)
def test_a_pull_tells_the_same_payment_of_each_invoice_as_a_file(desk, host: StandIn) -> None:
    desk.pull(host.erp)
    assert _told(desk) == (TOLD, "160350.00")


@pytest.mark.parametrize("host", SERVED, indirect=True)
def test_a_limit_is_waited_out_and_nothing_is_lost(desk, host: StandIn) -> None:
    host.busy = [too_many(7)]
    desk.pull(host.erp)
    assert (desk.slept[0], _told(desk)) == (7, (TOLD, "160350.00"))


@pytest.mark.parametrize("host", [erp for erp, (_, auth, _) in SERVED.items() if auth == "Bearer"], indirect=True)
def test_a_token_that_expires_is_renewed_and_nothing_is_lost(desk, host: StandIn) -> None:
    # The first token serves no call: the host takes it for expired.
    host.dead_tokens = 1
    desk.pull(host.erp)
    assert (host.token_calls, _told(desk)) == (2, (TOLD, "160350.00"))


@pytest.fixture
def quickbooks(desk):
    """QuickBooks' stand-in with the story's change data capture as its lists, and the bills beside it."""
    saved = json.loads((HERE / "qbo" / "changes" / "qbo_cdc_bill_payments.json").read_text(encoding="utf-8"))
    standin = QuickBooks()
    payments = saved["CDCResponse"][0]["QueryResponse"][0]["BillPayment"]
    standin.lists["BillPayment"] = [row for row in payments if row.get("status") != "Deleted"]
    standin.lists["Bill"] = [bill(identity, number) for identity, number in QUICKBOOKS.items()]
    with served(standin, standin.routes()) as url:
        desk.set_up("qbo", api_url=url, token_url=f"{url}/token", client_id="app", realm_id="R1")
        yield standin


def test_a_pull_of_quickbooks_has_the_numbers_that_its_files_lack(desk, quickbooks: QuickBooks) -> None:
    quickbooks.busy, quickbooks.good_for = [too_many(7)], 2
    desk.pull("qbo")
    assert (desk.slept[0], _told(desk)) == (7, (TOLD, "160350.00"))
    assert quickbooks.token_calls >= 2
