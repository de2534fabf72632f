"""The corners of a push that no ordinary day meets: each ends in a state that says what is known."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.simulation.run import APPROVER, CLAIMS, START, prepare
from tests.simulation.world import CALM, World
from toolkit.errors import NotFound, NotVisible, RemoteError, StoreError, WrongState
from toolkit.settings import Settings, load_settings
from toolkit.workflow import approve
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Outcome, Selection
from toolkit.workflow.push import push
from toolkit.workflow.sender import Clock
from toolkit.workflow.verdicts import classify
from toolkit.workflow.verify import verify

ONE = "p1-simulated00000000"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("corners") / "home")


@pytest.fixture
def settings(template: Path, tmp_path: Path) -> Settings:
    shutil.copytree(template, tmp_path / "home")
    return load_settings(tmp_path / "home")


@pytest.fixture
def world() -> World:
    return World(Random(1), CALM, CLAIMS)  # noqa: S311 (no secret)


def _push(settings: Settings, world: World, **how: Any) -> Outcome:
    with Control.open(settings) as control:
        return push(control, settings, world, APPROVER, **{"clock": world.clock} | how)


def _attempts(settings: Settings, sync_id: str = ONE) -> list[tuple[str, str]]:
    with Control.open(settings) as control:
        return [(attempt["outcome"], attempt["detail"]) for attempt in control.attempts(sync_id)]


def test_a_sender_that_slept_after_its_intent_does_not_send(settings: Settings, world: World) -> None:
    ticks = iter(range(0, 10**6, 31))
    slow = Clock(now=lambda: START + timedelta(seconds=next(ticks)), sleep=lambda _: None)
    outcome = _push(settings, world, ids=[ONE], clock=slow)
    assert (outcome.touched[0].state, world.truth) == ("approved", [])
    assert _attempts(settings) == [("N", "Nothing was sent: the sender slept since it meant to send.")]


def test_an_amount_that_needs_two_by_now_goes_back_to_them(settings: Settings, world: World) -> None:
    stricter = settings.limits.model_copy(update={"second_approver_above": "50.00"})
    outcome = _push(settings.model_copy(update={"limits": stricter}), world, ids=[ONE])
    assert (outcome.touched[0].state, world.truth) == ("submitted", [])
    assert "needs a second approver by now" in str(outcome.touched[0].reason)


def test_where_the_first_tab_cannot_be_read_nothing_was_attempted(settings: Settings, world: World) -> None:
    world.list_script = ["fails"]
    with pytest.raises(RemoteError, match="not well"):
        _push(settings, world)
    assert world.truth == []


def test_where_a_later_tab_cannot_be_read_the_rest_waits(settings: Settings, world: World) -> None:
    world.list_script = ["honest", "fails"]
    outcome = _push(settings, world)
    assert [sync.state for sync in outcome.touched] == ["posted"]
    assert set(outcome.retry_after.values()) == {60.0}
    assert len(outcome.retry_after) == 2


def test_a_tab_that_is_not_whole_sends_nothing_of_its_commitment(settings: Settings, world: World) -> None:
    world.list_script = ["wrong total"]
    outcome = _push(settings, world, ids=[ONE])
    assert (outcome.touched, list(outcome.retry_after), world.truth) == ((), [ONE], [])


def test_a_commitment_that_is_hidden_leaves_its_payments_approved_with_why(settings: Settings, world: World) -> None:
    def hidden(project_id: str, commitment_id: str) -> dict[str, Any]:
        raise NotVisible("procore", f"no access to {commitment_id} of {project_id}", 403)

    world.commitment = hidden  # type: ignore[method-assign]
    outcome = _push(settings, world, ids=[ONE])
    assert (outcome.touched[0].state, world.truth) == ("approved", [])
    assert "no access to 700" in dict(outcome.refused)[ONE]


def test_a_closed_gate_is_waited_for_only_when_asked(settings: Settings, world: World) -> None:
    with Control.open(settings) as control:
        control.gate(settings.procore.api_url).close(START + timedelta(seconds=30))
    assert _push(settings, world, ids=[ONE]).retry_after == {ONE: 30.0}
    assert _push(settings, world, ids=[ONE], wait=True).touched[0].state == "posted"
    assert world.now >= START + timedelta(seconds=30)


def test_a_push_that_waits_sits_out_the_quiet_window(settings: Settings, world: World) -> None:
    world.script = ["lost on the way"]
    assert _push(settings, world, ids=[ONE]).touched[0].state == "unknown"
    before = world.now
    outcome = _push(settings, world, ids=[ONE], wait=True)
    # Strict: after 90 quiet seconds and three lists a person is asked.
    assert (outcome.touched[0].state, (world.now - before).total_seconds() >= 80) == ("needs_review", True)


def test_our_reference_on_two_rows_is_for_a_person(settings: Settings, world: World) -> None:
    _push(settings, world, ids=[ONE])
    world.rows.append((world.now, world.rows[0][1] | {"id": 1}))
    world.pass_time(60)  # lists are late
    with Control.open(settings) as control:
        (sync,) = verify(control, settings, world, APPROVER, ids=[ONE], clock=world.clock).touched
    assert (sync.state, f"2 rows carry the reference {ONE}" in str(sync.reason)) == ("drifted", True)


def test_two_rows_found_for_an_unknown_are_for_a_person(settings: Settings, world: World) -> None:
    world.script = ["answer lost"]
    _push(settings, world, ids=[ONE])
    world.rows.append((world.now, world.rows[0][1] | {"id": 1}))
    world.pass_time(600)
    (sync,) = _push(settings, world, ids=[ONE]).touched
    assert (sync.state, f"2 rows with the reference {ONE}" in str(sync.reason)) == ("needs_review", True)


def test_a_log_that_cannot_be_anchored_is_said_and_the_payment_stands(settings: Settings, world: World) -> None:
    away = settings.audit.model_copy(update={"anchor_folder": settings.home / "not mounted"})
    outcome = _push(settings.model_copy(update={"audit": away}), world, ids=[ONE])
    assert (outcome.touched[0].state, "The log was not anchored" in outcome.said) == ("posted", True)


def test_a_log_that_was_touched_stops_the_push(settings: Settings, world: World) -> None:
    (settings.home / "audit.anchor").write_text('{"seq": 99, "hash": "x"}')
    with pytest.raises(StoreError, match="Nothing is pushed until"):
        _push(settings, world)
    assert world.truth == []


def test_verify_names_what_it_does_not_know_and_leaves_a_quicker_decision(settings: Settings, world: World) -> None:
    _push(settings, world, ids=[ONE])
    with Control.open(settings) as control:
        with pytest.raises(NotFound, match="p1-nothing"):
            verify(control, settings, world, APPROVER, ids=["p1-nothing"], clock=world.clock)
        with control.change(APPROVER, "verify", START) as change:
            seen = change.sync(ONE)
            change.move(seen, "drifted", reason="somebody looked first")
        stale = {ONE: replace(seen)}
        assert control.sync(ONE).version == stale[ONE].version + 1
        assert verify(control, settings, world, APPROVER, ids=[ONE], clock=world.clock).refused


@pytest.mark.parametrize("how", ["adopt", "abandon"])
def test_a_person_leaves_the_review_of_what_is_not_there(settings: Settings, world: World, how: str) -> None:
    world.script = ["lost on the way"]
    _push(settings, world, ids=[ONE])
    world.pass_time(600)
    _push(settings, world, ids=[ONE])
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
    from toolkit.web import PostOutcome

    found = classify(PostOutcome(sent=True, status=status, body=body), {"origin_id": "p1-a", "amount": "5.00"})
    assert found[0] == kind
