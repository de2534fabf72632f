"""`tieout release`: let go what a person held."""

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
    """Let go what a person held.

    Example: tieout release ID --reason 'dispute settled' --as preparer1
    """
    told = settings()
    with Control.open(told) as control:
        outcome = approve.release(control, acting(told, as_user), selection(ids, batch, everything), now(), reason)
    finish(outcome, as_json, "Released")
