"""`tieout status`: where every sync stands."""

from __future__ import annotations

from typing import Annotated

import typer

from toolkit.cli.words import Json, finish, settings
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Outcome


def command(
    everything: Annotated[bool, typer.Option("--all", help="Also what is final.")] = False, as_json: Json = False
) -> None:
    """List syncs with their state and colour; exit status 3 where something waits.

    Example: tieout status --all
    """
    with Control.open(settings()) as control:
        found = tuple(control.syncs()) if everything else control.open_syncs()
    finish(Outcome(touched=found), as_json, "Status", tell=False)
