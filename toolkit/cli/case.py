"""`tieout case`: who looks after a mismatch, until when, a note, and how it ended."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from toolkit.cli.console import out, say_json
from toolkit.cli.words import As, Json, now, settings
from toolkit.errors import InputError
from toolkit.warehouse import latest
from toolkit.workflow.actors import acting
from toolkit.workflow.cases import Said, say
from toolkit.workflow.control import Control


def command(
    ids: Annotated[list[str], typer.Argument(help="Ids of mismatches.")],
    owner: Annotated[str | None, typer.Option(help="Who looks after it.")] = None,
    due: Annotated[str | None, typer.Option(help="Until when (YYYY-MM-DD).")] = None,
    note: Annotated[str | None, typer.Option(help="What the next person should know.")] = None,
    resolve: Annotated[bool, typer.Option("--resolve", help="It is settled; the note says how.")] = False,
    waive: Annotated[bool, typer.Option("--waive", help="We live with it; the note says why.")] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="It is open again.")] = False,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Say something about mismatches; the next run shows it.

    Example: tieout case 3f9c2a71be04d518 --owner preparer1 --note "asked the vendor" --as preparer1
    """
    states = [name for name, said in (("resolved", resolve), ("waived", waive), ("open", reopen)) if said]
    if len(states) > 1:
        raise InputError("Say one of --resolve, --waive and --reopen.")
    said = Said(states[0] if states else None, owner, _day(due), note)
    if said == Said():
        raise InputError("Say what: --owner, --due, --note, --resolve, --waive or --reopen.")
    told = settings()
    with Control.open(told) as control:
        count = say(control, told, latest(told), acting(told, as_user), now(), said, *ids)
    if as_json:
        say_json({"noted": count})
    else:
        out.print(f"Noted about {count} mismatch{'' if count == 1 else 'es'}; `tieout reconcile` takes it in.")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError(f"--due {text}: is no day; write 2026-10-31.") from error
