"""Settings changed on a page: by an administrator, all or nothing, each with its event, and read back before kept."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from toolkit.errors import InputError, NotAllowed, SettingsError, WrongState
from toolkit.settings import load_settings
from toolkit.workflow.configure import Becomes, by_hand, configure
from toolkit.workflow.control import Control
from toolkit.workflow.policy import Actor

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADMIN = Actor("ada", ("admin",), "dashboard")
TOML = """# Our own words.
[limits]
day_cap = "500000.00"            # agreed in spring
[users.ada]
roles = ["admin"]
[users.ben]
roles = ["analyst"]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "tieout.toml").write_text(TOML, encoding="utf-8")
    return tmp_path


def _change(home: Path, *changes: Becomes, actor: Actor = ADMIN) -> int:
    with Control.open(load_settings(home)) as control:
        return configure(control, actor, NOW, home, list(changes))


def _events(home: Path) -> list[dict]:
    with Control.open(load_settings(home)) as control:
        return [event | json.loads(event["facts"]) for event in control.events(about="settings")]


def test_a_change_is_in_the_file_in_the_log_and_leaves_the_rest_as_it_was(home: Path) -> None:
    assert _change(home, Becomes("limits", "day_cap", "500000.00", "400000.00")) == 1
    text = (home / "tieout.toml").read_text(encoding="utf-8")
    assert text == TOML.replace('"500000.00"', '"400000.00"')
    [event] = _events(home)
    assert (event["actor"], event["key"], event["was"], event["is"]) == (
        "ada",
        "limits.day_cap",
        "500000.00",
        "400000.00",
    )


def test_a_person_a_day_and_a_cap_that_is_no_more(home: Path) -> None:
    changes = (
        Becomes("users.cleo", "roles", None, ["approver"]),
        Becomes("policy", "locked_through", None, date(2026, 9, 30)),
        Becomes("limits", "day_cap", "500000.00", None),
    )
    assert _change(home, *changes) == 3
    told = load_settings(home)
    assert told.users["cleo"].roles == ["approver"]
    assert (told.policy.locked_through, told.limits.day_cap) == (date(2026, 9, 30), None)


@pytest.mark.parametrize("role", ["viewer", "analyst", "approver"])
def test_only_an_administrator_changes_anything(home: Path, role: str) -> None:
    path = home / "tieout.toml"
    path.write_text(TOML.replace('"analyst"', f'"{role}"'), encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    # What the actor claims to be counts for nothing: ben's roles are read anew.
    with pytest.raises(NotAllowed, match="it takes admin"):
        _change(home, Becomes("limits", "day_cap", "500000.00", None), actor=Actor("ben", ("admin",)))
    assert path.read_text(encoding="utf-8") == before
    assert _events(home) == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (Becomes("procore", "api_url", "x", "https://elsewhere.example"), NotAllowed),
        (Becomes("procore", "push_enabled", False, True), NotAllowed),
        (Becomes("users.ben", "os_user", None, "root"), NotAllowed),
        (Becomes("limits", "day_cap", "500000.00", "a lot"), InputError),
        (Becomes("policy", "short_pay_days", 60, 0), SettingsError),
        (Becomes("users.ben", "roles", ["analyst"], ["emperor"]), SettingsError),
        (Becomes("limits", "day_cap", "1.00", "2.00"), WrongState),
        (Becomes("users.ada", "roles", ["admin"], ["approver"]), NotAllowed),
    ],
    ids=lambda value: value.name if isinstance(value, Becomes) else "",
)
def test_what_may_not_be_or_could_not_be_read_changes_nothing(home: Path, change: Becomes, error: type) -> None:
    good = Becomes("tolerances", "rounding", "0.02", "0.05")
    with pytest.raises(error):
        _change(home, good, change)
    assert (home / "tieout.toml").read_text(encoding="utf-8") == TOML
    assert _events(home) == []


def test_a_change_by_hand_is_noticed(home: Path) -> None:
    _change(home, Becomes("limits", "day_cap", "500000.00", "400000.00"))
    with Control.open(load_settings(home)) as control:
        assert not by_hand(control, home)
        (home / "tieout.toml").write_text(TOML, encoding="utf-8")
        assert by_hand(control, home)
