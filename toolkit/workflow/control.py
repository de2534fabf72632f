"""The control database's only door: a change of state and its event are one transaction.

SQLite in WAL mode with `synchronous=FULL` is the embedded default: what was committed survives the
process and, on a disk that honours fsync, the machine. Reads return plain rows; nothing outside this
module holds a connection. Longer than other modules, because the database has this one door.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from toolkit import money, schemas
from toolkit.errors import AuditBroken, NotFound, StoreError
from toolkit.settings import Settings, load_settings
from toolkit.workflow import audit, checkpoint, closes, policy
from toolkit.workflow.anchors import Anchors
from toolkit.workflow.change import Change, Fields, read_closes, read_syncs
from toolkit.workflow.closes import Close
from toolkit.workflow.database import (
    SenderLock,
    engine_of,
    one_view,
    only_sender,
    prepare,
    takeover_proves_death,
    writing,
)
from toolkit.workflow.instants import instant, stamp
from toolkit.workflow.outcome import Sync
from toolkit.workflow.policy import SERVICE, Actor
from toolkit.workflow.tables import attempts, cases, decisions, events, gates

# What a push that finds a sync in `sending` writes into the log.
RESTART = "restart"
_EVENTS = sa.select(events).order_by(events.c.seq)


class Control:
    """The open control database of one working folder."""

    def __init__(self, engine: sa.Engine, settings: Settings) -> None:
        self._engine, self._home, self._anchors = engine, settings.home, Anchors(settings)
        self._locked_through = settings.policy.locked_through
        self._lock: SenderLock | None = None

    @classmethod
    @contextmanager
    def open(cls, settings: Settings) -> Iterator[Control]:
        """Open, creating or migrating it first; StoreError where it is away, damaged or newer than this program."""
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        url = _url(settings)
        engine = engine_of(url)
        try:
            prepare(engine, url)
            yield cls(engine, settings)
        except sa.exc.DatabaseError as error:
            where = f"{url.database} at {url.host}" if url.host else url.database
            raise StoreError(
                f"The control database {where} failed: {str(error.orig).strip().splitlines()[0].rstrip('.')}. "
                "What was committed stands; give the same command again."
            ) from error
        finally:
            engine.dispose()

    # -- reading -----------------------------------------------------------------------------------
    def syncs(self, states: Sequence[str] | None = None, ids: Sequence[str] | None = None) -> list[Sync]:
        """Syncs by id; of certain states or ids only."""
        with self._engine.connect() as connection:
            return read_syncs(connection, states, ids)

    def open_syncs(self) -> tuple[Sync, ...]:
        """Every sync that is not final."""
        return tuple(sync for sync in self.syncs() if sync.open)

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

    def events(
        self, after: int = 0, limit: int | None = None, about: str | None = None, begins: str | None = None
    ) -> list[Fields]:
        """Events in order; of one object only where `about` names it, or of all whose name `begins` so."""
        query = _EVENTS.where(events.c.seq > after)
        query = query.where(events.c.object.startswith(begins)) if begins else query
        query = query.where(events.c.object == about) if about else query
        query = query.limit(limit) if limit else query
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def decisions(self) -> pl.DataFrame:
        """`Decisions`: of each application and claim what was said last, unless it was taken back."""
        query = sa.select(decisions).order_by(decisions.c.decision_id)
        with self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        names = list(schemas.columns(schemas.Decisions))
        key = names[:-1]
        frame = pl.DataFrame([[row[name] for name in names] for row in rows], schema=names, orient="row")
        frame = schemas.conform(schemas.Decisions, frame)
        last = frame.unique(key, keep="last", maintain_order=True).filter(pl.col("verdict") != "undo")
        return last.sort(key, nulls_last=True)

    def posted(self) -> pl.DataFrame:
        """`PostedSyncs`: what stands in Procore by our hand."""
        rows = self.syncs(states=["posted", "verified", "drifted"])
        names = list(schemas.columns(schemas.PostedSyncs))
        frame = pl.DataFrame([[getattr(row, name) for name in names] for row in rows], schema=names, orient="row")
        return schemas.conform(schemas.PostedSyncs, frame).sort("sync_id")

    def cases(self) -> pl.DataFrame:
        """`Cases`: what was said about mismatches, as it stands."""
        names = list(schemas.columns(schemas.Cases))
        query = sa.select(*(cases.c[name] for name in names)).order_by(cases.c.mismatch_id)
        with self._engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(query)]
        frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
        return schemas.conform(schemas.Cases, frame.with_columns(pl.col("due_date").str.to_date()))

    def known(self) -> dict[str, pl.DataFrame]:
        """What a run takes in before its first pass: `decisions`, `posted`, `cases`, `closed`."""
        return {
            "decisions": self.decisions(),
            "posted": self.posted(),
            "cases": self.cases(),
            "closed": closes.locked(self.closes()),
        }

    def closes(self) -> list[Close]:
        """Every version of every month that was signed, the oldest first."""
        with self._engine.connect() as connection:
            return read_closes(connection)

    def gate(self, host: str) -> DurableGate:
        """The rate gate of a host, which a restart respects."""
        return DurableGate(self._engine, host)

    def verdict(self, handed: Sequence[audit.Anchor] = ()) -> audit.Verdict:
        """Re-perform the log against its anchors (and those `handed` over) and the table of syncs."""
        with one_view(self._engine).connect() as connection:
            # In one view: an event that comes between would look like a state that no event tells of.
            states = {sync.sync_id: (sync.state, sync.payload_hash) for sync in read_syncs(connection)}
            states |= {close.object: (close.state, close.content) for close in read_closes(connection)}
            events = [dict(row) for row in connection.execute(_EVENTS).mappings()]
        origin = checkpoint.origin_of(events) if events else None
        try:
            known = self._anchors.newest(origin)
        except AuditBroken as error:
            return audit.Verdict(3, str(error), len(events), "")
        return audit.check(events, (*known, *handed), states)

    def anchors(self) -> list[audit.Anchor]:
        """Every head and checkpoint that is remembered of this log; `place` is the kind and where it lies."""
        events = self.events(limit=1)
        known = self._anchors.newest(checkpoint.origin_of(events) if events else None)
        return [replace(anchor, place=self._anchors.kind(anchor)) for anchor in known]

    def outside_anchors(self) -> list[audit.Anchor]:
        """What is remembered of this log outside the working folder."""
        events = self.events(limit=1)
        known = self._anchors.newest(checkpoint.origin_of(events) if events else None)
        return [
            anchor for anchor in known if self._anchors.outside and anchor.place.startswith(str(self._anchors.outside))
        ]

    def checkpoint(self) -> tuple[str, list[Path]]:
        """Sign what the log is now and put it where anchors go; NotFound where the log is empty."""
        events = self.events()
        if not events:
            raise NotFound("The log has no event yet.")
        amounts: dict[str, dict[str, int]] = {}
        for sync in self.syncs():
            state = amounts.setdefault(sync.state, {})
            state[sync.currency_code or ""] = state.get(sync.currency_code or "", 0) + sync.amount
        said = {
            state: {code: money.plain(amount, code or None) for code, amount in sums.items()}
            for state, sums in amounts.items()
        }
        key = self._anchors.key()
        signed = checkpoint.sign(checkpoint.draw(events, said), key)
        return signed, self._anchors.keep(signed, key)

    def signed(self, events: Sequence[Mapping[str, Any]]) -> tuple[str, str] | None:
        """A signed checkpoint of the log up to the last of these events, and the public key; None where there is none.

        Nothing is anchored by it: it goes into an evidence pack.
        """
        if not events:
            return None
        key = self._anchors.key()
        return checkpoint.sign(checkpoint.draw(events, {}), key), checkpoint.public_of(key)

    def public_key(self) -> str:
        """The public part of the key that signs checkpoints: an auditor gets it by another way than the log."""
        return checkpoint.public_of(self._anchors.key())

    # -- writing -----------------------------------------------------------------------------------
    @contextmanager
    def change(self, actor: Actor, action: str, now: datetime) -> Iterator[Change]:
        """One transaction for a change and its events; an exception inside undoes all of it.

        NotAllowed where the actor's roles, read anew, do not permit the action: there is no other door.
        """
        with writing(self._engine).begin() as connection:
            actor = self._anew(actor, now)
            policy.demand(actor, action)
            change = Change(connection, actor, action, now, self._locked_through)
            yield change
        if change.head:
            self._anchors.remember(self._origin(), *change.head)

    def _origin(self) -> str | None:
        events = self.events(limit=1) if self._anchors.outside else []
        return checkpoint.origin_of(events) if events else None

    def demand(self, actor: Actor, action: str) -> Actor:
        """The same question, for what changes nothing here; returns the actor with their rights of now."""
        anew = self._anew(actor, datetime.now(UTC))
        policy.demand(anew, action)
        return anew

    def _anew(self, actor: Actor, now: datetime) -> Actor:
        """The actor with the rights that tieout.toml gives now, whatever they were when the command began."""
        return actor if actor == SERVICE else policy.as_of(load_settings(self._home).users, actor, now.date())

    @contextmanager
    def only_sender(self) -> Iterator[None]:
        """Be the only process that sends from this database, else StoreError."""
        with only_sender(self._engine) as self._lock:
            yield

    def still_sender(self) -> bool:
        """Is the right to send still ours? Asked right before the first byte of each request."""
        return self._lock is not None and self._lock.held()

    def may_still_be_sent(self, sync_id: str) -> bool:
        """Was it taken over from a sender that may live on, having lost no more than its connection?"""
        if takeover_proves_death(self._engine):
            return False
        moves = [event for event in self.events(about=sync_id) if json.loads(event["facts"]).get("from") == "sending"]
        return bool(moves) and moves[-1]["action"] == RESTART


def _url(settings: Settings) -> URL:
    try:
        return make_url(settings.control_url)
    except sa.exc.ArgumentError as error:
        raise StoreError(
            "The address of the control database (TIEOUT_CONTROL_URL, or url under [control]) cannot be read; "
            "it looks like postgresql+psycopg://user@host/database."
        ) from error


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
        with writing(self._engine).begin() as connection:
            connection.execute(gates.delete().where(gates.c.host == self._host))
            connection.execute(gates.insert().values(host=self._host, closed_until=stamp(until)))
