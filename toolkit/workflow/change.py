"""An open transaction of the control database: every change of a row is told in the log, in the same breath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from toolkit.errors import NotAllowed, NotFound, StoreError, WrongState
from toolkit.workflow import audit, closes, policy
from toolkit.workflow.closes import Close
from toolkit.workflow.instants import stamp
from toolkit.workflow.outcome import Sync
from toolkit.workflow.policy import Actor
from toolkit.workflow.states import may_go
from toolkit.workflow.tables import attempts, cases, decisions, events, syncs, targets
from toolkit.workflow.tables import closes as closes_table

Fields = dict[str, Any]
# On the way into Procore: nothing dated in a closed month gets there.
GOING = ("submitted", "approved")


def sync_of(row: Any) -> Sync:
    """A row of the table as a sync."""
    return Sync(**{field.name: row[field.name] for field in fields(Sync)})


def read_syncs(
    connection: sa.Connection, states: Sequence[str] | None = None, ids: Sequence[str] | None = None
) -> list[Sync]:
    """Syncs by id as this connection sees them; of certain states or ids only."""
    query = sa.select(syncs).order_by(syncs.c.sync_id)
    if states is not None:
        query = query.where(syncs.c.state.in_(list(states)))
    if ids is not None:
        query = query.where(syncs.c.sync_id.in_(list(ids)))
    return [sync_of(row) for row in connection.execute(query).mappings()]


def read_closes(connection: sa.Connection) -> list[Close]:
    """Every version of every signed month, the oldest first."""
    query = sa.select(closes_table).order_by(closes_table.c.period, closes_table.c.version)
    return [Close(**row) for row in connection.execute(query).mappings()]


class Change:
    """An open transaction: every method writes a row and the event that tells of it."""

    def __init__(
        self, connection: sa.Connection, actor: Actor, action: str, now: datetime, locked_through: date | None
    ) -> None:
        self._connection, self.actor, self._action, self.now = connection, actor, action, now
        self._locked_through = locked_through
        self.head: tuple[int, str] | None = None

    def syncs(self, states: Sequence[str] | None = None, ids: Sequence[str] | None = None) -> list[Sync]:
        """Syncs as they stand inside this transaction: what is decided here is decided on these."""
        return read_syncs(self._connection, states, ids)

    def sync(self, sync_id: str) -> Sync:
        """One sync as it stands inside this transaction; NotFound."""
        found = self.syncs(ids=[sync_id])
        if not found:
            raise NotFound(f"There is no sync {sync_id}; `tieout status --all` lists them.")
        return found[0]

    def add(self, values: Fields) -> Sync:
        """A new sync."""
        row = {"version": 1, "final": False, "updated_at": stamp(self.now)} | values
        self._connection.execute(syncs.insert().values(**row))
        return self._told(str(values["sync_id"]), {"reason": row.get("reason"), "amount": row["amount"]})

    def move(self, sync: Sync, state: str, **values: Any) -> Sync:
        """Take a sync to a state (or keep it there with other values).

        WrongState where there is no such step, or where somebody else changed the sync meanwhile.
        """
        away = policy.elsewhere(self.actor, sync.project_id)
        if away:
            raise NotAllowed(f"{sync.sync_id}: {away}.")
        if state != sync.state and not may_go(sync.state, state):
            raise WrongState(f"{sync.sync_id} is {sync.state}; from there it cannot become {state}.")
        if state in GOING and (closed := self._closed(sync)):
            raise NotAllowed(f"{sync.sync_id}: {closed}")
        statement = (
            syncs.update()
            .where(syncs.c.sync_id == sync.sync_id, syncs.c.version == sync.version)
            .values(state=state, version=sync.version + 1, updated_at=stamp(self.now), **values)
        )
        if self._connection.execute(statement).rowcount != 1:
            now = self.sync(sync.sync_id)
            raise WrongState(f"{sync.sync_id} was changed meanwhile: it is {now.state} since {self.last_word(now)}.")
        hidden = ("body", "facts", "procore_row")
        return self._told(sync.sync_id, {"from": sync.state} | {k: v for k, v in values.items() if k not in hidden})

    def open_attempt(self, sync: Sync, started_by: str) -> int:
        """Intent to send: durable with this transaction, before any byte leaves. `started_by` is the person."""
        query = sa.select(sa.func.coalesce(sa.func.max(attempts.c.number), 0)).where(attempts.c.sync_id == sync.sync_id)
        number = int(self._connection.execute(query).scalar_one()) + 1
        self._connection.execute(
            attempts.insert().values(
                sync_id=sync.sync_id,
                number=number,
                payload_hash=sync.payload_hash,
                started_by=started_by,
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

    def confirmed_by(self, sync: Sync) -> set[str]:
        """Who confirmed the match on which a sync stands."""
        names = ("erp", "erp_company", "payment_id", "claim_id")
        query = sa.select(decisions.c.decided_by).where(decisions.c.verdict == "confirm")
        for name in names:
            query = query.where(decisions.c[name] == getattr(sync, name))
        return set(self._connection.execute(query).scalars())

    def told(self, about: str) -> list[Fields]:
        """Every event about an object so far, in order: for what has no table but the log."""
        query = sa.select(events).where(events.c.object == about).order_by(events.c.seq)
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def last_word(self, sync: Sync) -> str:
        """Who did what to a sync last, and when, for whoever comes second."""
        last = self.told(sync.sync_id)[-1]
        return f"{last['at'][:16].replace('T', ' ')} UTC by {last['actor']} ({last['action']})"

    def bind(self, host: str, company_id: str, *, sends: bool) -> None:
        """StoreError where this database sent to another company or host; once it `sends`, it is bound to this."""
        found = self._connection.execute(sa.select(targets.c.host, targets.c.company_id)).first()
        if found is None and sends:
            self._connection.execute(targets.insert().values(host=host, company_id=company_id, since=stamp(self.now)))
        elif found is not None and tuple(found) != (host, company_id):
            raise StoreError(
                f"This control database has sent to company {found.company_id} of {found.host}; for company "
                f"{company_id} of {host} use another working folder (TIEOUT_HOME)."
            )

    def decide(self, values: Fields) -> None:
        """What a person decided about a match."""
        said = values | {"decided_by": self.actor.name, "decided_at": stamp(self.now)}
        self._connection.execute(decisions.insert().values(**said))
        self.tell(f"{values['erp']}|{values['erp_company']}|{values['payment_id']}", values)

    def case(self, mismatch_id: str, values: Fields) -> Fields:
        """What is said about a mismatch now, over what was said before; returns the whole case."""
        row = self._connection.execute(sa.select(cases).where(cases.c.mismatch_id == mismatch_id)).mappings().first()
        before: Fields = dict(row) if row else {"mismatch_id": mismatch_id, "state": "open"}
        after = before | values | {"updated_by": self.actor.name, "updated_at": stamp(self.now)}
        if row:
            self._connection.execute(cases.update().where(cases.c.mismatch_id == mismatch_id).values(**after))
        else:
            self._connection.execute(cases.insert().values(**after))
        self.tell(f"mismatch {mismatch_id}", values)
        return after

    def closes(self) -> list[Close]:
        """Every version of every month that was signed, as it stands inside this transaction."""
        return read_closes(self._connection)

    def write_close(self, close: Close) -> None:
        """Put a version of a month in its new state."""
        key = {"period": close.period, "version": close.version}
        same = [closes_table.c[name] == value for name, value in key.items()]
        if not self._connection.execute(closes_table.update().where(*same).values(**vars(close))).rowcount:
            self._connection.execute(closes_table.insert().values(**vars(close)))
        facts = {"state": close.state, "payload_hash": close.content, "run_id": close.run_id, "reason": close.reason}
        self.tell(close.object, facts)

    def _closed(self, sync: Sync) -> str | None:
        return closes.why_not(read_closes(self._connection), sync.payment_date, self._locked_through)

    def _told(self, sync_id: str, facts: Fields) -> Sync:
        sync = self.sync(sync_id)
        self.tell(sync_id, facts | {"state": sync.state, "payload_hash": sync.payload_hash, "version": sync.version})
        return sync

    def tell(self, about: str, facts: Fields) -> None:
        """Append an event to the chain; it says with which roles its person acted."""
        facts = facts | {"roles": list(self.actor.roles) or None}
        last = self._connection.execute(
            sa.select(events.c.seq, events.c.hash).order_by(events.c.seq.desc()).limit(1)
        ).first()
        seq, before = (last[0] + 1, last[1]) if last else (1, audit.GENESIS)
        event = {
            "seq": seq,
            "at": stamp(self.now),
            "actor": self.actor.name,
            "via": self.actor.via
            if self.actor.stands_in_for is None
            else f"{self.actor.via} for {self.actor.stands_in_for}",
            "action": self._action,
            "object": about,
            "facts": audit.canonical({k: v for k, v in facts.items() if v is not None}),
            "prev_hash": before,
        }
        digest = audit.event_hash(event)
        self._connection.execute(events.insert().values(**event, hash=digest))
        self.head = (seq, digest)
