"""Tokens: one refresh at a time, the rotated refresh token on disk before it is needed, secrets never repeated."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from starlette.responses import JSONResponse

from tests.apis.standin import SECRET, StandIn, served
from toolkit.erps.api.base import Ask
from toolkit.erps.api.oauth import Bearer, RefreshTokens, app_grant
from toolkit.erps.api.session import Session
from toolkit.errors import SettingsError, SignInRefused, StoreError, TieoutError
from toolkit.settings import load_settings

NOW = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
def host(desk):
    standin = StandIn()
    echo = standin.api("/data", lambda request: JSONResponse({"message": request.headers["authorization"]}, 400))
    ready = standin.api("/ready", lambda _: JSONResponse({"ready": True}))
    with served(standin, [echo, ready]) as url:
        desk.set_up("xero", api_url=url, token_url=f"{url}/token", client_id="app", tenant_id="t-1")
        standin.url = url
        yield standin


def _ask(desk) -> Ask:
    return Ask("xero", load_settings(desk.home), NOW)


def _bearer(desk) -> Bearer:
    ask = _ask(desk)
    return Bearer(ask, app_grant(ask, "unused"))


def test_eight_threads_share_one_refresh(desk, host) -> None:
    bearer, together = _bearer(desk), threading.Barrier(8)

    def token(_: int) -> str:
        together.wait()
        return bearer.token()

    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(token, range(8)))
    assert (len(tokens), host.token_calls) == (1, 1)


def test_two_processes_each_use_the_refresh_token_that_the_other_left(desk, host) -> None:
    one, two = _bearer(desk), _bearer(desk)
    assert one.token() != two.token()
    one.forget()
    assert one.token()
    assert host.token_calls == 3


def test_the_rotated_token_is_on_disk_for_its_owner_only(desk, host) -> None:
    _bearer(desk).token()
    kept = desk.home / "tokens" / "xero.json"
    assert host.refresh_token in kept.read_text()
    assert "seed-token" not in kept.read_text()
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.usefixtures("host")
def test_a_token_that_cannot_be_kept_is_not_used(desk, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.NamedTemporaryFile", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space")))
    with pytest.raises(StoreError, match=r"xero\.json cannot be written \(No space\)"):
        _bearer(desk).token()


def test_a_refresh_token_given_anew_wins_over_the_rotated_one(desk, host, monkeypatch) -> None:
    _bearer(desk).token()
    host.refresh_token = "given-anew"
    monkeypatch.setenv("TIEOUT_ERP_XERO_REFRESH_TOKEN", "given-anew")
    assert _bearer(desk).token()


@pytest.mark.usefixtures("host")
def test_the_rotated_token_serves_when_the_first_is_no_longer_set(desk, monkeypatch) -> None:
    _bearer(desk).token()
    monkeypatch.delenv("TIEOUT_ERP_XERO_REFRESH_TOKEN")
    assert _bearer(desk).token()
    assert _bearer(desk).token()


@pytest.mark.usefixtures("host")
def test_without_any_refresh_token_it_is_said_how_to_get_one(desk, monkeypatch) -> None:
    monkeypatch.delenv("TIEOUT_ERP_XERO_REFRESH_TOKEN")
    with pytest.raises(SettingsError, match="authorise the app and set TIEOUT_ERP_XERO_REFRESH_TOKEN"):
        _bearer(desk).token()


def test_a_damaged_token_file_is_named(tmp_path) -> None:
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / "xero.json").write_text("{")
    with pytest.raises(StoreError, match=r"xero\.json is damaged"):
        RefreshTokens(tmp_path, "xero", "seed").current()


def test_a_refused_sign_in_repeats_no_secret(desk, host) -> None:
    host.refresh_token = "another"
    with pytest.raises(SignInRefused, match=r"the sign-in was refused; check \[erp.xero\] client_id") as refused:
        _bearer(desk).token()
    assert "seed-token" not in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("path", ["/data", "/unsigned"])
def test_what_a_host_says_is_cleared_of_secrets(desk, host, path: str) -> None:
    ask = _ask(desk)
    bearer = Bearer(ask, app_grant(ask, "unused"))
    token = bearer.token()
    with Session(ask, host.url, bearer) as session, pytest.raises(TieoutError) as refused:
        session.get(path, {})
    assert token not in str(refused.value)
    assert SECRET not in str(refused.value)


def test_an_app_without_a_secret_names_itself_in_the_form(desk, host, monkeypatch) -> None:
    monkeypatch.delenv("TIEOUT_ERP_XERO_CLIENT_SECRET")
    _bearer(desk).token()
    assert host.form["client_id"] == "app"
    assert "authorization" not in host.token_headers


def test_client_credentials_need_no_refresh_token(desk, host, monkeypatch) -> None:
    monkeypatch.delenv("TIEOUT_ERP_XERO_REFRESH_TOKEN")
    monkeypatch.setenv("TIEOUT_ERP_XERO_GRANT", "client_credentials")
    assert _bearer(desk).token()
    assert host.form["grant_type"] == "client_credentials"
    assert not (desk.home / "tokens").exists()


def test_each_company_of_quickbooks_has_a_refresh_token_of_its_own(tmp_path) -> None:
    one, two = (RefreshTokens(tmp_path, "qbo", f"seed-{realm}", realm) for realm in ("41", "42/.."))
    for store in (one, two):
        with store.alone():
            store.keep(f"rotated {store._name}")
    assert (one.current(), two.current()) == ("rotated qbo-41", "rotated qbo-42")
