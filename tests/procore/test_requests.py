"""Every request of ours is one that Procore's description knows, with what it requires and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import jsonschema
import pytest

from tests.procore.company import CLAIM, SUBCONTRACT, TOWER
from toolkit.procore import ProcoreClient
from toolkit.workflow.body import issued_payment

DESCRIBED = json.loads((Path(__file__).parent / "requests_as_described.json").read_text())["paths"]
FACTS = {
    "erp": "netsuite",
    "erp_company": "Quayside",
    "payment_id": "990",
    "application_id": "1",
    "payment_date": "2026-05-20",
    "amount": 4770000,
    "currency_code": "USD",
    "payment_method": "ach",
    "check_number": "000777",
    "invoice_number": "INV-8101",
    "invoice_date": "2026-04-30",
    "claim_id": str(CLAIM),
    "payment_number": None,
    "project_id": str(TOWER),
    "commitment_id": str(SUBCONTRACT),
}


class _Recorder(httpx.BaseTransport):
    """Passes on and remembers."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


@pytest.fixture
def seen(settings) -> list[httpx.Request]:
    """Each kind of request once."""
    recorder = _Recorder()
    project, commitment = str(TOWER), str(SUBCONTRACT)
    with ProcoreClient(settings, transport=recorder) as client:
        client.companies(), client.projects(), client.vendors(), client.project(project), client.tools(project)
        client.commitments(project), client.claims(project), client.claims_of(project, str(SUBCONTRACT))
        client.issued_payments(project, commitment)
        client.post_issued_payment(issued_payment(FACTS, "p1-reference"))
        client.issued_payment(project, commitment, "9101")
    return recorder.seen


def _described(request: httpx.Request) -> tuple[dict[str, Any], dict[str, str]]:
    for path, methods in DESCRIBED.items():
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path), request.url.path)
        if found:
            return methods[request.method.lower()], found.groupdict()
    raise AssertionError(f"{request.url.path} is not described")


def _read(text: str, kind: str) -> object:
    return json.loads(text) if kind in ("integer", "boolean") else text


def test_paths_queries_and_headers_are_as_described(seen) -> None:
    for request in seen:
        operation, in_path = _described(request)
        given = {"path": in_path, "query": dict(parse_qsl(request.url.query.decode())), "header": dict(request.headers)}
        for parameter in operation["parameters"]:
            name, place = parameter["name"], given[parameter["in"]]
            key = name.lower() if parameter["in"] == "header" else name
            assert key in place or not parameter["required"], f"{request.url} lacks {name}"
            if key in place:
                schema = parameter["schema"]
                jsonschema.validate(_read(place.pop(key), schema["type"]), schema)
        assert given["path"] == {}
        assert given["query"] == {}, f"{request.url}: not described"


def test_bodies_are_as_described(seen) -> None:
    posts = [request for request in seen if request.method == "POST"]
    assert len(posts) == 2
    for request in posts:
        form = request.headers["content-type"] == "application/x-www-form-urlencoded"
        body = dict(parse_qsl(request.content.decode())) if form else json.loads(request.content)
        schema = _described(request)[0]["requestBody"]
        jsonschema.validate(body, schema)
        inner, known = body.get("contract_payment", {}), schema["properties"].get("contract_payment", {})
        assert set(body) <= set(schema["properties"])
        assert set(inner) <= set(known.get("properties", {}))


def test_every_request_to_the_api_names_the_company(seen, settings) -> None:
    api = [request for request in seen if request.url.path.startswith("/rest/")]
    assert {request.headers["Procore-Company-Id"] for request in api} == {settings.procore.company_id}
    assert len(api) == len(seen) - 1
