"""How far each ERP's API was read: the newest change seen of one company's books, and the last pull of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from toolkit.warehouse.reading import first
from toolkit.warehouse.versions import naive

TABLE = """
CREATE TABLE IF NOT EXISTS core.cursors (
    erp VARCHAR NOT NULL, erp_company VARCHAR NOT NULL, newest TIMESTAMP, pulled_at TIMESTAMP NOT NULL,
    answer VARCHAR, PRIMARY KEY (erp, erp_company)
)
"""


@dataclass(frozen=True)
class Cursor:
    """One source (an ERP's API, one company) after a pull that began at `pulled_at`.

    `newest` is the newest change instant that the API told (None: it tells none), `answer` the hash
    of the last answer that held anything, and of how it was read.
    """

    erp: str
    erp_company: str
    newest: datetime | None
    pulled_at: datetime
    answer: str | None = None


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table where an older warehouse lacks it."""
    connection.execute(TABLE)


def read(connection: duckdb.DuckDBPyConnection, erp: str, erp_company: str) -> Cursor | None:
    """How far this source was read; None before its first pull."""
    query = "SELECT newest, pulled_at, answer FROM core.cursors WHERE erp = ? AND erp_company = ?"
    row = first(connection, query, [erp, erp_company])
    if row is None:
        return None
    newest, pulled_at = (moment and moment.replace(tzinfo=UTC) for moment in row[:2])
    return Cursor(erp, erp_company, newest, pulled_at, row[2])


def keep(connection: duckdb.DuckDBPyConnection, cursor: Cursor) -> None:
    """Move the cursor on, never back; the caller owns the transaction."""
    connection.execute(
        "INSERT INTO core.cursors VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "newest = greatest(newest, excluded.newest), pulled_at = greatest(pulled_at, excluded.pulled_at), "
        "answer = coalesce(excluded.answer, answer)",
        [
            cursor.erp,
            cursor.erp_company,
            naive(cursor.newest) if cursor.newest else None,
            naive(cursor.pulled_at),
            cursor.answer,
        ],
    )
