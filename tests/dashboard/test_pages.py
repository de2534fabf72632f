"""Every page for every role, run without a browser: what it shows, and to whom."""

from __future__ import annotations

import sqlite3
import time
from decimal import Decimal

import duckdb
import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import activity, session
from tests.dashboard.conftest import APP, run, select, turn_to
from toolkit.demo import USERS
from toolkit.settings import load_settings
from toolkit.warehouse import latest, published_runs

PAGES = {
    "": "Overview",
    "load": "Load and reconcile",
    "mismatches": "Mismatches",
    "approve": "Approve",
    "push": "Push",
    "commitments": "Commitments",
    "runs": "Runs",
    "audit": "Audit",
    "doctor": "Doctor",
    "settings": "Settings",
}


def _texts(app: AppTest) -> str:
    parts = [app.markdown, app.success, app.error, app.info, app.warning, app.caption]
    return "\n".join(str(element.value) for kind in parts for element in kind)


@pytest.mark.parametrize("who", USERS)
def test_every_page_opens_for_every_role(homes, monkeypatch, who: str) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    app = run(who)
    seen = {page: [title.value for title in (turn_to(app, page) if page else app).title] for page in PAGES}
    assert seen == {page: [title] for page, title in PAGES.items()}


def test_nothing_is_shown_to_nobody(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    app = run(None)
    for page in PAGES:
        app = turn_to(app, page) if page else app
        assert [button.label for button in app.button] == ["Sign in"]
        assert not app.dataframe
        assert not app.metric


@pytest.mark.parametrize(
    "user",
    [
        {"sub": "stranger"},
        {"sub": "approver", "exp": time.time() - 1},
        {"sub": "approver", "sid": "ended-session"},
    ],
    ids=["unknown", "expired", "ended"],
)
def test_an_account_that_is_no_longer_good_sees_nothing(home, user: dict) -> None:
    (home("submitted") / "signin").mkdir()
    (load_settings().home / "signin" / "ended").write_text("ended-session\n")
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.user = {"is_logged_in": True} | user
    app.run()
    assert "session has ended" in _texts(app)
    assert not app.metric


def test_before_the_first_run_every_page_says_what_to_do(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["empty"]))
    app = run("analyst")
    for page in PAGES:
        app = turn_to(app, page) if page else app
        assert app.code or "Nothing" in _texts(app) or page in ("load", "doctor", "settings")


