"""Every action of every page for every role: offered to whoever may, greyed out for the rest, refused when forced.

The table is written by hand from the rulings; what a page shows and what the step behind it decides are
both held against it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import widgets, worker
from tests.dashboard.conftest import run, select
from toolkit.settings import load_settings
from toolkit.workflow.control import Control

ROLES = ("viewer", "analyst", "approver", "admin")


def _picked(table: str) -> Callable[[AppTest], AppTest]:
    def ready(app: AppTest) -> AppTest:
        app = select(app, f"table-{table}-", [0])
        for field in app.text_input:
            if field.key == "reason":
                app = field.set_value("because").run()
        return app

    return ready


def _case(app: AppTest) -> AppTest:
    return select(select(app, "queue-", [0]), "claims-", [0])


def _why(app: AppTest) -> AppTest:
    return _case(app).text_input(key="match-reason").set_value("because").run()


def _file(app: AppTest) -> AppTest:
    return app.file_uploader(key="files").upload("x.csv", b"a,b\n1,2\n").run()


def _as_it_is(app: AppTest) -> AppTest:
    return app


@dataclass(frozen=True)
class Action:
    """A button: where it is, in which state of the sample, what makes it ready, who may."""

    page: str
    button: str
    state: str
    may: frozenset[str]
    ready: Callable[[AppTest], AppTest] = _as_it_is
    verb: str = ""
    opens: Callable[[AppTest], AppTest] = _as_it_is

    def __str__(self) -> str:
        return f"{self.page}-{self.button}"


PREPARES, APPROVES = frozenset({"analyst", "admin"}), frozenset({"approver"})
EVERYBODY_BUT_VIEWERS = frozenset({"analyst", "approver", "admin"})
STARTS = frozenset({"approver", "admin"})
TABLE = (
    Action("approve", "submit", "planned", PREPARES, _picked("planned")),
    Action("approve", "approve", "submitted", APPROVES, _picked("waiting")),
    Action("approve", "return", "submitted", APPROVES, _picked("waiting")),
    Action("approve", "reject", "submitted", APPROVES, _picked("waiting")),
    Action("approve", "hold", "submitted", EVERYBODY_BUT_VIEWERS, _picked("waiting")),
    Action("push", "push", "approved", STARTS),
    Action("mismatches", "confirm", "submitted", EVERYBODY_BUT_VIEWERS, _why, opens=_case),
    Action("mismatches", "unmatch", "submitted", EVERYBODY_BUT_VIEWERS, _why, opens=_case),
    Action("load", "sync", "loaded", STARTS, verb="pull"),
    Action("load", "load", "loaded", EVERYBODY_BUT_VIEWERS, _file, "plan"),
    Action("load", "pull", "loaded", STARTS),
    Action("load", "reconcile", "loaded", STARTS),
    Action("load", "plan", "loaded", EVERYBODY_BUT_VIEWERS),
)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What would have been started; nothing is."""
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(worker, "start", lambda _, verb, words: started.append((verb, *words)))
    monkeypatch.setattr(worker, "ask", lambda _, *words: started.append(words))
    return started


def _home(home: Callable[[str], Path], state: str) -> None:
    """A sample in which nobody's own submission stands in the way: only the role decides."""
    with sqlite3.connect(home(state) / "control.sqlite") as database:
        database.execute("update syncs set submitted_by = 'somebody' where state = 'submitted'")


def _events() -> int:
    with Control.open(load_settings()) as control:
        return len(control.events())


@pytest.mark.parametrize("action", TABLE, ids=str)
def test_only_whoever_may_is_offered_it_and_by_the_wrong_role_it_is_refused(home, commands, action: Action) -> None:
    _home(home, action.state)
    before, offered = _events(), set()
    for role in ROLES:
        app = run(role, action.page)
        if role in action.may:
            offered |= set() if action.ready(app).button(key=action.button).disabled else {role}
            continue
        assert action.opens(app).button(key=action.button).disabled
        with pytest.MonkeyPatch.context() as forced:
            # As by somebody who speaks to the server directly: nothing is greyed out.
            forced.setattr(widgets, "refusal", lambda *_: None)
            app = action.ready(app.run()).button(key=action.button).click().run()
        said = " ".join(str(error.value) for error in app.error).replace("\\", "")
        assert f"{role} ({role}) may not {action.verb or action.button}" in said
    assert offered == action.may
    assert (_events(), commands) == (before, [])
