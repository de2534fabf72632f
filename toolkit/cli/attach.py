"""`tieout attach`: add the remittance or the evidence file to an issued payment."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli import WAITS
from toolkit.cli.console import out, say_json
from toolkit.cli.words import As, Json, settings
from toolkit.procore import ProcoreClient
from toolkit.workflow.actors import acting
from toolkit.workflow.attach import attach
from toolkit.workflow.control import Control


def command(
    sync_id: Annotated[str, typer.Argument(help="The sync whose issued payment gets the file.")],
    file: Annotated[Path, typer.Argument(help="The file; its name is what Procore shows.")],
    live: Annotated[bool, typer.Option("--live", help="In a Procore that is not local.")] = False,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Add a file to a posted payment; what is attached already stays. 3 where Procore does not show it.

    Example: tieout attach p1-abc remittance.pdf --as preparer1
    """
    told = settings()
    with Control.open(told) as control, ProcoreClient(told, gate=control.gate(told.procore.api_url)) as client:
        found = attach(control, told, client, acting(told, as_user), sync_id, file, live=live)
    if as_json:
        say_json(asdict(found))
    else:
        out.print(found.said)
    raise typer.Exit(0 if found.there and not found.lost else WAITS)
