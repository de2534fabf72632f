"""The warehouse file: one short-lived writer at a time, every change one transaction.

A little longer than other modules, because whoever writes goes through this one door.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import stamina

from toolkit import money, schemas
from toolkit.errors import InputError, StoreError
from toolkit.matching.model import Inputs, Reconciliation
from toolkit.settings import Settings
from toolkit.warehouse import cursors, journal, publish, pulls, schema, views
from toolkit.warehouse.cursors import Cursor
from toolkit.warehouse.kept import keep_file
from toolkit.warehouse.model import Load, LoadReport, ProcoreRows, PullReport, Run
from toolkit.warehouse.reading import first, frame
from toolkit.warehouse.versions import naive

LOADS = "loads.duckdb"
LOADING_MEGABYTES = 384


class Warehouse:
    """The open warehouse of one working folder; `open` is the only way to get one."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        self._connection, self._settings = connection, settings

    @classmethod
    @contextmanager
    def open(cls, settings: Settings, *, wait_seconds: float = 10) -> Iterator[Warehouse]:
        """Open the file for writing, waiting a little for another writer; StoreError names its process."""
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = settings.warehouse_path
        connection = _connect(path, wait_seconds)
        try:
            path.chmod(0o600)
            if not first(connection, "SELECT 1 FROM duckdb_schemas() WHERE schema_name = 'core'"):
                schema.create(connection)
                for statement in views.create_statements():
                    connection.execute(statement)
            schema.check(connection, str(path))
            schema.renew(connection)
            cursors.create(connection)
            yield cls(connection, settings)
        finally:
            connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self._connection.begin()
        try:
            yield self._connection
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    def load(self, loads: Sequence[Load], now: datetime) -> list[LoadReport]:
        """Write source files, all or none, and keep a copy of each under its SHA-256.

        The same bytes again change nothing, and the report says so.
        """
        # What is written goes to disk soon: pages that nobody asks for again need no memory.
        self._connection.execute(f"SET memory_limit = '{LOADING_MEGABYTES}MB'")
        with self._transaction() as connection:
            reports = [_loaded(connection, one, now) for one in loads]
            for one in loads:
                keep_file(self._settings.files, one.file)
        return reports

    def cursor(self, erp: str, erp_company: str) -> Cursor | None:
        """How far an ERP's API was read."""
        return cursors.read(self._connection, erp, erp_company)

    def move(self, cursor: Cursor) -> None:
        """An ERP's API was asked and had nothing new."""
        with self._transaction() as connection:
            cursors.keep(connection, cursor)

    def take(self, load: Load, cursor: Cursor) -> LoadReport | None:
        """Write what an ERP's API answered, and how far it was read with it.

        None: it is the very answer of the last pull, and changes nothing. The answer of an earlier
        pull is news: what it says holds again.
        """
        with self._transaction() as connection:
            before = cursors.read(connection, cursor.erp, cursor.erp_company)
            cursors.keep(connection, cursor)
            if before is not None and before.answer == cursor.answer:
                return None
            keep_file(self._settings.files, load.file)
            now = load.options.extracted_at or cursor.pulled_at
            return journal.record(connection, load.extract, load.file, load.options, now)

    def pull(self, rows: ProcoreRows) -> PullReport:
        """Write Procore's side as one pull read it."""
        with self._transaction() as connection:
            return pulls.record(connection, rows)

    def table(self, name: str) -> pl.DataFrame:
        """One canonical table as it stands now, sorted."""
        table = schema.CANON[name]
        found = frame(self._connection, f"SELECT * FROM canon.{name} ORDER BY ALL")
        return schemas.conform(table, found)

    def inputs(self, decisions: pl.DataFrame | None = None, posted: pl.DataFrame | None = None) -> Inputs:
        """Both sides as they stand. A payment without currency gets the company's, or the projects' only one."""
        projects = self.table("projects")
        known = projects["currency_code"].drop_nulls().unique().to_list()
        currency = self._settings.company.currency or (known[0] if len(known) == 1 else None)
        payments = self.table("payments")
        if currency in money.NO_DECIMALS and payments["currency_code"].null_count():
            raise InputError(
                f"Payments that name no currency were read with two decimals, but the projects are in {currency}: "
                f'set [company] currency = "{currency}" in tieout.toml and load the files again.'
            )
        payments = payments.with_columns(pl.col("currency_code").fill_null(pl.lit(currency, pl.String)))
        return Inputs(
            payments=payments,
            applications=self.table("applications"),
            claims=self.table("claims"),
            commitments=self.table("commitments"),
            projects=projects,
            vendors=self.table("vendors"),
            issued_payments=self.table("issued_payments"),
            decisions=schemas.empty(schemas.Decisions) if decisions is None else decisions,
            posted=schemas.empty(schemas.PostedSyncs) if posted is None else posted,
        )

    def ages(self) -> dict[str, str]:
        """When the newest pull was made, and how old the oldest ERP's newest extract is (ISO, UTC).

        ERPs none of whose extracts says its own time are left out; of the others each load counts.
        """
        row = first(
            self._connection,
            "SELECT (SELECT max(pulled_at) FROM core.pulls), (SELECT min(newest) FROM "
            "(SELECT max(moment) AS newest FROM (SELECT erp, extracted_at AS moment FROM core.loads "
            "WHERE erp IN (SELECT erp FROM core.loads WHERE stamped) "
            "UNION ALL SELECT erp, pulled_at FROM core.cursors) GROUP BY erp))",
        )
        found = zip(("pulled_at", "extracted_at"), row or (), strict=True)
        return {name: moment.replace(tzinfo=UTC).isoformat() for name, moment in found if moment}

    def record_run(
        self, run: Run, inputs: Inputs, found: Reconciliation, cases: pl.DataFrame | None = None
    ) -> tuple[str, Path]:
        """Keep what a run found and publish it; the newest run's findings also stand in the warehouse."""
        content = hashlib.sha256()
        for rows in (found.matches, found.links, found.mismatches, found.statement, inputs.payments, inputs.claims):
            content.update(rows.write_csv().encode())
        run_id = f"{run.started_at.astimezone(UTC):%Y%m%d-%H%M%S}-{content.hexdigest()[:6]}"
        hashes = self._input_hashes()
        with self._transaction() as connection:
            said = {"cases": schemas.empty(schemas.Cases) if cases is None else cases}
            for name, rows in ({name: getattr(found, name) for name in schema.FOUND_TABLES} | said).items():
                connection.register("found", rows)
                connection.execute(f"DELETE FROM canon.{name}")
                connection.execute(f"INSERT INTO canon.{name} SELECT * FROM found ORDER BY ALL")
                connection.unregister("found")
            connection.execute(
                "INSERT INTO core.first_seen SELECT mismatch_id, ? FROM canon.mismatches ORDER BY 1 "
                "ON CONFLICT DO NOTHING",
                [run.started_at.astimezone(UTC).date()],
            )
            connection.execute(
                "INSERT INTO core.runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    run_id,
                    run.as_of,
                    run.period,
                    naive(run.started_at),
                    run.rules_version,
                    json.dumps(dict(run.parameters), sort_keys=True),
                    json.dumps(hashes, sort_keys=True),
                    json.dumps(publish.content_hashes(connection), sort_keys=True),
                    run.prepared_by,
                ],
            )
        return run_id, self._publish(run_id, inputs)

    def _input_hashes(self) -> dict[str, object]:
        """What a run stood on: the source files by their SHA-256, and the pull."""
        files = self._connection.execute("SELECT sha256 FROM core.loads ORDER BY 1").fetchall()
        pulled = first(self._connection, "SELECT pull_id FROM core.pulls ORDER BY pulled_at DESC LIMIT 1")
        return {"files": [sha for (sha,) in files], "pull": pulled[0] if pulled else None}

    def _publish(self, run_id: str, inputs: Inputs) -> Path:
        path = self._settings.published / f"{run_id}.duckdb"
        frames = {name: frame(self._connection, query) for name, query in schema.STOOD_ON.items()}
        # By its id: a clock that was set back must not give it another run's facts.
        frames["run"] = frame(self._connection, "SELECT * FROM core.runs WHERE run_id = ?", [run_id])
        frames |= {name: getattr(inputs, name) for name in schema.SNAPSHOT if hasattr(inputs, name)}

        def fill(snapshot: duckdb.DuckDBPyConnection) -> None:
            for name in (*schema.SNAPSHOT, *schema.STOOD_ON, "quarantine", "first_seen", "run"):
                rows = frames.get(name)
                _copy(snapshot, name, self._read(name) if rows is None else rows)
            for statement in views.create_statements():
                snapshot.execute(statement)

        publish.build(path, fill)
        publish.point_to(self._settings.published, run_id)
        return path

    def publish_loads(self) -> Path:
        """Publish what was loaded and pulled, to be read before any run."""
        path = self._settings.published / LOADS

        tables = (*schema.ERP_TABLES, *schema.PROCORE_TABLES, "loads", "quarantine")
        publish.copy_out(self._connection, path, tables, views.create_statements(views.BEFORE_ANY_RUN))
        return path

    def _read(self, name: str) -> pl.DataFrame:
        return frame(self._connection, f"SELECT * FROM canon.{name}")


