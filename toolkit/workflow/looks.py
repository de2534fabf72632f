"""Which waiting syncs may be taken together, by the newest run and by what was approved before (`rules.safe`). Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import polars as pl

from toolkit.rules.safe import PROPOSAL, why_not_safe
from toolkit.workflow.outcome import Sync

# An approval that stands, and that nothing found wrong since.
STANDS = ("approved", "sending", "unknown", "posted", "verified")


def looks(syncs: Sequence[Sync], every: Sequence[Sync], view: Callable[[str], pl.DataFrame]) -> list[str | None]:
    """Per sync why a person looks at it by itself, None where it is safe; in the order given.

    `every` is every sync there is, of which those with a standing approval tell what vendors a person
    has approved before; `view` gives the report views of the newest run by name.
    """
    names = [*PROPOSAL, "project_number"]
    rows = [[getattr(sync, name) for name in names] + [json.loads(sync.facts).get("warning")] for sync in syncs]
    proposals = pl.DataFrame(rows, schema=dict.fromkeys([*names, "warning"], pl.String), orient="row")
    let_go = [[getattr(sync, name) for name in PROPOSAL] for sync in every if sync.state in STANDS and sync.approved_at]
    approved = pl.DataFrame(let_go, schema=dict.fromkeys(PROPOSAL, pl.String), orient="row")
    found = why_not_safe(proposals, view("matches"), view("claims"), view("payments"), approved)
    return found["look"].to_list()
