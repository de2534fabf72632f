"""`tieout reject`: refuse submitted syncs for good."""

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
    """Refuse submitted syncs for good.

    Example: tieout reject ID --reason 'wrong project' --as approver1
    """
    told = settings()
    with Control.open(told) as control:
        outcome = approve.reject(control, acting(told, as_user), selection(ids, batch, everything), now(), reason)
    finish(outcome, as_json, "Rejected")
