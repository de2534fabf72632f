"""Take a control database to another place, whole: from the embedded SQLite to PostgreSQL, or back."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from toolkit.errors import StoreError
from toolkit.workflow.database import engine_of, only_sender, prepare, writing
from toolkit.workflow.tables import decisions, events, metadata


def move(source: str, target: str) -> int:
    """Copy every row from one database address to another and return how many events came along.

    One transaction on each side, while nobody sends: the log's chain goes on where it was. StoreError where
    the target holds a log already. The source stays as it is.
    """
    old, new = engine_of(make_url(source)), engine_of(make_url(target))
    try:
        prepare(old, old.url)
        prepare(new, new.url)
        with only_sender(old), writing(old).begin() as reading, writing(new).begin() as connection:
            return _copy(reading, connection)
    finally:
        old.dispose()
        new.dispose()


def _copy(reading: sa.Connection, connection: sa.Connection) -> int:
    if connection.execute(sa.select(sa.func.count()).select_from(events)).scalar_one():
        raise StoreError(
            f"The control database {connection.engine.url.database} holds a log already; name an empty one."
        )
    for table in metadata.sorted_tables:
        rows = [dict(row) for row in reading.execute(sa.select(table)).mappings()]
        if rows:
            connection.execute(table.insert(), rows)
    if connection.dialect.name == "postgresql":
        # Rows that bring their number do not move the counter.
        newest = sa.select(sa.func.max(decisions.c.decision_id)).scalar_subquery()
        counter = sa.func.pg_get_serial_sequence("decisions", "decision_id")
        connection.execute(sa.select(sa.func.setval(counter, sa.func.coalesce(newest, 1), newest.is_not(None))))
    return int(connection.execute(sa.select(sa.func.count()).select_from(events)).scalar_one())
