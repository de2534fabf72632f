"""States move only along their edges, in the program and in the database."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from toolkit.errors import StoreError
from toolkit.workflow import migrations
from toolkit.workflow.control import Control
from toolkit.workflow.database import REVISIONS
from toolkit.workflow.states import COLOURS, EDGES, STATES, WORDS


def _versions() -> list[Any]:
    found = []
    for path in sorted((Path(next(iter(migrations.__path__))) / "versions").glob("0*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        found.append(importlib.util.module_from_spec(spec))
        spec.loader.exec_module(found[-1])
    return found


def test_the_database_knows_the_same_edges_as_the_program() -> None:
    known = {edge for module in _versions() for edge in getattr(module, "EDGES", "").split()}
    assert known == {f"{before}>{after}" for before, ends in EDGES.items() for after in ends}


def test_the_program_knows_every_revision_of_the_schema() -> None:
    assert tuple(module.revision for module in _versions()) == REVISIONS


def test_a_database_of_a_newer_program_is_refused(submitted) -> None:
    engine = _raw(submitted)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(StoreError, match="newer Tieout"), Control.open(submitted):
        pass


def test_an_open_database_is_not_migrated_again(submitted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolkit.workflow.database._migrate", lambda _: pytest.fail("it was up to date"))
    with Control.open(submitted) as control:
        assert control.syncs()


def test_every_state_has_a_colour_and_words() -> None:
    assert set(COLOURS) == set(WORDS) == set(STATES)
    assert {state for state in STATES if COLOURS[state] == "GREEN"} == {"posted", "verified"}


def _raw(settings) -> sa.Engine:
    return sa.create_engine(settings.control_url)


def test_the_database_refuses_a_step_that_is_no_edge(submitted) -> None:
    engine = _raw(submitted)
    with engine.begin() as connection, pytest.raises(sa.exc.IntegrityError, match="no such step"):
        connection.exec_driver_sql("UPDATE syncs SET state = 'verified' WHERE state = 'submitted'")
    engine.dispose()


@pytest.mark.parametrize("statement", ["UPDATE events SET actor = 'somebody'", "DELETE FROM events"])
def test_the_database_refuses_to_rewrite_the_log(submitted, statement: str) -> None:
    engine = _raw(submitted)
    with engine.begin() as connection, pytest.raises(sa.exc.IntegrityError, match="written once"):
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_sync_is_never_deleted(submitted) -> None:
    engine = _raw(submitted)
    with engine.begin() as connection, pytest.raises(sa.exc.IntegrityError, match="is kept"):
        connection.exec_driver_sql("DELETE FROM syncs")
    engine.dispose()


def test_the_control_database_is_its_owners_alone(submitted) -> None:
    with Control.open(submitted):
        pass
    assert (submitted.home / "control.sqlite").stat().st_mode & 0o077 == 0
