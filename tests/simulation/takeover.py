"""A host is killed in the middle of a push, and the other takes over: `python -m tests.simulation.takeover [RUNS]`.

Two working folders share one control database on PostgreSQL and one local Procore, which now and then loses an
answer. The first host dies by SIGKILL, at a named point of the push or at any moment by the clock; the second
pushes as soon as the lock is free. A run in which the first came to its end alive is done again.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tests.postgres import running
from tests.simulation.kills import OPEN, POINTS, SEED, Campaign, settle_in, victim
from tests.simulation.run import APPROVER, MODES, memory, prepare
from tests.stores import Embedded, OnPostgres
from toolkit.sandbox import LocalProcore
from toolkit.sandbox.faults import Fault
from toolkit.settings import Settings, load_settings
from toolkit.workflow import approve
from toolkit.workflow.control import Control

HARM = ("doubled", "lost", "wrong", "unfinished", "hung", "log broken")
# Seconds in which an undisturbed push of three payments is over.
WHOLE = 1.2
# So often the second host tries before a run counts as unfinished.
TRIES = 60


class Takeover(Campaign):
    """Runs of two hosts; `found` counts what became of them."""

    def __init__(self, template: Path, folder: Path, seed: int, store: Embedded) -> None:
        super().__init__(template, folder, "strict", seed, store)
        self.started = 0

    def run(self) -> bool:
        """One run; False where the first host was not killed."""
        self.mode = MODES[self.started % len(MODES)]
        first, second = (self.folder / f"{self.started}-{name}" for name in ("first", "second"))
        # By turns at a named point, or whenever the clock says.
        point = POINTS[(self.started // 2) % len(POINTS)] if self.started % 2 else ""
        self.started += 1
        with LocalProcore(SEED) as procore:
            self._settle(first, second, procore, point)
            if not self._killed(first, procore.client_secret, point):
                return False
            self._followed(second, procore)
            self._judge(second, procore)
        self.found["runs"] += 1
        return True

    def _settle(self, first: Path, second: Path, procore: LocalProcore, point: str) -> None:
        """Two folders that share nothing but the control database; Procore may lose one answer."""
        shutil.copytree(self.template, first)
        self.store.settle(first)
        settle_in(first, procore, self.mode)
        (first / "control.sqlite").unlink()
        shutil.copytree(first, second)
        kind, nth = self.random.choice(("drop_before", "drop_after", "status", "")), self.random.randint(1, 3)
        if point.endswith("found"):
            kind, nth = "drop_after", 1
        if kind:
            procore.faults.add(Fault("POST", "/rest/v1.0/contract_payments", kind, nth=nth))

    def _host(self, home: Path, secret: str, point: str = "", nth: int = 1) -> BaseProcess:
        host = self.context.Process(target=victim, args=(str(home), secret, point, nth))
        host.start()
        return host

    def _killed(self, home: Path, secret: str, point: str) -> bool:
        """Push on the first host until it dies at the point, or at any moment where there is none."""
        nth = self.random.randint(1, 3)
        if point.endswith("found"):
            # Nothing is looked for and found before a push of its own has lost an answer.
            self._host(home, secret).join(60)
            nth = 1
        host = self._host(home, secret, point, nth)
        if not point:
            time.sleep(self.random.uniform(0, WHOLE))
            if host.is_alive() and host.pid:
                os.kill(host.pid, signal.SIGKILL)
        host.join(60)
        dead = host.exitcode == -signal.SIGKILL
        self.found[f"died {point or 'by the clock'}"] += dead
        return dead

    def _followed(self, home: Path, procore: LocalProcore) -> None:
        """Push on the second host, and say what a person says who has looked, until every payment has its end."""
        settings = load_settings(home)
        for _ in range(TRIES):
            if not self._open(settings):
                return
            host = self._host(home, procore.client_secret)
            host.join(60)
            self.found["hung"] += host.exitcode is None
            self.found["refused"] += host.exitcode == 2

    def _open(self, settings: Settings) -> bool:
        with Control.open(settings) as control:
            for sync in control.syncs(states=["needs_review"]):
                self.found["asked"] += 1
                how = "adopt" if sync.issued_payment_id else "resend"
                approve.resolve(control, APPROVER, sync.sync_id, how, datetime.now(UTC), "looked")
            return bool(control.syncs(states=OPEN))

    def _judge(self, home: Path, procore: LocalProcore) -> None:
        before = self.found["doubles"]
        super()._judge(home, procore)
        self.found["doubled"] += self.found["doubles"] - before
        known = set()
        with Control.open(load_settings(home)) as control:
            for sync in control.syncs():
                known.add(sync.sync_id)
                rows = [row for row in procore.state.payments.values() if row.get("origin_id") == sync.sync_id]
                said = f"{sync.amount // 100}.{sync.amount % 100:02}"
                self.found["wrong"] += sum(str(row["amount"]) != said for row in rows)
        self.found["wrong"] += sum(row.get("origin_id") not in known for row in procore.state.payments.values())


def main(runs: int = 100, seed: int = 8) -> int:
    """Print what became of so many runs; 1 where anything was doubled, lost or wrong."""
    folder = Path(tempfile.mkdtemp(dir=memory()))
    begun = time.perf_counter()
    try:
        with running() as server, pytest.MonkeyPatch.context() as environment:
            takeover = Takeover(prepare(folder / "template"), folder, seed, OnPostgres(server, environment))
            while takeover.found["runs"] < runs:
                takeover.run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(_told(takeover.found, takeover.started, time.perf_counter() - begun))
    return int(any(takeover.found[name] for name in HARM))


def _told(found: Counter[str], started: int, seconds: float) -> str:
    lines = [f"{found['runs']} runs on PostgreSQL, the first host killed in each ({started} begun), {seconds:.0f} s"]
    lines.append(f"payments {found['payments']}, posted {found['finished']}, a person asked {found['asked']} times")
    lines.append(", ".join(f"{name} {found[name]}" for name in HARM))
    lines.append(f"the second host was refused {found['refused']} times and came back")
    lines += [f"  {name}: {count}" for name, count in sorted(found.items()) if name.startswith("died ")]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:3])))
