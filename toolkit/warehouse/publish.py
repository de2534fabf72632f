"""Immutable snapshots: built beside their final name, synced to disk, then put in place at once."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from toolkit.warehouse import views
from toolkit.warehouse.reading import frame

# Left out of a view's hash: what differs between two runs that found the same.
CLOCKS = ("run_id", "first_seen", "loaded_at", "extracted_at", "load_id")
HASHED = ("payments", "applications", "claims", "commitments", "issued_payments", "matches", "mismatches", "statement")


def build(path: Path, fill: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
    """Make a snapshot file by `fill`; a crash leaves either the old file or the whole new one."""
    with _drafted(path) as draft, duckdb.connect(str(draft)) as connection:
        connection.execute("CREATE SCHEMA canon; CREATE SCHEMA report;")
        fill(connection)
        connection.execute("CHECKPOINT")


def copy_out(
    warehouse: duckdb.DuckDBPyConnection, path: Path, tables: Iterable[str], statements: Iterable[str]
) -> None:
    """The same with these tables of the open warehouse as they stand, which need not pass through Python."""
    with _drafted(path) as draft:
        place = str(draft).replace("'", "''")
        warehouse.execute(f"ATTACH '{place}' AS draft; CREATE SCHEMA draft.canon; CREATE SCHEMA draft.report;")
        try:
            for name in tables:
                warehouse.execute(f"CREATE TABLE draft.canon.{name} AS SELECT * FROM canon.{name} ORDER BY ALL")
        finally:
            warehouse.execute("DETACH draft")
        with duckdb.connect(str(draft)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.execute("CHECKPOINT")


@contextmanager
def _drafted(path: Path) -> Iterator[Path]:
    """A place beside `path` to write to; what is there at the end is synced to disk and put in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".building-") as folder:
        draft = Path(folder) / "draft.duckdb"
        yield draft
        draft.chmod(0o600)
        _sync(draft)
        draft.replace(path)
    _sync(path.parent)


def point_to(folder: Path, run_id: str) -> None:
    """Make `run_id` the newest published run."""
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as draft:
        draft.write(f"{run_id}\n")
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(folder / "latest")
    _sync(folder)


def content_hashes(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """SHA-256 of each report view as sorted CSV without ids of runs and clocks."""
    hashes = {}
    for name in HASHED:
        rows = frame(connection, views.VIEWS[name])
        rows = rows.select(column for column in rows.columns if column not in CLOCKS)
        text = rows.sort(rows.columns, nulls_last=True).write_csv()
        hashes[name] = hashlib.sha256(text.encode()).hexdigest()
    return hashes


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
