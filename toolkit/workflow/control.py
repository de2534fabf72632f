"""The control database's only door: a change of state and its event are one transaction.

SQLite in WAL mode with `synchronous=FULL` is the embedded default: what was committed survives the
process and, on a disk that honours fsync, the machine. Reads return plain rows; nothing outside this
module holds a connection.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.engine import URL, make_url

from toolkit import schemas
from toolkit.errors import NotFound, StoreError, WrongState
from toolkit.settings import Settings
from toolkit.workflow import audit
from toolkit.workflow.outcome import Sync
from toolkit.workflow.policy import Actor
from toolkit.workflow.states import may_go
from toolkit.workflow.tables import attempts, decisions, events, gates, syncs

MIGRATIONS = Path(__file__).parent / "migrations"
SERVICE = Actor("service account", ("admin",), "push")
Fields = dict[str, Any]


def stamp(moment: datetime) -> str:
    """An instant as the control database keeps it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """The other way round."""
    return datetime.fromisoformat(text)


class Control:
    """The open control database of one working folder."""

    def __init__(self, engine: sa.Engine, home: Path) -> None:
        self._engine, self._anchor = engine, home / "audit.anchor"

    @classmethod
    @contextmanager
    def open(cls, settings: Settings) -> Iterator[Control]:
        """Open, creating or migrating it first; StoreError where it is damaged or newer than this program."""
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        url = make_url(settings.control_url)
        engine = _engine(url)
        try:
            _migrate(engine, url)
            yield cls(engine, settings.home)
        except sa.exc.DatabaseError as error:
            raise StoreError(
                f"The control database {url.database} failed: {str(error.orig).splitlines()[0]}."
            ) from error
        finally:
            engine.dispose()

    # -- reading -----------------------------------------------------------------------------------
    def syncs(self, states: Sequence[str] | None = None, ids: Sequence[str] | None = None) -> list[Sync]:
        """Syncs by id; of certain states or ids only."""
        query = sa.select(syncs).order_by(syncs.c.sync_id)
        if states is not None:
            query = query.where(syncs.c.state.in_(list(states)))
        if ids is not None:
            query = query.where(syncs.c.sync_id.in_(list(ids)))
        with self._engine.connect() as connection:
            return [_sync(row) for row in connection.execute(query).mappings()]

    def sync(self, sync_id: str) -> Sync:
        """One sync; NotFound."""
        found = self.syncs(ids=[sync_id])
        if not found:
            raise NotFound(f"There is no sync {sync_id}; `tieout status --all` lists them.")
        return found[0]

    def attempts(self, sync_id: str) -> list[Fields]:
        query = sa.select(attempts).where(attempts.c.sync_id == sync_id).order_by(attempts.c.number)
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def events(self, after: int = 0, limit: int | None = None, about: str | None = None) -> list[Fields]:
        """Events in order; of one object only where `about` names it."""
        query = sa.select(events).where(events.c.seq > after).order_by(events.c.seq)
        query = query.where(events.c.object == about) if about else query
        query = query.limit(limit) if limit else query
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def decisions(self) -> pl.DataFrame:
        """`Decisions`: of each application and claim what was said last."""
        query = sa.select(decisions).order_by(decisions.c.decision_id)
        with self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        names = list(schemas.columns(schemas.Decisions))
        key = names[:-1]
        frame = pl.DataFrame([[row[name] for name in names] for row in rows], schema=names, orient="row")
        frame = schemas.conform(schemas.Decisions, frame)
        return frame.unique(key, keep="last", maintain_order=True).sort(key, nulls_last=True)

    def posted(self) -> pl.DataFrame:
        """`PostedSyncs`: what stands in Procore by our hand."""
        rows = self.syncs(states=["posted", "verified", "drifted"])
        names = list(schemas.columns(schemas.PostedSyncs))
        frame = pl.DataFrame([[getattr(row, name) for name in names] for row in rows], schema=names, orient="row")
        return schemas.conform(schemas.PostedSyncs, frame).sort("sync_id")

    def gate(self, host: str) -> DurableGate:
        """The rate gate of a host, which a restart respects."""
        return DurableGate(self._engine, host)

    def verdict(self) -> audit.Verdict:
        """Re-perform the log against its anchor and the table of syncs."""
        states = {sync.sync_id: (sync.state, sync.payload_hash) for sync in self.syncs()}
        return audit.check(self.events(), self.anchor(), states)

    def anchor(self) -> tuple[int, str] | None:
        """The newest event that was written outside the database, beside it."""
        if not self._anchor.exists():
            return None
        try:
            said = json.loads(self._anchor.read_text(encoding="utf-8"))
            return int(said["seq"]), str(said["hash"])
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{self._anchor} is damaged; restore it from a backup.") from error

    # -- writing -----------------------------------------------------------------------------------
    @contextmanager
    def change(self, actor: Actor, action: str, now: datetime) -> Iterator[Change]:
        """One transaction for a change and its events; an exception inside undoes all of it."""
        with _writing(self._engine).begin() as connection:
            change = Change(connection, actor, action, now)
            yield change
        if change.head:
            self._write_anchor(*change.head)

    def _write_anchor(self, seq: int, digest: str) -> None:
        draft = self._anchor.with_suffix(".draft")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps({"seq": seq, "hash": digest}))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._anchor)


