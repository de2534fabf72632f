"""`tieout statement`: the tie-out of a run, for the screen or as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli.console import say_json
from toolkit.cli.words import Json, settings
from toolkit.errors import InputError
from toolkit.reports import statement
from toolkit.warehouse import latest


def command(
    run: Annotated[str | None, typer.Option(help="Another run than the newest.")] = None,
    form: Annotated[str, typer.Option("--format", help="text, json, csv, html or xlsx.")] = "text",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Show how what the ERP paid becomes what Procore shows, line by line.

    Example: tieout statement --format csv -o october.csv
    """
    snapshot = latest(settings(), run)
    lines = snapshot.table("statement")
    if as_json:
        say_json({"run_id": snapshot.run_id, "statement": statement.rows(lines)})
        return
    if form == "xlsx" and not output:
        raise InputError("--format xlsx: is no text for a screen; say where with -o FILE.")
    said = statement.render(lines, form, snapshot.run_id)
    if not output:
        typer.echo(said)
    else:
        write(output, said)


def write(path: Path, said: str | bytes) -> None:
    """Put a report into a file; InputError says why it cannot be written."""
    try:
        path.write_bytes(said if isinstance(said, bytes) else said.encode("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}.") from error
