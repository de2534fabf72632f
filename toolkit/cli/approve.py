"""`tieout approve`: let what another person submitted be sent."""

from __future__ import annotations

from typing import Annotated

import typer

from toolkit.cli.console import err
from toolkit.cli.words import All, As, Batch, Ids, Json, finish, now, selection, settings
from toolkit.workflow import approve
from toolkit.workflow.actors import acting
from toolkit.workflow.body import LOCKS
from toolkit.workflow.control import Control


def command(
    ids: Ids = None,
    batch: Batch = None,
    everything: All = False,
    confirm_total: Annotated[str | None, typer.Option(help="Repeat the total of a large --all.")] = None,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Approve submitted syncs; the approval binds to the exact bytes that will be sent.

    Example: tieout approve --all --as approver1
    """
    told = settings()
    with Control.open(told) as control:
        actor = acting(told, as_user)
        outcome = approve.approve(control, told, actor, selection(ids, batch, everything), now(), confirm_total)
    if not as_json and outcome.touched:
        err.print(LOCKS)
    finish(outcome, as_json, "Approved")
