"""`tieout match`: the engine alone, files in and files out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli.console import err, out, say_json
from toolkit.cli.words import Json
from toolkit.match import match_files


def command(
    payments: Annotated[Path, typer.Argument(help="Payments, Parquet or CSV.")],
    claims: Annotated[Path, typer.Argument(help="Claims, Parquet or CSV.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for matches.parquet and mismatches.parquet.")],
    applications: Annotated[Path | None, typer.Option(help="Applications; where a payment has some they lead.")] = None,
    as_json: Json = False,
) -> None:
    """Put payments beside claims and say what does not agree; needs no tieout.toml.

    Example: tieout match payments.parquet claims.csv -o found
    """
    report = match_files(payments, claims, applications, output)
    for note in report.notes:
        err.print(note)
    bands = dict(report.matches.group_by("band").len().sort("band").iter_rows())
    codes = dict(report.mismatches.group_by("code").len().sort("code").iter_rows())
    if as_json:
        said = {"matches": bands, "mismatches": codes, "notes": list(report.notes), "folder": str(output)}
        say_json(said)
        return
    counted = ", ".join(f"{count:,} {band}" for band, count in bands.items()) or "none"
    out.print(f"Matches: {counted}")
    for code, count in codes.items():
        out.print(f"{code}: {count:,}")
    out.print(f"Written: {output / 'matches.parquet'}, {output / 'mismatches.parquet'}")
