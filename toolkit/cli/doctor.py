"""`tieout doctor`: what still stands in the way of a payment sync, and what to click."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import typer

from toolkit import doctor
from toolkit.cli import WAITS
from toolkit.cli.console import err, out, say_json
from toolkit.cli.words import Json, now, settings
from toolkit.rules.requirements import Check
from toolkit.workflow.control import Control

MARKS = {"pass": "ok", "warn": "look", "block": "BLOCK", "not applicable": "-"}


def command(as_json: Json = False) -> None:
    """Check every requirement of a payment sync, reading only; ends with 3 where something blocks.

    Example: tieout doctor
    """
    told = settings()
    with err.status("Looking") as status, Control.open(told) as control:
        gate, log = control.gate(told.procore.api_url), control.verdict()
        checks = doctor.look(told, now(), log, gate, told=lambda what: status.update(f"Looking at {what}"))
    if as_json:
        say_json({"checks": [asdict(check) for check in checks], "totals": _totals(checks)})
    else:
        _show(checks)
    raise typer.Exit(WAITS if any(check.verdict == "block" for check in checks) else 0)


def _totals(checks: list[Check]) -> dict[str, int]:
    return dict(sorted(Counter(check.verdict for check in checks).items()))


def _show(checks: list[Check]) -> None:
    place: str | None = ""
    for check in checks:
        if check.project_id != place:
            place = check.project_id
            out.print(f"\nProject {place}" if place else "The company and Tieout")
        out.print(f"  {MARKS[check.verdict]:<5}  {check.title}: {check.evidence}")
        if check.action:
            out.print(f"         {check.action}")
    totals = _totals(checks)
    out.print(
        f"\n{totals.get('block', 0)} in the way, {totals.get('warn', 0)} to look at, {totals.get('pass', 0)} in order."
    )
