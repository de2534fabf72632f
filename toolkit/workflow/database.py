"""The engine under the control database: pragmas, how transactions begin, migrations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.engine import URL

from toolkit.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"


def engine_of(url: URL) -> sa.Engine:
    """An engine whose commits are durable (SQLite: WAL, synchronous=FULL)."""
    engine = sa.create_engine(url)
    if url.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", _on_connect)
        sa.event.listen(engine, "begin", _on_begin)
        if url.database:
            Path(url.database).touch(mode=0o600)
    return engine


def _on_connect(raw: Any, record: object) -> None:
    del record
    # The driver must not begin transactions by itself: `_on_begin` does.
    raw.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
        raw.execute(f"PRAGMA {pragma}")


def _on_begin(connection: sa.Connection) -> None:
    # A writer takes its place at the start and never fails in its middle; a reader waits for nobody.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def writing(engine: sa.Engine) -> sa.Engine:
    """The same engine, its transactions taking the writer's place at once."""
    return engine.execution_options(writes=True)


def migrate(engine: sa.Engine, url: URL) -> None:
    """Bring the schema to this program's version; StoreError where the file is newer."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(f"{url.database} was made by a newer Tieout ({error}); upgrade.") from error
