"""The OpenAPI document of the local Procore, which `GET /openapi.json` answers and schemathesis runs.

It follows Procore's public documentation as far as that goes; it is not Procore's own description.
Examples are the small company of the tests.
"""

from __future__ import annotations

import re
from typing import Any

from toolkit.sandbox.claims import STATUSES, VIEWS
from toolkit.sandbox.commitments import CONTRACTS, KINDS
from toolkit.sandbox.payments import PATH as PAYMENTS
from toolkit.sandbox.state import METHODS, NOT_RETURNED
from toolkit.sandbox.syncs import MOST, TABLES

Json = dict[str, Any]
COMPANY, PROJECT, COMMITMENT, CLAIM, DRAFT, PAYMENT = 562949953421000, 3101, 7101, 8101, 8102, 9101
LIMITS = ("X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset")
PAGE = [{"$ref": f"#/components/parameters/{name}"} for name in ("page", "per_page")]
CHOICES = {"view": list(VIEWS), "filters[include_deleted]": ["only", "with"]}
ALWAYS = (400, 401, 403, 404, 429)


def document() -> Json:
    """OpenAPI 3.1."""
    paths: dict[str, Json] = {}
    for method, path, parameters, answer, more in _operations():
        plain = re.sub(r":int", "", path)
        paths.setdefault(plain, {})[method] = _operation(method, plain, parameters, answer, more)
    return {
        "openapi": "3.1.0",
        "info": {"title": "The local Procore", "version": "1", "description": __doc__},
        "security": [{"bearer": []}],
        "paths": paths,
        "components": _components(),
    }


Operation = tuple[str, str, list[Json], Json, Json]


def _operations() -> list[Operation]:
    company, project, tab = (
        _asked("company_id", COMPANY),
        _asked("project_id", PROJECT),
        _asked("contract_id", COMMITMENT),
    )
    entity, issued, where = _ref("Entity"), _ref("IssuedPayment"), [_asked("project_id", PROJECT)]
    body: Json = {"body": _ref("IssuedPaymentRequest"), "errors": (409, 422)}
    found: list[Operation] = [
        ("get", "/rest/v1.0/me", [], {"type": "object"}, {}),
        ("get", "/rest/v1.0/companies", PAGE, _list(entity), {}),
        *(
            ("get", f"/rest/v1.{n}/projects", [company, *PAGE, *_filters("id", "name", "origin_id")], _list(entity), {})
            for n in (0, 1)
        ),
        ("get", "/rest/v1.0/projects/{id}", [_placed("id", PROJECT)], entity, {}),
        ("get", "/rest/v1.0/projects/{id}/tools", [_placed("id", PROJECT)], {"type": "array", "items": entity}, {}),
        ("get", "/rest/v1.0/tools", where, {"type": "array", "items": entity}, {}),
        ("get", "/rest/v1.0/settings/permissions", where, {"type": "object", "required": ["tools"]}, {}),
        ("get", "/rest/v1.0/vendors", [company, *PAGE, *_filters("id", "origin_id")], _list(entity), {}),
        (
            "get",
            "/rest/v1.0/projects/{project_id}/billing_periods",
            [_placed("project_id", PROJECT), *PAGE],
            _list(entity),
            {},
        ),
        ("get", "/rest/v1.0/commitments", [*where, *PAGE], _list(entity), {}),
        ("get", "/rest/v1.0/commitments/{id}", [_placed("id", COMMITMENT), project], _ref("Commitment"), {}),
        ("get", PAYMENTS, [project, tab, *PAGE], _list(issued), {}),
        ("post", PAYMENTS, [], issued, body | {"status": 201}),
        ("get", PAYMENTS + "/{id}", [_placed("id", PAYMENT), project, tab], issued, {}),
        ("patch", PAYMENTS + "/{id}", [_placed("id", PAYMENT)], issued, body),
        ("delete", PAYMENTS + "/{id}", [_placed("id", PAYMENT), project, tab], issued, {"errors": (422,)}),
    ]
    return [*found, *_of_kinds(), *_of_claims(), *_of_syncs(), *_of_version_two()]


def _of_kinds() -> list[Operation]:
    lists = [_asked("project_id", PROJECT), *PAGE, *_filters("status", "origin_id", "include_deleted")]
    one, commitment = [_placed("id", COMMITMENT), _asked("project_id", PROJECT)], _ref("Commitment")
    found: list[Operation] = []
    for kind in KINDS:
        found.append(("get", f"/rest/v1.0/{kind}", lists, _list(commitment), {}))
        found.append(("get", f"/rest/v1.0/{kind}/{{id}}", one, commitment, {}))
    return found


def _of_claims() -> list[Operation]:
    project, claim, view = _asked("project_id", PROJECT), _ref("Claim"), _query("view")
    filters = _filters("commitment_id", "period_id", "status", "updated_at", "origin_id")
    texts = {name: {"type": ["string", "null"]} for name in ("invoice_number", "billing_date", "origin_id")}
    body = _object(project_id={"type": "integer"}, requisition={"type": "object", "properties": texts})
    draft = _placed("id", DRAFT)
    newest = "/rest/v1.1/requisitions/{id}"
    return [
        *(("get", f"/rest/v1.{n}/requisitions", [project, *PAGE, *filters, view], _list(claim), {}) for n in (0, 1)),
        *(
            ("get", f"/rest/v1.{n}/requisitions/{{id}}", [_placed("id", CLAIM), project, view], claim, {})
            for n in (0, 1)
        ),
        ("patch", newest, [draft], claim, {"body": body, "errors": (422,)}),
        ("delete", newest, [draft, project], {}, {"status": 204, "errors": (422,)}),
    ]


