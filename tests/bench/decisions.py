"""Decisions per second on SQLite and on PostgreSQL, by one person and by fifty at once, none lost and none doubled.

Of fifty, two and two press for the same payment.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.postgres import programs, running
from tests.simulation import run as simulation
from toolkit.errors import WrongState
from toolkit.settings import load_settings
from toolkit.workflow import approve
from toolkit.workflow.control import Control
from toolkit.workflow.move import move
from toolkit.workflow.outcome import Selection

PEOPLE = 50


def main(payments: int = 200) -> None:
    """Approve `payments` by one and by fifty, on each database that this machine has."""
    simulation.PAYMENTS = payments
    print(f"{payments} payments to approve, one by one\n")  # noqa: T201
    print(f"{'database':<12}{'people':>8}{'per second':>12}{'lost':>6}{'doubled':>9}")  # noqa: T201
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = _submitted(Path(folder) / "home")
        databases = ["sqlite", *(["postgresql"] if programs() else [])]
        server = stack.enter_context(running()) if programs() else None
        for name in databases:
            for people in (1, PEOPLE):
                copy = Path(folder) / f"{name}-{people}"
                shutil.copytree(home, copy)
                url = server.database().render_as_string() if server and name == "postgresql" else None
                with _kept_at(copy, url):
                    _race(copy, name, people)


def _submitted(home: Path) -> Path:
    simulation.prepare(home)
    settings = load_settings(home)
    with Control.open(settings) as control:
        approve.withdraw(control, simulation.ANALYST, Selection(all=True), simulation.START, "measured anew")
        approve.submit(control, simulation.ANALYST, Selection(all=True), simulation.START)
    return home


@contextmanager
def _kept_at(home: Path, url: str | None) -> Iterator[None]:
    if url:
        move(f"sqlite:///{home / 'control.sqlite'}", url)
        os.environ["TIEOUT_CONTROL_URL"] = url
    yield
    os.environ.pop("TIEOUT_CONTROL_URL", None)


def _race(home: Path, name: str, people: int) -> None:
    settings = load_settings(home)
    with Control.open(settings) as control:
        ids = [sync.sync_id for sync in control.syncs(states=["submitted"])]
        before = control.events()[-1]["seq"]
    start, told = threading.Barrier(people + 1), []

    def person(number: int) -> None:
        with Control.open(settings) as control:
            start.wait()
            for one in ids[number // 2 :: max(people // 2, 1)]:
                chosen = Selection(ids=(one,))
                with suppress(WrongState):
                    done = approve.approve(control, settings, simulation.APPROVER, chosen, simulation.START)
                    told.extend(sync.sync_id for sync in done.touched)

    everybody = [threading.Thread(target=person, args=(number,)) for number in range(people)]
    for one in everybody:
        one.start()
    start.wait()
    began = time.perf_counter()
    for one in everybody:
        one.join()
    took = time.perf_counter() - began
    with Control.open(settings) as control:
        noted = Counter(event["object"] for event in control.events(after=before))
        lost = len(set(ids) - set(noted)) + len(set(ids) - {one.sync_id for one in control.syncs(states=["approved"])})
    doubled = sum(count - 1 for count in noted.values()) + len(told) - len(set(told))
    print(f"{name:<12}{people:>8}{len(ids) / took:>12.0f}{lost:>6}{doubled:>9}")  # noqa: T201


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
