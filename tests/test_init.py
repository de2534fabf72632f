"""`tieout init` writes a file that reads back, once."""

from __future__ import annotations

import os
import stat
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from toolkit.cli import app
from toolkit.errors import TieoutError
from toolkit.settings import load_settings

ENOUGH = ("--erp", "netsuite", "--company", "Larkspur Builders", "--currency", "usd")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(tmp_path / "home"))


def _init(*words: str) -> Result:
    return CliRunner().invoke(app, ["init", *words])


def _home() -> Path:
    return Path(os.environ["TIEOUT_HOME"])


def test_what_was_said_reads_back() -> None:
    done = _init(*ENOUGH, "--company-id", "5358233", "--client-id", "abc", "--start-date", "2026-01-01")
    told = load_settings(_home())
    assert done.exit_code == 0, done.output
    assert (told.company.name, told.company.currency) == ("Larkspur Builders", "USD")
    assert told.company.start_date == date(2026, 1, 1)
    assert (told.procore.company_id, told.procore.client_id) == ("5358233", "abc")
    assert [user.roles for user in told.users.values()] == [["analyst"]]
    assert not told.procore.push_enabled


@pytest.mark.parametrize("name", ['Beck "North" & Sons', "Société Générale de Travaux", "a\\b", "x = 1 # no"])
def test_any_company_name_survives_the_file(name: str) -> None:
    assert _init(*ENOUGH[:2], "--company", name, *ENOUGH[4:]).exit_code == 0
    assert load_settings(_home()).company.name == name


def test_the_file_is_for_its_owner_alone() -> None:
    _init(*ENOUGH)
    assert stat.S_IMODE((_home() / "tieout.toml").stat().st_mode) == 0o600


def test_a_region_names_both_of_its_hosts() -> None:
    _init(*ENOUGH, "--region", "sandbox")
    told = load_settings(_home()).procore
    assert (told.api_url, told.login_url) == ("https://sandbox.procore.com", "https://login-sandbox.procore.com")


def test_a_file_that_is_there_stays_unless_forced() -> None:
    _init(*ENOUGH)
    again = _init(*ENOUGH[:4], "--currency", "AUD")
    assert isinstance(again.exception, TieoutError)
    assert load_settings(_home()).company.currency == "USD"
    assert _init(*ENOUGH[:4], "--currency", "AUD", "--force").exit_code == 0
    assert load_settings(_home()).company.currency == "AUD"


def test_the_companys_own_sign_in_is_kept() -> None:
    address = "https://id.example.com/.well-known/openid-configuration"
    _init(*ENOUGH, "--sign-in", "oidc", "--metadata-url", address, "--signin-client-id", "tieout")
    assert load_settings(_home()).signin.metadata_url == address


def test_without_a_terminal_what_is_missing_is_named() -> None:
    said = str(_init("--erp", "netsuite").exception)
    assert "--company" in said
    assert "--currency" in said
    assert "--erp" not in said


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--erp", "sage"),
        ("--currency", "KWD"),
        ("--currency", "dollars"),
        ("--region", "moon"),
        ("--start-date", "01/02/2026"),
        ("--role", "boss"),
        ("--sign-in", "oidc"),
        ("--api-url", "https://api.example.com"),
        ("--date-order", "ydm"),
    ],
)
def test_what_cannot_be_followed_is_refused_and_nothing_is_written(flag: str, value: str) -> None:
    done = _init(*ENOUGH, flag, value)
    assert isinstance(done.exception, TieoutError)
    assert value in str(done.exception) or flag in str(done.exception)
    assert not (_home() / "tieout.toml").exists()


def test_plain_http_to_another_machine_is_refused_and_nothing_is_written() -> None:
    done = _init(*ENOUGH, "--api-url", "http://api.example.com", "--login-url", "https://login.example.com")
    assert "plain http" in str(done.exception)
    assert list(_home().iterdir()) == []
