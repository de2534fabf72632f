"""Procore as its kept replies tell it: a pull is read again from them, without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from toolkit.errors import NotVisible
from toolkit.procore.client import PROJECTS, ProcoreClient
from toolkit.procore.listing import Reader, Row
from toolkit.web import Reply

OLDER = "/rest/v1.0/projects"
Body = Callable[[str], bytes | None]


class KeptReplies:
    """Answers a read with the reply that was kept under the same place; what was not kept is a 404.

    A host's headers are not kept: a list's `Total` is what its kept pages hold.
    """

    host = "the kept replies"

    def __init__(self, places: Mapping[str, str], body: Body) -> None:
        """`places` maps each place (path and parameters) to the SHA-256 of its reply."""
        self.places, self._body = places, body

    def get(self, path: str, params: Mapping[str, Any]) -> Reply:
        """The kept reply; NotVisible where there is none."""
        place = _place(path, params)
        body = self._kept(place)
        if body is None:
            raise NotVisible(self.host, f"{place} is not among them.", 404)
        return Reply(200, self._headers(path, params), body)

    def _kept(self, place: str) -> bytes | None:
        return self._body(self.places[place]) if place in self.places else None

    def _headers(self, path: str, params: Mapping[str, Any]) -> dict[str, str]:
        if "page" not in params:
            return {}
        total, page = 0, 1
        while body := self._kept(_place(path, {**params, "page": page})):
            found = json.loads(body)
            total += len(found if isinstance(found, list) else found.get("data", []))
            page += 1
        return {"total": str(total)}


class KeptClient(ProcoreClient):
    """A client of kept replies: everything that a pull reads, and no write."""

    def __init__(self, company_id: str, replies: KeptReplies) -> None:
        self.company_id, self._replies = company_id, replies
        self._read = Reader(replies)

    def projects(self) -> list[Row]:
        """Those that the pull listed; where its settings named them, those that it read one by one."""
        paths = {place.partition("?")[0] for place in self._replies.places}
        if paths & {PROJECTS, OLDER}:
            return super().projects()
        read = (path.removeprefix(f"{OLDER}/") for path in paths)
        return [{"id": name} for name in sorted(read) if name.isdigit()]


def _place(path: str, params: Mapping[str, Any]) -> str:
    """How a session names what it keeps."""
    where = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
    return f"{path}?{where}"
