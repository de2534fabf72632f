"""The local Procore's API: every route behind the one gatekeeper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from toolkit.sandbox import claims, commitments, directory, payments, syncs
from toolkit.sandbox.gatekeeping import Gatekeeper
from toolkit.sandbox.openapi import document
from toolkit.sandbox.refusals import Refusal, absent
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

    async def described(request: Request) -> Response:
        del request
        return JSONResponse(document())

    async def unknown(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        refusal = absent() if status == 404 else Refusal(status, "The method is not allowed")
        return refusal.answer(request.url.path)

    routes = [Route("/openapi.json", described), *(route(*one) for one in ROUTES)]
    return Starlette(routes=routes, exception_handlers={404: unknown, 405: unknown})


async def _answered(state: State, handler: Handler, request: Request) -> Response:
    company = request.path_params.get("company_id", state.company["id"])
    if company != state.company["id"]:
        raise absent()
    answer = handler(state, request)
    response: Response = await answer if hasattr(answer, "__await__") else answer
    return response
