"""What others do between two steps of a push or a verify: what they did stands, and nothing leaves unproved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.simulation.run import ANALYST, APPROVER, START
from tests.simulation.world import Row, World
from tests.stores import raw
from toolkit.errors import NotVisible, RemoteError, StoreError, WrongState
from toolkit.settings import Settings
from toolkit.workflow import approve, audit, control
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Outcome, Selection, Sync
from toolkit.workflow.policy import SERVICE
from toolkit.workflow.sender import Clock
from toolkit.workflow.sending import Sending
from toolkit.workflow.tables import syncs
from toolkit.workflow.verify import verify

from .conftest import ONE, simulated_push

TWO = "p1-simulated00000001"


def _verify(settings: Settings, world: World, **how: Any) -> Outcome:
    with Control.open(settings) as here:
        return verify(here, settings, world, APPROVER, clock=world.clock, **how)


def _state(settings: Settings, sync_id: str = ONE) -> str:
    with Control.open(settings) as here:
        return here.sync(sync_id).state


def test_a_sender_that_lost_its_lock_does_not_send(settings: Settings, world: World, monkeypatch) -> None:
    monkeypatch.setattr(Control, "still_sender", lambda _: False)
    (sync,) = simulated_push(settings, world, ids=[ONE]).touched
    assert (sync.state, world.truth) == ("approved", [])
    assert "lock was lost" in str(sync.reason)


def test_bytes_that_changed_between_intent_and_request_do_not_leave(
    settings: Settings, world: World, monkeypatch
) -> None:
    intend = Sending._intend

    def changed(self: Sending, sync: Sync) -> Sync | None:
        meant = intend(self, sync)
        return replace(meant, body=meant.body.replace("100.00", "900.00")) if meant else None

    monkeypatch.setattr(Sending, "_intend", changed)
    with pytest.raises(StoreError, match="not what was approved"):
        simulated_push(settings, world, ids=[ONE])
    assert (world.truth, _state(settings)) == ([], "sending")


def _altered(text: str, *, larger: bool) -> str:
    """The same JSON with blanks behind it, until its hash is larger (or smaller) than that of the text."""
    bodies = (text + " " * blanks for blanks in range(1, 100))
    return next(body for body in bodies if (audit.sha256(body) > audit.sha256(text)) == larger)


@pytest.mark.parametrize(
    "changed",
    [
        {"approved_hash": "0" * 64},
        {"approved_hash": "f" * 64},
        {"approved_by": None},
        {"approved_by": ANALYST.name},
        {"body": False},
        {"body": True},
    ],
)
def test_what_is_not_bound_to_another_persons_approval_is_not_sent(
    settings: Settings, world: World, changed: dict[str, Any]
) -> None:
    with Control.open(settings) as here:
        body = here.sync(ONE).body
    values = {"body": _altered(body, larger=changed["body"])} if "body" in changed else changed
    with raw(settings, unguarded=True) as connection:
        connection.execute(syncs.update().where(syncs.c.sync_id == ONE).values(**values))
    with pytest.raises(StoreError, match="is not approved as it stands; nothing was sent"):
        simulated_push(settings, world, ids=[ONE])
    assert (world.truth, _state(settings)) == ([], "approved")


def test_a_push_that_waits_does_not_when_the_row_is_found_at_once(settings: Settings, world: World) -> None:
    world.script = ["answer lost"]
    simulated_push(settings, world, ids=[ONE])
    world.pass_time(60)
    slept: list[float] = []
    (sync,) = simulated_push(
        settings, world, ids=[ONE], wait=True, clock=Clock(lambda: world.now, slept.append)
    ).touched
    assert (sync.state, sum(slept)) == ("posted", 0)


def test_an_unknown_behind_a_closed_gate_is_not_read(settings: Settings, world: World) -> None:
    world.script = ["answer lost"]
    assert simulated_push(settings, world, ids=[ONE]).touched[0].state == "unknown"
    with Control.open(settings) as here:
        here.gate(settings.procore.api_url).close(world.now + timedelta(seconds=40))
    outcome = simulated_push(settings, world, ids=[ONE])
    assert (outcome.touched, outcome.retry_after, _state(settings)) == ((), {ONE: 40.0}, "unknown")


def test_what_was_taken_over_from_a_sender_that_may_live_is_for_a_person(
    settings: Settings, world: World, monkeypatch
) -> None:
    monkeypatch.setattr(control, "takeover_proves_death", lambda _: False)  # as on PostgreSQL
    readback = settings.model_copy(update={"procore": settings.procore.model_copy(update={"push_mode": "readback"})})
    with Control.open(settings) as here, here.change(SERVICE, "send", world.now) as change:
        change.open_attempt(change.sync(ONE), "approver")
        change.move(change.sync(ONE), "sending")
    simulated_push(readback, world, ids=[ONE])
    world.pass_time(600)
    (sync,) = simulated_push(readback, world, ids=[ONE]).touched
    assert (sync.state, world.truth) == ("needs_review", [])
    assert "its sender may live on elsewhere" in str(sync.reason)


def test_what_a_person_decided_while_the_list_was_read_stands(settings: Settings, world: World) -> None:
    read = world.issued_payments

    def meanwhile(project_id: str, commitment_id: str) -> Any:
        with Control.open(settings) as here:
            approve.withdraw(here, ANALYST, Selection(ids=(ONE,)), START, "not this month")
        return read(project_id, commitment_id)

    world.issued_payments = meanwhile  # type: ignore[method-assign]
    world.claims = {}  # the push would hold it: its claim is gone
    (sync,) = simulated_push(settings, world, ids=[ONE]).touched
    assert (sync.state, sync.reason, world.truth) == ("planned", "not this month", [])


def test_our_row_counts_against_what_is_due_on_the_claim(settings: Settings, world: World) -> None:
    other = {"requisition_id": 9000, "amount": "850.00", "contract_id": 700, "id": 5, "date": "2026-01-01"}
    world.rows.append((world.now - timedelta(hours=1), other))
    (sync,) = simulated_push(settings, world, ids=[ONE]).touched
    assert sync.state == "held"
    assert sync.reason == "With the 850.00 that Procore shows it would exceed the 900.00 due on the claim."
    assert len(world.truth) == 1


@pytest.mark.parametrize(
    ("theirs", "twin"),
    [
        ({}, True),
        ({"check_number": "10000"}, True),
        ({"check_number": "7", "date": "2026-11-20"}, True),
        ({"check_number": "7"}, False),
        ({"requisition_id": 9009}, False),
        ({"requisition_id": None}, True),
        ({"requisition_id": None, "invoice_number": "inv 0"}, True),
        ({"requisition_id": None, "invoice_number": "INV-9"}, False),
        ({"amount": "100.01"}, False),
    ],
)
def test_a_row_is_a_twin_by_claim_amount_and_check_or_date(
    settings: Settings, world: World, theirs: Row, twin: bool
) -> None:
    row = {"requisition_id": 9000, "amount": "100.0", "invoice_number": "INV-0", "check_number": "010000"}
    row |= {"contract_id": 700, "id": 5, "date": "2026-01-01", "origin_id": None} | theirs
    world.rows.append((world.now - timedelta(hours=1), row))
    (sync,) = simulated_push(settings, world, ids=[ONE]).touched
    assert sync.state == ("needs_review" if twin else "posted")


# -- verify ----------------------------------------------------------------------------------------
def test_a_verify_reads_what_is_named_and_tells_of_each(settings: Settings, world: World) -> None:
    simulated_push(settings, world)
    world.pass_time(60)
    assert [sync.sync_id for sync in _verify(settings, world, ids=[ONE]).touched] == [ONE]
    told: list[str] = []
    assert _verify(settings, world, progress=lambda sync: told.append(sync.sync_id)).refused == ()
    assert told == [ONE, TWO, "p1-simulated00000002"]


def test_a_verify_behind_a_closed_gate_reads_nothing(settings: Settings, world: World) -> None:
    simulated_push(settings, world, ids=[ONE])
    with Control.open(settings) as here:
        here.gate(settings.procore.api_url).close(world.now + timedelta(seconds=40))
    outcome = _verify(settings, world)
    assert (outcome.touched, outcome.retry_after, _state(settings)) == ((), {ONE: 40.0}, "posted")


def test_a_row_that_is_gone_cannot_be_adopted(settings: Settings, world: World) -> None:
    simulated_push(settings, world, ids=[ONE])
    world.rows.clear()
    assert _verify(settings, world).touched[0].state == "drifted"
    with Control.open(settings) as here, pytest.raises(WrongState, match="no row in Procore to adopt"):
        approve.resolve(here, APPROVER, ONE, "adopt", START, "looked")


def test_a_verify_that_reads_nothing_says_so(settings: Settings, world: World) -> None:
    simulated_push(settings, world)
    world.list_script = ["fails"]
    with pytest.raises(RemoteError, match="not well"):
        _verify(settings, world)
    assert _state(settings) == "posted"


def test_a_reading_that_fails_later_leaves_the_rest_for_later(settings: Settings, world: World) -> None:
    simulated_push(settings, world)
    world.list_script = ["honest", "fails"]
    outcome = _verify(settings, world)
    assert [sync.sync_id for sync in outcome.touched] == [ONE]
    assert set(outcome.retry_after.values()) == {60.0}


def test_a_row_that_is_hidden_is_not_said_to_be_gone(settings: Settings, world: World) -> None:
    def hidden(*ids: str) -> Row:
        raise NotVisible("procore", f"no access to {ids[-1]}", 403)

    simulated_push(settings, world, ids=[ONE])
    world.rows.clear()
    world.issued_payment = hidden  # type: ignore[method-assign]
    with pytest.raises(NotVisible, match="no access"):
        _verify(settings, world, ids=[ONE])
    assert _state(settings) == "posted"


def test_what_was_decided_while_verify_read_stands(settings: Settings, world: World) -> None:
    simulated_push(settings, world, ids=[ONE])
    world.pass_time(60)
    read = world.issued_payments

    def meanwhile(project_id: str, commitment_id: str) -> Any:
        with Control.open(settings) as here, here.change(APPROVER, "verify", START) as change:
            change.move(change.sync(ONE), "drifted", reason="somebody looked first")
        return read(project_id, commitment_id)

    world.issued_payments = meanwhile  # type: ignore[method-assign]
    (sync,) = _verify(settings, world, ids=[ONE]).touched
    assert (sync.state, sync.reason) == ("drifted", "somebody looked first")
