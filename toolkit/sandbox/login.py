"""The sign-in host of the local Procore: tokens of client credentials."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from toolkit.sandbox.gatekeeping import Tokens


def application(tokens: Tokens) -> Starlette:
    """`POST /oauth/token` and `/oauth/revoke`, `GET /oauth/token/info`."""

    async def token(request: Request) -> Response:
        said = await _fields(request)
        if said.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if (said.get("client_id"), said.get("client_secret")) != (tokens.client_id, tokens.client_secret):
            text = "Client authentication failed due to unknown client or wrong secret."
            return JSONResponse({"error": "invalid_client", "error_description": text}, 401)
        return JSONResponse(tokens.issue())

    async def revoke(request: Request) -> Response:
        # 200 for a token that is none, too.
        tokens.revoke(str((await _fields(request)).get("token")))
        return JSONResponse({})

    async def info(request: Request) -> Response:
        left = tokens.left(request.headers.get("authorization", ""))
        if not left:
            return JSONResponse({"error": "invalid_token"}, 401)
        told = {"resource_owner_id": 1, "scopes": [], "expires_in_seconds": int(left)}
        return JSONResponse(told | {"application": {"uid": tokens.client_id}})

    return Starlette(
        routes=[
            Route("/oauth/token", token, methods=["POST"]),
            Route("/oauth/revoke", revoke, methods=["POST"]),
            Route("/oauth/token/info", info, methods=["GET"]),
        ]
    )


async def _fields(request: Request) -> dict[str, Any]:
    """A form (urlencoded or in parts) or a JSON object; empty where it is neither."""
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            said = await request.json()
        except (ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}
    async with request.form() as form:
        return dict(form)
