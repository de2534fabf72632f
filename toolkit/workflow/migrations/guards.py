"""Triggers that keep the invariants inside the database, said once for SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Literal

from alembic import op

Verb = Literal["UPDATE", "UPDATE OF state", "DELETE"]


def refuse(name: str, verb: Verb, table: str, sentence: str, when: str = "TRUE") -> None:
    """From now on `verb` on a row of `table` fails with `sentence` where `when` (over OLD and NEW) holds.

    Both databases report it as an integrity error. On PostgreSQL what may not be deleted may not be truncated.
    """
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )
        return
    raised = f"RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation';"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {when} THEN {raised} END IF; RETURN COALESCE(NEW, OLD); END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    if verb == "DELETE":
        op.execute(f"CREATE FUNCTION {name}_at_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raised} END $$")
        op.execute(
            f"CREATE TRIGGER {name}_at_once BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}_at_once()"
        )
