"""The list of a project of mode native, as the newest run has it, and a lead's signature under it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from toolkit import money
from toolkit.errors import InputError, NotFound
from toolkit.matching.model import Inputs
from toolkit.rules.expected import EXPECTED, NEVER, expected
from toolkit.rules.picture import draw
from toolkit.rules.policy import Policy
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot
from toolkit.workflow import audit
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import TABLES
from toolkit.workflow.policy import Actor

WAITING = (EXPECTED, NEVER)


@dataclass(frozen=True)
class Signed:
    """Who signed which list: `sha256` is of its rows, `current` whether that is the list as it is now."""

    by: str
    at: str
    run_id: str
    sha256: str
    note: str
    current: bool


def listed(settings: Settings, snapshot: Snapshot) -> pl.DataFrame:
    """Every payment that Procore's own sync should bring (`toolkit.rules.expected`), of one run."""
    inputs = Inputs(**{name: snapshot.table(name) for name in TABLES})
    picture = draw(inputs, snapshot.table("matches"), snapshot.table("links"), snapshot.scope(), Policy.of(settings))
    return expected(picture, inputs, settings.procore.native_overrides)


def digest(rows: pl.DataFrame) -> str:
    """The list's own hash: equal lists have equal ones, whatever the run."""
    return audit.sha256(rows.write_csv())


def sign(control: Control, rows: pl.DataFrame, run_id: str, actor: Actor, now: datetime, note: str) -> Signed:
    """A lead answers for the list as it stands. NotFound where it is empty; what never comes needs a note."""
    if rows.is_empty():
        raise NotFound("No project is in mode native, so there is no list to sign.")
    open_ones = rows.filter(pl.col("stands").is_in(WAITING))
    if open_ones.height and not note.strip():
        raise InputError(f"{open_ones.height} payments have not come: say what becomes of them with --note TEXT.")
    facts = {"run_id": run_id, "sha256": digest(rows), "rows": rows.height, "waiting": open_ones.height, "note": note}
    with control.change(actor, "sign expected", now) as change:
        change.tell("expected payments", facts)
    found = signed(control, rows)
    if found is None:
        raise NotFound("The log has no signature.")
    return found


def signed(control: Control, rows: pl.DataFrame) -> Signed | None:
    """The newest signature, None where nobody signed yet."""
    events = control.events(about="expected payments")
    if not events:
        return None
    last, facts = events[-1], json.loads(events[-1]["facts"])
    current = facts["sha256"] == digest(rows)
    return Signed(last["actor"], last["at"], facts["run_id"], facts["sha256"], facts["note"], current)


def sums(rows: pl.DataFrame) -> dict[str, str]:
    """`{"arrived": "3 payments: 84,910.00 USD"}`, per standing in the order of the list."""
    found = {}
    for (stands,), part in rows.group_by("stands", maintain_order=True):
        each = part.group_by("currency_code").agg(pl.col("amount").sum()).sort("currency_code").iter_rows()
        amounts = " and ".join(f"{money.shown(amount, code)} {code or ''}".strip() for code, amount in each)
        found[str(stands)] = f"{part.height} payment{'' if part.height == 1 else 's'}: {amounts}"
    return found
