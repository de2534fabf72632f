"""The steps of a reversal: ask, approve or return, carry out. Four eyes, like the payment that it takes back.

What is sent (clearing our reference, deleting the row) names one row by its id and may be repeated without
harm; what became of it is read, never guessed.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Protocol

from toolkit.errors import InputError, NotAllowed, NotVisible, StoreError, WrongState
from toolkit.procore import replies
from toolkit.settings import Settings
from toolkit.web import PostOutcome
from toolkit.workflow import policy, source
from toolkit.workflow.body import number
from toolkit.workflow.change import Change, Fields
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Sync
from toolkit.workflow.policy import SERVICE, Actor
from toolkit.workflow.reversal import IN_PROCORE, ROUTES, SUPPORT, Reversal, about, route, told
from toolkit.workflow.sender import Clock, Procore, Row
from toolkit.workflow.target import bind, demand_live
from toolkit.workflow.verdicts import as_seen

REAL_TIME = Clock()
BY_HAND = "In Procore: the commitment > Payments Issued > the row > Delete; then carry the reversal out again."


class Undoing(Procore, Protocol):
    """What a reversal asks of Procore beyond what a push does."""

    def change_issued_payment(self, issued_payment_id: str, body: bytes) -> PostOutcome: ...
    def delete_issued_payment(self, project_id: str, commitment_id: str, issued_payment_id: str) -> PostOutcome: ...


def taken_back(control: Control, settings: Settings) -> list[tuple[Sync, str]]:
    """What stands in Procore although the ERP's newest load took it back, with what the load says."""
    newest = source.newest(settings)
    if newest is None:
        return []
    told = ((sync, source.void(newest, sync)) for sync in control.syncs(states=IN_PROCORE))
    return [(sync, said) for sync, said in told if said]


def reversals(control: Control) -> list[Reversal]:
    """Every reversal that was ever asked for, as it stands."""
    events: dict[str, list[Fields]] = {}
    for event in control.events(begins=about("")):
        events.setdefault(event["object"].removeprefix(about("")), []).append(event)
    found = (told(sync_id, mine) for sync_id, mine in events.items())
    return [one for one in found if one]


def of(control: Control, sync_id: str) -> Reversal | None:
    """The reversal of one sync, None where nobody asked."""
    return told(sync_id, control.events(about=about(sync_id)))


def ask(control: Control, client: Procore, actor: Actor, sync_id: str, now: datetime, reason: str) -> Reversal:
    """Ask that a payment be taken back; Procore's row as it is now decides the route.

    WrongState where it does not stand in Procore, or was asked for already.
    """
    if not reason.strip():
        raise InputError("A reversal needs a reason that the next person can read: --reason TEXT.")
    control.demand(actor, "ask reversal")
    row = _row(client, _standing(control.sync(sync_id)))
    if row is None:
        raise WrongState(f"{sync_id}: its row is not in Procore any more; `tieout verify` notes that.")
    with control.change(actor, "ask reversal", now) as change:
        sync, before = _mine(change, sync_id)
        _standing(sync)
        if before and before.open:
            raise WrongState(f"{sync_id}: {before.asked_by} asked for its reversal; it is {before.stands}.")
        way = route(row, sync)
        asked = {"stands": "asked", "route": way, "reason": reason, "row": as_seen(row), "said": ROUTES[way]}
        change.tell(about(sync_id), asked)
    return _now(control, sync_id)


def approve(control: Control, actor: Actor, sync_id: str, now: datetime) -> Reversal:
    """Another person lets it be taken back; NotAllowed for whoever asked, and for an administrator."""
    with control.change(actor, "approve reversal", now) as change:
        _, asked = _asked(change, sync_id, "asked")
        why = policy.not_reversing(change.actor, asked.asked_by)
        if why:
            raise NotAllowed(f"{sync_id}: {why}.")
        change.tell(about(sync_id), {"stands": "support" if asked.route == SUPPORT else "approved"} | _by(change))
    return _now(control, sync_id)


def return_(control: Control, actor: Actor, sync_id: str, now: datetime, reason: str) -> Reversal:
    """It is not to be taken back, or not so."""
    if not reason.strip():
        raise InputError("Returning a reversal needs a reason: --reason TEXT.")
    with control.change(actor, "return reversal", now) as change:
        _asked(change, sync_id, "asked", "approved", "support")
        change.tell(about(sync_id), {"stands": "returned", "said": reason})
    return _now(control, sync_id)


def carry_out(
    control: Control,
    settings: Settings,
    client: Undoing,
    actor: Actor,
    sync_id: str,
    *,
    live: bool = False,
    clock: Clock = REAL_TIME,
) -> Reversal:
    """Do what was approved, and see that the row is gone. May be called again until it is.

    NotAllowed without `live` on another host than loopback, StoreError where the log is not whole or
    another process sends.
    """
    actor = control.demand(actor, "carry out reversal")
    demand_live(settings, "Taking back a payment there", live=live)
    with control.only_sender():
        verdict = control.verdict()
        if verdict.status:
            raise StoreError(f"{verdict.sentence} Nothing is taken back until `tieout audit verify` is clean.")
        with control.change(actor, "carry out reversal", clock.now()) as change:
            sync, asked = _asked(change, sync_id, "approved", "released", "support")
            bind(change, settings)
            change.tell(about(sync_id), {"started_by": change.actor.name})
        return _Carrying(control, client, clock, sync, asked).go()


