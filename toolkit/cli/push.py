"""`tieout push`: send what was approved, once."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from toolkit.cli.console import err
from toolkit.cli.words import As, Ids, Json, finish, settings
from toolkit.procore import ProcoreClient
from toolkit.workflow.actors import acting
from toolkit.workflow.control import Control
from toolkit.workflow.push import push
from toolkit.workflow.verify import verify


def command(
    ids: Ids = None,
    live: Annotated[bool, typer.Option("--live", help="Send to a Procore that is not local.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Sit out the quiet window of unknown outcomes.")] = False,
    read_back: Annotated[bool, typer.Option("--verify", help="Read back what was sent, right after.")] = False,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Send approved syncs; an unknown outcome is never sent again by itself.

    Example: tieout push --as approver1
    """
    told = settings()
    with Control.open(told) as control, err.status("Pushing") as status:
        actor = acting(told, as_user)
        with ProcoreClient(told, gate=control.gate(told.procore.api_url)) as client:
            outcome = push(
                control,
                told,
                client,
                actor,
                ids=ids or (),
                live=live,
                wait=wait,
                progress=lambda sync: status.update(f"{sync.check_number or sync.payment_id}: {sync.state}"),
            )
            if read_back and not outcome.dry_run:
                verified = verify(control, told, client, actor)
                outcome = replace(verified, retry_after={**outcome.retry_after, **verified.retry_after})
    finish(outcome, as_json, "Push")
