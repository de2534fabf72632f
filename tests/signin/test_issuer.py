"""The local issuer, asked over HTTP as the dashboard and as a browser would ask."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt

from toolkit.signin import CLIENT_ID, Issuer, Passwords, issuer, kept_secret, signing_key

CALLBACK = "http://127.0.0.1:8501/tieout/oauth2callback"
URL = "http://127.0.0.1:8501/idp"
SECRET = "the dashboard's secret"
VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ASKED = {
    "client_id": CLIENT_ID,
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid",
    "state": "the state",
    "nonce": "the nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


class Client:
    """Asks the application as it is, without a socket and without following redirects."""

    def __init__(self, made: Issuer) -> None:
        self._transport = httpx.ASGITransport(app=made.application())

    def ask(self, method: str, path: str, **what) -> httpx.Response:
        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://127.0.0.1:8501") as client:
                return await client.request(method, path, **what)

        # In a thread of its own: where a browser is driven in this process, a loop is already running here.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(asked())).result()

    def get(self, path: str, **what) -> httpx.Response:
        return self.ask("GET", path, **what)

    def post(self, path: str, **what) -> httpx.Response:
        return self.ask("POST", path, **what)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home") / "signin"
    Passwords(folder / "passwords.json").set("mira", "correct horse")
    return folder


@pytest.fixture
def made(folder: Path) -> Issuer:
    passwords = Passwords(folder / "passwords.json")
    return Issuer(URL, CALLBACK, SECRET, signing_key(folder / "key"), passwords, folder / "ended")


@pytest.fixture
def browser(made: Issuer) -> Client:
    return Client(made)


def _code(browser: Client) -> str:
    reply = browser.post("/authorize", data=ASKED | {"name": "mira", "password": "correct horse"})
    assert reply.status_code == 303
    asked = parse_qs(urlsplit(reply.headers["location"]).query)
    assert asked["state"] == ["the state"]
    return asked["code"][0]


def _exchange(browser: Client, code: str, **other: str):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    client = {"client_id": CLIENT_ID, "client_secret": SECRET}
    return browser.post("/token", data=form | client | other)


def test_a_right_password_ends_in_a_signed_token_for_that_person(browser: Client, made: Issuer) -> None:
    reply = _exchange(browser, _code(browser))
    told = jwt.decode(reply.json()["id_token"], made.key, algorithms=["ES256"]).claims
    assert (told["sub"], told["aud"], told["iss"], told["nonce"]) == ("mira", CLIENT_ID, URL, "the nonce")
    assert told["exp"] - told["iat"] == 8 * 3600


@pytest.mark.parametrize(("name", "password"), [("mira", "wrong"), ("nobody", "correct horse"), ("", "")])
def test_a_wrong_name_or_password_gets_the_same_answer(browser: Client, name: str, password: str) -> None:
    reply = browser.post("/authorize", data=ASKED | {"name": name, "password": password})
    assert reply.status_code == 401
    assert "Name or password is not right" in reply.text


def test_a_code_works_once(browser: Client) -> None:
    code = _code(browser)
    assert _exchange(browser, code).status_code == 200
    again = _exchange(browser, code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


def test_a_code_expires_after_a_minute(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(issuer.time, "monotonic", lambda: now[0])
    code = _code(browser)
    now[0] += issuer.CODE_SECONDS + 1
    assert _exchange(browser, code).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"code_verifier": "another verifier"}, 400),
        ({"code_verifier": ""}, 400),
        ({"redirect_uri": CALLBACK + "/elsewhere"}, 400),
        ({"client_secret": "a guess"}, 401),
        ({"client_id": "another-app"}, 401),
        ({"code": "a guess"}, 400),
        ({"grant_type": "password"}, 400),
    ],
    ids=str,
)
def test_the_token_is_given_only_to_the_dashboard_that_asked(browser: Client, changed: dict, status: int) -> None:
    reply = _exchange(browser, **({"code": _code(browser)} | changed))
    assert reply.status_code == status
    assert "id_token" not in reply.text


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://elsewhere.example/callback"},
        {"redirect_uri": CALLBACK + "?next=https://elsewhere.example"},
        {"client_id": "another-app"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_any_other_question_is_refused_before_a_password_is_asked(browser: Client, changed: dict, method: str) -> None:
    asked = ASKED | changed
    known = {"name": "mira", "password": "correct horse"}
    reply = (
        browser.get("/authorize", params=asked) if method == "GET" else browser.post("/authorize", data=asked | known)
    )
    assert reply.status_code == 400
    assert "location" not in reply.headers


def test_the_login_page_shows_nothing_as_markup(browser: Client) -> None:
    nasty = "\"><script>alert('x')</script>"
    page = browser.get("/authorize", params=ASKED | {"state": nasty, "nonce": nasty, "scope": nasty})
    assert "<script>" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["cache-control"] == "no-store"


def test_the_login_page_asks_no_other_host(browser: Client) -> None:
    page = browser.get("/authorize", params=ASKED).text
    assert "http://" not in page.replace(CALLBACK, "")
    assert "https://" not in page


def test_signing_out_is_remembered_by_its_session(browser: Client, made: Issuer) -> None:
    token = _exchange(browser, _code(browser)).json()["id_token"]
    session = jwt.decode(token, made.key, algorithms=["ES256"]).claims["sid"]
    asked = {"id_token_hint": token, "post_logout_redirect_uri": CALLBACK}
    reply = browser.get("/end_session", params=asked)
    assert reply.headers["location"] == CALLBACK
    assert session in made.ended.read_text().split()
    assert stat.S_IMODE(made.ended.stat().st_mode) == 0o600


def test_a_forged_sign_out_ends_no_session(browser: Client, made: Issuer, tmp_path: Path) -> None:
    made.ended = tmp_path / "ended"
    other = signing_key(tmp_path / "key")
    forged = jwt.encode({"alg": "ES256"}, {"sid": "a session"}, other)
    asked = {"id_token_hint": forged, "post_logout_redirect_uri": "https://elsewhere.example"}
    reply = browser.get("/end_session", params=asked)
    assert "location" not in reply.headers
    assert not made.ended.exists()


def test_discovery_names_this_issuer_and_shows_no_private_key(browser: Client) -> None:
    told = browser.get("/.well-known/openid-configuration").json()
    assert told["issuer"] == URL
    assert told["code_challenge_methods_supported"] == ["S256"]
    [key] = browser.get("/jwks").json()["keys"]
    assert "d" not in key


def test_behind_a_proxy_the_browser_is_sent_to_the_public_address_only(made: Issuer) -> None:
    made.url, made.inner = "https://tieout.example/idp", URL
    told = Client(made).get("/.well-known/openid-configuration").json()
    seen_by_browser = {told["issuer"], told["authorization_endpoint"], told["end_session_endpoint"]}
    assert all(address.startswith("https://tieout.example/idp") for address in seen_by_browser)
    assert all(told[name].startswith(URL) for name in ("token_endpoint", "jwks_uri"))


def test_secrets_stay_the_same_and_belong_to_their_owner(tmp_path: Path) -> None:
    folder = tmp_path / "signin"
    assert kept_secret(folder / "cookie") == kept_secret(folder / "cookie")
    assert signing_key(folder / "key").kid == signing_key(folder / "key").kid
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_password_file_holds_argon2_hashes_for_its_owner_only(folder: Path) -> None:
    path = folder / "passwords.json"
    assert json.loads(path.read_text())["mira"].startswith("$argon2id$")
    assert "correct horse" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
