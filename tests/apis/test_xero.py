"""Xero by its API: pages, changed since, batches kept whole, limits and tokens."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from starlette.responses import Response

from tests.apis.standin import SECRET, StandIn, served, too_many
from toolkit.errors import RemoteError

IDS = {
    "Payments": "PaymentID",
    "BatchPayments": "BatchPaymentID",
    "Invoices": "InvoiceID",
    "CreditNotes": "CreditNoteID",
    "Overpayments": "OverpaymentID",
    "Prepayments": "PrepaymentID",
}
TENTH = datetime(2026, 9, 10, 8, tzinfo=UTC)
LATER = datetime(2026, 9, 28, 8, tzinfo=UTC)


def msdate(moment: datetime) -> str:
    return f"/Date({int(moment.timestamp() * 1000)}+0000)/"


def payment(identity: str, amount: str, number: str, changed: datetime = TENTH, **more) -> dict:
    invoice = {"InvoiceID": f"i-{number}", "InvoiceNumber": number, "Type": "ACCPAY", "CurrencyCode": "AUD"}
    return {
        "PaymentID": identity,
        "Date": msdate(datetime(2026, 9, 10, tzinfo=UTC)),
        "Amount": amount,
        "PaymentType": "ACCPAYPAYMENT",
        "Status": "AUTHORISED",
        "UpdatedDateUTC": msdate(changed),
        "Invoice": invoice | {"Contact": {"ContactID": "c-1", "Name": "Tamarack Steel"}},
    } | more


class Xero(StandIn):
    """Lists with pages of two, filtered by If-Modified-Since; a list's page count and item count are said."""

    page = 2

    def __init__(self) -> None:
        super().__init__()
        self.lists: dict[str, list[dict]] = {name: [] for name in IDS}
        self.moves: list[dict] = []

    def routes(self):
        return [self.api("/{name}", self._list), self.api("/{name}/{identity}", self._one)]

    def _list(self, request):
        name = request.path_params["name"]
        since = request.headers.get("if-modified-since")
        rows = sorted(self.lists[name], key=_changed)
        rows = [row for row in rows if not since or _changed(row) >= datetime.fromisoformat(since + "+00:00")]
        page = int(request.query_params.get("page", 0))
        shown = rows[(page - 1) * self.page : page * self.page] if page else rows
        if self.moves and name == "Payments":
            # Somebody edits the oldest payment while the list is read.
            self.moves.pop()["UpdatedDateUTC"] = msdate(LATER)
        counts = {"page": page, "pageSize": self.page, "pageCount": -(-len(rows) // self.page), "itemCount": len(rows)}
        return _as_numbers({name: shown} | ({"pagination": counts} if page else {}))

    def _one(self, request):
        name, identity = request.path_params["name"], request.path_params["identity"]
        return _as_numbers({name: [row for row in self.lists[name] if row[IDS[name]] == identity]})


def _as_numbers(reply: dict) -> Response:
    """Amounts are numbers, as Xero sends them, and pass no float here."""
    text = re.sub(r'"Amount": "([0-9.]+)"', r'"Amount": \1', json.dumps(reply))
    return Response(text, media_type="application/json")


def _changed(row: dict) -> datetime:
    return datetime.fromtimestamp(int(row["UpdatedDateUTC"][6:19]) / 1000, UTC)


@pytest.fixture
def xero(desk):
    standin = Xero()
    with served(standin, standin.routes()) as url:
        desk.set_up("xero", api_url=url, token_url=f"{url}/token", client_id="app", tenant_id="t-1")
        yield standin


def test_every_page_of_every_list_is_read(desk, xero) -> None:
    xero.lists["Payments"] = [payment(f"p-{n}", f"{n}00.25", f"A-{n}") for n in range(1, 6)]
    pull = desk.pull("xero")
    assert desk.paid() == [(f"p-{n}", f"{n}00.25", "issued") for n in range(1, 6)]
    assert (pull.since, pull.load.new) == (None, 5)
    assert xero.asked("page")[:3] == ["1", "2", "3"]
    assert set(xero.asked("xero-tenant-id")) == {"t-1"}


def test_an_amount_that_no_float_holds_arrives_to_the_cent(desk, xero) -> None:
    xero.lists["Payments"] = [payment("p-1", "90071992547409.93", "A-1")]
    desk.pull("xero")
    assert desk.paid() == [("p-1", "90071992547409.93", "issued")]


def test_a_second_pull_asks_for_changes_with_a_day_of_overlap_and_changes_nothing(desk, xero) -> None:
    xero.lists["Payments"] = [payment("p-1", "100.00", "A-1"), payment("p-2", "50.00", "A-2", LATER)]
    desk.pull("xero")
    xero.requests.clear()
    again = desk.pull("xero")
    assert set(xero.asked("if-modified-since")) == {"2026-09-27T08:00:00"}
    assert again.load.counts.duplicate == 1
    assert (again.load.new, again.load.changed) == (0, 0)
    assert desk.pull("xero").load is None


def test_a_deleted_payment_comes_as_a_change_and_is_void(desk, xero) -> None:
    row = payment("p-1", "100.00", "A-1")
    xero.lists["Payments"] = [row]
    desk.pull("xero")
    row |= {"Status": "DELETED", "UpdatedDateUTC": msdate(LATER)}
    assert desk.pull("xero").load.changed == 1
    assert desk.paid() == [("p-1", "100.00", "voided")]


def test_a_batch_of_which_one_payment_changed_is_read_whole(desk, xero) -> None:
    one = payment("p-1", "60.00", "A-1", BatchPaymentID="b-1")
    two = payment("p-2", "40.00", "A-2", BatchPaymentID="b-1")
    batch = {"BatchPaymentID": "b-1", "Type": "PAYBATCH", "Status": "AUTHORISED", "TotalAmount": "100.00"}
    batch |= {"Date": one["Date"], "UpdatedDateUTC": msdate(TENTH), "Payments": [one, two]}
    xero.lists |= {"Payments": [one, two], "BatchPayments": [batch]}
    desk.pull("xero", since=datetime(2026, 9, 1, tzinfo=UTC).date())
    two["UpdatedDateUTC"] = msdate(LATER)
    two["IsReconciled"] = True
    desk.pull("xero", since=datetime(2026, 9, 20, tzinfo=UTC).date())
    assert [path for path in (r.url.path for r in xero.requests) if path.count("/") == 2] == [
        "/BatchPayments/b-1",
        "/Payments/p-1",
    ]
    assert [row[1] for row in desk.paid()] == ["100.00"]
    assert [row[1:3] for row in desk.applied()] == [("A-1", "60.00"), ("A-2", "40.00")]


def test_a_payment_edited_while_the_pages_are_read_hides_no_other(desk, xero) -> None:
    rows = [payment(f"p-{n}", "10.00", f"A-{n}", TENTH.replace(minute=n)) for n in range(5)]
    xero.lists["Payments"], xero.moves = rows, [rows[0]]
    desk.pull("xero")
    assert len(desk.paid()) == 5


def test_a_minute_limit_is_waited_out(desk, xero) -> None:
    xero.lists["Payments"] = [payment("p-1", "100.00", "A-1")]
    dated = format_datetime(datetime.now(UTC).replace(year=2020), usegmt=True)
    xero.busy = [too_many(7), too_many(None), too_many(dated)]
    desk.pull("xero")
    assert desk.slept == [7, 60, 0]
    assert len(desk.paid()) == 1


def test_a_day_limit_ends_the_pull_and_writes_nothing(desk, xero) -> None:
    xero.busy = [too_many(7200, **{"X-Rate-Limit-Problem": "day"})]
    with pytest.raises(RemoteError, match=r"answered 429: its limit is used up; pull again in 120 minutes"):
        desk.pull("xero")
    assert desk.slept == []
    assert not (desk.home / "published" / "loads.duckdb").exists()


def test_a_token_that_expires_midway_is_renewed_once(desk, xero) -> None:
    xero.lists["Payments"] = [payment(f"p-{n}", "10.00", f"A-{n}") for n in range(9)]
    xero.good_for = 3
    desk.pull("xero")
    assert len(desk.paid()) == 9
    assert xero.token_calls == 4  # 10 calls: 5 pages of payments and 5 other lists, 3 to a token


def test_the_app_signs_in_by_http_basic(desk, xero) -> None:
    desk.pull("xero")
    assert xero.token_headers["authorization"] == "Basic YXBwOmNhbmFyeS1zZWNyZXQtOWYz"  # app:canary-secret-9f3
    assert SECRET not in str(xero.form)
