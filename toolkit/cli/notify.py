"""`tieout notify`: tell people by mail or webhook what happened and what waits."""

from __future__ import annotations

from typing import Annotated

import typer

from toolkit import notify
from toolkit.cli import WAITS
from toolkit.cli.console import out
from toolkit.cli.words import now, settings
from toolkit.workflow.control import Control


def command(
    digest: Annotated[bool, typer.Option("--digest", help="How everything stands, now.")] = False,
    test: Annotated[bool, typer.Option("--test", help="One message, to see whether it arrives.")] = False,
) -> None:
    """Tell what is new since the last notice; workflow verbs and `tieout watch` do so by themselves.

    Example: tieout notify --test
    """
    told = settings()
    trial = notify.trial(told)
    with Control.open(told) as control:
        if test:
            notify.deliver(trial, told)
        failed = notify.tell_digest(control, told, now(), due=False) if digest else None
        failed = failed or (None if test or digest else notify.tell_new(control, told, now()))
    out.print(failed or "Told.")
    raise typer.Exit(WAITS if failed else 0)