class _Carrying:
    """One reversal under way."""

    def __init__(self, control: Control, client: Undoing, clock: Clock, sync: Sync, asked: Reversal) -> None:
        self._control, self._client, self._clock, self._sync, self._asked = control, client, clock, sync, asked

    def go(self) -> Reversal:
        row = _row(self._client, self._sync)
        if row is None:
            return self._done()
        if not self._as_approved(row):
            said = f"Procore's row is not the one that was approved: it has {as_seen(row)}. Ask again."
            return self._note("returned", said)
        if self._asked.route == SUPPORT:
            return self._note("support", f"The row still stands. {ROUTES[SUPPORT]}")
        if row.get("origin_id"):
            self._note("approved", "Clearing the reference.")
            refused = _said(self._client.change_issued_payment(str(row["id"]), self._without_reference()))
            row = _row(self._client, self._sync)
            if row is not None and row.get("origin_id"):
                return self._note("support", f"The reference could not be cleared ({refused}). {ROUTES[SUPPORT]}")
        return self._delete()

    def _delete(self) -> Reversal:
        self._note("released", "Deleting the row.")
        sync = self._sync
        where = sync.project_id or "", sync.commitment_id or "", sync.issued_payment_id or ""
        refused = _said(self._client.delete_issued_payment(*where))
        if _row(self._client, sync) is None:
            return self._done()
        return self._note("released", f"Its lock is gone, but it was not deleted ({refused}). {BY_HAND}")

    def _as_approved(self, row: Row) -> bool:
        """The very row that was approved, but for our reference, which we may have cleared already."""
        seen, now = json.loads(self._asked.row), json.loads(as_seen(row))
        return now | {"origin_id": seen["origin_id"]} == seen and now["origin_id"] in (seen["origin_id"], None)

    def _without_reference(self) -> bytes:
        where = {
            "project_id": number(self._sync.project_id or ""),
            "contract_id": number(self._sync.commitment_id or ""),
        }
        return json.dumps(where | {"contract_payment": {"origin_id": None}}).encode()

    def _note(self, stands: str, said: str) -> Reversal:
        with self._control.change(SERVICE, "reverse", self._clock.now()) as change:
            change.tell(about(self._sync.sync_id), {"stands": stands, "said": said})
        return _now(self._control, self._sync.sync_id)

    def _done(self) -> Reversal:
        """The row is gone: the sync ends, and one transaction says both."""
        gone = f"Issued payment {self._sync.issued_payment_id} was taken back: {self._asked.reason}"
        with self._control.change(SERVICE, "reverse", self._clock.now()) as change:
            sync = change.sync(self._sync.sync_id)
            if sync.state in ("posted", "verified"):
                sync = change.move(sync, "drifted", reason=gone)
            change.move(sync, "cancelled", reason=gone)
            change.tell(about(sync.sync_id), {"stands": "done", "said": "The row is gone from Procore."})
        return _now(self._control, self._sync.sync_id)


def _row(client: Procore, sync: Sync) -> Row | None:
    """Procore's row by its own address; None where it is gone, which a list that may be late cannot say."""
    try:
        return client.issued_payment(sync.project_id or "", sync.commitment_id or "", sync.issued_payment_id or "")
    except NotVisible as error:
        if error.status != 404:
            raise
        # Where the whole commitment is hidden, nothing is known of its rows.
        client.commitment(sync.project_id or "", sync.commitment_id or "")
        return None


def _said(outcome: PostOutcome) -> str:
    if outcome.status is None:
        return outcome.detail
    return f"Procore answered {outcome.status}: {replies.refusal(outcome.body)}".rstrip(".")


def _standing(sync: Sync) -> Sync:
    if sync.state not in IN_PROCORE:
        raise WrongState(f"{sync.sync_id} is {sync.state}; only what stands in Procore can be taken back.")
    return sync


def _mine(change: Change, sync_id: str) -> tuple[Sync, Reversal | None]:
    sync = change.sync(sync_id)
    away = policy.elsewhere(change.actor, sync.project_id)
    if away:
        raise NotAllowed(f"{sync_id}: {away}.")
    return sync, told(sync_id, change.told(about(sync_id)))


def _asked(change: Change, sync_id: str, *stands: str) -> tuple[Sync, Reversal]:
    sync, asked = _mine(change, sync_id)
    if asked is None or asked.stands not in stands:
        how = f"its reversal is {asked.stands}" if asked else "nobody asked for its reversal"
        raise WrongState(f"{sync_id}: {how}; `tieout reverse list` shows each.")
    return sync, asked


def _by(change: Change) -> dict[str, Any]:
    return {"approved_by": change.actor.name}


def _now(control: Control, sync_id: str) -> Reversal:
    found = of(control, sync_id)
    if found is None:
        raise StoreError(f"The log has nothing about the reversal of {sync_id}.")
    return found
