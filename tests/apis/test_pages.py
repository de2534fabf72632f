"""Whatever happens between two pages: what stood there throughout is read, and read once."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.apis.test_qbo import QUERY
from toolkit.erps.api import qbo, xero
from toolkit.erps.api.base import Ask
from toolkit.errors import RemoteError
from toolkit.settings import Settings

BEGAN = datetime(2026, 10, 1, tzinfo=UTC)
ASK = Ask("any", Settings(), BEGAN)
# When payments were created and last edited, in minutes; and what happens between pages.
TIMES = st.lists(st.integers(0, 30), max_size=12, unique=True)
EVENTS = st.lists(st.tuples(st.sampled_from(["delete", "edit", "add"]), st.integers(0, 30)), max_size=8)


class Host:
    """A list that changes after every page; `still` are the records that were there all the time."""

    host = "stand-in"

    def __init__(self, times: list[int], events: list[tuple[str, int]]) -> None:
        self.numbers = itertools.count()
        self.rows = [self._row(minute) for minute in times]
        self.still = {row["Id"] for row in self.rows}
        self.events = list(events)

    def _row(self, minute: int) -> dict:
        created = (BEGAN - timedelta(days=9) + timedelta(minutes=minute)).isoformat()
        return {"Id": str(next(self.numbers)), "MetaData": {"CreateTime": created}, "edited": minute}

    def between(self) -> None:
        if not self.events:
            return
        kind, which = self.events.pop()
        if kind == "add":
            self.rows.append(self._row(100 + next(self.numbers)))
        elif self.rows:
            row = self.rows[which % len(self.rows)]
            row["edited"] = 100 - len(self.events)
            if kind == "delete":
                self.rows.remove(row)
                self.still.discard(row["Id"])


class QuickBooks(Host):
    def get(self, path: str, params: dict) -> dict:
        del path
        asked = QUERY.fullmatch(params["query"])
        rows = sorted(self.rows, key=lambda row: (row["MetaData"]["CreateTime"], int(row["Id"])))
        rows = [row for row in rows if row["MetaData"]["CreateTime"] >= asked["since"]]
        start = int(asked["start"]) - 1
        shown = rows[start : start + int(asked["most"])]
        self.between()
        return {"QueryResponse": {"BillPayment": shown}}


class Xero(Host):
    def get(self, path: str, params: dict, headers: dict) -> dict:
        del path, headers
        rows = sorted(self.rows, key=lambda row: (row["edited"], int(row["Id"])))
        start = (params["page"] - 1) * params["pageSize"]
        shown = [{"PaymentID": row["Id"]} for row in rows[start : start + params["pageSize"]]]
        count = -(-len(rows) // params["pageSize"])
        self.between()
        return {"Payments": shown, "pagination": {"pageCount": count, "itemCount": len(rows)}}


def _only_edits(events: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return [(kind, which) for kind, which in events if kind == "edit"]


@given(TIMES, EVENTS, st.integers(2, 5))
def test_a_walk_by_creation_time_misses_and_doubles_nothing(times, events, page: int) -> None:
    host = QuickBooks(times, events)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(qbo, "MOST", page)
        read = [row["Id"] for row in qbo._queried(ASK, host, "", "BillPayment")]
    assert len(read) == len(set(read))
    assert host.still <= set(read)


@given(TIMES, EVENTS, st.integers(1, 4))
def test_a_xero_list_that_changed_is_read_again_or_refused(times, events, page: int) -> None:
    host = Xero(times, _only_edits(events))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xero, "PAGE", page)
        try:
            read = [row["PaymentID"] for row in xero._pages(ASK, host, "Payments", {})]
        except RemoteError as error:
            assert "changed while they were read" in str(error)  # noqa: PT017
        else:
            assert len(read) == len(set(read))
            assert host.still <= set(read)
