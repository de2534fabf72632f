"""A host of its own: a process with a working folder that is not the other's, one control database between them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toolkit.errors import TieoutError
from toolkit.procore import ProcoreClient
from toolkit.settings import load_settings
from toolkit.workflow import approve
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Selection
from toolkit.workflow.policy import Actor
from toolkit.workflow.push import push

# So often a host tries to be the sender: far oftener than two can be in each other's way.
ROUNDS = 200


def at_once(job: Callable[..., None], *homes: Path, **environment: str) -> list[str]:
    """Run `job(home, said, start)` in a process for each home, begun together; what they said."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        start, heard = context.Barrier(len(homes)), [manager.list() for _ in homes]
        kept = {name: os.environ.get(name) for name in environment}
        os.environ.update(environment)
        hosts = [
            context.Process(target=job, args=(str(home), said, start)) for home, said in zip(homes, heard, strict=True)
        ]
        for host in hosts:
            host.start()
        for host in hosts:
            host.join(120)
            host.kill()
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        ends = [f"a host ended with {host.exitcode}" for host in hosts if host.exitcode != 0]
        return [word for said in heard for word in said] + ends


def decides(home: str, said: Any, start: Any) -> None:
    """Approve one payment after the other, whichever are still open; says each that it approved itself."""
    settings, approver = load_settings(Path(home)), Actor("approver", ("approver",))
    with Control.open(settings) as control:
        ids = [sync.sync_id for sync in control.syncs(states=["submitted"])]
        start.wait()
        for one in ids:
            try:
                outcome = approve.approve(control, settings, approver, Selection(ids=(one,)), datetime.now(UTC))
                said.extend([f"approved {sync.sync_id}" for sync in outcome.touched])
            except TieoutError as error:
                said.append(f"refused: {error}")


def pushes(home: str, said: Any, start: Any) -> None:
    """Push until nothing is left to send, as a second host would that is told to wait its turn."""
    settings, approver = load_settings(Path(home)), Actor("approver", ("approver",))
    start.wait()
    with Control.open(settings) as control:
        for _ in range(ROUNDS):
            if not control.syncs(states=["approved", "sending", "unknown"]):
                return
            with ProcoreClient(settings, gate=control.gate(settings.procore.api_url)) as client:
                try:
                    touched = push(control, settings, client, approver).touched
                    said.extend([f"{sync.state} {sync.sync_id}: {sync.reason}" for sync in touched])
                except TieoutError as error:
                    said.append(f"refused: {error}")
