"""tieout.toml, the environment and the secret: who wins, and what is refused in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.errors import SettingsError
from toolkit.settings import ERP_SECRETS, client_secret, erp_secret, is_loopback, load_settings


def _written(home: Path, text: str) -> Path:
    home.mkdir(exist_ok=True)
    (home / "tieout.toml").write_text(text, encoding="utf-8")
    return home


def test_without_a_file_the_defaults_are_careful(tmp_path: Path) -> None:
    told = load_settings(tmp_path)
    assert told.procore.push_mode == "strict"
    assert not told.procore.push_enabled
    assert told.procore.project_ids == []


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch) -> None:
    home = _written(tmp_path, '[company]\ncurrency = "USD"\n[procore]\nclient_id = "file"\n')
    monkeypatch.setenv("TIEOUT_PROCORE_CLIENT_ID", "environment")
    told = load_settings(home)
    assert (told.company.currency, told.procore.client_id) == ("USD", "environment")


def test_ids_may_be_written_as_numbers(tmp_path: Path) -> None:
    told = load_settings(_written(tmp_path, "[procore]\ncompany_id = 5358233\nproject_ids = [1, '2']\n"))
    assert (told.procore.company_id, told.procore.project_ids) == ("5358233", ["1", "2"])


def test_an_unknown_key_is_refused_with_the_nearest_known_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"procore\.push_mod; did you mean push_mode"):
        load_settings(_written(tmp_path, '[procore]\npush_mod = "strict"\n'))


def test_an_unknown_section_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unknown key procor"):
        load_settings(_written(tmp_path, "[procor]\n"))


@pytest.mark.parametrize("section", ["procore", "signin"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, section: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(_written(tmp_path, f'[{section}]\nclient_secret = "hunter2"\n'))
    assert f"TIEOUT_{section.upper()}_CLIENT_SECRET" in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[procore", "not valid TOML"),
        ('[erp.xero]\napi_url = "http://api.example.com"', "plain http"),
        ('[erp.xero]\nclient = "a"', "unknown key erp.xero.client; did you mean"),
        ('[procore]\napi_url = "http://api.example.com"', "plain http"),
        ('[procore]\napi_url = "nonsense"', "no http"),
        ("[procore]\nquiet_window_seconds = -1", "quiet_window_seconds"),
        ('[users.a]\nroles = ["boss"]', "users.a.roles"),
    ],
)
def test_what_cannot_be_followed_is_said_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(_written(tmp_path, text))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:9", True),
        ("http://localhost", True),
        ("http://[::1]:9", True),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost.example.com", False),
        ("https://api.procore.com", False),
    ],
)
def test_only_this_very_machine_is_loopback(url: str, here: bool) -> None:
    assert is_loopback(url) is here


def test_the_secret_comes_from_the_environment_and_is_not_shown(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_PROCORE_CLIENT_SECRET", "invented")
    told = load_settings(tmp_path)
    assert client_secret(told) == "invented"
    assert "invented" not in repr(told)


def test_a_missing_secret_says_where_to_put_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("keyring.get_password", lambda *_: None)
    with pytest.raises(SettingsError, match="TIEOUT_PROCORE_CLIENT_SECRET"):
        client_secret(load_settings(tmp_path))


@pytest.mark.parametrize("key", ERP_SECRETS)
def test_an_erp_s_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, key: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(_written(tmp_path, f'[erp.xero]\n{key} = "hunter2"\n'))
    assert f"TIEOUT_ERP_XERO_{key.upper()}" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_what_the_environment_says_of_an_erp_is_text_and_wins(tmp_path: Path, monkeypatch) -> None:
    home = _written(tmp_path, '[erp.qbo]\nrealm_id = "1"\ncompany = "Larkspur"\n')
    monkeypatch.setenv("TIEOUT_ERP_QBO_REALM_ID", "0123")
    monkeypatch.setenv("TIEOUT_ERP_CMIC_PASSWORD", "1e5")
    told = load_settings(home)
    assert (told.erp["qbo"].realm_id, told.erp["qbo"].company) == ("0123", "Larkspur")
    assert erp_secret(told, "cmic", "password") == "1e5"
    assert "1e5" not in repr(told)


def test_an_address_with_a_sign_in_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="api_url: holds a sign-in") as refused:
        load_settings(_written(tmp_path, '[erp.cmic]\napi_url = "https://user:hunter2@cmic.example"\n'))
    assert "hunter2" not in str(refused.value)


def test_an_erp_s_secret_may_lie_in_the_keyring(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("keyring.get_password", lambda service, entry: f"{service} {entry}")
    assert erp_secret(load_settings(tmp_path), "mri", "partner_key") == "tieout erp.mri:partner_key"