def test_the_overview_ties_out_to_the_cent(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    app = run("viewer")
    assert app.success[0].value.startswith("**It ties out.**")
    # 475,515.50 paid, 138,750.00 shown: 138,750.00 - 475,515.50 = -336,765.50.
    assert {metric.label: metric.value for metric in app.metric} == {
        "ERP paid": "475,515.50",
        "Procore shows": "138,750.00",
        "Difference": "(336,765.50)",
        "Unexplained": "0.00",
    }


def test_the_company_comes_from_the_address(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    app = run("viewer", company="Marram Constructions Pty Ltd · AUD")
    assert app.selectbox(key="company").value == "Marram Constructions Pty Ltd · AUD"
    assert "Marram" in app.success[0].value


def test_an_unknown_company_in_the_address_is_said(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    app = run("viewer", company="Nobody Ltd · USD")
    assert "does not have" in _texts(app)
    assert app.selectbox(key="company").value == "Larkspur Builders LLC · USD"


def test_a_run_without_any_payment_is_no_error(home) -> None:
    home("loaded")
    with duckdb.connect(str(latest(load_settings()).path)) as snapshot:
        snapshot.execute("DELETE FROM canon.statement")
        snapshot.execute("DELETE FROM canon.mismatches")
    app = run("viewer")
    assert "no payment on either side" in app.info[0].value
    assert run("viewer", "mismatches").success


def test_a_company_that_only_a_mismatch_names_can_be_chosen(monkeypatch) -> None:
    frames = {
        "statement": pl.DataFrame(
            {"position": [1], "erp_company": ["A"], "currency_code": ["USD"], "amount": [Decimal("5.00")]}
        ),
        "mismatches": pl.DataFrame(
            {"erp_company": ["A", "(none)", "A"], "currency_code": ["USD", "USD", None], "code": ["x", "y", "z"]}
        ),
    }
    monkeypatch.setattr(session, "view", lambda _, name: frames[name])
    assert session._companies(None) == [("A", "USD"), ("(none)", "USD")]
    assert session.of_company(frames["mismatches"], "A", "USD")["code"].to_list() == ["x", "z"]


@pytest.mark.parametrize(
    ("page", "table"),
    [("", None), ("mismatches", "queue-"), ("approve", "table-waiting-"), ("audit", None), ("settings", None)],
)
def test_every_table_is_to_be_had_as_a_file(homes, monkeypatch, page: str, table: str | None) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    app = run("approver", page)
    app = select(app, table, [0]) if table else app
    assert app.dataframe
    for kind in ("CSV", "XLSX"):
        assert sum(button.label == kind for button in app.get("download_button")) >= len(app.dataframe)


def test_an_event_that_is_selected_names_the_payment_to_prove(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["pushed"]))
    app = run("viewer", "audit")
    assert app.button(key="prove").disabled
    event = app.dataframe[0].value.iloc[2]
    select(app, "events-", [2])
    assert app.selectbox(key="prove-what").value.startswith(f"{event['About']} · ")
    assert event["Vendor"] in app.selectbox(key="prove-what").value
    assert not app.button(key="prove").disabled


def test_whoever_prepares_begins_with_what_is_to_be_submitted(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["planned"]))
    opened, tabs = [], st.tabs

    def told(labels: list[str], *, default: str):
        opened.append(default.split(" (", maxsplit=1)[0])
        return tabs(labels, default=default)

    monkeypatch.setattr(st, "tabs", told)
    for who in ("analyst", "approver", "viewer"):
        run(who, "approve")
    assert opened == ["To submit", "Waits for an approver", "Waits for an approver"]


def test_filters_narrow_the_queue(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    app = run("viewer", "mismatches")
    everything = app.dataframe[0].value
    app.multiselect(key="severity").set_value(["blocker"]).run()
    blockers = app.dataframe[0].value
    assert set(blockers["Severity"]) == {"blocker"}
    assert len(blockers) == (everything["Severity"] == "blocker").sum()


def test_a_selected_mismatch_shows_both_sides_and_why(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    app = run("viewer", "mismatches")
    select(app, "queue-", [0])
    queue, sides = app.dataframe[0].value, app.dataframe[1].value
    shown = queue.iloc[0]
    assert shown["Mismatch"] in [subheader.value for subheader in app.subheader]
    facts = sides.set_index("Fact")
    assert facts.loc["Payment", "In the ERP"] == shown["Payment"]
    assert facts.loc["Invoice #", "Claim in Procore"] == shown["Invoice"]
    assert facts.loc["Invoice #"].iloc[-1] == "the same"
    assert "What to do:" in _texts(app)


def test_the_audit_page_lists_every_event_and_the_verdict(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["pushed"]))
    app = run("viewer", "audit")
    assert app.success[0].value.startswith("The log is whole")
    events = app.dataframe[0].value
    assert events["Event"].tolist() == list(range(len(events), 0, -1))
    app.text_input(key="about").set_value("foxglove").run()
    assert set(app.dataframe[0].value["Vendor"]) == {"Foxglove Roofing Inc."}


def test_a_broken_log_is_said_first(home) -> None:
    with sqlite3.connect(home("submitted") / "control.sqlite") as database:
        database.execute("drop trigger events_no_update")
        database.execute("update events set actor = 'somebody else' where seq = 3")
    assert run("viewer", "audit").error


def test_the_newest_run_is_what_is_shown(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["pushed"]))
    run_id = latest(load_settings()).run_id
    assert run_id in _texts(run("viewer"))


def test_an_earlier_run_can_be_opened_as_it_was(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["pushed"]))
    first = published_runs(load_settings())[-1]
    app = run("viewer", run=session.when(first))
    assert first in _texts(app)
    assert "Decisions act on the newest" in _texts(app)
    # As it was before the push: 138,750.00 in Procore.
    assert {metric.label: metric.value for metric in app.metric}["Procore shows"] == "138,750.00"


def test_a_session_that_rested_too_long_is_over(home, monkeypatch) -> None:
    home("submitted")
    now = [1000.0]
    monkeypatch.setattr(activity.time, "monotonic", lambda: now[0])
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.user = {"is_logged_in": True, "sub": "viewer", "sid": "rests"}
    assert app.run().metric
    now[0] += activity.IDLE_SECONDS - 1
    assert app.run().metric
    now[0] += activity.IDLE_SECONDS + 1
    assert not app.run().metric
    assert "session has ended" in _texts(app)
    # It stays over, whatever the clock says.
    now[0] += 1
    assert not app.run().metric


def test_a_page_that_renews_itself_is_no_activity() -> None:
    seen = activity._Seen()
    assert seen.rested("somebody", active=True) < 1
    before = seen._last["somebody"]
    seen.rested("somebody", active=False)
    assert seen._last["somebody"] == before
