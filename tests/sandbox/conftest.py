"""A local Procore over real sockets, and somebody signed in to it by plain httpx."""

from __future__ import annotations

import httpx
import pytest

from tests.procore.company import seed
from toolkit.sandbox import LocalProcore


@pytest.fixture
def procore():
    with LocalProcore(seed()) as running:
        yield running


def sign_in(procore: LocalProcore) -> str:
    """A token."""
    fields = {"grant_type": "client_credentials", "client_id": procore.client_id}
    reply = httpx.post(f"{procore.login_url}/oauth/token", data=fields | {"client_secret": procore.client_secret})
    return str(reply.json()["access_token"])


def open_api(procore: LocalProcore, **headers: str) -> httpx.Client:
    """A connection that is signed in and names the company."""
    told = {"Authorization": f"Bearer {sign_in(procore)}", "Procore-Company-Id": procore.company_id}

    def whose(request: httpx.Request) -> None:
        """Lists of the company ask for its id in the query too."""
        if request.url.path.endswith(("/projects", "/vendors")):
            request.url = request.url.copy_merge_params({"company_id": procore.company_id})

    return httpx.Client(
        base_url=f"{procore.api_url}/rest/v1.0", headers=told | headers, timeout=10, event_hooks={"request": [whose]}
    )


@pytest.fixture
def api(procore: LocalProcore):
    with open_api(procore) as client:
        yield client
