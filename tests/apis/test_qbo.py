"""QuickBooks Online by its API: change data capture, its reach, deletions, and the query of everything."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from starlette.responses import JSONResponse

from tests.apis.standin import StandIn, served
from toolkit.erps.api import qbo as api
from toolkit.errors import Refused

SEPTEMBER = datetime(2026, 9, 10, 9, 14, 2, tzinfo=UTC)
QUERY = re.compile(
    r"select \* from (\w+) where (?:MetaData.CreateTime >= '(?P<since>[^']+)' orderby MetaData.CreateTime "
    r"startposition (?P<start>\d+)|Id in \((?P<ids>[^)]*)\)) maxresults (?P<most>\d+)"
)


def meta(created: datetime, updated: datetime | None = None) -> dict:
    return {"MetaData": {"CreateTime": created.isoformat(), "LastUpdatedTime": (updated or created).isoformat()}}


def paid(identity: str, amount: float, bill: str, created: datetime = SEPTEMBER, **more) -> dict:
    line = {"Amount": amount, "LinkedTxn": [{"TxnId": bill, "TxnType": "Bill"}]}
    facts = {"Id": identity, "DocNumber": f"0{identity}", "TxnDate": "2026-09-10", "TotalAmt": amount, "Line": [line]}
    return facts | {"VendorRef": {"value": "56", "name": "Tamarack Steel"}} | meta(created) | more


def bill(identity: str, number: str, created: datetime = SEPTEMBER) -> dict:
    return {"Id": identity, "DocNumber": number, "TxnDate": "2026-08-20", "TotalAmt": 100.25} | meta(created)


class QuickBooks(StandIn):
    """Queries and change data capture over three lists; `gone` are deletions, told by CDC alone."""

    def __init__(self) -> None:
        super().__init__()
        self.lists: dict[str, list[dict]] = {entity: [] for entity in api.ENTITIES}
        self.gone: list[dict] = []
        self.between = lambda: None

    def routes(self):
        return [self.api("/v3/company/R1/query", self._query), self.api("/v3/company/R1/cdc", self._cdc)]

    def _query(self, request):
        asked = QUERY.fullmatch(request.query_params["query"])
        if asked is None:
            return JSONResponse({"Fault": {"Error": [{"Message": "QueryParserError"}]}}, 400)
        rows = sorted(self.lists[asked[1]], key=lambda row: row["MetaData"]["CreateTime"])
        if asked["ids"]:
            rows = [row for row in rows if f"'{row['Id']}'" in asked["ids"]]
        else:
            since = datetime.fromisoformat(asked["since"])
            rows = [row for row in rows if datetime.fromisoformat(row["MetaData"]["CreateTime"]) >= since]
            rows = rows[int(asked["start"]) - 1 :]
        rows = rows[: int(asked["most"])]
        self.between()
        return JSONResponse({"QueryResponse": {asked[1]: rows} if rows else {}, "time": "2026-10-01T00:00:00Z"})

    def _cdc(self, request):
        since = datetime.fromisoformat(request.query_params["changedSince"])
        every = self.lists | {"BillPayment": self.lists["BillPayment"] + self.gone}
        found = {
            entity: [row for row in rows if datetime.fromisoformat(row["MetaData"]["LastUpdatedTime"]) >= since]
            for entity, rows in every.items()
        }
        answers = [{entity: rows} if rows else {} for entity, rows in found.items()]
        return JSONResponse({"CDCResponse": [{"QueryResponse": answers}], "time": "2026-10-01T00:00:00Z"})


@pytest.fixture
def qbo(desk):
    standin = QuickBooks()
    with served(standin, standin.routes()) as url:
        desk.set_up("qbo", api_url=url, token_url=f"{url}/token", client_id="app", realm_id="R1")
        yield standin


def test_the_first_pull_queries_everything_and_joins_the_bills_numbers(desk, qbo) -> None:
    qbo.lists |= {"BillPayment": [paid("1", 100.25, "b1")], "Bill": [bill("b1", "RC-2205")]}
    pull = desk.pull("qbo")
    assert (pull.load.new, pull.notes) == (1, ())
    assert desk.applied() == [("1", "RC-2205", "100.25", "applied")]


def test_the_next_pull_asks_for_changes_and_fetches_the_bill_that_did_not_change(desk, qbo) -> None:
    qbo.lists |= {"BillPayment": [paid("1", 100.25, "b1")], "Bill": [bill("b1", "RC-2205")]}
    desk.pull("qbo")
    qbo.lists["Bill"].append(bill("b2", "RC-1", SEPTEMBER - timedelta(days=90)))
    qbo.lists["BillPayment"].append(paid("2", 7.0, "b2", SEPTEMBER + timedelta(days=15)))
    desk.pull("qbo")
    assert qbo.asked("changedSince")[-2] == "2026-09-09T09:14:02+00:00"
    assert "Id in ('b2')" in qbo.asked("query")[-1]
    assert ("2", "RC-1", "7.00", "applied") in desk.applied()


def test_a_deletion_told_by_change_data_capture_deletes(desk, qbo) -> None:
    qbo.lists["BillPayment"] = [paid("1", 100.25, "b1")]
    desk.pull("qbo")
    qbo.lists["BillPayment"] = []
    qbo.gone = [{"Id": "1", "status": "Deleted"} | meta(SEPTEMBER, SEPTEMBER + timedelta(days=20))]
    assert desk.pull("qbo").load.deleted == 1
    assert desk.paid() == [("1", "100.25", "deleted")]


def test_after_more_than_thirty_days_everything_is_queried_and_what_vanished_is_deleted(desk, qbo) -> None:
    qbo.lists["BillPayment"] = [paid("1", 100.25, "b1"), paid("2", 50.0, "b1")]
    desk.pull("qbo")
    qbo.lists["BillPayment"].pop()
    pull = desk.pull("qbo", days=40)
    assert "only 30 days back" in pull.notes[0]
    assert pull.load.deleted == 1
    assert desk.paid() == [("1", "100.25", "issued"), ("2", "50.00", "deleted")]


def test_a_gap_with_a_quarantined_payment_deletes_nothing_and_says_so(desk, qbo) -> None:
    qbo.lists["BillPayment"] = [paid("1", 100.25, "b1"), paid("2", 50.0, "b1")]
    desk.pull("qbo")
    qbo.lists["BillPayment"] = [paid("1", 100.25, "b1"), paid("2", 50.0, "b1") | {"TxnDate": "soon"}]
    pull = desk.pull("qbo", days=40)
    assert (pull.load.counts.quarantined, pull.load.deleted) == (1, 0)
    assert "none was taken for deleted" in pull.notes[-1]


def test_a_full_answer_of_change_data_capture_is_not_trusted(desk, qbo, monkeypatch) -> None:
    monkeypatch.setattr(api, "MOST", 2)
    qbo.lists["BillPayment"] = [paid("1", 1.0, "b1")]
    desk.pull("qbo")
    qbo.lists["BillPayment"] += [paid(str(n), 1.0, "b1", SEPTEMBER + timedelta(days=14)) for n in (2, 3, 4)]
    pull = desk.pull("qbo")
    assert "1,000 at a time" in pull.notes[0]
    assert len(desk.paid()) == 4


def test_an_edit_or_a_deletion_between_two_pages_hides_no_payment(desk, qbo, monkeypatch) -> None:
    monkeypatch.setattr(api, "MOST", 2)
    rows = [paid(str(n), 1.0, "b1", SEPTEMBER + timedelta(minutes=n)) for n in range(7)]
    qbo.lists["BillPayment"] = list(rows)

    def drop_the_first() -> None:
        if rows[0] in qbo.lists["BillPayment"]:
            qbo.lists["BillPayment"].remove(rows[0])

    qbo.between = drop_the_first
    desk.pull("qbo")
    assert [row[0] for row in desk.paid()] == [str(n) for n in range(7)]


def test_more_payments_of_one_creation_time_than_a_page_holds_are_all_read(desk, qbo, monkeypatch) -> None:
    monkeypatch.setattr(api, "MOST", 2)
    qbo.lists["BillPayment"] = [paid(str(n), 1.0, "b1") for n in range(5)]
    desk.pull("qbo")
    assert len(desk.paid()) == 5


@pytest.mark.usefixtures("qbo")
def test_a_refused_query_is_said_in_quickbooks_own_words(desk, monkeypatch) -> None:
    monkeypatch.setattr(api, "ENTITIES", ("Bill Payment",))
    with pytest.raises(Refused, match=r"answered 400: /v3/company/R1/query: QueryParserError; check \[erp.qbo\]"):
        desk.pull("qbo")
