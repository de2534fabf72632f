"""Neither the client secret nor a token stands in any error, log or file."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.procore.company import settings_for
from tests.procore.conftest import TOKEN, scripted
from toolkit.errors import TieoutError
from toolkit.procore import ProcoreClient
from toolkit.pull import pull_procore

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CANARIES = (TOKEN["access_token"], "secret-of-the-test")


def _echo(request: httpx.Request) -> str:
    """A host that repeats all it was told."""
    return f"{request.headers.get('authorization')} secret-of-the-test {request.content!r}"


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 422, 500])
def test_an_error_does_not_repeat_what_a_host_repeats(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    parrot = scripted(lambda request: httpx.Response(status, json={"message": _echo(request)}))
    with parrot as client, pytest.raises(TieoutError) as said:
        client.companies()
    shown = f"{said.value}{said.value!r}{said.value.__cause__!r}{caplog.text}"
    assert not [word for word in CANARIES if word in shown]


def test_what_is_known_of_a_write_does_not_repeat_it_either() -> None:
    with scripted(lambda request: httpx.Response(422, json={"errors": [_echo(request)]})) as client:
        outcome = client.post_issued_payment(b"{}")
    assert not [word for word in CANARIES if word.encode() in outcome.body]
    assert b"(hidden)" in outcome.body


def test_nothing_that_is_kept_holds_them(procore, settings, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pull_procore(settings, NOW)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert len(kept) > 100_000
    for word in (procore.client_secret, *procore.tokens._expiry):
        assert word.encode() not in kept
        assert word not in caplog.text


def test_a_wrong_secret_is_not_quoted(procore, tmp_path: Path) -> None:
    told = settings_for(procore, tmp_path, client_secret="a-wrong-secret")
    with ProcoreClient(told) as client, pytest.raises(TieoutError) as said:
        client.companies()
    assert "a-wrong-secret" not in f"{said.value}{told}"
