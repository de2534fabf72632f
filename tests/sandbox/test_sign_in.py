"""The sign-in of the local Procore, at a host of its own."""

from __future__ import annotations

import httpx
import pytest

from tests.sandbox.conftest import open_api, sign_in
from toolkit.sandbox import LocalProcore


def _fields(procore: LocalProcore, **more: str) -> dict[str, str]:
    told = {"grant_type": "client_credentials", "client_id": procore.client_id}
    return told | {"client_secret": procore.client_secret} | more


def test_a_token_reply_has_exactly_four_keys_and_lives_ninety_minutes(procore) -> None:
    reply = httpx.post(f"{procore.login_url}/oauth/token", data=_fields(procore)).json()
    assert sorted(reply) == ["access_token", "created_at", "expires_in", "token_type"]
    assert (reply["token_type"], reply["expires_in"]) == ("bearer", 90 * 60)


def test_a_form_with_parts_and_json_sign_in_too(procore) -> None:
    url, fields = f"{procore.login_url}/oauth/token", _fields(procore)
    parts = httpx.post(url, files={name: (None, value) for name, value in fields.items()})
    assert [parts.status_code, httpx.post(url, json=fields).status_code] == [200, 200]


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"client_secret": "no"}, 401, "invalid_client"),
        ({"client_id": "somebody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_what_is_wrong_at_sign_in_is_named(procore, wrong: dict[str, str], status: int, error: str) -> None:
    reply = httpx.post(f"{procore.login_url}/oauth/token", data=_fields(procore, **wrong))
    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_the_api_host_gives_no_tokens(procore) -> None:
    assert httpx.post(f"{procore.api_url}/oauth/token", data=_fields(procore)).status_code == 404


@pytest.mark.parametrize("header", ["", "Bearer nonsense", "{token}", "Basic {token}"])
def test_without_a_bearer_token_nothing_is_answered(procore, header: str) -> None:
    told = header.format(token=sign_in(procore))
    with open_api(procore, Authorization=told) as api:
        reply = api.get("/companies")
    assert (reply.status_code, reply.json()["message"]) == (401, "The access token is invalid")


def test_a_token_ends_with_its_time(procore) -> None:
    procore.tokens.seconds = -1
    with open_api(procore) as api:
        assert api.get("/companies").status_code == 401


def test_a_token_of_another_environment_is_refused(procore, api) -> None:
    with LocalProcore({"company": {"id": int(procore.company_id), "name": "Another"}}) as other:
        reply = httpx.get(f"{other.api_url}/rest/v1.0/companies", headers=api.headers)
    assert reply.status_code == 401


def test_the_company_header_is_asked_for_on_every_call(api) -> None:
    del api.headers["Procore-Company-Id"]
    replies = [api.get(path) for path in ("/companies", "/me", "/projects")]
    assert [reply.status_code for reply in replies] == [400, 400, 400]
    assert "Procore-Company-Id" in replies[0].json()["message"]


def test_another_company_is_refused_in_procores_words(procore) -> None:
    with open_api(procore, **{"Procore-Company-Id": "17"}) as api:
        reply = api.get("/projects")
    assert (reply.status_code, reply.json()) == (403, {"errors": ["App is not connected to this company."]})
