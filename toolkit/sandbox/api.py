"""The local Procore's API: every route behind the one gatekeeper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from toolkit.sandbox import claims, commitments, directory, payments, syncs
from toolkit.sandbox.gatekeeping import Gatekeeper
from toolkit.sandbox.refusals import absent
from toolkit.sandbox.state import State

Handler = Callable[[State, Request], Any]
# Sync actions come first: their last word is no id.
ROUTES = (*syncs.ROUTES, *directory.ROUTES, *commitments.ROUTES, *claims.ROUTES, *payments.ROUTES)


def application(state: State, gatekeeper: Gatekeeper) -> Starlette:
    """Handlers over one `State`."""

    def route(path: str, methods: tuple[str, ...], handler: Handler) -> Route:
        async def guarded(request: Request) -> Response:
            return await gatekeeper(request, lambda inner: _answered(state, handler, inner))

        return Route(path, guarded, methods=list(methods))

    return Starlette(routes=[route(*one) for one in ROUTES])


async def _answered(state: State, handler: Handler, request: Request) -> Response:
    company = request.path_params.get("company_id", state.company["id"])
    if company != state.company["id"]:
        raise absent()
    answer = handler(state, request)
    response: Response = await answer if hasattr(answer, "__await__") else answer
    return response
