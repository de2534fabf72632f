"""`tieout map`: look at an unknown export, propose a mapping file for it, and write it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli.console import out, say_json, table
from toolkit.cli.words import Json, settings
from toolkit.erps.apart import apart
from toolkit.erps.base import SourceFile
from toolkit.erps.profiles import PROFILES
from toolkit.erps.propose import Proposal, propose
from toolkit.errors import InputError
from toolkit.load import source_file


def command(
    path: Annotated[Path, typer.Argument(help="The export to look at.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the mapping here.")] = None,
    as_json: Json = False,
) -> None:
    """Show what each column seems to be, ten rows, and the mapping file to correct and load with.

    Example: tieout map payments.csv -o mapping.toml
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file.")
    limits = settings().loading
    found = apart(path.name, limits, _look, source_file(path, limits))
    if output:
        if output.exists():
            raise InputError(f"{output} is there already; name another file, or remove it.")
        output.write_text(found.toml(), encoding="utf-8")
    if as_json:
        columns = [vars(column) | {"samples": list(column.samples)} for column in found.columns]
        told = {"erp": found.erp, "header_row": found.header_row, "totals": found.totals, "needed": found.lacks}
        say_json(told | {"columns": columns, "statuses": dict(found.statuses), "rows": list(found.rows)})
        return
    shown = [(c.header, c.name or "?", c.why, " | ".join(c.samples)) for c in found.columns]
    table(f"{path.name}: {found.erp}, header in row {found.header_row}", ("Header", "Column", "Why", "Cells"), shown)
    table("First rows", [c.header for c in found.columns], [row[: len(found.columns)] for row in found.rows])
    if found.statuses:
        said = ", ".join(f"{word} = {meaning or '?'}" for word, meaning in found.statuses.items())
        out.print(f"Words of its status: {said}.", markup=False)
    if found.lacks:
        out.print(f"Needed still: {found.lacks}.", markup=False)
    if output:
        out.print(f"Written to {output}. Correct it, then: tieout load {path} --mapping {output}", markup=False)
    else:
        out.print(found.toml(), markup=False)


def _look(file: SourceFile) -> Proposal:
    return propose(file, PROFILES)
