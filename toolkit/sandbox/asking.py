"""What a handler asks of a request: numbers, bodies, filters, and whether the asker may see the place."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from toolkit.sandbox.refusals import Refusal, absent
from toolkit.sandbox.state import Row, State

BAD_JSON = "There was a problem in the JSON you submitted"


def needed(request: Request, name: str) -> int:
    """A whole number of the query."""
    text = request.query_params.get(name, "")
    if not (text.isascii() and text.isdigit()):
        raise Refusal(400, f"{name} is missing or invalid")
    return int(text)


async def body_of(request: Request) -> Row:
    """A JSON object."""
    try:
        body = await request.json()
    except (ValueError, RecursionError) as error:
        raise Refusal(400, BAD_JSON) from error
    if not isinstance(body, dict):
        raise Refusal(400, BAD_JSON)
    return body


def number(body: Row, name: str) -> int:
    """A whole number of a body."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refusal(400, f"{name} is missing or invalid")
    return value


def part(body: Row, name: str) -> Row:
    """An object inside a body."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise Refusal(400, f"{name} is missing")
    return value


def asked_for(request: Request, name: str) -> list[str]:
    """The values of a filter, however it is written: filters[x]=, filters[x][]=."""
    values = request.query_params.getlist(f"filters[{name}]") + request.query_params.getlist(f"filters[{name}][]")
    return [value.strip('"') for value in values if value]


def filtered(request: Request, rows: list[Row], names: tuple[str, ...]) -> list[Row]:
    """Rows that pass every filter among `names`; `a...b` is a range of instants."""
    for name in names:
        wanted = asked_for(request, name)
        if len(wanted) == 1 and "..." in wanted[0]:
            first, _, last = wanted[0].partition("...")
            rows = [row for row in rows if first.strip('"') <= str(row.get(name) or "") <= last.strip('"')]
        elif wanted:
            rows = [row for row in rows if str(row.get(name)) in wanted]
    return rows


def found(rows: dict[int, Row], identity: int, project: int) -> Row:
    """A row of a project, by id."""
    row = rows.get(identity)
    if row is None or row.get("project_id") != project:
        raise absent()
    return row


def project_of(state: State, identity: int) -> Row:
    """A project that the service account may see."""
    row = state.projects.get(identity)
    if row is None:
        raise absent()
    if identity in state.hidden_projects:
        raise (
            absent() if state.switches.hidden_project == 404 else Refusal(403, "You do not have access to this project")
        )
    return row


def with_tool(state: State, project_id: int) -> int:
    """A visible project whose Commitments tool is active."""
    project_of(state, project_id)
    if project_id in state.without_commitments_tool:
        raise Refusal(403, "You do not have access to the Commitments tool of this project")
    return project_id


def may_write(state: State, project_id: int) -> int:
    """A project on whose commitments the service account may write."""
    if state.access.get(project_id, "Admin") != "Admin":
        raise Refusal(403, "You do not have permission to change commitments of this project")
    return project_id


def of_project(state: State, request: Request, rows: dict[int, Row]) -> list[Row]:
    """The rows of the project that the query names, by id."""
    project = with_tool(state, needed(request, "project_id"))
    return [row for _, row in sorted(rows.items()) if row.get("project_id") == project]


def text_of(value: Any) -> str:
    """An id as version 2 writes it."""
    return "" if value is None else str(value)