def _of_syncs() -> list[Operation]:
    updates = {"type": "array", "maxItems": MOST, "items": {"type": "object"}}
    more = {"body": _object(updates=updates), "errors": (422,)}
    answer = _object(entities={"type": "array"}, errors={"type": "array"})
    external = "/rest/v1.0/companies/{company_id}/external_data/sync"
    return [
        *(("patch", f"/rest/v1.0/{name}/sync", [], answer, more) for name in TABLES),
        ("patch", external, [_placed("company_id", COMPANY)], answer, more),
    ]


def _of_version_two() -> list[Operation]:
    places = [_placed("company_id", COMPANY), _placed("project_id", PROJECT)]
    one, entity = [*places, _placed("id", COMMITMENT)], _ref("NewerEntity")
    switch = {"body": _object(allow_payments={"type": "boolean"}), "errors": (422,)}
    sums = {"type": "object", "required": ["total_payments_amount"]}
    return [
        ("get", CONTRACTS, [*places, *PAGE], {"x-list": True} | _object(data={"type": "array", "items": entity}), {}),
        ("get", CONTRACTS + "/{id}", one, _object(data=entity), {}),
        ("patch", CONTRACTS + "/{id}", one, _object(data=entity), switch),
        ("get", CONTRACTS + "/{id}/summary", one, _object(data=sums), {}),
    ]


# -- pieces ----------------------------------------------------------------------------------------
def _operation(method: str, path: str, parameters: list[Json], answer: Json, more: Json) -> Json:
    paged = bool(answer.get("x-list"))
    headers = {
        name: {"$ref": f"#/components/headers/{name}"} for name in (*LIMITS, *(("Total", "Per-Page") if paged else ()))
    }
    done: Json = {"description": "Done", "headers": headers}
    if answer:
        done["content"] = {"application/json": {"schema": answer}}
    refused = {str(status): {"$ref": "#/components/responses/Refused"} for status in (*ALWAYS, *more.get("errors", ()))}
    operation: Json = {
        "operationId": re.sub(r"\W+", "_", f"{method}{path}").strip("_"),
        "parameters": [{"$ref": "#/components/parameters/Company"}, *parameters],
        "responses": {str(more.get("status", 200)): done} | refused,
    }
    if "body" in more:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": more["body"]}}}
    return operation


def _components() -> Json:
    number = {"type": "integer", "minimum": 1}
    counts = (*LIMITS, "Total", "Per-Page")
    company = {"name": "Procore-Company-Id", "in": "header", "required": True, "schema": {"const": str(COMPANY)}}
    pages = {name: {"name": name, "in": "query", "schema": number} for name in ("page", "per_page")}
    said = [{"required": [name]} for name in ("message", "errors", "error")]
    refused = {"schema": {"type": "object", "anyOf": said}}
    return {
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        "parameters": pages | {"Company": company},
        "headers": {name: {"required": True, "schema": {"type": "integer", "minimum": 0}} for name in counts},
        "responses": {"Refused": {"description": "Refused", "content": {"application/json": refused}}},
        "schemas": _schemas(),
    }


def _schemas() -> Json:
    whole, text, maybe = {"type": "integer"}, {"type": "string"}, {"type": ["string", "null"]}
    sums = dict.fromkeys(("total_payments", "remaining_balance_outstanding"), text)
    return {
        "Entity": _object(id=whole),
        "NewerEntity": _object(id=text),
        "Commitment": _object(id=whole, type={"enum": list(KINDS.values())}, **sums),
        "Claim": _object(id=whole, commitment_id=whole, project_id=whole, status={"enum": list(STATUSES)}),
        "IssuedPayment": {
            **_object(id=whole, contract_id=whole, project_id=whole, amount=text, origin_id=maybe),
            # Procore takes these and never returns them.
            "not": {"anyOf": [{"required": [name]} for name in NOT_RETURNED]},
        },
        "IssuedPaymentRequest": _issued_payment_request(),
    }


def _issued_payment_request() -> Json:
    maybe, day, whole = (
        {"type": ["string", "null"]},
        {"type": ["string", "null"], "format": "date"},
        {"type": "integer"},
    )
    fields: Json = dict.fromkeys(("check_number", "invoice_number", "notes", "origin_id", "origin_data"), maybe)
    fields |= {
        "date": day,
        "invoice_date": day,
        "amount": {"type": "string"},
        "payment_method": {"enum": list(METHODS)},
    }
    fields |= {name: {"type": ["integer", "null"]} for name in ("payment_number", "requisition_id")}
    shown = {"date": "2026-05-20", "amount": "47700.00", "requisition_id": CLAIM, "origin_id": "p1-example"}
    body = _object(project_id=whole, contract_id=whole, contract_payment={"type": "object", "properties": fields})
    return body | {"example": {"project_id": PROJECT, "contract_id": COMMITMENT, "contract_payment": shown}}


def _object(**properties: Any) -> Json:
    """An object that needs all of these."""
    return {"type": "object", "required": list(properties), "properties": properties}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items, "x-list": True}


def _placed(name: str, example: int) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "integer"}, "example": example}


def _asked(name: str, example: int) -> Json:
    return {"name": name, "in": "query", "required": True, "schema": {"type": "integer"}, "example": example}


def _query(name: str) -> Json:
    schema: Json = {"type": "string"} | ({"enum": CHOICES[name]} if name in CHOICES else {})
    return {"name": name, "in": "query", "schema": schema}


def _filters(*names: str) -> list[Json]:
    return [_query(f"filters[{name}]") for name in names]
