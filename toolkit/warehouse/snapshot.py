"""A published run, read-only: notebooks and the dashboard read these, never the live file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from toolkit import schemas
from toolkit.errors import NotFound, StoreError
from toolkit.matching.model import Scope
from toolkit.settings import Settings
from toolkit.warehouse import afar, publish, views
from toolkit.warehouse.reading import first, frame
from toolkit.warehouse.schema import SNAPSHOT

Where = Mapping[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """One immutable file. Each call opens it and closes it again; nothing is ever held open."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> Snapshot:
        """NotFound where there is no such file."""
        if not path.exists():
            raise NotFound(f"There is no published run {path.stem}; `tieout reconcile` makes one.")
        return cls(path)

    @property
    def run_id(self) -> str:
        return self.path.stem

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            connection = duckdb.connect(str(self.path), read_only=True)
        except duckdb.Error as error:
            raise StoreError(f"{self.path} cannot be read ({str(error).splitlines()[0]}).") from error
        try:
            yield connection
        finally:
            connection.close()

    def view(
        self,
        name: str,
        where: Where | None = None,
        order: Sequence[str] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> pl.DataFrame:
        """Rows of `report.<name>`: amounts DECIMAL(18,2). `where` maps a column to a value or a list.

        `order` names columns, a leading `-` turns one around; unknown names raise NotFound.
        """
        with self._connection() as connection:
            known = _columns(connection, name)
            condition, values = _condition(name, known, where)
            query = f"SELECT * FROM report.{name}{condition}"
            if order:
                query += " ORDER BY " + ", ".join(_ordered(name, known, column) for column in order)
            if limit is not None:
                query += f" LIMIT {int(limit)} OFFSET {int(offset)}"
            return frame(connection, query, values)

    def count(self, name: str, where: Where | None = None) -> int:
        """How many rows `view` would give."""
        with self._connection() as connection:
            condition, values = _condition(name, _columns(connection, name), where)
            row = first(connection, f"SELECT count(*) FROM report.{name}{condition}", values)
            return int(row[0]) if row else 0

    def table(self, name: str) -> pl.DataFrame:
        """A canonical frame of the run (`toolkit.schemas`): amounts in minor units."""
        if name not in SNAPSHOT:
            raise NotFound(f"A run has no table {name}; it has {', '.join(sorted(SNAPSHOT))}.")
        with self._connection() as connection:
            try:
                rows = frame(connection, f"SELECT * FROM canon.{name} ORDER BY ALL")
            except duckdb.CatalogException as error:
                raise NotFound(f"Run {self.run_id} keeps no {name}: an older Tieout made it.") from error
            return schemas.conform(SNAPSHOT[name], rows)

    def stood_on(self, name: str) -> pl.DataFrame:
        """`loads` (in their order) or `pulls` of the run, with all that doing it again needs."""
        order = {"loads": "place", "pulls": "pulled_at, pull_id"}[name]
        with self._connection() as connection:
            try:
                return frame(connection, f"SELECT * FROM canon.{name} ORDER BY {order}")
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                raise NotFound(f"Run {self.run_id} cannot be done again: an older Tieout made it.") from error

    def hashes(self) -> dict[str, str]:
        """The SHA-256 of each view as the file holds it now; the run's own are in `facts()["content"]`."""
        with self._connection() as connection:
            return publish.content_hashes(connection)

    def content(self) -> str:
        """One hash for everything that the run found, over its rows as they lie there now."""
        return hashlib.sha256(json.dumps(self.hashes(), sort_keys=True).encode()).hexdigest()

    def facts(self) -> dict[str, Any]:
        """The run's own row; `parameters`, `inputs` and `content` as objects."""
        row = self.view("runs").row(0, named=True)
        return row | {name: json.loads(row[name]) for name in ("parameters", "inputs", "content")}

    def scope(self) -> Scope:
        """What the run looked at."""
        facts = self.facts()
        start = facts["parameters"].get("start_date")
        return Scope(facts["as_of"], facts["period"], date.fromisoformat(start) if start else None)


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    if name not in views.VIEWS:
        raise NotFound(f"There is no view {name}; there are {', '.join(sorted(views.VIEWS))}.")
    found = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'report' AND table_name = ?", [name]
    )
    return [column for (column,) in found.fetchall()]


def _condition(name: str, known: list[str], where: Where | None) -> tuple[str, list[Any]]:
    parts, values = [], []
    for column, value in (where or {}).items():
        _known(name, known, column)
        if value is None:
            parts.append(f"{column} IS NULL")
        elif isinstance(value, list | tuple | set):
            parts.append(f"{column} IN (SELECT unnest(?))")
            values.append(sorted(value))
        else:
            parts.append(f"{column} = ?")
            values.append(value)
    return (" WHERE " + " AND ".join(parts) if parts else ""), values


def _known(name: str, known: list[str], column: str) -> None:
    if column not in known:
        raise NotFound(f"report.{name} has no column {column}; it has {', '.join(known)}.")


def _ordered(name: str, known: list[str], column: str) -> str:
    bare = column.removeprefix("-")
    _known(name, known, bare)
    return f"{bare} {'DESC' if column.startswith('-') else 'ASC'} NULLS LAST"


def published_runs(settings: Settings) -> list[str]:
    """Ids of all published runs, the newest first; where runs are shared, of those in the store."""
    if settings.runs.url:
        return afar.runs(settings.runs.url)
    return sorted((path.stem for path in settings.published.glob("????????-*.duckdb")), reverse=True)


def latest(settings: Settings, run_id: str | None = None) -> Snapshot:
    """The run asked for, else the newest; NotFound says how to make one.

    Where runs are shared, one that this host has not seen yet is copied here first.
    """
    if settings.runs.url:
        return _shared(settings, settings.runs.url, run_id)
    pointer = settings.published / "latest"
    if run_id is None and not pointer.exists():
        raise NotFound("No run yet: `tieout reconcile` makes one.")
    return Snapshot.open(settings.published / f"{run_id or pointer.read_text(encoding='utf-8').strip()}.duckdb")


def _shared(settings: Settings, url: str, run_id: str | None) -> Snapshot:
    known = [run_id] if run_id else afar.runs(url)
    if not known:
        raise NotFound(f"No run yet in {url}: `tieout reconcile` makes one.")
    path = settings.published / f"{known[0]}.duckdb"
    return Snapshot(path if path.exists() else afar.get(url, known[0], settings.published))