class Change:
    """An open transaction: every method writes a row and the event that tells of it."""

    def __init__(self, connection: sa.Connection, actor: Actor, action: str, now: datetime) -> None:
        self._connection, self.actor, self._action, self.now = connection, actor, action, now
        self.head: tuple[int, str] | None = None

    def sync(self, sync_id: str) -> Sync:
        """The sync as it stands inside this transaction."""
        row = self._connection.execute(sa.select(syncs).where(syncs.c.sync_id == sync_id)).mappings().first()
        if row is None:
            raise NotFound(f"There is no sync {sync_id}; `tieout status --all` lists them.")
        return _sync(row)

    def add(self, values: Fields) -> Sync:
        """A new sync."""
        row = {"version": 1, "final": False, "updated_at": stamp(self.now)} | values
        self._connection.execute(syncs.insert().values(**row))
        return self._told(str(values["sync_id"]), {"reason": row.get("reason"), "amount": row["amount"]})

    def move(self, sync: Sync, state: str, **values: Any) -> Sync:
        """Take a sync to a state (or keep it there with other values).

        WrongState where there is no such step, or where somebody else changed the sync meanwhile.
        """
        if state != sync.state and not may_go(sync.state, state):
            raise WrongState(f"{sync.sync_id} is {sync.state}; from there it cannot become {state}.")
        statement = (
            syncs.update()
            .where(syncs.c.sync_id == sync.sync_id, syncs.c.version == sync.version)
            .values(state=state, version=sync.version + 1, updated_at=stamp(self.now), **values)
        )
        if self._connection.execute(statement).rowcount != 1:
            now = self.sync(sync.sync_id)
            raise WrongState(f"{sync.sync_id} was changed meanwhile: it is {now.state} since {now.updated_at}.")
        hidden = ("body", "facts")
        return self._told(sync.sync_id, {"from": sync.state} | {k: v for k, v in values.items() if k not in hidden})

    def open_attempt(self, sync: Sync) -> int:
        """Intent to send: durable with this transaction, before any byte leaves."""
        query = sa.select(sa.func.coalesce(sa.func.max(attempts.c.number), 0)).where(attempts.c.sync_id == sync.sync_id)
        number = int(self._connection.execute(query).scalar_one()) + 1
        self._connection.execute(
            attempts.insert().values(
                sync_id=sync.sync_id,
                number=number,
                payload_hash=sync.payload_hash,
                started_by=self.actor.name,
                started_at=stamp(self.now),
            )
        )
        return number

    def close_attempt(self, sync_id: str, outcome: str, status: int | None, detail: str) -> None:
        """What became of the open attempt, if there is one."""
        self._connection.execute(
            attempts.update()
            .where(attempts.c.sync_id == sync_id, attempts.c.closed_at.is_(None))
            .values(closed_at=stamp(self.now), outcome=outcome, status=status, detail=detail[:500])
        )

    def decide(self, values: Fields) -> None:
        """What a person decided about a match."""
        said = values | {"decided_by": self.actor.name, "decided_at": stamp(self.now)}
        self._connection.execute(decisions.insert().values(**said))
        self.tell(f"{values['erp']}|{values['erp_company']}|{values['payment_id']}", values)

    def _told(self, sync_id: str, facts: Fields) -> Sync:
        sync = self.sync(sync_id)
        self.tell(sync_id, facts | {"state": sync.state, "payload_hash": sync.payload_hash, "version": sync.version})
        return sync

    def tell(self, about: str, facts: Fields) -> None:
        """Append an event to the chain."""
        last = self._connection.execute(
            sa.select(events.c.seq, events.c.hash).order_by(events.c.seq.desc()).limit(1)
        ).first()
        seq, before = (last[0] + 1, last[1]) if last else (1, audit.GENESIS)
        event = {
            "seq": seq,
            "at": stamp(self.now),
            "actor": self.actor.name,
            "via": self.actor.via,
            "action": self._action,
            "object": about,
            "facts": audit.canonical({k: v for k, v in facts.items() if v is not None}),
            "prev_hash": before,
        }
        digest = audit.event_hash(event)
        self._connection.execute(events.insert().values(**event, hash=digest))
        self.head = (seq, digest)


class DurableGate:
    """`toolkit.procore.Gate` kept in the control database."""

    def __init__(self, engine: sa.Engine, host: str) -> None:
        self._engine, self._host = engine, host

    def closed_until(self) -> datetime | None:
        query = sa.select(gates.c.closed_until).where(gates.c.host == self._host)
        with self._engine.connect() as connection:
            text = connection.execute(query).scalar()
        return instant(text) if text else None

    def close(self, until: datetime) -> None:
        before = self.closed_until()
        if before and before >= until:
            return
        with _writing(self._engine).begin() as connection:
            connection.execute(gates.delete().where(gates.c.host == self._host))
            connection.execute(gates.insert().values(host=self._host, closed_until=stamp(until)))


def _sync(row: Any) -> Sync:
    return Sync(**{field.name: row[field.name] for field in fields(Sync)})


def _engine(url: URL) -> sa.Engine:
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


def _writing(engine: sa.Engine) -> sa.Engine:
    return engine.execution_options(writes=True)


def _migrate(engine: sa.Engine, url: URL) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with _writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(f"{url.database} was made by a newer Tieout ({error}); upgrade.") from error
