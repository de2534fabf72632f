"""Figures that want a clock and not thousands of seeds: `python -m tests.simulation.figures NAME`.

`throughput` pushes against the local Procore at the limits that Procore's documentation shows (25 requests
in ten seconds, or 600 in an hour); `size` walks ten thousand approved syncs to a restart; `attacks` and
`cells` count.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.workflow import attacks
from toolkit.procore import ProcoreClient
from toolkit.sandbox import LocalProcore
from toolkit.sandbox.limits import Window
from toolkit.settings import load_settings
from toolkit.workflow import approve
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Selection
from toolkit.workflow.push import push

from .kills import settle_in
from .run import ANALYST, APPROVER, START, values, write_settings

FOUR_FIFTHS = 0.8


def approved(home: Path, payments: int, commitments: int) -> None:
    """A home with so many payments approved, each on a claim of its own."""
    write_settings(home, "strict", 90)
    settings = load_settings(home)
    with Control.open(settings) as control:
        with control.change(ANALYST, "plan", START) as change:
            for number in range(payments):
                change.add(values(number, 700 + number % commitments) | {"state": "planned", "planned_by": "analyst"})
        approve.submit(control, ANALYST, Selection(all=True), START)
        approve.approve(control, settings, APPROVER, Selection(all=True), datetime.now(UTC))


def company(payments: int, commitments: int) -> dict[str, Any]:
    """The Procore beside it."""
    contracts = [
        {"id": 700 + n, "project_id": 50, "type": "WorkOrderContract", "allow_payments": True, "grand_total": "9.00"}
        for n in range(commitments)
    ]
    claim = {"project_id": 50, "status": "approved", "summary": {"current_payment_due": "900.00"}}
    claims = [claim | {"id": 9000 + n, "commitment_id": 700 + n % commitments} for n in range(payments)]
    return {
        "company": {"id": 1, "name": "Larkspur Builders"},
        "projects": [{"id": 50, "name": "Quarry Lane", "is_erp_integrated": False}],
        "commitments": contracts,
        "requisitions": claims,
    }


def throughput(payments: int, spike: int, hour: int, commitments: int = 8) -> dict[str, Any]:
    """One push that waits: its requests, and how many four fifths of the windows it took would allow."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalProcore(company(payments, commitments)) as procore,
        patch.dict(os.environ, {"TIEOUT_PROCORE_CLIENT_SECRET": procore.client_secret}),
    ):
        home = Path(folder) / "home"
        approved(home, payments, commitments)
        settle_in(home, procore, "strict")
        settings, limits = load_settings(home), procore.limits
        limits.spike, limits.hour = Window(spike, 10), Window(hour, 3600)
        answered = _answered(procore)
        with Control.open(settings) as control, ProcoreClient(settings, gate=control.gate(procore.api_url)) as client:
            done = push(control, settings, client, APPROVER, wait=True)
    began = answered[0][0]
    # The window in which the last request fell counts as a whole.
    seconds = max(limits.spike.ends, answered[-1][0]) - began
    made, in_first_hour = len(answered), sum(moment - began < 3600 for moment, _ in answered)
    room = FOUR_FIFTHS * min(spike * seconds / 10, hour * ceil(seconds / 3600))
    posted = sum(sync.state == "posted" for sync in done.touched)
    shown = {"requests": made, "posted": posted, "seconds": round(seconds, 1), "room": round(room, 1)}
    refused = sum(not allowed for _, allowed in answered)
    return shown | {"share": round(made / room, 3), "refused_with_429": refused, "in_first_hour": in_first_hour}


def _answered(procore: LocalProcore) -> list[tuple[float, bool]]:
    """When the limits were asked from now on, and whether they said yes."""
    answered: list[tuple[float, bool]] = []
    take = procore.limits.take

    def noting() -> tuple[bool, dict[str, str]]:
        allowed, headers = take()
        answered.append((time.time(), allowed))
        return allowed, headers

    procore.limits.take = noting  # type: ignore[method-assign]
    return answered


def size(payments: int) -> dict[str, Any]:
    """Ten thousand approved syncs: how large, and how long until a new process is ready to send."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        began = time.monotonic()
        approved(home, payments, 100)
        made = time.monotonic() - began
        done = subprocess.run(  # noqa: S603 (our own module)
            [sys.executable, "-m", __spec__.name, "ready", "--home", str(home)],
            capture_output=True,
            text=True,
            check=True,
        )
        on_disk = (home / "control.sqlite").stat().st_size
    return json.loads(done.stdout) | {"payments": payments, "prepared_seconds": round(made, 1), "bytes": on_disk}


def ready(home: Path) -> dict[str, Any]:
    """What a new process does before its first request: open, verify the log, read what is approved."""
    began = time.monotonic()
    settings = load_settings(home)
    with Control.open(settings) as control, control.only_sender():
        verdict = control.verdict()
        found = control.syncs(states=["approved"])
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"ready_seconds": round(seconds, 2), "approved": len(found), "log": verdict.status, "peak_mb": peak}


def attacked() -> dict[str, dict[str, tuple[int, int]]]:
    """Attacks on a log of 300 events seen without an anchor, with anchors at 100, 200 and 250, and with its head."""
    anchored = {"no anchor": [], "anchors at 100, 200, 250": [100, 200, 250], "the head": [300]}
    return {name: attacks.measure(300, 40, where) for name, where in anchored.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["throughput", "size", "ready", "attacks"])
    parser.add_argument("--spike", type=int, default=25)
    parser.add_argument("--hour", type=int, default=36_000)
    parser.add_argument("--payments", type=int, default=10_000)
    parser.add_argument("--home", type=Path)
    said = parser.parse_args()
    if said.name == "throughput":
        found: Any = throughput(said.payments, said.spike, said.hour)
    elif said.name == "size":
        found = size(said.payments)
    elif said.name == "ready":
        found = ready(said.home)
    else:
        found = {
            name: {"plain": _sum(rows, attacks.PLAIN), "re-hashed": _sum(rows, attacks.REHASHED)}
            for name, rows in attacked().items()
        }
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def _sum(rows: dict[str, tuple[int, int]], kinds: tuple[str, ...]) -> str:
    seen, tried = (sum(rows[kind][place] for kind in kinds) for place in (0, 1))
    return f"{seen} of {tried}"


if __name__ == "__main__":
    main()
