"""`tieout confirm`: a person's word on a match, which no run overwrites."""

from __future__ import annotations

from typing import Annotated

import typer

from toolkit.cli.words import As, Json, finish, now, settings
from toolkit.warehouse import latest
from toolkit.workflow.actors import acting
from toolkit.workflow.control import Control
from toolkit.workflow.decide import Word, decide


def command(
    payment_id: Annotated[str, typer.Argument(help="The payment's id.")],
    claim_id: Annotated[str, typer.Argument(help="The claim's id.")],
    application: Annotated[str | None, typer.Option(help="Its application, where it has several.")] = None,
    erp: Annotated[str | None, typer.Option(help="Its ERP, where two have that id.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; kept with the decision.")] = None,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Confirm that a payment pays a claim. The next run takes it in before its first pass.

    Example: tieout confirm 88131 1280609 --as preparer1
    """
    told = settings()
    with Control.open(told) as control:
        actor = acting(told, as_user)
        outcome = decide(
            control, latest(told), actor, now(), Word("confirm", payment_id, claim_id, application, erp, reason)
        )
    finish(outcome, as_json, "Noted")
