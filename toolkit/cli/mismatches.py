"""`tieout mismatches`: what a run found, gravest first."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl
import typer

from toolkit.cli.console import rows_of, say_json, table
from toolkit.cli.words import Json, settings
from toolkit.schemas import SEVERITIES
from toolkit.warehouse import latest


def command(
    code: Annotated[str | None, typer.Option(help="Only this mismatch code.")] = None,
    severity: Annotated[str | None, typer.Option(help="Only this severity.")] = None,
    project: Annotated[str | None, typer.Option(help="Only this project number.")] = None,
    run: Annotated[str | None, typer.Option(help="Another run than the newest.")] = None,
    as_json: Json = False,
) -> None:
    """List mismatches, each with its money, why, and what to do.

    Example: tieout mismatches --severity blocker
    """
    said = {"code": code, "severity": severity, "project_number": project}
    where: dict[str, Any] = {name: value for name, value in said.items() if value}
    snapshot = latest(settings(), run)
    found = snapshot.view("mismatches", where)
    grave = pl.col("severity").replace_strict({name: n for n, name in enumerate(SEVERITIES)}, return_dtype=pl.Int64)
    found = found.sort(grave, -pl.col("amount").abs(), "mismatch_id")
    if as_json:
        say_json({"run_id": snapshot.run_id, "mismatches": rows_of(found)})
        return
    columns = ("Severity", "Mismatch", "Amount", "Why", "What to do")
    cells = [
        (row["severity"], row["code"], f"{row['amount']:,}", row["sentence"], row["action"]) for row in rows_of(found)
    ]
    table("", columns, cells, right=("Amount",))
