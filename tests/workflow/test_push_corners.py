"""The corners of a push that no ordinary day meets: each ends in a state that says what is known."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.simulation.run import APPROVER, START
from tests.simulation.world import World
from toolkit.errors import NotAllowed, NotFound, NotVisible, RemoteError, StoreError, WrongState
from toolkit.procore import Listing
from toolkit.settings import Settings
from toolkit.web import PostOutcome
from toolkit.workflow import approve
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Selection
from toolkit.workflow.sender import Clock
from toolkit.workflow.target import demand_live
from toolkit.workflow.verdicts import classify
from toolkit.workflow.verify import verify

from .conftest import ONE, simulated_push


def _attempts(settings: Settings, sync_id: str = ONE) -> list[tuple[str, str]]:
    with Control.open(settings) as control:
        return [(attempt["outcome"], attempt["detail"]) for attempt in control.attempts(sync_id)]


def test_a_sender_that_slept_after_its_intent_does_not_send(settings: Settings, world: World) -> None:
    ticks = iter(range(0, 10**6, 31))
    slow = Clock(now=lambda: START + timedelta(seconds=next(ticks)), sleep=lambda _: None)
    outcome = simulated_push(settings, world, ids=[ONE], clock=slow)
    assert (outcome.touched[0].state, world.truth) == ("approved", [])
    assert _attempts(settings) == [("N", "Nothing was sent: the sender slept since it meant to send.")]


def test_an_amount_that_needs_two_by_now_goes_back_to_them(settings: Settings, world: World) -> None:
    stricter = settings.limits.model_copy(update={"second_approver_above": "50.00"})
    outcome = simulated_push(settings.model_copy(update={"limits": stricter}), world, ids=[ONE])
    assert (outcome.touched[0].state, world.truth) == ("submitted", [])
    assert "needs a second approver by now" in str(outcome.touched[0].reason)


def test_where_the_first_tab_cannot_be_read_nothing_was_attempted(settings: Settings, world: World) -> None:
    world.list_script = ["fails"]
    with pytest.raises(RemoteError, match="not well"):
        simulated_push(settings, world)
    assert world.truth == []


def test_where_a_later_tab_cannot_be_read_the_rest_waits(settings: Settings, world: World) -> None:
    world.list_script = ["honest", "fails"]
    outcome = simulated_push(settings, world)
    assert [sync.state for sync in outcome.touched] == ["posted"]
    assert set(outcome.retry_after.values()) == {60.0}
    assert len(outcome.retry_after) == 2


def test_a_tab_that_is_not_whole_sends_nothing_of_its_commitment(settings: Settings, world: World) -> None:
    world.list_script = ["wrong total"]
    outcome = simulated_push(settings, world, ids=[ONE])
    assert (outcome.touched, list(outcome.retry_after), world.truth) == ((), [ONE], [])


def test_a_commitment_that_is_hidden_leaves_its_payments_approved_with_why(settings: Settings, world: World) -> None:
    def hidden(project_id: str, commitment_id: str) -> dict[str, Any]:
        raise NotVisible("procore", f"no access to {commitment_id} of {project_id}", 403)

    world.commitment = hidden  # type: ignore[method-assign]
    outcome = simulated_push(settings, world, ids=[ONE])
    assert (outcome.touched[0].state, world.truth) == ("approved", [])
    assert "no access to 700" in dict(outcome.refused)[ONE]


def test_a_closed_gate_is_waited_for_only_when_asked(settings: Settings, world: World) -> None:
    with Control.open(settings) as control:
        control.gate(settings.procore.api_url).close(START + timedelta(seconds=30))
    assert simulated_push(settings, world, ids=[ONE]).retry_after == {ONE: 30.0}
    assert simulated_push(settings, world, ids=[ONE], wait=True).touched[0].state == "posted"
    assert world.now >= START + timedelta(seconds=30)


def test_nothing_is_sent_after_a_reading_that_closed_the_gate(settings: Settings, world: World) -> None:
    read = world.issued_payments

    def closing(project_id: str, commitment_id: str) -> Listing:
        with Control.open(settings) as control:
            if world.now < START + timedelta(seconds=30):
                control.gate(settings.procore.api_url).close(START + timedelta(seconds=30))
        return read(project_id, commitment_id)

    world.issued_payments = closing  # type: ignore[method-assign]
    assert simulated_push(settings, world, ids=[ONE]).touched == ()
    assert world.truth == []
    assert simulated_push(settings, world, ids=[ONE], wait=True).touched[0].state == "posted"
    assert world.now >= START + timedelta(seconds=30)


@pytest.mark.parametrize(("seconds", "readings"), [(1, 2), (61, 3)])
def test_a_tab_serves_its_payments_for_a_minute(
    settings: Settings, world: World, seconds: float, readings: int
) -> None:
    read, post, asked = world.issued_payments, world.post_issued_payment, []

    def counted(project_id: str, commitment_id: str) -> Listing:
        asked.append(commitment_id)
        return read(project_id, commitment_id)

    def slow(body: bytes) -> PostOutcome:
        world.pass_time(seconds)
        return post(body)

    world.issued_payments, world.post_issued_payment = counted, slow  # type: ignore[method-assign]
    assert len(simulated_push(settings, world).touched) == 3
    # One payment on a commitment, two on another.
    assert len(asked) == readings


def test_of_two_rows_that_look_like_it_one_is_named_and_kept(settings: Settings, world: World) -> None:
    alike = {"requisition_id": 9000, "amount": "100.00", "check_number": "010000", "contract_id": 700}
    world.rows += [(world.now, alike | {"id": one, "origin_id": None, "date": "2026-11-20"}) for one in (1, 2)]
    world.pass_time(60)  # lists are late
    (sync,) = simulated_push(settings, world, ids=[ONE]).touched
    assert (sync.state, sync.issued_payment_id) == ("needs_review", "1")
    assert json.loads(str(sync.procore_row))["id"] == 1


def test_behind_a_closed_gate_every_commitment_is_verified_later(settings: Settings, world: World) -> None:
    posted = {sync.sync_id for sync in simulated_push(settings, world).touched}
    with Control.open(settings) as control:
        control.gate(settings.procore.api_url).close(world.now + timedelta(seconds=40))
        later = verify(control, settings, world, APPROVER, clock=world.clock).retry_after
    assert (len(posted), set(later)) == (3, posted)


def test_a_refusal_is_not_final_while_an_earlier_attempt_may_still_arrive(settings: Settings, world: World) -> None:
    # The window (90 s) is over, the tab shows nothing, and yet the host applies the first attempt afterwards.
    world.weather = replace(world.weather, lateness=10**6)
    world.script = ["503 applied late", "404"]
    settings = settings.model_copy(update={"procore": settings.procore.model_copy(update={"push_mode": "readback"})})
    simulated_push(settings, world, ids=[ONE])
    world.pass_time(600)
    (sync,) = simulated_push(settings, world, ids=[ONE]).touched
    assert (sync.state, [kind for kind, _ in _attempts(settings)]) == ("needs_review", ["absent", "D"])
    assert str(sync.reason) == (
        "Procore refused it (404): no. But an earlier attempt had no clear answer and may still arrive: "
        "look in Procore, then resend or abandon it."
    )
    world.pass_time(10**6)
    with Control.open(settings) as control:
        approve.resolve(control, APPROVER, ONE, "resend", world.now, "looked")
    (sync,) = simulated_push(settings, world, ids=[ONE]).touched
    assert (sync.state, len(world.truth)) == ("posted", 1)


def test_a_push_that_waits_sits_out_the_quiet_window(settings: Settings, world: World) -> None:
    world.script = ["lost on the way"]
    assert simulated_push(settings, world, ids=[ONE]).touched[0].state == "unknown"
    before = world.now
    outcome = simulated_push(settings, world, ids=[ONE], wait=True)
    # Strict: after 90 quiet seconds and three lists a person is asked.
    assert (outcome.touched[0].state, (world.now - before).total_seconds() >= 80) == ("needs_review", True)


def test_our_reference_on_two_rows_is_for_a_person(settings: Settings, world: World) -> None:
    simulated_push(settings, world, ids=[ONE])
    world.rows.append((world.now, world.rows[0][1] | {"id": 1}))
    world.pass_time(60)  # lists are late
    with Control.open(settings) as control:
        (sync,) = verify(control, settings, world, APPROVER, ids=[ONE], clock=world.clock).touched
    assert (sync.state, f"2 rows carry the reference {ONE}" in str(sync.reason)) == ("drifted", True)


def test_two_rows_found_for_an_unknown_are_for_a_person(settings: Settings, world: World) -> None:
    world.script = ["answer lost"]
    simulated_push(settings, world, ids=[ONE])
    world.rows.append((world.now, world.rows[0][1] | {"id": 1}))
    world.pass_time(600)
    (sync,) = simulated_push(settings, world, ids=[ONE]).touched
    assert (sync.state, f"2 rows with the reference {ONE}" in str(sync.reason)) == ("needs_review", True)


def test_a_log_that_cannot_be_anchored_is_said_and_the_payment_stands(settings: Settings, world: World) -> None:
    away = settings.audit.model_copy(update={"anchor_folder": settings.home / "not mounted"})
    outcome = simulated_push(settings.model_copy(update={"audit": away}), world, ids=[ONE])
    assert (outcome.touched[0].state, "The log was not anchored" in outcome.said) == ("posted", True)


def test_a_log_that_was_touched_stops_thesimulated_push(settings: Settings, world: World) -> None:
    (settings.home / "audit.anchor").write_text('{"seq": 99, "hash": "x"}')
    with pytest.raises(StoreError, match="Nothing is pushed until"):
        simulated_push(settings, world)
    assert world.truth == []


def test_verify_names_what_it_does_not_know_and_leaves_a_quicker_decision(settings: Settings, world: World) -> None:
    simulated_push(settings, world, ids=[ONE])
    with Control.open(settings) as control:
        with pytest.raises(NotFound, match="p1-nothing"):
            verify(control, settings, world, APPROVER, ids=["p1-nothing"], clock=world.clock)
        with control.change(APPROVER, "verify", START) as change:
            seen = change.sync(ONE)
            change.move(seen, "drifted", reason="somebody looked first")
        stale = {ONE: replace(seen)}
        assert control.sync(ONE).version == stale[ONE].version + 1
        assert verify(control, settings, world, APPROVER, ids=[ONE], clock=world.clock).refused


def test_after_three_tries_each_further_one_is_a_persons(settings: Settings, world: World) -> None:
    readback = settings.model_copy(update={"procore": settings.procore.model_copy(update={"push_mode": "readback"})})
    world.script, ends = ["lost on the way"] * 9, []
    for _ in range(9):
        ends.append(simulated_push(readback, world, ids=[ONE]).touched[-1].state)
        world.pass_time(600)
        if ends[-1] == "needs_review":
            with Control.open(settings) as control:
                approve.resolve(control, APPROVER, ONE, "resend", START, "looked")
    tries = ["unknown"] * 3
    assert ends == [*tries, "needs_review", "unknown", "needs_review", "unknown", "needs_review", "unknown"]


@pytest.mark.parametrize("how", ["adopt", "abandon"])
def test_a_person_leaves_the_review_of_what_is_not_there(settings: Settings, world: World, how: str) -> None:
    world.script = ["lost on the way"]
    simulated_push(settings, world, ids=[ONE])
    world.pass_time(600)
    simulated_push(settings, world, ids=[ONE])
    with Control.open(settings) as control:
        if how == "adopt":
            with pytest.raises(WrongState, match="no row in Procore to adopt"):
                approve.resolve(control, APPROVER, ONE, how, START, "looked")
            return
        done = approve.resolve(control, APPROVER, ONE, how, START, "paid otherwise")
    assert (done.touched[0].state, done.touched[0].reason) == ("cancelled", "paid otherwise")


def test_a_batch_that_nobody_made_is_named(settings: Settings) -> None:
    with Control.open(settings) as control, pytest.raises(NotFound, match="no batch b-none"):
        approve.withdraw(control, APPROVER.__class__("analyst", ("analyst",)), Selection(batch="b-none"), START, "x")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (201, b'{"id": 1, "origin_id": "p1-a", "amount": "5.0"}', "O"),
        (201, b'{"id": 1, "origin_id": "p1-a", "amount": "5.01"}', "A"),
        (201, b'{"id": 1, "origin_id": "P1-A", "amount": "5.00"}', "A"),
        (201, b"[]", "A"),
        (409, b'{"message": "exists"}', "C"),
        (422, b'{"errors": {"origin_id": ["has already been taken"]}}', "C"),
        (422, b'{"errors": {"date": ["is closed"]}}', "D"),
        (406, b"", "D"),
        (401, b"", "N"),
        (429, b"", "N"),
        (302, b"", "A"),
        (202, b"", "A"),
        (503, b"", "A"),
    ],
)
def test_each_answer_has_its_class(status: int, body: bytes, kind: str) -> None:
    found = classify(PostOutcome(sent=True, status=status, body=body), {"origin_id": "p1-a", "amount": "5.00"})
    assert found[0] == kind


@pytest.mark.parametrize(
    ("sent", "kind", "said"),
    [
        (False, "N", "Nothing was sent: no route."),
        (None, "A", "No answer came: no route."),
    ],
)
def test_without_an_answer_only_what_never_left_is_sent_again(sent: bool | None, kind: str, said: str) -> None:
    outcome = PostOutcome(sent=sent, detail="no route")
    assert classify(outcome, {"origin_id": "p1-a", "amount": "5.00"})[:2] == (kind, said)


def test_a_host_that_is_not_reached_leaves_it_approved_for_later(settings: Settings, world: World) -> None:
    world.script = ["not reached"]
    outcome = simulated_push(settings, world, ids=[ONE])
    assert (outcome.touched[0].state, outcome.retry_after, world.truth) == ("approved", {ONE: 60.0}, [])


def test_a_sync_that_nobody_made_is_named(settings: Settings) -> None:
    with Control.open(settings) as control, pytest.raises(NotFound, match="p1-nothing"):
        approve.resolve(control, APPROVER, "p1-nothing", "abandon", START, "looked")
    with (
        Control.open(settings) as control,
        pytest.raises(NotFound, match="p1-nothing"),
        control.change(APPROVER, "hold", START) as change,
    ):
        change.sync("p1-nothing")


@pytest.mark.parametrize(
    ("url", "live", "enabled", "refused"),
    [
        ("https://api.procore.com", False, True, True),
        ("https://api.procore.com", True, False, True),
        ("https://api.procore.com", True, True, False),
        ("http://127.0.0.1:9", False, False, False),
    ],
)
def test_another_host_than_loopback_is_written_to_only_when_told(
    settings: Settings, url: str, live: bool, enabled: bool, refused: bool
) -> None:
    there = settings.procore.model_copy(update={"api_url": url, "push_enabled": enabled})
    with pytest.raises(NotAllowed, match="needs --live") if refused else nullcontext():
        demand_live(settings.model_copy(update={"procore": there}), "It", live=live)
