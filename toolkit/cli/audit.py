"""`tieout audit`: check the log, export it, prove one sync."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli.console import out, say_json, table
from toolkit.cli.words import Json, settings
from toolkit.errors import NotFound
from toolkit.workflow.control import Control

app = typer.Typer(help="The log of every change.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def verify(as_json: Json = False) -> None:
    """Re-perform the hash chain, the anchor and every sync's state.

    Ends 0 whole, 3 broken, 4 older than its anchor, 5 state differs from the log.

    Example: tieout audit verify
    """
    with Control.open(settings()) as control:
        verdict = control.verdict()
    if as_json:
        say_json(vars(verdict))
    else:
        out.print(verdict.sentence)
    raise typer.Exit(verdict.status)


@app.command()
def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write, one event per line.")],
) -> None:
    """Write every event as a line of JSON, hashes included, for an auditor to check elsewhere.

    Example: tieout audit export -o events.jsonl
    """
    with Control.open(settings()) as control:
        events = control.events()
    output.write_text("".join(json.dumps(event, sort_keys=True) + "\n" for event in events), encoding="utf-8")
    out.print(f"{len(events)} events in {output}.")


@app.command()
def prove(sync_id: Annotated[str, typer.Argument(help="The sync to prove.")], as_json: Json = False) -> None:
    """Show every event of one sync, within a log that verifies.

    Example: tieout audit prove p1-abc
    """
    with Control.open(settings()) as control:
        verdict, events = control.verdict(), control.events(about=sync_id)
    if not events:
        raise NotFound(f"The log has nothing about {sync_id}.")
    if as_json:
        say_json({"verdict": vars(verdict), "events": events})
    else:
        rows = [
            (e["seq"], e["at"], e["actor"], e["action"], json.loads(e["facts"]).get("state"), e["hash"][:12])
            for e in events
        ]
        table(sync_id, ("Event", "At", "By", "Action", "State", "Hash"), rows)
        out.print(verdict.sentence)
    raise typer.Exit(verdict.status)
