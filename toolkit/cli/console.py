"""How a verb speaks: tables for people, one JSON document for machines, logs on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

# A file or a pipe has no width of its own: wide enough there that no row is folded.
out = Console(highlight=False, markup=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

COLOURS = {"BLUE": "blue", "YELLOW": "yellow", "GREEN": "green", "RED": "red"}


@contextmanager
def working(what: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
    """A progress bar on standard error while the block runs; call what it yields at each step.

    Without a `total` the bar only moves. Where no terminal is attached nothing is drawn.
    """
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as drawn:
        task = drawn.add_task(what, total=total)
        yield lambda step: drawn.update(task, description=f"{what} {step}", advance=1)


def _plain(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def say_json(document: Any) -> None:
    """Print the one JSON document of a `--json` call; amounts are strings."""
    sys.stdout.write(json.dumps(document, default=_plain, ensure_ascii=False, indent=2) + "\n")


def rows_of(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """A frame as JSON-ready rows."""
    return frame.to_dicts()


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]], right: Iterable[str] = ()) -> None:
    """A plain table; the columns named in `right` are flushed right. Cells are never read as markup."""
    drawn = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    flushed = set(right)
    for column in columns:
        drawn.add_column(column, justify="right" if column in flushed else "left", overflow="fold")
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        drawn.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in cells))
    out.print(drawn)
