"""Subcontractor invoices (requisitions): six statuses, filters, views, and the lock on synced ones."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from toolkit.sandbox.asking import (
    asked_for,
    body_of,
    filtered,
    found,
    may_write,
    needed,
    number,
    of_project,
    part,
    with_tool,
)
from toolkit.sandbox.paging import paged
from toolkit.sandbox.refusals import Refusal
from toolkit.sandbox.state import Row, State

STATUSES = ("draft", "under_review", "revise_and_resubmit", "approved", "approved_as_noted", "pending_owner_approval")
FILTERS = ("id", "commitment_id", "period_id", "status", "created_at", "updated_at", "origin_id")
WRITABLE = ("status", "invoice_number", "billing_date", "payment_date", "origin_id", "origin_data")
UNLOCKED = ("origin_id", "origin_data", "payment_date")
LOCKED = "The invoice is not editable because it has been synced with ERP"
VIEWS = ("default", "extended", "items", "action_policy")


def _requisitions(state: State, request: Request) -> Response:
    rows = filtered(request, of_project(state, request, state.requisitions), FILTERS)
    if "true" in asked_for(request, "is_last"):
        newest = {row["commitment_id"]: row["id"] for row in sorted(rows, key=lambda row: int(row["id"]))}
        rows = [row for row in rows if newest[row["commitment_id"]] == row["id"]]
    return paged(request, [_shown(row, request) for row in rows])


def _shown(row: Row, request: Request) -> Row:
    """A claim in the view that was asked for: its lines only where they were."""
    view = request.query_params.get("view", "default")
    if view not in VIEWS:
        raise Refusal(400, "view is invalid")
    plain = {name: value for name, value in row.items() if name != "items"}
    return plain | {"items": row.get("items", [])} if view in ("extended", "items") else plain


async def _requisition(state: State, request: Request) -> Response:
    body = await body_of(request) if request.method == "PATCH" else {}
    asked = number(body, "project_id") if request.method == "PATCH" else needed(request, "project_id")
    project = with_tool(state, asked)
    row = found(state.requisitions, request.path_params["id"], project)
    if request.method == "GET":
        return JSONResponse(_shown(row, request))
    may_write(state, project)
    if request.method == "DELETE":
        return _deleted(state, row)
    return _changed(state, row, part(body, "requisition"))


def _deleted(state: State, row: Row) -> Response:
    if row.get("origin_id") or not state.last_open(row):
        raise Refusal(
            422, {"base": [LOCKED if row.get("origin_id") else "Only the latest open invoice can be deleted"]}
        )
    del state.requisitions[row["id"]]
    return Response(status_code=204)


def _changed(state: State, row: Row, fields: Row) -> Response:
    if row.get("origin_id") and set(fields) - set(UNLOCKED):
        raise Refusal(422, {"base": [LOCKED]})
    if not row.get("origin_id") and set(fields) - set(UNLOCKED) and not state.last_open(row):
        raise Refusal(422, {"base": ["Only the latest open invoice can be edited"]})
    wrong = [name for name, value in fields.items() if value is not None and not isinstance(value, str)]
    if fields.get("status", "draft") not in STATUSES or wrong:
        raise Refusal(422, {name: ["is invalid"] for name in wrong or ["status"]})
    row |= {name: value for name, value in fields.items() if name in WRITABLE}
    return JSONResponse(row)


ROUTES = (
    ("/rest/v1.0/requisitions", ("GET",), _requisitions),
    ("/rest/v1.1/requisitions", ("GET",), _requisitions),
    ("/rest/v1.0/requisitions/{id:int}", ("GET",), _requisition),
    ("/rest/v1.1/requisitions/{id:int}", ("GET", "PATCH", "DELETE"), _requisition),
)
