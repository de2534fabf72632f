"""The engine under the control database: pragmas, how transactions begin, migrations, the sender's lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from filelock import BaseFileLock, FileLock, Timeout
from sqlalchemy.engine import URL

from toolkit.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
# Oldest first; the last is what this program writes and reads.
REVISIONS = ("0001", "0002", "0003", "0004", "0005")
# One number for whoever sends, one for whoever writes the log: PostgreSQL's locks are known by number.
SENDER, WRITER = 7_301_001, 7_301_002
BACKENDS = ("sqlite", "postgresql")
ANOTHER = "Another push is running on this control database; wait until it is done."


def engine_of(url: URL) -> sa.Engine:
    """An engine whose commits are durable (SQLite: WAL, synchronous=FULL); StoreError where it has no driver here."""
    if url.get_backend_name() not in BACKENDS:
        raise StoreError(f"A control database is SQLite or PostgreSQL, not {url.get_backend_name()}.")
    try:
        engine = sa.create_engine(url)
    except ModuleNotFoundError as error:
        raise StoreError(
            f"The control database needs {error.name}, which is not installed: install tieout[postgres] "
            "and write its address as postgresql+psycopg://user@host/database."
        ) from error
    if url.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", _on_connect)
        sa.event.listen(engine, "begin", _on_begin)
        if url.database:
            Path(url.database).touch(mode=0o600)
    else:
        sa.event.listen(engine, "begin", _one_writer)
    return engine


def _on_connect(raw: Any, record: object) -> None:
    del record
    # The driver must not begin transactions by itself: `_on_begin` does.
    raw.isolation_level = None
    for pragma in ("busy_timeout=15000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        raw.execute(f"PRAGMA {pragma}")


def _on_begin(connection: sa.Connection) -> None:
    # A writer takes its place at the start and never fails in its middle; a reader waits for nobody.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _one_writer(connection: sa.Connection) -> None:
    # Two writers would give their events the same place in the log. What a writer reads after this line was
    # committed by whoever wrote before it, so that read committed, the default, suffices and nothing is retried.
    if connection.get_execution_options().get("writes", False):
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITER})


def writing(engine: sa.Engine) -> sa.Engine:
    """The same engine, its transactions taking the writer's place at once."""
    return engine.execution_options(writes=True)


def one_view(engine: sa.Engine) -> sa.Engine:
    """The same engine, all reads of one transaction seeing the database as it was at the first."""
    # SQLite's write-ahead log gives that to every transaction.
    return engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="REPEATABLE READ")


def prepare(engine: sa.Engine, url: URL) -> None:
    """Create or migrate the schema where it is behind; StoreError where it is newer than this program."""
    found = _revision(engine)
    if found == REVISIONS[-1]:
        return
    if found is not None and found not in REVISIONS:
        raise StoreError(f"{url.database} was made by a newer Tieout (schema {found}); upgrade.")
    _migrate(engine)


def _revision(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return str(found) if found else None


def _migrate(engine: sa.Engine) -> None:
    from alembic import command  # slow to import, and only needed where the schema is behind
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


class SenderLock(Protocol):
    """The right to send, held by one process at a time."""

    def held(self) -> bool:
        """Is it still ours? Asked right before the first byte of each request."""
        ...


@contextmanager
def only_sender(engine: sa.Engine) -> Iterator[SenderLock]:
    """Hold the sender's lock of this database, else StoreError."""
    held = _file_lock(engine) if engine.dialect.name == "sqlite" else _advisory_lock(engine)
    with held as lock:
        yield lock


def takeover_proves_death(engine: sa.Engine) -> bool:
    """A file lock goes with its process. PostgreSQL's goes with its connection, whose process may live on."""
    return engine.dialect.name == "sqlite"


class _FileLock:
    def __init__(self, lock: BaseFileLock) -> None:
        self._lock = lock

    def held(self) -> bool:
        return bool(self._lock.is_locked)


@contextmanager
def _file_lock(engine: sa.Engine) -> Iterator[SenderLock]:
    # Beside the database itself, so that two working folders with one database have one sender.
    lock = FileLock(f"{engine.url.database}.push.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise StoreError(ANOTHER) from error
    try:
        yield _FileLock(lock)
    finally:
        lock.release()


class _AdvisoryLock:
    """A lock on a connection of its own: no transaction of the workflow can drop it, and its loss is seen."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        # An advisory lock has its number in two halves.
        self._mine = sa.text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = :lock "
            "AND granted AND pid = pg_backend_pid() "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )

    def held(self) -> bool:
        try:
            return bool(self._connection.execute(self._mine, {"lock": SENDER}).scalar_one() == 1)
        except sa.exc.DBAPIError:
            return False


@contextmanager
def _advisory_lock(engine: sa.Engine) -> Iterator[SenderLock]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(sa.text("SELECT pg_try_advisory_lock(:lock)"), {"lock": SENDER}).scalar():
            raise StoreError(ANOTHER)
        lock = _AdvisoryLock(connection)
        try:
            yield lock
        finally:
            if lock.held():
                connection.execute(sa.text("SELECT pg_advisory_unlock(:lock)"), {"lock": SENDER})
            else:
                # What is left of the connection must not go back to the pool.
                connection.invalidate()
