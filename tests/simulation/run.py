"""One seed, one run: the real push against a `World`, with crashes, until the weather is calm again."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from toolkit.settings import Settings, load_settings
from toolkit.workflow import approve, audit, body
from toolkit.workflow.change import Change
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Selection
from toolkit.workflow.policy import SERVICE, Actor
from toolkit.workflow.push import push
from toolkit.workflow.verify import verify

from .world import CALM, START, Crash, Weather, World

ANALYST, APPROVER = Actor("analyst", ("analyst",)), Actor("approver", ("approver",))
TOML = """[procore]
api_url = "http://127.0.0.1:9"
login_url = "http://127.0.0.1:9"
company_id = "1"
client_id = "simulated"
push_mode = "{mode}"
unique_proved = {proved}
quiet_window_seconds = {window}
[users.analyst]
roles = ["analyst"]
[users.approver]
roles = ["approver"]
"""
PAYMENTS = 3
MODES = ("strict", "readback", "unique")
UNDER_WAY = ("approved", "sending", "unknown")
CLAIMS = {
    str(9000 + number): {"id": 9000 + number, "status": "approved", "summary": {"current_payment_due": "900.00"}}
    for number in range(PAYMENTS)
}


class DyingControl(Control):
    """The real control database; the process may die before and after each of its transactions."""

    world: World

    @contextmanager
    def change(self, actor: Actor, action: str, now: datetime) -> Iterator[Change]:
        service = actor == SERVICE
        if service:
            self.world.crash(f"before {action}")
        with super().change(actor, action, now) as change:
            yield change
        if service:
            self.world.crash(f"after {action}")


def memory() -> str | None:
    """A folder in memory where there is one: what is simulated here is no disk, and its flushes only cost time."""
    shared = Path("/dev/shm")  # noqa: S108 (a name of our own inside it)
    return str(shared) if shared.is_dir() and os.access(shared, os.W_OK) else None


def prepare(folder: Path) -> Path:
    """A home with a few payments approved, to be copied for each seed."""
    write_settings(folder, "strict", 90)
    settings = load_settings(folder)
    with Control.open(settings) as control:
        with control.change(ANALYST, "plan", START) as change:
            for number in range(PAYMENTS):
                change.add(values(number) | {"state": "planned", "planned_by": ANALYST.name})
        approve.submit(control, ANALYST, Selection(all=True), START)
        approve.approve(control, settings, APPROVER, Selection(all=True), START)
    return folder


def write_settings(folder: Path, mode: str, window: float) -> None:
    proved = str(mode == "unique").lower()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tieout.toml").write_text(TOML.format(mode=mode, window=window, proved=proved), encoding="utf-8")


def values(number: int, commitment: int | None = None) -> dict[str, Any]:
    """A payment of 100.00 and so many cents on a claim of its own."""
    facts = {
        "erp": "netsuite",
        "erp_company": "Larkspur Builders",
        "payment_id": f"{88000 + number}",
        "application_id": f"bill:{number}",
        "claim_id": f"{9000 + number}",
        "commitment_id": str(commitment or (701 if number else 700)),
        "project_id": "50",
        "project_number": "P-50",
        "commitment_number": "SC-1",
        "vendor_name": "Stonecrop Concrete",
        "invoice_number": f"INV-{number}",
        "check_number": f"01{number:04}",
        "currency_code": "USD",
        "amount": 10_000 + number,
        "payment_date": "2026-11-20",
    }
    reference = f"p1-simulated{number:08}"
    text = body.issued_payment(
        facts | {"payment_method": "check", "invoice_date": None, "payment_number": facts["payment_id"]}, reference
    ).decode()
    kept = {"due_amount": 90_000, "body": text, "payload_hash": audit.sha256(text), "facts": "{}", "run_id": "r"}
    return facts | kept | {"sync_id": reference, "batch_id": "b"}


@dataclass
class Result:
    """What one run ended with; `broken` names each invariant that did not hold."""

    doubles: int = 0
    lost: int = 0
    wrong: int = 0
    asked: int = 0
    crashes: int = 0
    broken: list[str] = field(default_factory=list)
    met: list[str] = field(default_factory=list)


class Run:
    """The real push code on a copy of `template`, with everything around it out of `seed`."""

    def __init__(
        self, template: Path, folder: Path, seed: int, mode: str, weather: Weather, window: float = 90
    ) -> None:
        self.mode, self.result = mode, Result()
        self.ids: tuple[str, ...] = ()
        shutil.copytree(template, folder, dirs_exist_ok=True)
        write_settings(folder, mode, window)
        self.settings: Settings = load_settings(folder)
        self.world = World(Random(seed), weather, CLAIMS, on_post=self._on_post)  # noqa: S311 (no secret)

    def go(self, pushes: int = 4) -> Result:
        """Push in bad weather, then in calm, and count what stands in Procore against what we say."""
        with DyingControl.open(self.settings) as control:
            self.control = control
            control.world = self.world
            self.total = sum(sync.amount for sync in control.syncs())
            for _ in range(pushes):
                if control.syncs(states=UNDER_WAY):
                    self._push()
                self.world.pass_time(self.world.random.uniform(1, 120))
            self.world.weather = CALM if not self.world.weather.unique else Weather(0, 0, 0, 0, unique=True)
            for script in (self.world.script, self.world.list_script, self.world.crash_script):
                script.clear()
            self.world.pass_time(3600)
            for _ in range(3):
                self._person()
                if control.syncs(states=UNDER_WAY):
                    self._push()
                self.world.pass_time(600)
            verify(control, self.settings, self.world, APPROVER, clock=self.world.clock)
            self._judge()
        self.result.met = self.world.met
        return self.result

    def _push(self) -> None:
        try:
            push(self.control, self.settings, self.world, APPROVER, ids=self.ids, clock=self.world.clock)
        except Crash:
            self.result.crashes += 1
        except Exception as error:  # noqa: BLE001 (a refusal is judged by what is left, and shown where it matters)
            if "procore" not in str(error):
                self.result.broken.append(f"raised {error!r}")
        self._check()

    def _person(self) -> None:
        """An hour later somebody has looked, and says: resend (the push reads Procore again before it does)."""
        for sync in self.control.syncs(states=["needs_review"]):
            self.result.asked += 1
            how = "adopt" if sync.issued_payment_id else "resend"
            approve.resolve(self.control, APPROVER, sync.sync_id, how, self.world.now, "looked")

    # -- invariants --------------------------------------------------------------------------------
    def _on_post(self, sent: dict[str, Any]) -> None:
        reference = sent["contract_payment"]["origin_id"]
        sync, attempts = self.control.sync(reference), self.control.attempts(reference)
        open_ones = [attempt for attempt in attempts if attempt["closed_at"] is None]
        if sync.state != "sending" or len(open_ones) != 1:
            self.result.broken.append("I1: bytes leave without a durable attempt")
        if audit.sha256(audit.canonical(sent)) != sync.approved_hash:
            self.result.broken.append("I6: other bytes than were approved")

    def _check(self) -> None:
        syncs = self.control.syncs()
        if sum(sync.amount for sync in syncs) != self.total:
            self.result.broken.append("I7: amounts do not add up to what was approved")
        for sync in syncs:
            attempts = self.control.attempts(sync.sync_id)
            open_ones = [attempt for attempt in attempts if attempt["closed_at"] is None]
            if len(open_ones) > 1:
                self.result.broken.append("I2: two attempts are open")
            if bool(open_ones) != (sync.state in ("sending", "unknown")):
                self.result.broken.append(f"I3: {sync.state} with {len(open_ones)} open attempts")
            if sync.state in ("posted", "verified") and not self._rows(sync.sync_id):
                self.result.broken.append("I5: posted without a row")

    def _rows(self, reference: str) -> list[dict[str, Any]]:
        return [row for row in self.world.truth if row["origin_id"] == reference]

    def _judge(self) -> None:
        if self.control.verdict().status:
            self.result.broken.append("the log does not verify")
        for sync in self.control.syncs(ids=self.ids or None):
            rows = self._rows(sync.sync_id)
            self.result.doubles += max(len(rows) - 1, 0)
            if sync.state == "rejected":
                self.result.wrong += bool(rows)
            elif sync.state != "verified":
                self.result.lost += not rows and sync.state not in ("needs_review", "drifted")
                self.result.wrong += sync.state != "drifted" or len(rows) == 1
            for row in rows:
                expected = json.loads(sync.body)["contract_payment"]
                self.result.wrong += (row["amount"], row["date"]) != (expected["amount"], expected["date"])


def naive(template: Path, seed: int, weather: Weather) -> Counter[str]:
    """A client that sends again whatever failed, five times, and after a crash begins where it remembers."""
    with Control.open(load_settings(template)) as control:
        bodies = [sync.body for sync in control.syncs()]
    world = World(Random(seed), weather, CLAIMS)  # noqa: S311 (no secret)
    done: set[str] = set()
    for _ in range(6):
        try:
            for text in bodies:
                _naive_one(world, text, done)
        except Crash:
            continue
    rows = Counter(row["origin_id"] for row in world.truth)
    return Counter(doubles=sum(count - 1 for count in rows.values()), payments=len(bodies))


def _naive_one(world: World, text: str, done: set[str]) -> None:
    for _ in range(5):
        if text in done:
            return
        outcome = world.post_issued_payment(text.encode())
        if outcome.status == 201:
            world.crash("before it is noted")
            done.add(text)
        elif outcome.status in (400, 403, 404, 422):
            return
