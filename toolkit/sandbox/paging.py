"""Pages of a list: `page` and `per_page` in, `Total`, `Per-Page` and `Link` out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from toolkit.sandbox.refusals import Refusal

# What a route gives where nothing is asked, and its largest page; other routes give 100 and 2000.
DEFAULTS = {"requisitions": 30, "v2": 10}
LARGEST = {"v1.1/projects": 300, "v2": 100}
LAST_PAGE = 10**9


def paged(request: Request, rows: list[dict[str, Any]]) -> Response:
    """One page of rows that are already in order."""
    path = request.url.path
    newer = path.startswith("/rest/v2")
    default = next((size for name, size in DEFAULTS.items() if name in path), 100)
    largest = next((size for name, size in LARGEST.items() if name in path), 2000)
    size = min(_number(request, "per_page", default), largest)
    page = _number(request, "page", 1)
    last = max((len(rows) + size - 1) // size, 1)
    links = {"next": page + 1, "last": last} if page < last else {}
    links |= {"first": 1, "prev": page - 1} if page > 1 else {}
    headers = {"Total": str(len(rows)), "Per-Page": str(size)}
    if links:
        headers["Link"] = ", ".join(f'<{_url(request, number)}>; rel="{rel}"' for rel, number in links.items())
    shown = rows[(page - 1) * size : page * size]
    return JSONResponse({"data": shown} if newer else shown, headers=headers)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:12]) <= LAST_PAGE:
        raise Refusal(400, f"{name} is invalid")
    return int(text)


def _url(request: Request, page: int) -> str:
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]
    return str(request.url.replace(query=urlencode([*others, ("page", page)])))
