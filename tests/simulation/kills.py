"""Real processes, real sockets, a real SIGKILL: a victim pushes against the local Procore until it dies.

A fork server that has imported everything forks each victim, so that a thousand deaths take minutes.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from tests.stores import Embedded
from toolkit.errors import TieoutError
from toolkit.procore import ProcoreClient
from toolkit.sandbox import LocalProcore
from toolkit.sandbox.faults import Fault
from toolkit.settings import load_settings
from toolkit.workflow import approve
from toolkit.workflow.control import Control
from toolkit.workflow.push import push

from .run import APPROVER, CLAIMS, DyingControl
from .world import Crash

POINTS = (
    "before send",
    "after send",
    "before bytes",
    "after the answer",
    "before outcome",
    "after outcome",
    "before found",
    "after found",
)
# Those at which an approved batch is shown to survive in each mode, one by one.
EVERY = (*POINTS, "before absent", "after absent", "before restart", "after restart")
# What must have happened before a process can come to a point: a lost answer, or an earlier death.
BEFORE = {"found": ("drop_after", ""), "absent": ("drop_before", ""), "restart": (None, "after send")}
OPEN = ("approved", "sending", "unknown", "needs_review")
SEED: dict[str, Any] = {
    "company": {"id": 1, "name": "Larkspur Builders"},
    "projects": [{"id": 50, "name": "Quarry Lane", "is_erp_integrated": False}],
    "commitments": [
        {"id": number, "project_id": 50, "type": "WorkOrderContract", "allow_payments": True, "grand_total": "9000.00"}
        for number in (700, 701)
    ],
    "requisitions": [
        claim | {"project_id": 50, "commitment_id": 701 if int(claim["id"]) > 9000 else 700, "invoice_number": None}
        for claim in CLAIMS.values()
    ],
}


class Killed:
    """Where the world would raise a Crash, this process is killed: at the nth passing of one point."""

    def __init__(self, point: str, nth: int) -> None:
        self._point, self._left = point, nth

    def crash(self, place: str) -> None:
        self._left -= place == self._point
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def victim(home: str, secret: str, point: str, nth: int) -> None:
    """One push in a process of its own."""
    # The fork server remembers the environment of whoever started it, another test's database with it.
    for name in [name for name in os.environ if name.startswith("TIEOUT_")]:
        del os.environ[name]
    os.environ |= {"TIEOUT_HOME": home, "TIEOUT_PROCORE_CLIENT_SECRET": secret}
    settings, killed = load_settings(Path(home)), Killed(point, nth)
    post = ProcoreClient.post_issued_payment

    def dying(self: ProcoreClient, body: bytes) -> Any:
        killed.crash("before bytes")
        outcome = post(self, body)
        killed.crash("after the answer")
        return outcome

    ProcoreClient.post_issued_payment = dying  # type: ignore[method-assign]
    with DyingControl.open(settings) as control:
        control.world = killed  # type: ignore[attr-defined]
        with ProcoreClient(settings, gate=control.gate(settings.procore.api_url)) as client:
            try:
                push(control, settings, client, APPROVER)
            except (TieoutError, Crash):
                os._exit(2)


class Campaign:
    """Batches of payments, each pushed by processes that die, until every payment has its end."""

    def __init__(self, template: Path, folder: Path, mode: str, seed: int, store: Embedded | None = None) -> None:
        self.template, self.folder, self.mode, self.store = template, folder, mode, store or Embedded()
        self.random = Random(seed)  # noqa: S311 (no secret)
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload([__name__])
        self.found: Counter[str] = Counter()

    def batch(self, points: tuple[str, ...] = POINTS) -> None:
        """Push one home to the end, with a death at each of `points` in turn, and at random ones after."""
        home = self.folder / f"{self.mode}-{self.found['batches']}"
        shutil.copytree(self.template, home)
        self.store.settle(home)
        with LocalProcore(SEED) as procore:
            settle_in(home, procore, self.mode)
            for kind in self.random.choices(("drop_before", "drop_after", "status"), k=2):
                nth = self.random.randint(1, 3)
                procore.faults.add(Fault("POST", "/rest/v1.0/contract_payments", kind, nth=nth))
            for point in (*points, *[""] * 6):
                if not self._round(home, procore, point):
                    break
            self._judge(home, procore)
        self.found["batches"] += 1

    def one_death(self, point: str) -> None:
        """Push one home to the end; the first process that passes `point` dies there."""
        home = self.folder / f"{self.mode}-{self.found['batches']}"
        shutil.copytree(self.template, home)
        with LocalProcore(SEED) as procore:
            settle_in(home, procore, self.mode)
            kind, earlier = BEFORE.get(point.split()[1], (None, None))
            if kind:
                procore.faults.add(Fault("POST", "/rest/v1.0/contract_payments", kind))
            if earlier is not None:
                self._round(home, procore, earlier, nth=1)
            before = self.found["kills"]
            self._round(home, procore, point, nth=1)
            self.found["died as told"] += self.found["kills"] - before
            while self._round(home, procore, ""):
                pass
            self._judge(home, procore)
        self.found["batches"] += 1

    def _round(self, home: Path, procore: LocalProcore, point: str, nth: int = 0) -> bool:
        settings = load_settings(home)
        with Control.open(settings) as control:
            for sync in control.syncs(states=["needs_review"]):
                self.found["asked"] += 1
                how = "adopt" if sync.issued_payment_id else "resend"
                approve.resolve(control, APPROVER, sync.sync_id, how, datetime.now(UTC), "looked")
            if not control.syncs(states=OPEN):
                return False
        nth = nth or self.random.randint(1, 2)
        child = self.context.Process(target=victim, args=(str(home), procore.client_secret, point, nth))
        child.start()
        child.join(60)
        self.found["kills"] += child.exitcode == -signal.SIGKILL
        self.found["hung"] += child.exitcode is None
        return True

    def _judge(self, home: Path, procore: LocalProcore) -> None:
        with Control.open(load_settings(home)) as control:
            self.found["log broken"] += control.verdict().status != 0
            for sync in control.syncs():
                rows = [row for row in procore.state.payments.values() if row.get("origin_id") == sync.sync_id]
                self.found["payments"] += 1
                self.found["finished"] += sync.state == "posted"
                self.found["doubles"] += max(len(rows) - 1, 0)
                self.found["lost"] += sync.state == "posted" and not rows
                self.found["unfinished"] += sync.state != "posted"


def settle_in(home: Path, procore: LocalProcore, mode: str) -> None:
    path = home / "tieout.toml"
    proved = str(mode == "unique").lower()
    procore.state.switches.second_origin = 422 if mode == "unique" else 201
    control = os.environ.get("TIEOUT_CONTROL_URL")
    path.write_text(
        f"""[procore]
api_url = "{procore.api_url}"
login_url = "{procore.login_url}"
company_id = "1"
client_id = "{procore.client_id}"
push_mode = "{mode}"
unique_proved = {proved}
quiet_window_seconds = 0
listing_gap_seconds = 0
approval_hours = 1000000
[users.analyst]
roles = ["analyst"]
[users.approver]
roles = ["approver"]
{f'[control]{chr(10)}url = "{control}"' if control else ""}
""",
        encoding="utf-8",
    )
