"""What was looked at before a payment may go, one light and one word each: for whoever approves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from dashboard import session, widgets
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot
from toolkit.workflow.caps import needs_two
from toolkit.workflow.outcome import Sync
from toolkit.workflow.source import LOADS, Source, changed


@dataclass(frozen=True)
class Light:
    """One check: its colour (green, yellow, red), what was looked at, and what was found."""

    colour: widgets.Colour
    check: str
    found: str


def lights(told: Settings, sync: Sync, look: str | None, *, kept: bool) -> list[Light]:
    """Every light of one payment; `look` is why it is no safe one, `kept` whether its content stayed the same."""
    facts = json.loads(sync.facts)
    differs = changed(_source(told, sync), sync)
    warning = facts.get("warning") or look
    return [
        Light("green", "Plan", f"every check in order at the run of {session.when(sync.run_id)}"),
        Light("yellow" if warning else "green", "Evidence", warning or "decided by the ERP's own numbers"),
        Light("red" if differs else "green", "ERP", differs or "nothing changed there since it was planned"),
        Light("green" if kept else "yellow", "Content", "as submitted" if kept else "changed on the way: read it anew"),
        _age(told, facts),
        *(
            [Light("yellow", "Limit", "above the limit: it takes two approvers")]
            if needs_two(told.limits, sync)
            else []
        ),
    ]


def _source(told: Settings, sync: Sync) -> Source | None:
    path = told.published / LOADS
    if not path.exists():
        return None
    mine = pl.col("payment_id") == sync.payment_id
    loaded = Snapshot(path)
    return Source(session.table(loaded, "payments").filter(mine), session.table(loaded, "applications").filter(mine))


def _age(told: Settings, facts: dict[str, str | None]) -> Light:
    """How old the oldest of extract and pull is."""
    known = [datetime.fromisoformat(at) for name in ("extracted_at", "pulled_at") if (at := facts.get(name))]
    if not known:
        return Light("yellow", "Age", "nobody said when the extract was made")
    oldest = min(at if at.tzinfo else at.replace(tzinfo=UTC) for at in known)
    hours = (datetime.now(UTC) - oldest).total_seconds() / 3600
    late = hours > told.procore.freshness_hours
    said = "both sides were read within the last " + (f"{hours:.0f} hours" if hours >= 1.5 else "hour")
    old = f"the older side was read {hours:.0f} hours ago, more than {told.procore.freshness_hours:g}"
    return Light("red" if late else "green", "Age", old if late else said)
