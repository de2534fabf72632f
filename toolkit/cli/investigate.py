"""`tieout investigate`: one payment's case as an executed notebook."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer

from toolkit.cli.console import out, say_json, working
from toolkit.cli.words import Json, settings
from toolkit.reports.investigate import investigate
from toolkit.warehouse import latest


def command(
    payment_id: Annotated[str, typer.Argument(help="The payment's id, or its check number.")],
    erp: Annotated[str | None, typer.Option(help="Its ERP, where two have that id.")] = None,
    company: Annotated[str | None, typer.Option(help="Its ERP company, where two have that id.")] = None,
    run: Annotated[str | None, typer.Option(help="Another run than the newest.")] = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in JupyterLab.")] = False,
    as_json: Json = False,
) -> None:
    """Write a notebook about one payment, executed, into the working folder.

    Example: tieout investigate 010480
    """
    told = settings()
    with working("Investigating"):
        place = investigate(told, latest(told, run), payment_id, erp, company)
    if as_json:
        say_json({"notebook": str(place)})
    else:
        out.print(f"Wrote {place}.")
    if show:
        subprocess.run([sys.executable, "-m", "jupyterlab", str(place)], check=False)  # noqa: S603 (our own file)
