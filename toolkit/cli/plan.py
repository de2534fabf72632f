"""`tieout plan`: what the newest run shows Procore to lack, as syncs to submit."""

from __future__ import annotations

from toolkit.cli.words import As, Ids, Json, finish, now, settings
from toolkit.warehouse import latest
from toolkit.workflow.actors import acting
from toolkit.workflow.control import Control
from toolkit.workflow.plan import plan


def command(ids: Ids = None, as_user: As = None, as_json: Json = False) -> None:
    """Propose syncs; what must not go is held with its reason. Nothing is sent.

    Example: tieout plan --as preparer1
    """
    told = settings()
    with Control.open(told) as control:
        outcome = plan(control, told, latest(told), acting(told, as_user), now(), ids)
    finish(outcome, as_json, "Plan")
