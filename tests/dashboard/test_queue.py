"""The queue of mismatches: a page at a time, filtered and ordered, and what a person says about a case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
import streamlit as st

from dashboard import session, titles, widgets
from dashboard.views import mismatches
from tests.dashboard.conftest import run, select
from toolkit.rules import RULES
from toolkit.settings import load_settings
from toolkit.workflow.control import Control


@pytest.fixture
def submitted(homes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))


@pytest.fixture
def long_queue(homes, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """250 mismatches of 1.00 to 250.00 on as many days."""
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    real = session.view

    def view(snapshot, name: str) -> pl.DataFrame:
        found = real(snapshot, name)
        if name != "mismatches":
            return found
        one = found.filter(pl.col("erp_company") == "Larkspur Builders LLC").head(1)
        numbers = pl.DataFrame({"n": range(1, 251)})
        return one.join(numbers, how="cross").with_columns(
            mismatch_id=pl.format("m{}", "n"),
            amount=pl.col("n").cast(one.schema["amount"]),
            payment_date=pl.lit(date(2026, 10, 31)) - pl.duration(days="n"),
        )

    monkeypatch.setattr(session, "view", view)
    # What follows from a run is kept by its file, which this one only pretends to be.
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def _amounts(app) -> list[float]:
    return app.dataframe[0].value["Amount"].tolist()


@pytest.mark.usefixtures("long_queue")
def test_a_page_holds_a_hundred_rows_and_the_last_one_the_rest() -> None:
    app = run("viewer", "mismatches")
    # The largest first: 250.00 down to 151.00 on the first page, 50.00 down to 1.00 on the third.
    assert _amounts(app) == [float(n) for n in range(250, 150, -1)]
    app.session_state["page"] = 3
    app.run()
    assert _amounts(app) == [float(n) for n in range(50, 0, -1)]


@pytest.mark.usefixtures("long_queue")
def test_amount_and_age_narrow_the_queue() -> None:
    app = run("viewer", "mismatches")
    app.number_input(key="least").set_value(200.0).run()
    assert min(_amounts(app)) == 200.0
    app.number_input(key="days").set_value(240).run()
    # Paid n days before the run's day, so at least 240 days are 240.00 to 250.00.
    assert sorted(_amounts(app)) == [float(n) for n in range(240, 251)]


@pytest.mark.usefixtures("submitted")
def test_the_address_may_ask_for_one_kind() -> None:
    app = run("viewer", "mismatches", code=titles.mismatch("duplicate_payment_erp"))
    assert app.dataframe[0].value["Mismatch"].tolist() == ["Paid twice in the ERP"]


@pytest.mark.usefixtures("submitted")
def test_words_find_vendor_payment_and_invoice() -> None:
    app = run("viewer", "mismatches")
    app.text_input(key="words").set_value("driftwood").run()
    assert set(app.dataframe[0].value["Vendor"]) == {"Driftwood Drywall LLC"}


def test_what_differs_is_said() -> None:
    assert mismatches.case._agree([Decimal("5.00"), Decimal("5.00"), None]) == "the same"
    assert mismatches.case._agree(["PA-0042", "PA 42", None]) == "≠ differs"
    assert mismatches.case._agree(["PA-0042", None, None]) == ""


def _case(who: str):
    return select(run(who, "mismatches"), "queue-", [0])


def test_a_confirmed_claim_is_a_decision_of_that_person(home) -> None:
    home("submitted")
    app = select(_case("analyst"), "claims-", [0])
    app.text_input(key="match-reason").set_value("The vendor's letter says so.").run()
    app.button(key="confirm").click().run()
    assert "Noted" in app.success[-1].value
    with Control.open(load_settings()) as control:
        [decision] = control.decisions().to_dicts()
        [event] = [event for event in control.events() if event["action"] == "confirm"]
    assert (decision["verdict"], event["actor"], event["via"]) == ("confirm", "analyst", "dashboard")


def test_a_word_is_taken_back_and_both_stay_in_the_log(home) -> None:
    home("submitted")
    app = select(_case("analyst"), "claims-", [0])
    app.text_input(key="match-reason").set_value("The vendor's letter says so.").run()
    app.button(key="confirm").click().run()
    app = _case("analyst").button(key="undo").click().run()
    said = next(table.value for table in app.dataframe if "Words" in table.value)
    assert [what.split(" claim")[0] for what in said["What"]] == ["took back the word on", "confirmed"]
    assert "undo" not in [button.key for button in app.button]
    with Control.open(load_settings()) as control:
        assert control.decisions().is_empty()


def test_the_next_case_is_one_key_away(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    app = run("viewer", "mismatches")
    first, second = app.dataframe[0].value["Mismatch"][:2]
    app.button(key="Next case").click().run()
    assert first in [subheader.value for subheader in app.subheader]
    app.button(key="Next case").click().run()
    assert second in [subheader.value for subheader in app.subheader]


def test_a_viewer_can_say_nothing_about_a_match(home, monkeypatch: pytest.MonkeyPatch) -> None:
    home("submitted")
    monkeypatch.setattr(widgets, "refusal", lambda *_: None)
    app = select(_case("viewer"), "claims-", [0])
    app.text_input(key="match-reason").set_value("because").run()
    app.button(key="unmatch").click().run()
    assert "may not unmatch" in app.error[0].value
    with Control.open(load_settings()) as control:
        assert control.decisions().is_empty()


def _save(app, **said: str):
    labels = {"owner": "Owner", "state": "State"}
    for name, value in said.items():
        if name in labels:
            next(box for box in app.selectbox if box.label == labels[name]).set_value(value)
    if "note" in said:
        next(field for field in app.text_input if field.label.startswith("Note")).set_value(said["note"])
    return next(button for button in app.button if button.label == "Save the case").click().run()


def test_a_case_has_an_owner_and_a_note(home) -> None:
    home("submitted")
    app = _save(_case("analyst"), owner="analyst", note="I asked the vendor.")
    assert "The case is saved" in app.success[-1].value
    with Control.open(load_settings()) as control:
        [case] = control.cases().to_dicts()
    assert (case["owner"], case["note"], case["state"]) == ("analyst", "I asked the vendor.", "open")


def test_only_an_approver_waives(home) -> None:
    home("submitted")
    app = _save(_case("analyst"), state="waived", note="Small.")
    assert "may not waive" in app.error[0].value
    app = _save(_case("approver"), state="waived", note="Small.")
    assert "The case is saved" in app.success[-1].value


def test_every_kind_has_a_name_of_its_own_and_no_two_share_one() -> None:
    names = [titles.MISMATCHES[rule.code] for rule in RULES]
    assert len(set(names)) == len(names) == len(titles.MISMATCHES)
