"""`tieout reconcile`: one run over both sides, its statement and what does not agree."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import polars as pl
import typer

from toolkit import money
from toolkit.cli.console import err, out, say_json, table
from toolkit.cli.words import As, Json, now, settings
from toolkit.errors import InputError
from toolkit.matching.model import Scope
from toolkit.reconcile import RunReport, run
from toolkit.reports.statement import as_text, rows
from toolkit.rules.periods import days
from toolkit.settings import Settings
from toolkit.workflow.actors import starting
from toolkit.workflow.control import Control


def command(
    as_of: Annotated[
        str | None, typer.Option(help="Look at payments up to this day (YYYY-MM-DD); today by default.")
    ] = None,
    period: Annotated[str | None, typer.Option(help="Only this month (YYYY-MM).")] = None,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Reconcile what was loaded with what was pulled, and publish the run.

    Example: tieout reconcile --as-of 2026-10-31
    """
    told, moment = settings(), now()
    scope = Scope(as_of=_day(as_of) or moment.date(), period=_month(period))
    with err.status("Reconciling"):
        with Control.open(told) as control:
            known = control.known()
        report = run(told, scope, moment, _preparer(told, as_user), known)
    if as_json:
        say_json({"run_id": report.run_id, "statement": rows(report.statement), "mismatches": _counts(report)})
        return
    out.print(f"Run {report.run_id}, payments up to {scope.as_of}")
    out.print(as_text(report.statement))
    columns = ("Mismatch", "Severity", "Count", "Amount", "")
    cells = [
        (row["code"], row["severity"], row["count"], row["amount"], row["currency_code"]) for row in _counts(report)
    ]
    table("", columns, cells, right=("Count", "Amount"))
    out.print("Next: tieout plan, or tieout explain PAYMENT.")


def _preparer(told: Settings, as_user: str | None) -> str:
    actor = starting(told, "reconcile", as_user)
    return actor.name if actor else "unnamed"


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError(f"--as-of {text}: is no day; write 2026-10-31.") from error


def _month(text: str | None) -> str | None:
    if text:
        days(text)
    return text


def _counts(report: RunReport) -> list[dict[str, object]]:
    counted = report.mismatches.with_columns(pl.col("currency_code").fill_null(""))
    return [
        {
            "code": row["code"],
            "severity": row["severity"],
            "currency_code": row["currency_code"],
            "count": row["rows"],
            "amount": money.plain(row["amount"], row["currency_code"] or None),
        }
        for row in counted.iter_rows(named=True)
    ]
