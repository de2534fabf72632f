"""`tieout submit`: hand proposals to the approver."""

from __future__ import annotations

from toolkit.cli.words import All, As, Batch, Ids, Json, finish, now, selection, settings
from toolkit.workflow import approve
from toolkit.workflow.actors import acting
from toolkit.workflow.control import Control


def command(
    ids: Ids = None, batch: Batch = None, everything: All = False, as_user: As = None, as_json: Json = False
) -> None:
    """Submit planned (or returned) syncs for approval by another person.

    Example: tieout submit --all --as preparer1
    """
    told = settings()
    with Control.open(told) as control:
        outcome = approve.submit(control, acting(told, as_user), selection(ids, batch, everything), now())
    finish(outcome, as_json, "Submitted")
