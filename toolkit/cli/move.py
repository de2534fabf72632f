"""`tieout move`: take the control database to PostgreSQL, so that several hosts can share it, or back."""

from __future__ import annotations

from typing import Annotated

import typer

from toolkit.cli.console import out
from toolkit.cli.words import settings
from toolkit.workflow.move import move


def command(
    address: Annotated[
        str, typer.Argument(help="Where to: postgresql+psycopg://user@host/database, or sqlite:///file.")
    ],
) -> None:
    """Copy decisions, syncs and the log, whole, to an empty database. What stood there stays as it is.

    Example: tieout move postgresql+psycopg://tieout@db.example/tieout
    """
    events = move(settings().control_url, address)
    out.print(
        f"{events} events and what they tell of were copied. From now on set TIEOUT_CONTROL_URL to that address on "
        "every host, then run `tieout audit verify`; the old database is not to be used again."
    )
