"""`tieout resolve`: a person decides what the machine must not."""

from __future__ import annotations

from typing import Annotated

import typer

from toolkit.cli.words import As, Json, Reason, finish, now, settings
from toolkit.errors import InputError
from toolkit.workflow import approve
from toolkit.workflow.actors import acting
from toolkit.workflow.control import Control


def command(
    sync_id: Annotated[str, typer.Argument(help="The sync that waits for a person.")],
    adopt: Annotated[bool, typer.Option("--adopt", help="Procore's row is this payment.")] = False,
    resend: Annotated[bool, typer.Option("--resend", help="It did not arrive: send it again.")] = False,
    abandon: Annotated[bool, typer.Option("--abandon", help="It will not be sent.")] = False,
    reason: Reason = "",
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Leave needs_review or drifted: adopt, resend or abandon.

    Example: tieout resolve ID --resend --reason "not in Procore, checked by hand" --as approver1
    """
    chosen = [name for name, said in (("adopt", adopt), ("resend", resend), ("abandon", abandon)) if said]
    if len(chosen) != 1:
        raise InputError("Say one of --adopt, --resend and --abandon.")
    told = settings()
    with Control.open(told) as control:
        outcome = approve.resolve(control, acting(told, as_user), sync_id, chosen[0], now(), reason)
    finish(outcome, as_json, "Resolved")
