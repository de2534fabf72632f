"""`tieout withdraw`: take back what was submitted or approved and not yet sent."""

from __future__ import annotations

from toolkit.cli.words import All, As, Batch, Ids, Json, Reason, finish, now, selection, settings
from toolkit.workflow import approve
from toolkit.workflow.actors import acting
from toolkit.workflow.control import Control


def command(
    ids: Ids = None,
    batch: Batch = None,
    everything: All = False,
    reason: Reason = "",
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Take back what was submitted or approved and not yet sent.

    Example: tieout withdraw ID --reason 'submitted too early' --as preparer1
    """
    told = settings()
    with Control.open(told) as control:
        outcome = approve.withdraw(control, acting(told, as_user), selection(ids, batch, everything), now(), reason)
    finish(outcome, as_json, "Withdrawn")
