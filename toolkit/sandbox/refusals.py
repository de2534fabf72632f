"""How the local Procore says no: the older family of error bodies, and that of version 2."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response


class Refusal(Exception):
    """A status and what is wrong, by field where a field is to blame."""

    def __init__(self, status: int, what: str | dict[str, list[str]]) -> None:
        super().__init__(str(what))
        self.status, self.what = status, what

    def answer(self, path: str) -> Response:
        """The body that the route's version gives."""
        if path.startswith("/rest/v2"):
            return JSONResponse({"error": _newer(self.status, self.what)}, self.status)
        if self.status == 403:
            return JSONResponse({"errors": [self.what]}, 403)
        if isinstance(self.what, dict):
            return JSONResponse({"errors": self.what}, self.status)
        return JSONResponse({"message": self.what, "exception": None}, self.status)


def _newer(status: int, what: str | dict[str, list[str]]) -> dict[str, Any]:
    code = {400: "BAD_REQUEST", 403: "FORBIDDEN", 404: "NOT_FOUND", 422: "UNPROCESSABLE_ENTITY"}.get(status, "ERROR")
    if isinstance(what, str):
        return {"code": code, "message": what, "details": []}
    details = [
        {"reason_code": "INVALID", "message": why, "source": name} for name, whys in what.items() for why in whys
    ]
    return {"code": code, "message": "The request is invalid.", "details": details}


def absent() -> Refusal:
    """404 in Procore's words."""
    return Refusal(404, "Item not found")
