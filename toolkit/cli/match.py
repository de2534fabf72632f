"""`tieout match`: the engine alone, files in and files out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli.console import err, out, say_json
from toolkit.cli.words import Json
from toolkit.errors import InputError
from toolkit.match import MatchReport, match_files


def command(
    payments: Annotated[str, typer.Argument(help="Payments, Parquet or CSV; with --on spark Parquet or a table.")],
    claims: Annotated[str, typer.Argument(help="Claims, likewise.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for matches.parquet and mismatches.parquet.")],
    applications: Annotated[str | None, typer.Option(help="Applications; where a payment has some they lead.")] = None,
    statement: Annotated[bool, typer.Option("--statement", help="Write statement.parquet too: the sums.")] = False,
    on: Annotated[str | None, typer.Option(help="spark: where the data lies, inside Spark or Sail.")] = None,
    remote: Annotated[
        str | None, typer.Option(help="Its Spark Connect address, sc://host:port; else SPARK_REMOTE.")
    ] = None,
    parts: Annotated[int | None, typer.Option(min=1, help="In so many parts there; by size unless given.")] = None,
    as_json: Json = False,
) -> None:
    """Put payments beside claims and say what does not agree; needs no tieout.toml.

    Example: tieout match payments.parquet claims.csv -o found
    """
    if on is None and (remote or parts):
        raise InputError("--remote and --parts belong to --on spark.")
    if on is None:
        lines = Path(applications) if applications else None
        report = match_files(Path(payments), Path(claims), lines, output, statement)
    else:
        report = _elsewhere(on, remote, (payments, claims, applications), parts, output, statement)
    _say(report, output, statement, as_json)


def _elsewhere(
    on: str,
    remote: str | None,
    tables: tuple[str, str, str | None],
    parts: int | None,
    output: Path,
    statement: bool,
) -> MatchReport:
    """Match where the data lies, and write here what comes back."""
    remote = remote or os.environ.get("SPARK_REMOTE")
    if on != "spark" or not remote:
        raise InputError("It runs here, or on a cluster: --on spark --remote sc://host:port.")
    from toolkit.scale import match_on

    return match_on(remote, tables, output, parts, statement)


def _say(report: MatchReport, output: Path, statement: bool, as_json: bool) -> None:
    for note in report.notes:
        err.print(note)
    bands = dict(report.found.matches.group_by("band").len().sort("band").iter_rows())
    codes = dict(report.found.mismatches.group_by("code").len().sort("code").iter_rows())
    if as_json:
        said = {"matches": bands, "mismatches": codes, "notes": list(report.notes), "folder": str(output)}
        say_json(said)
        return
    counted = ", ".join(f"{count:,} {band}" for band, count in bands.items()) or "none"
    out.print(f"Matches: {counted}")
    for code, count in codes.items():
        out.print(f"{code}: {count:,}")
    names = ("matches", "mismatches", *(["statement"] if statement else []))
    out.print(f"Written: {', '.join(str(output / f'{name}.parquet') for name in names)}")
