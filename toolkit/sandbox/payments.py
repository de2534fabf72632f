"""Contract payments: the Payments Issued tab, one commitment at a time."""

from __future__ import annotations

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from toolkit.sandbox.asking import body_of, found, may_write, needed, number, part, with_tool
from toolkit.sandbox.paging import paged
from toolkit.sandbox.refusals import absent
from toolkit.sandbox.state import Row, State

PATH = "/rest/v1.0/contract_payments"


async def _payments(state: State, request: Request) -> Response:
    if request.method == "POST":
        return await _create(state, request)
    project, contract = with_tool(state, needed(request, "project_id")), needed(request, "contract_id")
    found(state.commitments, contract, project)
    return paged(request, [state.payment_shown(row) for row in state.tab(contract)])


async def _create(state: State, request: Request) -> Response:
    body = await body_of(request)
    project, contract = with_tool(state, number(body, "project_id")), number(body, "contract_id")
    found(state.commitments, contract, project)
    may_write(state, project)
    return JSONResponse(state.create_payment(project, contract, part(body, "contract_payment")), 201)


async def _payment(state: State, request: Request) -> Response:
    identity = request.path_params["id"]
    if request.method == "PATCH":
        return await _change(state, request, identity)
    row = _placed(state, identity, needed(request, "project_id"), needed(request, "contract_id"))
    if request.method == "DELETE":
        may_write(state, row["project_id"])
        state.delete_payment(identity)
    return JSONResponse(state.payment_shown(row))


async def _change(state: State, request: Request, identity: int) -> Response:
    files: list[Row] = []
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        body, files = await _with_files(request)
    else:
        body = await body_of(request)
    row = _placed(state, identity, number(body, "project_id"), number(body, "contract_id"))
    may_write(state, row["project_id"])
    fields = part(body, "contract_payment") if "contract_payment" in body or not files else {}
    shown = state.change_payment(identity, fields)
    state.payments[identity]["attachments"] = [*row["attachments"], *files]
    return JSONResponse(shown | {"attachments": state.payments[identity]["attachments"]})


async def _with_files(request: Request) -> tuple[Row, list[Row]]:
    """A form with `project_id`, `contract_id` and files under `attachments[]`: how a file is added."""
    async with request.form() as form:
        uploads = [value for value in form.getlist("attachments[]") if isinstance(value, UploadFile)]
        names = [upload.filename or "file" for upload in uploads]
        numbers = {name: str(form.get(name) or "") for name in ("project_id", "contract_id")}
    files = [
        {"id": place, "filename": name, "url": f"https://storage.invalid/{name}"} for place, name in enumerate(names, 1)
    ]
    return {name: int(text) if text.isdigit() else None for name, text in numbers.items()}, files


def _placed(state: State, identity: int, project: int, contract: int) -> Row:
    row = found(state.payments, identity, with_tool(state, project))
    if row["contract_id"] != contract:
        raise absent()
    row.setdefault("attachments", [])
    return row


ROUTES = ((PATH, ("GET", "POST"), _payments), (PATH + "/{id:int}", ("GET", "PATCH", "DELETE"), _payment))
