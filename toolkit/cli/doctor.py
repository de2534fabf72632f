"""`tieout doctor`: what still stands in the way of a payment sync, and what to click."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Annotated

import typer

from toolkit import doctor
from toolkit import probe as probing
from toolkit.cli import WAITS
from toolkit.cli.console import err, out, say_json
from toolkit.cli.words import As, Json, now, settings
from toolkit.procore import ProcoreClient
from toolkit.rules.requirements import Check
from toolkit.settings import Settings
from toolkit.workflow.actors import acting
from toolkit.workflow.control import Control
from toolkit.workflow.policy import Actor, demand
from toolkit.workflow.probed import remember

MARKS = {"pass": "ok", "warn": "look", "block": "BLOCK", "not applicable": "-"}


def command(
    probe: Annotated[
        bool, typer.Option("--probe", help="Measure how Procore answers; writes payments of 0.01 and clears them.")
    ] = False,
    project: Annotated[str | None, typer.Option(help="Where the probe writes: the project's id ...")] = None,
    commitment: Annotated[str | None, typer.Option(help="... and the commitment's.")] = None,
    samples: Annotated[int, typer.Option(min=1, max=100, help="How often the lateness of lists is measured.")] = 3,
    yes: Annotated[bool, typer.Option("--yes-write-to-production", help="The probe may write there.")] = False,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Check every requirement of a payment sync, reading only; ends with 3 where something blocks.

    Example: tieout doctor
    """
    told = settings()
    with err.status("Looking") as status, Control.open(told) as control:
        gate = control.gate(told.procore.api_url)
        if probe:
            probing.permitted(told, yes=yes)
            status.update("Probing")
            _probe(told, control, _Where(project, commitment, samples), acting(told, as_user))
        heard = lambda what: status.update(f"Looking at {what}")  # noqa: E731
        checks = doctor.look(told, now(), doctor.Ours.of(control, told), gate, told=heard)
    if as_json:
        say_json({"checks": [asdict(check) for check in checks], "totals": _totals(checks)})
    else:
        _show(checks)
    raise typer.Exit(WAITS if any(check.verdict == "block" for check in checks) else 0)


@dataclass(frozen=True)
class _Where:
    project: str | None
    commitment: str | None
    samples: int


def _probe(told: Settings, control: Control, where: _Where, actor: Actor) -> None:
    demand(actor, "probe")
    with ProcoreClient(told, gate=control.gate(told.procore.api_url)) as client:
        place = probing.place_of(told, client, where.project, where.commitment)
        err.print(f"Writing payments of 0.01 to commitment {place.commitment_id} of project {place.project_id}.")
        facts = probing.Probe(client, replace(place, samples=where.samples)).run()
    remember(control, told, actor, facts, now())


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
