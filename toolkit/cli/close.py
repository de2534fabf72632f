"""`tieout close`: sign a month, lock it, see what came late, open it again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NoReturn

import polars as pl
import typer

from toolkit import money
from toolkit.cli import WAITS
from toolkit.cli.console import out, rows_of, say_json, table
from toolkit.cli.words import As, Json, Reason, now, settings
from toolkit.errors import InputError, NotFound
from toolkit.reconcile import late_items
from toolkit.rules.periods import days
from toolkit.settings import Settings
from toolkit.warehouse import latest
from toolkit.workflow import close
from toolkit.workflow.actors import acting
from toolkit.workflow.closes import Close, newest
from toolkit.workflow.control import Control
from toolkit.workflow.policy import Actor


def command(
    period: Annotated[str | None, typer.Argument(help="The month (YYYY-MM); without it all are listed.")] = None,
    run: Annotated[str | None, typer.Option(help="Prepare on this run; the newest of the month by default.")] = None,
    reopen: Annotated[bool, typer.Option("--reopen", help="Open a closed month again.")] = False,
    reason: Reason = "",
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Close a month: an analyst signs it first, then an approver, who locks it. Without a month: what is closed.

    Example: tieout close 2026-10 --as preparer1
    """
    told = settings()
    with Control.open(told) as control:
        if period is None:
            if reopen or run or reason:
                raise InputError("Say which month: tieout close 2026-10.")
            signed = control.closes()
        else:
            days(period)
            actor = acting(told, as_user)
            if reopen:
                signed = [close.reopen(control, period, actor, now(), reason)]
            else:
                signed = [_sign(control, told, actor, now(), (period, run))]
    _finish(told, signed, as_json)


def _sign(control: Control, told: Settings, actor: Actor, moment: datetime, what: tuple[str, str | None]) -> Close:
    """The signature that is next: a prepared month is reviewed by who may approve, else it is prepared."""
    period, run = what
    before = newest(control.closes(), period)
    if before and before.state == "prepared" and not run and "approver" in actor.roles:
        return close.review(control, told, period, actor, moment)
    return close.prepare(control, close.run_of(told, period, run), actor, moment)


def _finish(told: Settings, signed: list[Close], as_json: bool) -> NoReturn:
    late = _late(told, sorted({one.period for one in signed}))
    if as_json:
        say_json({"months": [vars(one) | {"state": one.state} for one in signed], "late_items": late})
    else:
        _show(signed, late)
    raise typer.Exit(WAITS if any(one.state == "prepared" for one in signed) else 0)


def _late(told: Settings, periods: list[str]) -> list[dict[str, Any]]:
    """What the newest run names as late in these months; amounts are strings."""
    try:
        found = late_items(latest(told))
    except NotFound:
        return []
    names = ("period", "side", "payment_id", "issued_payment_id", "check_number", "payment_date", "what", "sentence")
    return [
        {name: row[name] for name in names} | {"amount": money.plain(row["amount"], row["currency_code"])}
        for row in rows_of(found.filter(pl.col("period").is_in(periods)))
    ]


def _show(signed: list[Close], late: list[dict[str, Any]]) -> None:
    if not signed:
        out.print("No month was signed yet; `tieout close 2026-10` signs one.")
        return
    rows = [(one.period, one.version, one.state, one.run_id, one.prepared_by, one.closed_by) for one in signed]
    table("", ("Month", "Version", "State", "Run", "Prepared by", "Closed by"), rows)
    for one in signed:
        if one.state == "prepared":
            out.print(f"{one.period} waits for the reviewer: another person says `tieout close {one.period}`.")
    for item in late:
        out.print(f"Late: {item['sentence']}")
