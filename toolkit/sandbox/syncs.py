"""Sync actions and external data: many records by id or origin_id in one call, which always answers 200."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from toolkit.sandbox.asking import body_of, number
from toolkit.sandbox.commitments import KINDS
from toolkit.sandbox.refusals import Refusal
from toolkit.sandbox.state import Row, State

MOST = 1000
TABLES = {
    "projects": "projects",
    "vendors": "vendors",
    "work_order_contracts": "commitments",
    "purchase_order_contracts": "commitments",
}
WRITABLE = ("name", "title", "number", "status", "origin_id", "origin_code", "origin_data")
# What external data calls the tables.
ITEMS = {
    "contract_payment": "payments",
    "invoice_payment": "payments",
    "requisition": "requisitions",
    "work_order_contract": "commitments",
    "purchase_order_contract": "commitments",
    "vendor": "vendors",
    "project": "projects",
}


async def _sync(state: State, request: Request) -> Response:
    """Neither id nor origin_id creates; an id is found or an error; an origin_id is found or creates."""
    rows: dict[int, Row] = getattr(state, TABLES[request.url.path.split("/")[3]])
    entities: list[Row] = []
    errors: list[Row] = []
    body = await body_of(request)
    given = _given(request.url.path, body)
    with state.lock:
        for update in _updates(body):
            wrong = _applied(rows, update, given, entities)
            errors += [update | {"errors": wrong}] if wrong else []
    return JSONResponse({"entities": entities, "errors": errors})


def _updates(body: Row) -> list[Row]:
    updates = body.get("updates")
    if not isinstance(updates, list) or not all(isinstance(update, dict) for update in updates):
        raise Refusal(400, "updates is missing or invalid")
    if len(updates) > MOST:
        raise Refusal(422, {"updates": [f"may have {MOST} items at most"]})
    return updates


def _given(path: str, body: Row) -> Row:
    """What a created record has from its route and its call."""
    kind = KINDS.get(path.split("/")[3])
    return {"type": kind, "project_id": number(body, "project_id"), "status": "Draft"} if kind else {}


def _applied(rows: dict[int, Row], update: Row, given: Row, entities: list[Row]) -> dict[str, Any] | None:
    """Bring one record in; what is wrong with it, or None."""
    origin = update.get("origin_id")
    owner = next((row for row in rows.values() if origin and row.get("origin_id") == origin), None)
    if "id" in update:
        row = rows.get(update["id"]) if isinstance(update["id"], int) else None
        if row is None:
            return {"id": ["Entity with this ID not found"]}
        if owner not in (None, row):
            return {"origin_id": ["has already been taken"]}
    else:
        row = owner
    if row is None:
        row = given | {"id": max([*rows, 0]) + 1}
        rows[row["id"]] = row
    row |= {name: value for name, value in update.items() if name in WRITABLE and isinstance(value, str | None)}
    entities.append(row)
    return None


async def _external_data(state: State, request: Request) -> Response:
    """Set or clear (null) the origin_id of records; clearing it unlocks them."""
    entities: list[Row] = []
    errors: list[Row] = []
    with state.lock:
        for update in _updates(await body_of(request)):
            table = ITEMS.get(str(update.get("item_type")))
            rows: dict[int, Row] = getattr(state, table) if table else {}
            row = rows.get(update["item_id"]) if isinstance(update.get("item_id"), int) else None
            origin = update.get("origin_id")
            if row is None or not (origin is None or isinstance(origin, str)):
                errors.append(update | {"errors": {"item_id": ["Entity with this ID not found"]}})
                continue
            row["origin_id"] = origin
            told = {name: update[name] for name in ("item_type", "item_id")}
            entities.append(told | {"id": len(entities) + 1, "origin_id": origin})
    return JSONResponse({"entities": entities, "errors": errors})


ROUTES = (
    *((f"/rest/v1.0/{name}/sync", ("PATCH",), _sync) for name in TABLES),
    ("/rest/v1.0/companies/{company_id:int}/external_data/sync", ("PATCH",), _external_data),
)
