"""One token for everybody, renewed in time; a refusal says which host and what to look at."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.procore.company import TOWER, settings_for
from tests.procore.conftest import AWAY, TOKEN, scripted
from toolkit.errors import RemoteError, SettingsError, SignInRefused, TieoutError
from toolkit.procore import ProcoreClient
from toolkit.procore.signin import SignIn
from toolkit.settings import Settings
from toolkit.web import Web


class _Desk:
    """A token host that counts, and a clock that is set by hand."""

    def __init__(self, **reply: object) -> None:
        self.asked, self.now = 0, 0.0
        self.reply = httpx.Response(200, json=TOKEN | reply)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        del request
        self.asked += 1
        time.sleep(0.02)  # long enough for all the others to queue up
        return self.reply

    def sign_in(self) -> SignIn:
        web = Web(AWAY["login_url"], transport=httpx.MockTransport(self))
        return SignIn(Settings(procore=AWAY), web, lambda: self.now)


def test_many_at_once_share_one_sign_in() -> None:
    desk = _Desk()
    sign_in = desk.sign_in()
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: sign_in.token(), range(8)))
    assert (tokens, desk.asked) == ({TOKEN["access_token"]}, 1)


@pytest.mark.parametrize(("seconds", "asked"), [(5339, 1), (5340, 2)])
def test_a_token_is_renewed_a_minute_before_it_ends(seconds: float, asked: int) -> None:
    desk = _Desk(expires_in=5400)
    sign_in = desk.sign_in()
    sign_in.token()
    desk.now = seconds
    sign_in.token()
    assert desk.asked == asked


def test_two_who_meet_the_same_refused_token_renew_it_once() -> None:
    desk = _Desk()
    sign_in = desk.sign_in()
    old = sign_in.token()
    desk.reply = httpx.Response(200, json=TOKEN | {"access_token": "the-next-one"})
    for _ in range(2):
        sign_in.forget(old)
        assert sign_in.token() == "the-next-one"
    assert desk.asked == 2


@pytest.mark.parametrize(
    "reply", [{"expires_in": None}, {"expires_in": -5}, {"access_token": None}, {"access_token": "a\nb"}]
)
def test_a_reply_without_a_usable_token_is_refused(reply: dict[str, object]) -> None:
    with pytest.raises(RemoteError, match=r"login.example.com answered 200: no token"):
        _Desk(**reply).sign_in().token()


def test_a_token_that_ends_in_the_middle_is_renewed_and_the_read_goes_on(procore, client) -> None:
    client.projects()
    procore.tokens.revoke_all()
    assert len(client.projects()) == 2


def test_a_read_that_is_refused_twice_says_so() -> None:
    refused = scripted(lambda _: httpx.Response(401, json={"message": "The access token is invalid"}))
    with refused as client, pytest.raises(SignInRefused) as said:
        client.projects()
    assert "api.example.com answered 401" in str(said.value)


def test_a_wrong_secret_names_the_sign_in_host_and_where_the_secret_belongs(procore, tmp_path) -> None:
    told = settings_for(procore, tmp_path, client_secret="wrong")
    with ProcoreClient(told) as client, pytest.raises(SignInRefused) as said:
        client.projects()
    host = procore.login_url.removeprefix("http://")
    assert str(said.value).startswith(f"{host} answered 401: the sign-in was refused;")
    assert "TIEOUT_PROCORE_CLIENT_SECRET" in str(said.value)


def test_a_wrong_company_names_the_key_to_correct(procore, tmp_path) -> None:
    told = settings_for(procore, tmp_path, company_id="17")
    with ProcoreClient(told) as client, pytest.raises(TieoutError) as said:
        client.projects()
    assert "answered 403" in str(said.value)
    assert "[procore] company_id" in str(said.value)


def test_a_wrong_sign_in_host_is_told_apart_from_a_wrong_secret(procore, tmp_path) -> None:
    told = settings_for(procore, tmp_path, login_url=procore.api_url)
    with (
        ProcoreClient(told) as client,
        pytest.raises(RemoteError, match=r"answered 404: no token; check \[procore\] login_url"),
    ):
        client.projects()


def test_a_host_that_is_not_there_is_named(procore, tmp_path) -> None:
    told = settings_for(procore, tmp_path, api_url="http://127.0.0.1:9")
    with ProcoreClient(told) as client, pytest.raises(RemoteError, match=r"127\.0\.0\.1:9: not reached"):
        client.project(str(TOWER))


def test_without_a_client_id_the_settings_are_named() -> None:
    nobody = scripted(lambda _: httpx.Response(200, json=[]), client_id="")
    with nobody as client, pytest.raises(SettingsError, match=r"\[procore\] client_id"):
        client.projects()


def test_a_sign_in_host_that_is_not_well_is_not_a_wrong_secret() -> None:
    desk = _Desk()
    desk.reply = httpx.Response(503, headers={"Retry-After": "5"})
    with pytest.raises(RemoteError, match="answered 503: no token just now"):
        desk.sign_in().token()


def test_a_write_whose_sign_in_fails_was_not_sent() -> None:
    with scripted(lambda _: httpx.Response(201, json={"id": 1}), client_id="") as client:
        outcome = client.post_issued_payment(b"{}")
    assert outcome.sent is False
