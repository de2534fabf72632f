"""The company, its projects, their tools and settings, and its vendors."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from toolkit.sandbox.asking import filtered, needed, project_of
from toolkit.sandbox.paging import paged
from toolkit.sandbox.state import Row, State


def _me(state: State, request: Request) -> Response:
    del state, request
    return JSONResponse({"id": 1, "login": "service-account", "name": None})


def _companies(state: State, request: Request) -> Response:
    return paged(request, [{"is_active": True, "logo_url": None, "my_company": True} | state.company])


def _projects(state: State, request: Request) -> Response:
    needed(request, "company_id")
    rows = [row for key, row in sorted(state.projects.items()) if key not in state.hidden_projects]
    rows = filtered(request, rows, ("id", "name", "origin_id", "updated_at", "created_at"))
    return paged(request, [{name: value for name, value in row.items() if name != "is_erp_integrated"} for row in rows])


def _project(state: State, request: Request) -> Response:
    return JSONResponse(project_of(state, request.path_params["id"]))


def _active_tools(state: State, request: Request) -> Response:
    return JSONResponse(_tools(state, project_of(state, request.path_params["id"])))


def _tools_of(state: State, request: Request) -> Response:
    found = _tools(state, project_of(state, needed(request, "project_id")))
    return JSONResponse([tool | {"user_access_level": {"id": 4, "name": "Admin"}} for tool in found])


def _tools(state: State, project: Row) -> list[Row]:
    """Only what is active, as `filters[is_active]=true` asks."""
    names = ["Budget"] if project["id"] in state.without_commitments_tool else ["Budget", "Commitments"]
    return [
        {
            "id": place,
            "engine_name": name.lower(),
            "title": name,
            "is_active": True,
            "position": place,
            "required": False,
        }
        for place, name in enumerate(names, start=1)
    ]


def _permissions(state: State, request: Request) -> Response:
    identity = project_of(state, needed(request, "project_id"))["id"]
    level = {"id": 4, "name": state.access.get(identity, "Admin")}
    names = {"name": "commitments", "friendly_name": "Commitments", "domain_id": 1}
    return JSONResponse({"tools": [{"id": 2, "user_access_level": level, **names}]})


def _vendors(state: State, request: Request) -> Response:
    needed(request, "company_id")
    rows = [row for _, row in sorted(state.vendors.items())]
    return paged(request, filtered(request, rows, ("id", "origin_id", "updated_at", "created_at")))


def _currency(state: State, request: Request) -> Response:
    if "project_id" in request.path_params:
        project_of(state, request.path_params["project_id"])
    code = state.company.get("currency_iso_code") or "USD"
    return JSONResponse({"currency_iso_code": code, "base_currency_iso_code": code, "currency_exchange_rate": "1.0"})


def _billing_periods(state: State, request: Request) -> Response:
    identity = project_of(state, request.path_params["project_id"])["id"]
    rows = [row for row in state.billing_periods.values() if row.get("project_id") == identity]
    return paged(request, filtered(request, rows, ("id", "status", "updated_at")))


GET = ("GET",)
ROUTES = (
    ("/rest/v1.0/me", GET, _me),
    ("/rest/v1.0/companies", GET, _companies),
    ("/rest/v1.0/projects", GET, _projects),
    ("/rest/v1.1/projects", GET, _projects),
    ("/rest/v1.0/projects/{id:int}", GET, _project),
    ("/rest/v1.0/projects/{id:int}/tools", GET, _active_tools),
    ("/rest/v1.0/tools", GET, _tools_of),
    ("/rest/v1.0/settings/permissions", GET, _permissions),
    ("/rest/v1.0/vendors", GET, _vendors),
    ("/rest/v1.0/companies/{company_id:int}/currency_configuration", GET, _currency),
    ("/rest/v1.0/companies/{company_id:int}/projects/{project_id:int}/currency_configuration", GET, _currency),
    ("/rest/v1.0/projects/{project_id:int}/billing_periods", GET, _billing_periods),
)
