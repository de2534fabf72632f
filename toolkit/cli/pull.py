"""`tieout pull`: Procore's side, or an ERP's API, into the warehouse."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from toolkit.cli import WAITS
from toolkit.cli.console import err, out, say_json
from toolkit.cli.load import document, show
from toolkit.cli.words import As, Json, now, settings
from toolkit.errors import InputError
from toolkit.pull import pull_procore
from toolkit.pull_erp import ErpPull, pull_erp
from toolkit.workflow.actors import starting
from toolkit.workflow.control import Control


def command(
    source: Annotated[str, typer.Argument(help="procore, or an ERP's code.")],
    since: Annotated[
        str | None, typer.Option(help="Ask an ERP for changes since this day, not since the last pull.")
    ] = None,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Pull claims, commitments, vendors, projects and issued payments; or the payments of an ERP.

    Example: tieout pull procore
    """
    starting(settings(), "pull", as_user)
    if source == "procore":
        if since:
            raise InputError("--since: Procore's side is always pulled whole; leave it out.")
        _procore(as_json=as_json)
    else:
        _erp(source, _day(since), as_json=as_json)


def _procore(*, as_json: bool) -> None:
    told = settings()
    with err.status("Pulling") as status, Control.open(told) as control:
        gate = control.gate(told.procore.api_url)
        report = pull_procore(told, now(), gate, told=lambda what: status.update(f"Pulling {what}"))
    if as_json:
        figures = {name: value for name, value in vars(report).items() if name != "skipped"}
        say_json(figures | {"skipped": [{"project_id": project, "reason": why} for project, why in report.skipped]})
    else:
        out.print(
            f"Pulled {report.projects} projects, {report.commitments} commitments, {report.claims} claims, "
            f"{report.issued_payments} issued payments and {report.vendors} vendors."
        )
        for project, why in report.skipped:
            err.print(f"Project {project} was left out: {why}")
    raise typer.Exit(WAITS if report.skipped else 0)


def _erp(code: str, since: date | None, *, as_json: bool) -> None:
    with err.status(f"Pulling {code}") as status:
        pull = pull_erp(code, settings(), now(), since, told=lambda what: status.update(f"Pulling {code}: {what}"))
    if as_json:
        say_json(_document(pull))
    else:
        asked = f"changes since {pull.since:%Y-%m-%d %H:%M} UTC" if pull.since else "everything"
        out.print(f"{code}: asked for {asked}.")
        for note in pull.notes:
            out.print(f"{code}: {note}")
        if pull.load:
            show([pull.load])
        else:
            out.print(f"{code}: nothing new.")
    raise typer.Exit(WAITS if pull.load and pull.load.counts.quarantined else 0)


def _document(pull: ErpPull) -> dict[str, object]:
    return {
        "erp": pull.erp,
        "erp_company": pull.erp_company,
        "since": pull.since.isoformat() if pull.since else None,
        "notes": list(pull.notes),
        "load": document(pull.load) if pull.load else None,
    }


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError(f"--since {text}: write a day as 2026-10-01.") from error
