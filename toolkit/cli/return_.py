"""`tieout return`: return submitted syncs to their submitter."""

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
    """Return submitted syncs to their submitter.

    Example: tieout return ID --reason 'attach the lien waiver' --as approver1
    """
    told = settings()
    with Control.open(told) as control:
        outcome = approve.return_(control, acting(told, as_user), selection(ids, batch, everything), now(), reason)
    finish(outcome, as_json, "Returned")
