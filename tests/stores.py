"""The two databases in which the workflow may keep its state, so that one test can be run on both."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.postgres import Server
from toolkit.settings import Settings
from toolkit.workflow.move import move

STORES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))


class Embedded:
    """SQLite in the working folder, as it comes."""

    def settle(self, home: Path) -> None:
        """The control database that was copied with `home` is where this store keeps it."""


class OnPostgres(Embedded):
    """A copy of the home's SQLite file in a database of its own, named by the environment."""

    def __init__(self, server: Server, environment: pytest.MonkeyPatch) -> None:
        self._server, self._environment = server, environment

    def settle(self, home: Path) -> None:
        content = hashlib.sha256((home / "control.sqlite").read_bytes()).hexdigest()
        if content not in self._server.templates:
            fresh = self._server.database()
            move(f"sqlite:///{home / 'control.sqlite'}", fresh.render_as_string(hide_password=False))
            self._server.templates[content] = str(fresh.database)
        url = self._server.database(self._server.templates[content])
        self._environment.setenv("TIEOUT_CONTROL_URL", url.render_as_string(hide_password=False))


@contextmanager
def raw(settings: Settings, *, unguarded: bool = False) -> Iterator[sa.Connection]:
    """The control database as a person with a tool has it, each statement committed; with the triggers off, or on."""
    engine = sa.create_engine(settings.control_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if unguarded:
            _disarm(connection)
        yield connection
    engine.dispose()


def _disarm(connection: Any) -> None:
    if connection.dialect.name == "sqlite":
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for name in names:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    for table in ("events", "syncs", "attempts", "closes"):
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
