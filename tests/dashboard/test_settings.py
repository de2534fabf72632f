"""The settings page: everybody reads it, an administrator changes it, and every change has a name on it."""

from __future__ import annotations

import pytest

from dashboard import terms, widgets
from tests.dashboard.conftest import run
from toolkit.settings import CompanySection, Settings, load_settings
from toolkit.workflow.control import Control


def _field(app, label: str):
    return next(field for field in (*app.text_input, *app.selectbox) if field.label.startswith(label))


def _press(app, label: str, nth: int = 0):
    return [button for button in app.button if button.label == label][nth].click().run()


def test_an_administrator_sets_a_limit_and_the_page_tells_who(home) -> None:
    home("submitted")
    app = run("admin", "settings")
    _field(app, "A payment above this").set_value("100,000.00")
    app = _press(app, "Save")
    assert app.success[0].value == "1 changed."
    assert load_settings().limits.second_approver_above == "100000.00"
    changes = app.dataframe[-1].value.iloc[0]
    assert (changes["By"], changes["Setting"], changes["Was"], changes["Is"]) == (
        "admin",
        "limits.second_approver_above",
        "not set",
        "100000.00",
    )


def test_an_administrator_gives_a_role_which_holds_from_the_next_click(home) -> None:
    home("submitted")
    app = run("admin", "settings")
    app.selectbox(key="who").set_value("viewer").run()
    app.multiselect(key="roles-viewer").set_value(["viewer", "approver"]).run()
    app.button(key="save-roles").click().run()
    assert load_settings().users["viewer"].roles == ["viewer", "approver"]
    assert any("viewer, approver" in caption.value for caption in run("viewer", "settings").caption)


@pytest.mark.parametrize("who", ["viewer", "analyst", "approver"])
def test_anybody_else_reads_it_only_even_with_a_forced_button(home, monkeypatch, who: str) -> None:
    home("submitted")
    assert {button.disabled for button in run(who, "settings").button if button.label.startswith("Save")} == {True}
    monkeypatch.setattr(widgets, "refusal", lambda *_: None)
    app = run(who, "settings")
    _field(app, "A payment above this").set_value("1.00")
    app = _press(app, "Save")
    assert "may not configure" in app.error[0].value
    assert load_settings().limits.second_approver_above is None
    with Control.open(load_settings()) as control:
        assert control.events(about="settings") == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (None, "Claims and their retainage"),
        ("us", "Invoices and their retainage"),
        ("au", "Progress claims and their retention"),
        ("uk", "Payment applications and their retention"),
        ("ca", "Invoices and their holdback"),
    ],
)
def test_the_words_follow_the_region_and_nothing_else_does(code, said) -> None:
    told = Settings(company=CompanySection(terms=code))
    assert terms.said(told, "Claims and their retainage") == said
    assert terms.said(told, "Payments issued, claimed earlier") == "Payments issued, claimed earlier"
