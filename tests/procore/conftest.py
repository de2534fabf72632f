"""A local Procore and a client of it; or a client whose every request meets a function of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina

from tests.procore.company import seed, settings_for
from toolkit.procore import ProcoreClient
from toolkit.sandbox import LocalProcore
from toolkit.settings import Settings

Answer = Callable[[httpx.Request], httpx.Response]
TOKEN = {"access_token": "token-of-the-test", "token_type": "bearer", "expires_in": 5400, "created_at": 1}
AWAY = {
    "api_url": "https://api.example.com",
    "login_url": "https://login.example.com",
    "company_id": "17",
    "client_id": "tieout",
    "client_secret": "secret-of-the-test",
}


@pytest.fixture(autouse=True)
def _at_once() -> Iterator[None]:
    """Retries do not wait."""
    stamina.set_testing(True, attempts=4)
    yield
    stamina.set_testing(False)


@pytest.fixture
def procore() -> Iterator[LocalProcore]:
    with LocalProcore(seed()) as running:
        yield running


@pytest.fixture
def settings(procore: LocalProcore, tmp_path: Path) -> Settings:
    return settings_for(procore, tmp_path / "home")


@pytest.fixture
def client(settings: Settings) -> Iterator[ProcoreClient]:
    with ProcoreClient(settings) as signed_in:
        yield signed_in


def scripted(answer: Answer, **keys: Any) -> ProcoreClient:
    """A client that is given tokens and whose other requests `answer` answers."""

    def both(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return httpx.Response(200, json=TOKEN)
        return answer(request)

    return ProcoreClient(Settings(procore=AWAY | keys), transport=httpx.MockTransport(both))
