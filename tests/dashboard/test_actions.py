"""What a click does: it lands on what was seen, and policy refuses whoever may not, even where a button was forced."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard import widgets, worker
from tests.dashboard.conftest import run, select
from toolkit.settings import Settings, load_settings
from toolkit.workflow import approve
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Selection, Sync
from toolkit.workflow.policy import Actor
from toolkit.workflow.states import STATES

APPROVER = Actor("approver", ("approver",))


def _states(told: Settings) -> dict[str, list[Sync]]:
    found: dict[str, list[Sync]] = {state: [] for state in STATES}
    with Control.open(told) as control:
        for sync in control.syncs():
            found[sync.state].append(sync)
    return found


def _said(app) -> str:
    return " ".join(element.value for kind in (app.success, app.error, app.caption) for element in kind).replace(
        "\\", ""
    )


def test_submit_takes_exactly_what_was_selected(home) -> None:
    home("planned")
    told = load_settings()
    app = select(run("analyst", "approve"), "table-planned-", [0, 2])
    shown = app.dataframe[0].value.iloc[[0, 2]]
    app.button(key="submit").click().run()
    submitted = _states(told)["submitted"]
    assert sorted(sync.invoice_number for sync in submitted) == sorted(shown["Invoice #"])
    assert {sync.submitted_by for sync in submitted} == {"analyst"}
    assert "Submitted: 2 payments" in _said(app)


def test_approve_takes_exactly_what_was_selected(home) -> None:
    home("submitted")
    told = load_settings()
    app = select(run("approver", "approve"), "table-waiting-", [1])
    shown = app.dataframe[0].value.iloc[1]
    app.button(key="approve").click().run()
    [approved] = _states(told)["approved"]
    assert (approved.invoice_number, approved.approved_hash) == (shown["Invoice #"], approved.payload_hash)


def test_a_selection_dies_when_what_was_seen_changes(home) -> None:
    home("submitted")
    told = load_settings()
    app = select(run("approver", "approve"), "table-waiting-", [0])
    # Meanwhile somebody returns another payment: the rows on the screen are no longer the rows there are.
    with Control.open(told) as control:
        other = control.syncs(states=["submitted"])[-1]
        approve.return_(control, APPROVER, Selection(ids=(other.sync_id,)), _now(), "look again")
    app.button(key="approve").click().run()
    assert _states(told)["approved"] == []
    assert "changed since you looked" in app.info[0].value


def test_all_means_all_that_was_seen(home) -> None:
    home("submitted")
    told = load_settings()
    app = run("approver", "approve")
    before = len(_states(told)["submitted"])
    app.button(key="waiting-all").click().run()
    app.button(key="approve").click().run()
    assert len(_states(told)["approved"]) == before
    assert f"Approved: {before} payments" in _said(app)


def test_return_needs_a_reason_and_hands_it_on(home) -> None:
    home("submitted")
    app = select(run("approver", "approve"), "table-waiting-", [0])
    assert app.button(key="return").disabled
    app.text_input(key="reason").set_value("Which bill is this?").run()
    app.button(key="return").click().run()
    analyst = run("analyst", "approve")
    assert "approver returned 1 payment" in analyst.warning[0].value
    tables = [table.value for table in analyst.dataframe]
    assert any("Which bill is this?" in list(table["Reason"]) for table in tables if "Reason" in table)


def test_ones_own_submission_is_not_offered(home) -> None:
    folder = home("planned")
    path = folder / "tieout.toml"
    path.write_text(path.read_text().replace('roles = ["analyst"]', 'roles = ["analyst", "approver"]'))
    app = select(run("analyst", "approve"), "table-planned-", [0])
    app.button(key="submit").click().run()
    assert "another person must approve" in app.info[0].value
    assert "approve" not in [button.key for button in app.button]


@pytest.fixture
def forced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buttons that the page would grey out can be clicked, as by somebody who speaks to the server directly."""
    monkeypatch.setattr(widgets, "refusal", lambda *_: None)


@pytest.mark.parametrize("page", ["approve", "push"])
def test_a_viewer_is_offered_no_action(home, page: str) -> None:
    home("approved" if page == "push" else "planned")
    acting = {"submit", "approve", "return", "reject", "hold", "push", "stop"}
    buttons = {button.key: button.disabled for button in run("viewer", page).button if button.key in acting}
    assert set(buttons.values()) == {True}


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("who", ["viewer", "analyst"])
@pytest.mark.parametrize("action", ["approve", "return", "reject"])
def test_who_may_not_decide_is_refused_even_by_a_forced_button(home, who: str, action: str) -> None:
    home("submitted")
    told = load_settings()
    # Submitted by somebody else, so that only the role stands in the way.
    before = _as_if_submitted_by(told, "somebody")
    app = select(run(who, "approve"), "table-waiting-", [0])
    app.text_input(key="reason").set_value("because").run()
    app.button(key=action).click().run()
    assert f"may not {action}" in _said(app)
    assert _states(told)["submitted"] == before


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("who", ["viewer", "approver"])
def test_who_may_not_submit_is_refused_even_by_a_forced_button(home, who: str) -> None:
    home("planned")
    told = load_settings()
    app = select(run(who, "approve"), "table-planned-", [0])
    app.button(key="submit").click().run()
    assert "may not submit" in _said(app)
    assert _states(told)["submitted"] == []


def _real(folder: Path, **keys: str) -> None:
    """Point the working folder at a Procore that is not on this machine."""
    path = folder / "tieout.toml"
    lines = "".join(f"{name} = {value}\n" for name, value in keys.items())
    text = re.sub(r"^(api|login)_url = .*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(text.replace("[procore]\n", f"[procore]\n{lines}"), encoding="utf-8")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The commands that a page began; none runs."""
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(worker, "start", lambda _told, verb, words: commands.append((verb, *words)))
    return commands


def test_a_real_procore_is_pushed_to_only_by_who_says_so_each_time(home, begun: list) -> None:
    _real(home("approved"), push_enabled="true")
    app = run("approver", "push")
    assert app.button(key="push").disabled
    (meant,) = app.checkbox
    company = load_settings().procore.company_id
    assert f"company {company} at api.procore.com" in meant.label
    app = meant.check().run().button(key="push").click().run()
    assert begun == [("push", "--verify", "--live", "--as", "approver")]
    assert (app.checkbox[0].value, app.button(key="push").disabled) == (False, True)


def test_a_real_procore_is_not_pushed_to_where_the_settings_do_not_allow_it(home, begun: list) -> None:
    _real(home("approved"))
    app = run("approver", "push")
    assert "push_enabled = true" in _said(app)
    assert app.button(key="push").disabled
    assert not app.checkbox
    assert begun == []


@pytest.mark.usefixtures("forced")
def test_a_viewer_starts_no_push_even_by_a_forced_button(home) -> None:
    folder = home("approved")
    app = run("viewer", "push")
    app.button(key="push").click().run()
    assert "may not push" in _said(app)
    assert not (folder / "push.log").exists()


def _as_if_submitted_by(told: Settings, name: str) -> list[Sync]:
    with sqlite3.connect(told.home / "control.sqlite") as database:
        database.execute("update syncs set submitted_by = ? where state = 'submitted'", [name])
    return _states(told)["submitted"]


def _now() -> datetime:
    return datetime.now(UTC)
