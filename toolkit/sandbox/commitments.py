"""Commitments of both kinds, in the one list, in the list of each kind, and as version 2 shows them."""

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
    of_project,
    text_of,
    with_tool,
)
from toolkit.sandbox.paging import paged
from toolkit.sandbox.refusals import Refusal
from toolkit.sandbox.state import Row, State

SHORT = (
    "id",
    "title",
    "number",
    "status",
    "description",
    "executed",
    "delivery_date",
    "private",
    "vendor",
    "created_at",
)
# What the lists of one kind do not say.
SETTINGS = ("allow_payments", "payments_issued")
KINDS = {"work_order_contracts": "WorkOrderContract", "purchase_order_contracts": "PurchaseOrderContract"}


def _commitments(state: State, request: Request) -> Response:
    rows = [row for row in of_project(state, request, state.commitments) if not row.get("deleted_at")]
    return paged(request, [{name: row.get(name) for name in SHORT} for row in rows])


def _commitment(state: State, request: Request) -> Response:
    project = with_tool(state, needed(request, "project_id"))
    return JSONResponse(state.commitment_shown(found(state.commitments, request.path_params["id"], project)))


def _of_kind(state: State, request: Request) -> Response:
    kind = KINDS[request.url.path.rsplit("/", 1)[-1]]
    rows = [row for row in of_project(state, request, state.commitments) if row["type"] == kind]
    deleted = (asked_for(request, "include_deleted") or ["no"])[0]
    rows = [row for row in rows if deleted == "with" or bool(row.get("deleted_at")) is (deleted == "only")]
    rows = filtered(request, rows, ("id", "status", "origin_id", "updated_at", "created_at"))
    shown = [state.commitment_shown(row) for row in rows]
    return paged(request, [{name: value for name, value in row.items() if name not in SETTINGS} for row in shown])


def _one_of_kind(state: State, request: Request) -> Response:
    project = with_tool(state, needed(request, "project_id"))
    row = found(state.commitments, request.path_params["id"], project)
    if row["type"] != KINDS[request.url.path.split("/")[3]]:
        raise Refusal(404, "Item not found")
    return JSONResponse({name: value for name, value in state.commitment_shown(row).items() if name != SETTINGS[0]})


# -- version 2: ids as text, everything in an envelope ---------------------------------------------
def _newer_list(state: State, request: Request) -> Response:
    project = with_tool(state, request.path_params["project_id"])
    rows = [row for row in state.commitments.values() if row["project_id"] == project and not row.get("deleted_at")]
    return paged(request, [_newer(row) for row in rows])


async def _one_newer(state: State, request: Request) -> Response:
    project = with_tool(state, request.path_params["project_id"])
    row = found(state.commitments, request.path_params["id"], project)
    if request.method == "PATCH":
        may_write(state, project)
        allow = (await body_of(request)).get("allow_payments")
        if not isinstance(allow, bool):
            raise Refusal(422, {"allow_payments": ["is not true or false"]})
        row["allow_payments"] = allow
    return JSONResponse({"data": _newer(row)})


def _summary(state: State, request: Request) -> Response:
    project = with_tool(state, request.path_params["project_id"])
    row = state.commitment_shown(found(state.commitments, request.path_params["id"], project))
    due = row.get("total_requisitions_amount")
    told = {"total_payments_amount": row["total_payments"], "total_invoices_amount": due}
    return JSONResponse({"data": told | {"currency_configuration": row.get("currency_configuration")}})


def _newer(row: Row) -> Row:
    told = {name: row.get(name) for name in ("number", "title", "status", "executed", "private", "allow_payments")}
    vendor = row.get("vendor") or {}
    return told | {"id": text_of(row["id"]), "type": row.get("type"), "vendor_id": text_of(vendor.get("id"))}


GET = ("GET",)
CONTRACTS = "/rest/v2.0/companies/{company_id:int}/projects/{project_id:int}/commitment_contracts"
ROUTES = (
    ("/rest/v1.0/commitments", GET, _commitments),
    ("/rest/v1.0/commitments/{id:int}", GET, _commitment),
    *((f"/rest/v1.0/{name}", GET, _of_kind) for name in KINDS),
    *((f"/rest/v1.0/{name}/{{id:int}}", GET, _one_of_kind) for name in KINDS),
    (CONTRACTS, GET, _newer_list),
    (CONTRACTS + "/{id:int}", ("GET", "PATCH"), _one_newer),
    (CONTRACTS + "/{id:int}/summary", GET, _summary),
)
