"""Lists of Procore: all their pages, and the question whether that was all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from toolkit.errors import NotVisible, RemoteError
from toolkit.procore import replies
from toolkit.web import Reply

# The largest page that a route's description names; most lists fit into one and are read in one instant.
PER_PAGE = 300
MAX_PAGES = 10_000

Row = dict[str, Any]
Params = Mapping[str, Any]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Listing:
    """Every page of a list. `complete` only where the rows are as many as Procore's `Total` says."""

    rows: list[Row]
    complete: bool
    total: int | None
    pages: int = 1

    @property
    def ids(self) -> list[str]:
        return [str(row["id"]) for row in self.rows]


class Answers(Protocol):
    """Whoever answers reads: a session with the host, or the replies kept of one."""

    @property
    def host(self) -> str: ...

    def get(self, path: str, params: Params) -> Reply: ...


class Reader:
    """Reads lists and single objects over a session, by the newest version of a route that the host knows."""

    def __init__(self, session: Answers) -> None:
        self._session = session
        self._older: set[str] = set()

    def one(self, path: str, params: Params) -> Row:
        """A single object with an id."""

        def ask(route: str) -> Row:
            where = f"{self._session.host}{route}"
            return replies.row(replies.parse(self._session.get(route, params).body, where), where)

        return self._newest(path, ask)

    def document(self, path: str, params: Params) -> Row:
        """An object that is no row and has no id."""
        found = replies.parse(self._session.get(path, params).body, self._session.host)
        if not isinstance(found, dict):
            raise RemoteError(f"{self._session.host}{path}", "the answer is not an object.")
        return found

    def whole(self, path: str, params: Params, what: str) -> list[Row]:
        """The rows of a list that has to be whole; RemoteError where two looks did not make it so."""
        found = self.looked(path, params)
        if not found.complete:
            told = f"{len(found.rows)} rows where it counts {found.total}"
            if len(found.rows) == found.total:
                told = "changed while it was read"
            said = f"the list of {what}: {told}, even on a second look; try again later."
            raise RemoteError(self._session.host, said)
        return found.rows

    def looked(self, path: str, params: Params) -> Listing:
        """A list as one instant shows it. One of several pages, or not whole, takes a second look that must agree."""
        first = self._newest(path, lambda route: self._pages(route, params))
        if first.complete and first.pages == 1:
            return first
        second = self._newest(path, lambda route: self._pages(route, params))
        agree = first.ids == second.ids or not first.complete
        return replace(second, complete=second.complete and agree)

    def _newest(self, path: str, ask: Callable[[str], Found]) -> Found:
        """Ask the newest version of a route. Only a 404 may mean that the host does not know it."""
        older, name = path.replace("/rest/v1.1/", "/rest/v1.0/", 1), path.split("/")[3]
        if older == path or name in self._older:
            return ask(older)
        try:
            return ask(path)
        except NotVisible as error:
            if error.status != 404:
                raise
            try:
                found = ask(older)
            except NotVisible:
                # Neither version shows it: it is hidden or absent, as the newer one said.
                raise error from None
            self._older.add(name)
            return found

    def _pages(self, path: str, params: Params) -> Listing:
        rows: list[Row] = []
        totals: set[int | None] = set()
        total, page, more = None, 0, True
        while more and page < MAX_PAGES:
            page += 1
            reply = self._session.get(path, {**params, "page": page, "per_page": PER_PAGE})
            where = f"{self._session.host}{path}"
            found = replies.rows(replies.parse(reply.body, where), where)
            rows += found
            said = reply.headers.get("total", "")
            total = int(said) if said.isdigit() else None
            totals.add(total)
            more = bool(found) and ('rel="next"' in reply.headers.get("link", "") or len(rows) < (total or 0))
        distinct = {str(row["id"]) for row in rows}
        counted = len(distinct) == len(rows) and total in (None, len(rows))
        return Listing(rows, complete=counted and len(totals) == 1 and not more, total=total, pages=page)
