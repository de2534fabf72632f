"""Local passwords: what locks a name, and for how long."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from toolkit.cli import app
from toolkit.settings import load_settings
from toolkit.signin import Passwords, passwords


@pytest.fixture
def kept(tmp_path: Path) -> Passwords:
    made = Passwords(tmp_path / "signin" / "passwords.json")
    made.set("mira", "correct horse")
    return made


def test_five_wrong_tries_lock_a_name_and_the_right_password_too(kept: Passwords) -> None:
    assert not any(kept.right("mira", "wrong") for _ in range(passwords.TRIES))
    assert not kept.right("mira", "correct horse")


def test_four_wrong_tries_do_not(kept: Passwords) -> None:
    assert not any(kept.right("mira", "wrong") for _ in range(passwords.TRIES - 1))
    assert kept.right("mira", "correct horse")


def test_the_lock_opens_after_half_a_minute(kept: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(passwords.time, "monotonic", lambda: now[0])
    assert not any(kept.right("mira", "wrong") for _ in range(passwords.TRIES))
    now[0] += passwords.LOCKED_SECONDS + 1
    assert kept.right("mira", "correct horse")


def test_one_name_locks_no_other(kept: Passwords) -> None:
    kept.set("joana", "battery staple")
    assert not any(kept.right("mira", "wrong") for _ in range(passwords.TRIES))
    assert kept.right("joana", "battery staple")


def test_guessed_names_do_not_fill_the_memory(kept: Passwords) -> None:
    for n in range(3000):
        kept.right(f"guess{n}", "x")
    assert len(kept._wrong) <= passwords.REMEMBERED


def test_a_new_password_replaces_the_old_one(kept: Passwords) -> None:
    kept.set("mira", "battery staple")
    assert not kept.right("mira", "correct horse")
    assert kept.right("mira", "battery staple")


def test_user_add_writes_the_role_and_prints_a_made_password_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(tmp_path))
    done = CliRunner().invoke(app, ["user", "add", "joana", "--role", "approver", "--generate"])
    assert done.exit_code == 0
    password = done.output.split("Password: ")[1].strip()
    assert load_settings(tmp_path).users["joana"].roles == ["approver"]
    assert Passwords(tmp_path / "signin" / "passwords.json").right("joana", password)


@pytest.mark.parametrize("words", [["joana", "--role", "boss"], ["jo ana"], ["joana"]], ids=" ".join)
def test_user_add_refuses_what_it_cannot_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(tmp_path))
    assert CliRunner().invoke(app, ["user", "add", *words]).exit_code != 0
    assert not (tmp_path / "tieout.toml").exists()