def _loaded(connection: duckdb.DuckDBPyConnection, one: Load, now: datetime) -> LoadReport:
    """One source file, unless it was loaded before."""
    before = journal.already(connection, one.file, one.options)
    if before is not None:
        return before
    report = journal.record(connection, one.extract, one.file, one.options, now)
    when = one.extract.extracted_at or now
    for table in one.extract.procore.items():
        said = pulls.take_list(connection, one.file.name, report.load_id, table, when)
        report = replace(report, notes=(*report.notes, *said))
    return report


def _copy(snapshot: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    snapshot.register("incoming", frame)
    snapshot.execute(f"CREATE TABLE canon.{name} AS SELECT * FROM incoming ORDER BY ALL")
    snapshot.unregister("incoming")


def _connect(path: Path, wait_seconds: float) -> duckdb.DuckDBPyConnection:
    # stamina would tell of each further try on standard output, where a --json document stands alone.
    stamina.instrumentation.set_on_retry_hooks(())
    try:
        for attempt in stamina.retry_context(
            on=_is_locked, attempts=None, timeout=max(wait_seconds, 0.01), wait_initial=0.1, wait_max=0.5
        ):
            with attempt:
                return duckdb.connect(str(path))
    except duckdb.IOException as error:
        holder = re.search(r"PID (\d+)", str(error))
        who = f"process {holder[1]}" if holder else "another process"
        raise StoreError(f"{path} is in use by {who}; wait until it is done, or end it, and try again.") from error
    except duckdb.Error as error:
        raise StoreError(
            f"{path} cannot be opened ({str(error).splitlines()[0]}); restore it from a backup."
        ) from error
    raise AssertionError("the retry context either returns or raises")


def _is_locked(error: Exception) -> bool:
    return isinstance(error, duckdb.IOException) and "lock" in str(error).lower()
