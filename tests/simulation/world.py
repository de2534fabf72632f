"""A Procore and a clock out of one random number generator: what may go wrong on the way, goes wrong here.

The host applies a request at once, late, or never, whatever it answers; it answers honestly, not at all,
or nonsense; its list lags, loses rows, or fails. `truth` is what really stands in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from toolkit.errors import NotVisible, RemoteError
from toolkit.procore import Listing
from toolkit.web import PostOutcome
from toolkit.workflow.sender import Clock

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
Row = dict[str, Any]


class Crash(BaseException):
    """The process died here: nothing of ours may catch it."""


@dataclass(frozen=True)
class Weather:
    """How bad it is: shares of 1, and seconds."""

    faults: float = 0.5
    crashes: float = 0.05
    bad_lists: float = 0.2
    lateness: float = 60.0
    list_lag: float = 5.0
    unique: bool = False


CALM = Weather(faults=0, crashes=0, bad_lists=0, lateness=0)
# What may become of a POST: name, is it applied (yes, no, later), what comes back.
FATES: dict[str, tuple[str, int | None]] = {
    "not reached": ("no", 0),
    "lost on the way": ("no", None),
    "answer lost": ("yes", None),
    "applied late": ("later", None),
    "500": ("no", 500),
    "500 though applied": ("yes", 500),
    "502 though applied": ("yes", 502),
    "503 applied late": ("later", 503),
    "504 applied late": ("later", 504),
    "408": ("no", 408),
    "302": ("no", 302),
    "400": ("no", 400),
    "403": ("no", 403),
    "404": ("no", 404),
    "422": ("no", 422),
    "401": ("no", 401),
    "429": ("no", 429),
    "created, unreadable": ("yes", 201),
    "created, empty": ("yes", 204),
}
LIST_FATES = ("fails", "loses a row", "wrong total", "stale")


@dataclass
class World:
    """One run's Procore (`toolkit.workflow.sender.Procore`) and its time."""

    random: Random
    weather: Weather
    claims: dict[str, Row]
    now: datetime = START
    rows: list[tuple[datetime, Row]] = field(default_factory=list)
    on_post: Callable[[Row], None] = lambda _: None
    script: list[str] = field(default_factory=list)
    list_script: list[str] = field(default_factory=list)
    crash_script: list[str] = field(default_factory=list)
    met: list[str] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, sleep=self.pass_time)

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def crash(self, place: str) -> None:
        """Die here: where the script says so, else sometimes."""
        scripted = self.crash_script[:1] == [place]
        if scripted:
            self.crash_script.pop(0)
        if scripted or self.random.random() < self.weather.crashes:
            self.met.append(f"crash {place}")
            raise Crash(place)

    @property
    def truth(self) -> list[Row]:
        """Every row that stands or will stand in Procore."""
        return [row for _, row in self.rows]

    # -- what the push asks ------------------------------------------------------------------------
    def post_issued_payment(self, body: bytes) -> PostOutcome:
        sent = json.loads(body)
        self.on_post(sent)
        self.crash("before bytes")
        fate = self._fate()
        applied, status = FATES.get(fate, ("yes", 201))
        self.pass_time(self.random.uniform(0.05, 60 if status is None else 2))
        taken = [row for row in self.truth if row["origin_id"] == sent["contract_payment"]["origin_id"]]
        if self.weather.unique and taken and applied != "no":
            applied, status, fate = "no", 422, "taken"
        row = self._apply(sent, applied) if applied != "no" else None
        self.crash("before the answer")
        return self._answer(fate, status, row)

    def _fate(self) -> str:
        if self.script:
            fate = self.script.pop(0)
        elif self.random.random() < self.weather.faults:
            fate = self.random.choice(sorted(FATES))
        else:
            fate = "created"
        self.met.append(fate)
        return fate

    def _apply(self, sent: Row, applied: str) -> Row:
        late = self.random.uniform(0, self.weather.lateness) if applied == "later" else 0.0
        row = {"id": 562949953500000 + len(self.rows)} | {
            name: sent["contract_payment"].get(name)
            for name in ("date", "amount", "requisition_id", "invoice_number", "check_number", "origin_id")
        }
        row |= {"contract_id": sent["contract_id"], "project_id": sent["project_id"]}
        self.rows.append((self.now + timedelta(seconds=late), row))
        return row

    def _answer(self, fate: str, status: int | None, row: Row | None) -> PostOutcome:
        if status in (0, None):
            return PostOutcome(sent=False if status == 0 else None, detail=fate)
        bodies = {"taken": b'{"errors":{"origin_id":["has already been taken"]}}', "created, unreadable": b"<html>"}
        body = bodies.get(fate, json.dumps(row).encode() if row and status == 201 else b'{"message":"no"}')
        return PostOutcome(sent=True, status=status, body=body)

    def issued_payments(self, project_id: str, commitment_id: str) -> Listing:
        del project_id
        self.crash("reading the list")
        self.pass_time(self.random.uniform(0.05, 1))
        bad = self.random.random() < self.weather.bad_lists
        fate = self.list_script.pop(0) if self.list_script else self.random.choice(LIST_FATES) if bad else "honest"
        if fate == "fails":
            raise RemoteError("procore", "not well", 503)
        # Stale within the lag: that is what is promised of an honest list.
        lag = self.weather.list_lag if fate == "stale" else self.random.uniform(0, self.weather.list_lag)
        seen = [row for at, row in self.rows if at + timedelta(seconds=lag) <= self.now]
        rows = [row for row in seen if str(row["contract_id"]) == commitment_id]
        total = len(rows) + (fate == "wrong total")
        if fate == "loses a row" and rows:
            rows = rows[:-1]
        return Listing(rows, complete=len(rows) == total, total=total)

    def issued_payment(self, project_id: str, commitment_id: str, issued_payment_id: str) -> Row:
        del project_id, commitment_id
        for at, row in self.rows:
            if str(row["id"]) == issued_payment_id and at <= self.now:
                return row
        raise NotVisible("procore", "no such row", 404)

    def claims_of(self, project_id: str, commitment_id: str) -> list[Row]:
        del project_id, commitment_id
        return list(self.claims.values())

    def commitment(self, project_id: str, commitment_id: str) -> Row:
        del project_id
        return {"id": commitment_id, "allow_payments": True}
