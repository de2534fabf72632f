"""The engine under the control database: pragmas, how transactions begin, migrations, the sender's lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.engine import URL

from toolkit.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
# Oldest first; the last is what this program writes and reads.
REVISIONS = ("0001", "0002", "0003", "0004", "0005")
# One number for whoever sends, one for whoever writes the log: PostgreSQL's locks are known by number.
SENDER, WRITER = 7_301_001, 7_301_002


def engine_of(url: URL) -> sa.Engine:
    """An engine whose commits are durable (SQLite: WAL, synchronous=FULL)."""
    engine = sa.create_engine(url)
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
    # Two writers would give their events the same place in the log.
    if connection.get_execution_options().get("writes", False):
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITER})


def writing(engine: sa.Engine) -> sa.Engine:
    """The same engine, its transactions taking the writer's place at once."""
    return engine.execution_options(writes=True)


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


@contextmanager
def only_sender(engine: sa.Engine) -> Iterator[None]:
    """Hold the sender's lock of this database. It dies with its process, so a takeover proves a death."""
    held = _file_lock(engine) if engine.dialect.name == "sqlite" else _advisory_lock(engine)
    with held:
        yield


@contextmanager
def _file_lock(engine: sa.Engine) -> Iterator[None]:
    # Beside the database itself, so that two working folders with one database have one sender.
    lock = FileLock(f"{engine.url.database}.push.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise StoreError("Another push is running on this control database; wait until it is done.") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _advisory_lock(engine: sa.Engine) -> Iterator[None]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(sa.text("SELECT pg_try_advisory_lock(:lock)"), {"lock": SENDER}).scalar():
            raise StoreError("Another push is running on this control database; wait until it is done.")
        try:
            yield
        finally:
            connection.execute(sa.text("SELECT pg_advisory_unlock(:lock)"), {"lock": SENDER})
