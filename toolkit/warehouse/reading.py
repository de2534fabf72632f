"""A query's answer as a polars frame: the one place that knows how DuckDB hands frames over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import polars as pl


def frame(connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] = ()) -> pl.DataFrame:
    """Run one query with bound values and return its rows."""
    found: pl.DataFrame = connection.sql(query, params=list(values)).pl()
    return found


def first(connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """A query's first row; the answer is read to its end, for an unread one blocks the connection."""
    rows = connection.execute(query, list(values)).fetchall()
    return rows[0] if rows else None
