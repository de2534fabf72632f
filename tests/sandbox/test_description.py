"""The local Procore answers as its own OpenAPI document says, whatever it is asked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.sandbox.conftest import sign_in
from toolkit.sandbox import LocalProcore, openapi
from toolkit.sandbox.api import ROUTES

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "use_after_free",
)
# Currency is described by nobody but its own two lines.
UNDESCRIBED = re.compile("currency_configuration")


def test_every_route_is_described_and_every_description_has_its_route() -> None:
    routes = {
        (method.lower(), re.sub(":int", "", path))
        for path, methods, _ in ROUTES
        for method in methods
        if not UNDESCRIBED.search(path)
    }
    described = {(method, path) for path, methods in openapi.document()["paths"].items() for method in methods}
    assert described == routes


def test_the_document_is_served_to_anybody(procore: LocalProcore) -> None:
    assert httpx.get(f"{procore.api_url}/openapi.json").json() == openapi.document()


@pytest.mark.slow
def test_whatever_is_asked_is_answered_as_described(procore: LocalProcore, tmp_path: Path) -> None:
    """schemathesis in a process of its own: it brings warnings that are errors here."""
    words = ["run", f"{procore.api_url}/openapi.json", "--phases", "examples,coverage"]
    words += ["--generation-deterministic", "--checks", ",".join(CHECKS), "--workers", "1"]
    done = subprocess.run(  # noqa: S603 (our own tool)
        [Path(sys.executable).parent / "schemathesis", *words, "-H", f"Authorization: Bearer {sign_in(procore)}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert len(procore.requests) > 1000
