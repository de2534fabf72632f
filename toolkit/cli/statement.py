"""`tieout statement`: the tie-out of a run, for the screen or as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from toolkit.cli.console import say_json, table
from toolkit.cli.words import Json, settings
from toolkit.errors import InputError, NotFound
from toolkit.reports import statement, tables
from toolkit.rules import breakdown, periods
from toolkit.rules.policy import Policy
from toolkit.warehouse import Snapshot, latest, published_runs

SHOWN = (*breakdown.FRAMES, "changes", "period", "cutoff")


def command(
    run: Annotated[str | None, typer.Option(help="Another run than the newest.")] = None,
    show: Annotated[str, typer.Option(help=f"{', '.join(SHOWN)}; the lines of each company by default.")] = "",
    period: Annotated[str | None, typer.Option(help="The month (YYYY-MM) of --show period and cutoff.")] = None,
    form: Annotated[str, typer.Option("--format", help="text, json, csv, html or xlsx.")] = "text",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Show how what the ERP paid becomes what Procore shows, line by line.

    Example: tieout statement --show vendor --format csv -o october.csv
    """
    snapshot = latest(settings(), run)
    if show:
        form = "json" if as_json else form
        _check(show, form, output)
        _write_frame(snapshot.run_id, show, tables.decimals(_frame(snapshot, show, period)), form, output)
        return
    if period:
        raise InputError("--period: say what of it with --show period or --show cutoff.")
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


def _check(what: str, form: str, output: Path | None) -> None:
    """Refuse another name or form than there is."""
    if what not in SHOWN:
        raise InputError(f"--show {what}: known are {', '.join(SHOWN)}.")
    if form == "html" or (form == "xlsx" and not output):
        raise InputError(f"--format {form}: take text, json or csv here, or xlsx with -o FILE.")


def _write_frame(run_id: str, what: str, found: pl.DataFrame, form: str, output: Path | None) -> None:
    if form == "text" and not output:
        money = [name for name, dtype in found.schema.items() if dtype.is_numeric()]
        table("", found.columns, found.iter_rows(), right=money)
    elif form == "json" and not output:
        say_json({"run_id": run_id, what: found.to_dicts()})
    else:
        said = tables.as_xlsx({what: found}) if form == "xlsx" else tables.as_csv(found)
        write(output, said) if output else typer.echo(said)


def _frame(snapshot: Snapshot, what: str, period: str | None) -> pl.DataFrame:
    """One of the frames that lie beside the statement."""
    if what == "changes":
        return _changes(snapshot)
    scope, policy = snapshot.scope(), Policy.of_run(snapshot.facts())
    if what not in ("period", "cutoff"):
        return breakdown.FRAMES[what](breakdown.laid_out(snapshot.table, scope, policy))
    month = period or scope.period
    if not month:
        raise InputError(f"--show {what}: say which month with --period 2026-10.")
    if what == "period":
        return periods.movement(snapshot.table, scope, month, policy)
    return periods.cutoff(breakdown.laid_out(snapshot.table, scope, policy), month)


def _changes(snapshot: Snapshot) -> pl.DataFrame:
    told = settings()
    older = [run for run in published_runs(told) if run < snapshot.run_id]
    if not older:
        raise NotFound(f"Before {snapshot.run_id} there is no other run to compare it with.")
    return breakdown.changes(snapshot.table("mismatches"), latest(told, older[0]).table("mismatches"))


def write(path: Path, said: str | bytes) -> None:
    """Put a report into a file; InputError says why it cannot be written."""
    try:
        path.write_bytes(said if isinstance(said, bytes) else said.encode("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}.") from error
