"""Where Procore's own sync brings the payments: what it should bring is listed, and a lead signs the list."""

from __future__ import annotations

import duckdb
import pytest

from dashboard import widgets
from tests.dashboard.conftest import run
from toolkit.settings import load_settings
from toolkit.warehouse import latest
from toolkit.workflow.control import Control


@pytest.fixture
def native(home) -> None:
    """The sample as if Procore's ERP integration served every project."""
    home("submitted")
    with duckdb.connect(str(latest(load_settings()).path)) as snapshot:
        snapshot.execute("UPDATE canon.projects SET erp_integrated = true")


def _table(app):
    return next(table.value for table in app.dataframe if "What to click" in table.value)


@pytest.mark.usefixtures("native")
def test_what_never_comes_says_why_and_what_to_click() -> None:
    app = run("viewer", "approve")
    never = _table(app)
    never = never[never["Stands"] == "RED · never comes"]
    # PA-0042 was keyed by hand in Procore: without the bill's id the sync skips it.
    row = never[never["Invoice #"] == "PA-0042"].iloc[0]
    assert "not exported" in row["Why"]
    assert "Send to ERP" in row["What to click"]


@pytest.mark.usefixtures("native")
def test_an_approver_signs_with_a_note_on_what_has_not_come() -> None:
    app = run("approver", "approve").button(key="sign-expected").click().run()
    assert "--note" in app.error[0].value.replace("\\", "")
    app.text_input(key="expected-note").set_value("The two are keyed by hand on Monday.").run()
    app = app.button(key="sign-expected").click().run()
    assert any(said.value.startswith("Signed by approver") for said in app.success)


@pytest.mark.usefixtures("native")
def test_nobody_else_signs(monkeypatch) -> None:
    assert run("analyst", "approve").button(key="sign-expected").disabled
    monkeypatch.setattr(widgets, "refusal", lambda *_: None)
    app = run("analyst", "approve")
    app.text_input(key="expected-note").set_value("because").run()
    app = app.button(key="sign-expected").click().run()
    assert "may not sign expected" in app.error[0].value
    with Control.open(load_settings()) as control:
        assert control.events(about="expected payments") == []


def test_without_such_a_project_there_is_no_such_tab(home) -> None:
    home("submitted")
    with duckdb.connect(str(latest(load_settings()).path)) as snapshot:
        snapshot.execute("UPDATE canon.projects SET erp_integrated = false")
    assert not any(tab.label.startswith("Expected") for tab in run("viewer", "approve").tabs)
