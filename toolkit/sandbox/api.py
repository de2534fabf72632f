"""The routes of the local Procore: the part of Procore's REST API that a payment sync needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from toolkit.sandbox.gatekeeping import Gatekeeper
from toolkit.sandbox.state import Row, State, Unprocessable

# Largest page per route; routes not named here take 2000.
CAPS = {"/rest/v1.1/projects": 300}
DEFAULTS = {"/rest/v1.1/projects": 100, "/rest/v1.0/requisitions": 30, "/rest/v1.1/requisitions": 30}


class Api:
    """Handlers over one `State`."""

    def __init__(self, state: State, gatekeeper: Gatekeeper) -> None:
        self.state, self.gatekeeper = state, gatekeeper

    def application(self) -> Starlette:
        def route(path: str, handler: Callable[[Request], Any], methods: tuple[str, ...] = ("GET",)) -> Route:
            async def guarded(request: Request) -> Response:
                async def answer(inner: Request) -> Response:
                    return await _answered(handler, inner)

                return await self.gatekeeper(request, answer)

            return Route(path, guarded, methods=list(methods))

        both = ("v1.0", "v1.1")
        return Starlette(
            routes=[
                route("/rest/v1.0/me", self.me),
                route("/rest/v1.0/companies", self.companies),
                *(route(f"/rest/{version}/projects", self.projects) for version in both),
                route("/rest/v1.0/projects/{id:int}", self.project),
                route("/rest/v1.0/projects/{id:int}/tools", self.tools),
                route("/rest/v1.0/settings/permissions", self.permissions),
                route("/rest/v1.0/vendors", self.vendors),
                route("/rest/v1.0/commitments", self.commitments),
                route("/rest/v1.0/commitments/{id:int}", self.commitment),
                route("/rest/v1.0/work_order_contracts", self.work_orders),
                route("/rest/v1.0/purchase_order_contracts", self.purchase_orders),
                *(route(f"/rest/{version}/requisitions", self.requisitions) for version in both),
                *(route(f"/rest/{version}/requisitions/{{id:int}}", self.requisition) for version in both),
                route("/rest/v1.0/contract_payments", self.payments, ("GET", "POST")),
                route("/rest/v1.0/contract_payments/{id:int}", self.payment, ("GET", "PATCH", "DELETE")),
            ]
        )

    # -- company -----------------------------------------------------------------------------------
    def me(self, request: Request) -> Response:
        del request
        return JSONResponse({"id": 1, "login": "service-account", "name": None})

    def companies(self, request: Request) -> Response:
        return _paged(request, [{"is_active": True, "logo_url": None, "my_company": True} | self.state.company])

    def projects(self, request: Request) -> Response:
        rows = [row for key, row in self.state.projects.items() if key not in self.state.hidden_projects]
        shown = [{name: value for name, value in row.items() if name != "is_erp_integrated"} for row in rows]
        return _paged(request, shown)

    def project(self, request: Request) -> Response:
        return JSONResponse(self._project(request.path_params["id"]))

    def tools(self, request: Request) -> Response:
        project = self._project(request.path_params["id"])
        active = project["id"] not in self.state.without_commitments_tool
        tool = {"id": 1, "engine_name": "commitments", "title": "Commitments", "is_active": active, "position": 1}
        return JSONResponse([tool] if active else [])

    def permissions(self, request: Request) -> Response:
        project = self._project(_needed(request, "project_id"))["id"]
        level = {"id": 4, "name": self.state.access.get(project, "Admin")}
        names = {"name": "commitments", "friendly_name": "Commitments", "domain_id": 1}
        return JSONResponse({"tools": [{"id": 1, "user_access_level": level, **names}]})

    def vendors(self, request: Request) -> Response:
        return _paged(request, list(self.state.vendors.values()))

    # -- commitments and claims --------------------------------------------------------------------
    def commitments(self, request: Request) -> Response:
        short = ("id", "title", "number", "status", "description", "executed", "private", "vendor", "created_at")
        rows = [{name: row.get(name) for name in short} for row in self._of_project(request, self.state.commitments)]
        return _paged(request, rows)

    def commitment(self, request: Request) -> Response:
        project = self._tool(_needed(request, "project_id"))
        row = _found(self.state.commitments, request.path_params["id"], project)
        return JSONResponse(self.state.commitment_shown(row))

    def work_orders(self, request: Request) -> Response:
        return self._of_kind(request, "WorkOrderContract")

    def purchase_orders(self, request: Request) -> Response:
        return self._of_kind(request, "PurchaseOrderContract")

    def _of_kind(self, request: Request, kind: str) -> Response:
        rows = [row for row in self._of_project(request, self.state.commitments) if row["type"] == kind]
        hidden = ("allow_payments", "payments_issued")
        shown = [self.state.commitment_shown(row) for row in rows]
        return _paged(request, [{name: value for name, value in row.items() if name not in hidden} for row in shown])

    def requisitions(self, request: Request) -> Response:
        rows = self._of_project(request, self.state.requisitions)
        for name in ("commitment_id", "status", "origin_id", "id"):
            wanted = request.query_params.getlist(f"filters[{name}]") + request.query_params.getlist(
                f"filters[{name}][]"
            )
            if wanted:
                rows = [row for row in rows if str(row.get(name)) in wanted]
        return _paged(request, rows)

    def requisition(self, request: Request) -> Response:
        project = self._tool(_needed(request, "project_id"))
        return JSONResponse(_found(self.state.requisitions, request.path_params["id"], project))

    # -- payments issued ---------------------------------------------------------------------------
    async def payments(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._create(request)
        project, contract = self._tool(_needed(request, "project_id")), _needed(request, "contract_id")
        _found(self.state.commitments, contract, project)
        rows = [row for row in self.state.payments.values() if row["contract_id"] == contract]
        return _paged(request, rows)

    async def _create(self, request: Request) -> Response:
        body = await _body(request)
        project, contract = self._tool(_number(body, "project_id")), _number(body, "contract_id")
        self._may_write(project)
        _found(self.state.commitments, contract, project)
        fields = body.get("contract_payment")
        if not isinstance(fields, dict):
            raise HTTPException(400, "contract_payment is missing")
        return JSONResponse(self.state.create_payment(project, contract, fields), 201)

    async def payment(self, request: Request) -> Response:
        identity = request.path_params["id"]
        body = await _body(request) if request.method == "PATCH" else {}
        project, contract = (
            _number(body, name) if request.method == "PATCH" else _needed(request, name)
            for name in ("project_id", "contract_id")
        )
        row = _found(self.state.payments, identity, self._tool(project))
        if request.method != "GET":
            self._may_write(project)
        if row["contract_id"] != contract:
            raise HTTPException(404, "Item not found")
        if request.method == "PATCH":
            return JSONResponse(self.state.change_payment(identity, body.get("contract_payment") or {}))
        if request.method == "DELETE":
            self.state.delete_payment(identity)
        return JSONResponse(row)

    # -- who may see what --------------------------------------------------------------------------
    def _project(self, identity: int) -> Row:
        row = self.state.projects.get(identity)
        if row is None or identity in self.state.hidden_projects:
            raise HTTPException(404, "Item not found")
        return row

    def _tool(self, project_id: int) -> int:
        self._project(project_id)
        if project_id in self.state.without_commitments_tool:
            raise HTTPException(403, "You do not have access to the Commitments tool of this project")
        return project_id

    def _may_write(self, project_id: int) -> None:
        if self.state.access.get(project_id, "Admin") != "Admin":
            raise HTTPException(403, "You do not have permission to change commitments of this project")

    def _of_project(self, request: Request, rows: dict[int, Row]) -> list[Row]:
        project = self._tool(_needed(request, "project_id"))
        return [row for row in rows.values() if row["project_id"] == project]


async def _answered(handler: Callable[[Request], Any], request: Request) -> Response:
    try:
        answer = handler(request)
        response: Response = await answer if hasattr(answer, "__await__") else answer
    except Unprocessable as error:
        return JSONResponse({"errors": error.errors}, 422)
    except HTTPException as error:
        if error.status_code == 403:
            return JSONResponse({"errors": [error.detail]}, 403)
        return JSONResponse({"message": error.detail, "exception": None}, error.status_code)
    return response


def _found(rows: dict[int, Row], identity: int, project: int) -> Row:
    row = rows.get(identity)
    if row is None or row["project_id"] != project:
        raise HTTPException(404, "Item not found")
    return row


def _needed(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if not text.isdigit():
        raise HTTPException(400, f"{name} is missing or invalid")
    return int(text)


async def _body(request: Request) -> Row:
    try:
        body = await request.json()
    except ValueError as error:
        raise HTTPException(400, "There was a problem in the JSON you submitted") from error
    if not isinstance(body, dict):
        raise HTTPException(400, "There was a problem in the JSON you submitted")
    return body


def _number(body: Row, name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise HTTPException(400, f"{name} is missing or invalid")
    return value


def _paged(request: Request, rows: list[Row]) -> Response:
    """A page of rows with Procore's Total, Per-Page and Link headers."""
    path = request.url.path
    size = min(int(request.query_params.get("per_page") or DEFAULTS.get(path, 100)), CAPS.get(path, 2000))
    page = max(int(request.query_params.get("page") or 1), 1)
    size = max(size, 1)
    last = max((len(rows) + size - 1) // size, 1)
    links = {"next": page + 1, "last": last} if page < last else {}
    links |= {"first": 1, "prev": page - 1} if page > 1 else {}
    headers = {"Total": str(len(rows)), "Per-Page": str(size)}
    if links:
        headers["Link"] = ", ".join(f'<{_page_url(request, number)}>; rel="{rel}"' for rel, number in links.items())
    return JSONResponse(rows[(page - 1) * size : page * size], headers=headers)


def _page_url(request: Request, page: int) -> str:
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]
    return str(request.url.replace(query=urlencode([*others, ("page", page)])))
