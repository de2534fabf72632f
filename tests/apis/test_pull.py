"""The pull step and its command: the cursor, what is refused, and in which words."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from typer.testing import CliRunner

from tests.apis.standin import SECRET, served
from tests.apis.test_qbo import QuickBooks, bill, paid
from toolkit.cli import app
from toolkit.errors import SettingsError, TieoutError
from toolkit.settings import load_settings
from toolkit.warehouse import Cursor, Warehouse


@pytest.fixture
def qbo(desk, monkeypatch):
    monkeypatch.setenv("TIEOUT_HOME", str(desk.home))
    standin = QuickBooks()
    standin.lists |= {"BillPayment": [paid("1", 100.25, "b1")], "Bill": [bill("b1", "RC-2205")]}
    with served(standin, standin.routes()) as url:
        desk.set_up("qbo", api_url=url, token_url=f"{url}/token", client_id="app", realm_id="R1")
        yield standin


def _run(*words: str):
    return CliRunner().invoke(app, ["pull", *words])


def _cursor(desk) -> Cursor:
    with Warehouse.open(load_settings(desk.home)) as warehouse:
        return warehouse.cursor("qbo", "default")


@pytest.mark.usefixtures("qbo")
def test_the_command_says_what_was_asked_and_what_came() -> None:
    first = json.loads(_run("qbo", "--json").stdout)
    assert (first["since"], first["load"]["new"], first["load"]["amount_total"]) == (None, 1, {"": "100.25"})
    assert "qbo: asked for everything." not in (again := _run("qbo").output)
    assert "qbo: asked for changes since 2026-09-09 09:14 UTC." in again
    assert _run("qbo").output.endswith("qbo: nothing new.\n")


def test_a_failed_pull_leaves_the_cursor_where_it_was(desk, qbo) -> None:
    desk.pull("qbo")
    before = _cursor(desk)
    qbo.lists["BillPayment"].append(paid("2", 1.0, "b1", datetime(2026, 9, 20, tzinfo=UTC)))
    qbo.refresh_token = "revoked"
    with pytest.raises(TieoutError):
        desk.pull("qbo")
    assert _cursor(desk) == before


def test_an_answer_that_cannot_be_read_leaves_the_cursor_where_it_was(desk, qbo) -> None:
    desk.pull("qbo")
    before = _cursor(desk)
    odd = {"TxnDate": "03/04/2026"}
    qbo.lists["BillPayment"].append(paid("2", 1.0, "b1", datetime(2026, 9, 20, tzinfo=UTC)) | odd)
    with pytest.raises(TieoutError, match="day or month comes first"):
        desk.pull("qbo")
    assert _cursor(desk) == before


def test_a_day_that_was_asked_for_beyond_the_cursor_opens_no_gap(desk, qbo) -> None:
    desk.pull("qbo")
    reached = _cursor(desk).newest
    qbo.lists["BillPayment"].append(paid("2", 1.0, "b1", datetime(2026, 9, 20, tzinfo=UTC)))
    assert desk.pull("qbo", since=date(2026, 9, 15)).load.new == 1
    assert _cursor(desk).newest == reached


def test_a_host_whose_clock_runs_ahead_hides_no_change(desk, qbo) -> None:
    qbo.lists["BillPayment"].append(paid("2", 1.0, "b1", datetime(2027, 1, 1, tzinfo=UTC)))
    desk.pull("qbo")
    assert _cursor(desk).newest == desk.now


def test_what_is_true_again_is_news_although_it_was_said_before(desk, qbo) -> None:
    row = qbo.lists["BillPayment"][0]
    for amount in (100.25, 90.0, 100.25):
        row |= {"TotalAmt": amount, "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": "b1", "TxnType": "Bill"}]}]}
        desk.pull("qbo")
    assert desk.paid() == [("1", "100.25", "issued")]


def test_a_pull_without_news_still_says_how_fresh_the_books_are(desk, qbo) -> None:
    desk.pull("qbo")
    qbo.lists = {entity: [] for entity in qbo.lists}
    assert desk.pull("qbo").load is None
    with Warehouse.open(load_settings(desk.home)) as warehouse:
        assert warehouse.ages()["extracted_at"] == desk.now.isoformat()


@pytest.mark.usefixtures("qbo")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sage"], "pull sage: known are procore, "),
        (["xero"], "tieout.toml lacks [erp.xero] client_id, which Xero's API needs."),
        (["qbo", "--since", "yesterday"], "--since yesterday: write a day as 2026-10-01."),
        (["procore", "--since", "2026-10-01"], "Procore's side is always pulled whole"),
    ],
)
def test_what_cannot_be_pulled_is_said_in_one_line_and_leaves_nothing(desk, words: list[str], said: str) -> None:
    refused = _run(*words)
    assert not desk.home.joinpath("warehouse.duckdb").exists()
    assert said in str(refused.exception)
    assert isinstance(refused.exception, TieoutError)


def test_a_missing_secret_says_where_to_put_it(desk, qbo, monkeypatch) -> None:
    del qbo
    monkeypatch.setenv("TIEOUT_ERP_QBO_GRANT", "client_credentials")
    monkeypatch.delenv("TIEOUT_ERP_QBO_CLIENT_SECRET")
    with pytest.raises(SettingsError, match=r'set TIEOUT_ERP_QBO_CLIENT_SECRET.*keyring set tieout "erp.qbo:client_'):
        desk.pull("qbo")


def test_no_secret_is_in_any_file_but_the_token_s_own(desk, qbo) -> None:
    desk.pull("qbo")
    kept = [path for path in desk.home.rglob("*") if path.is_file() and path.parent.name != "tokens"]
    hidden = [SECRET, "seed-token", qbo.refresh_token, "access-"]
    assert len(kept) >= 4
    assert [path.name for path in kept for text in hidden if text.encode() in path.read_bytes()] == []


def test_a_warehouse_of_before_there_were_apis_learns_cursors(desk, qbo) -> None:
    del qbo
    with Warehouse.open(load_settings(desk.home)) as warehouse:
        warehouse._connection.execute("DROP TABLE core.cursors")
    assert desk.pull("qbo").load.new == 1
