"""A month is signed by two people, then locked: what changes there is named, and nothing goes into it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.stores import raw
from toolkit.cli import app
from toolkit.errors import InputError, NotAllowed, NotFound, StoreError, WrongState
from toolkit.matching.model import Scope
from toolkit.reconcile import late_items, run
from toolkit.settings import Settings, load_settings
from toolkit.warehouse import Snapshot, latest
from toolkit.workflow import close, plan
from toolkit.workflow.approve import submit, withdraw
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Selection
from toolkit.workflow.policy import Actor

from .conftest import ANALYST, APPROVER, NOW

MONTH, LAST = "2026-09", date(2026, 9, 30)
ALL = Selection(all=True)


@pytest.fixture(scope="module")
def september(walked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's home with nothing under way and a run of September."""
    home = tmp_path_factory.mktemp("september") / "home"
    shutil.copytree(walked.parent / "submitted", home)
    settings = load_settings(home)
    with Control.open(settings) as control:
        withdraw(control, ANALYST, ALL, NOW, "first the close")
        _run(settings, control, minutes=1)
    return home


@pytest.fixture
def settings(september: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    home = tmp_path / "home"
    shutil.copytree(september, home)
    monkeypatch.setenv("TIEOUT_HOME", str(home))
    return load_settings(home)


@pytest.fixture
def control(settings: Settings) -> Iterator[Control]:
    with Control.open(settings) as opened:
        yield opened


def _run(settings: Settings, control: Control, minutes: int, period: str | None = MONTH) -> Snapshot:
    scope = Scope(LAST if period else date(2026, 10, 31), period)
    return Snapshot.open(run(settings, scope, NOW + timedelta(minutes=minutes), "analyst", control.known()).path)


def _closed(settings: Settings, control: Control) -> None:
    close.prepare(control, close.run_of(settings, MONTH), ANALYST, NOW)
    close.review(control, settings, MONTH, APPROVER, NOW)


def _edit(settings: Settings, change: str) -> None:
    """Change what the warehouse holds, as a later load would."""
    import duckdb

    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(change)


def test_two_people_close_a_month_and_the_log_tells_of_both(settings: Settings, control: Control) -> None:
    _closed(settings, control)
    (signed,) = control.closes()
    assert (signed.state, signed.version, signed.prepared_by, signed.closed_by) == ("closed", 1, "analyst", "approver")
    assert [event["action"] for event in control.events()[-2:]] == ["prepare", "close"]
    assert control.verdict().status == 0


@pytest.mark.parametrize("same", [Actor("both", ()), Actor("deputy", ())])
def test_nobody_reviews_what_they_prepared(settings: Settings, control: Control, same: Actor) -> None:
    with (settings.home / "tieout.toml").open("a", encoding="utf-8") as file:
        file.write('[users.both]\nroles = ["analyst", "approver"]\n')
        file.write('[users.deputy]\nroles = ["approver"]\nstands_in_for = "both"\nstands_in_until = 2027-01-01\n')
    close.prepare(control, close.run_of(settings, MONTH), Actor("both", ()), NOW)
    with pytest.raises(NotAllowed, match="both prepared it"):
        close.review(control, settings, MONTH, same, NOW)
    assert control.closes()[0].state == "prepared"


def test_roles_are_asked_anew_inside_the_transaction(settings: Settings, control: Control) -> None:
    pretender = Actor("viewer", ("analyst", "approver"))
    with pytest.raises(NotAllowed, match="may not prepare"):
        close.prepare(control, close.run_of(settings, MONTH), pretender, NOW)
    close.prepare(control, close.run_of(settings, MONTH), ANALYST, NOW)
    with pytest.raises(NotAllowed, match="may not close"):
        close.review(control, settings, MONTH, pretender, NOW)


def test_only_a_run_of_the_whole_month_is_signed(settings: Settings) -> None:
    with pytest.raises(NotFound, match=r"--period 2026-10 --as-of 2026-10-31"):
        close.run_of(settings, "2026-10")
    with pytest.raises(InputError, match="2026-13 is no month"):
        close.run_of(settings, "2026-13")


def test_a_month_with_payments_under_way_is_not_closed(settings: Settings, control: Control) -> None:
    submit(control, ANALYST, ALL, NOW)
    close.prepare(control, close.run_of(settings, MONTH), ANALYST, NOW)
    with pytest.raises(WrongState, match="on their way into Procore"):
        close.review(control, settings, MONTH, APPROVER, NOW)


def test_a_newer_run_that_found_something_else_must_be_prepared_anew(settings: Settings, control: Control) -> None:
    close.prepare(control, close.run_of(settings, MONTH), ANALYST, NOW)
    _edit(settings, "UPDATE core.payments SET status = 'pending' WHERE current AND check_number = '010470'")
    _run(settings, control, minutes=2)
    with pytest.raises(WrongState, match="differs from what analyst signed"):
        close.review(control, settings, MONTH, APPROVER, NOW)


def test_nothing_dated_in_a_closed_month_goes_into_procore(settings: Settings, control: Control) -> None:
    waiting = next(sync for sync in control.syncs(["planned"]) if sync.payment_date.startswith(MONTH))
    _closed(settings, control)
    with pytest.raises(NotAllowed, match="2026-09 is closed"):
        submit(control, ANALYST, Selection(ids=(waiting.sync_id,)), NOW)
    _run(settings, control, minutes=2, period=None)
    plan.plan(control, settings, latest(settings), ANALYST, NOW)
    held = control.sync(waiting.sync_id)
    assert (held.state, "2026-09 is closed" in (held.reason or "")) == ("held", True)


def test_a_change_dated_inside_is_a_named_late_item_of_the_next_run(settings: Settings, control: Control) -> None:
    _closed(settings, control)
    _edit(settings, "UPDATE core.payments SET status = 'voided' WHERE current AND check_number = '010470'")
    _edit(settings, "UPDATE core.payments SET status = 'cleared' WHERE current AND status = 'issued'")
    after = _run(settings, control, minutes=2, period=None)
    assert late_items(after).select("period", "what", "check_number").rows() == [(MONTH, "standing", "010470")]
    (sentence,) = after.view("mismatches", {"code": "changed_after_close"})["sentence"]
    assert sentence.endswith("became void after 2026-09 was closed.")


def test_nothing_dated_up_to_the_period_lock_goes_into_procore(settings: Settings, control: Control) -> None:
    waiting = next(sync for sync in control.syncs(["planned"]) if sync.payment_date.startswith(MONTH))
    locked = settings.model_copy(
        update={
            "policy": settings.policy.model_copy(update={"locked_through": date.fromisoformat(waiting.payment_date)})
        }
    )
    with (
        Control.open(locked) as shut,
        pytest.raises(NotAllowed, match=f"Everything up to {waiting.payment_date} is closed"),
    ):
        submit(shut, ANALYST, Selection(ids=(waiting.sync_id,)), NOW)
    plan.plan(control, locked, latest(settings), ANALYST, NOW)
    held = control.sync(waiting.sync_id)
    assert (held.state, "[policy] locked_through" in (held.reason or "")) == ("held", True)
    day_before = date.fromisoformat(waiting.payment_date) - timedelta(days=1)
    opened = settings.model_copy(update={"policy": settings.policy.model_copy(update={"locked_through": day_before})})
    plan.plan(control, opened, latest(settings), ANALYST, NOW)
    assert control.sync(waiting.sync_id).state == "planned"


def test_reopening_needs_a_reason_and_makes_a_new_version(settings: Settings, control: Control) -> None:
    _closed(settings, control)
    with pytest.raises(InputError, match="--reason"):
        close.reopen(control, MONTH, APPROVER, NOW, " ")
    close.reopen(control, MONTH, APPROVER, NOW, "the bank corrected 010470")
    _closed(settings, control)
    assert [(one.version, one.state) for one in control.closes()] == [(1, "reopened"), (2, "closed")]
    assert control.closes()[0].reason == "the bank corrected 010470"
    assert control.verdict().status == 0


def test_what_was_signed_cannot_be_exchanged(settings: Settings, control: Control) -> None:
    _closed(settings, control)
    path = settings.published / f"{control.closes()[0].run_id}.duckdb"
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE canon.payments SET payment_amount = 1 WHERE check_number = '010470'")
    with pytest.raises(StoreError, match="is not what was signed"):
        _run(settings, control, minutes=2)


def test_the_table_of_months_must_agree_with_the_log(settings: Settings, control: Control) -> None:
    _closed(settings, control)
    with raw(settings) as connection:
        connection.exec_driver_sql("UPDATE closes SET closed_at = NULL, closed_by = NULL")
    assert control.verdict().status == 5


@pytest.mark.usefixtures("settings")
def test_the_command_signs_what_is_next_and_says_who_is_waited_for() -> None:
    def say(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["close", *words])
        return done.exit_code, done.output

    assert say(MONTH, "--as", "analyst")[0] == 3
    status, text = say(MONTH, "--as", "approver", "--json")
    assert (status, json.loads(text)["months"][0]["state"]) == (0, "closed")
    assert "closed" in say()[1]
    assert say(MONTH, "--reopen", "--reason", "a late check", "--as", "approver")[0] == 0
