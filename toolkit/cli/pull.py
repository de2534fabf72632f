"""`tieout pull`: Procore's side (and, where built, an ERP's API) into the warehouse."""

from __future__ import annotations

from typing import Annotated

import typer

from toolkit.cli import WAITS
from toolkit.cli.console import err, out, say_json
from toolkit.cli.words import Json, now, settings
from toolkit.errors import InputError
from toolkit.pull import pull_procore
from toolkit.workflow.control import Control


def command(source: Annotated[str, typer.Argument(help="procore, or an ERP's code.")], as_json: Json = False) -> None:
    """Pull claims, commitments, vendors, projects and issued payments.

    Example: tieout pull procore
    """
    if source != "procore":
        raise InputError(f"pull {source}: an ERP's API is not read yet; load a file or a saved reply of it.")
    told = settings()
    with err.status("Pulling") as status, Control.open(told) as control:
        gate = control.gate(told.procore.api_url)
        report = pull_procore(told, now(), gate, told=lambda what: status.update(f"Pulling {what}"))
    if as_json:
        document = {name: value for name, value in vars(report).items() if name != "skipped"}
        say_json(document | {"skipped": [{"project_id": project, "reason": why} for project, why in report.skipped]})
    else:
        out.print(
            f"Pulled {report.projects} projects, {report.commitments} commitments, {report.claims} claims, "
            f"{report.issued_payments} issued payments and {report.vendors} vendors."
        )
        for project, why in report.skipped:
            err.print(f"Project {project} was left out: {why}")
    raise typer.Exit(WAITS if report.skipped else 0)
