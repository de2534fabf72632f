"""Who may take what from where: every cell of a table written by hand, and the duties that one person may not join."""

from __future__ import annotations

import shutil
import threading
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.simulation.run import prepare
from tests.stores import Embedded, raw
from toolkit.errors import NotAllowed, WorkflowError, WrongState
from toolkit.settings import Settings, User, load_settings
from toolkit.workflow import approve, policy
from toolkit.workflow.change import Change
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Outcome, Selection
from toolkit.workflow.policy import SERVICE, Actor, as_of, demand
from toolkit.workflow.states import STATES
from toolkit.workflow.tables import syncs

from .conftest import NOW

# Written by hand, from the rulings: who may, and from which states.
WHO = {
    "submit": {"analyst", "admin"},
    "withdraw": {"analyst", "admin"},
    "approve": {"approver"},
    "reject": {"approver"},
    "return": {"approver"},
    "hold": {"analyst", "approver", "admin"},
    "release": {"analyst", "approver", "admin"},
    "resolve": {"approver"},
}
FROM = {
    "submit": {"planned", "returned"},
    "withdraw": {"submitted", "approved"},
    "approve": {"submitted"},
    "reject": {"submitted"},
    "return": {"submitted"},
    "hold": {"planned", "submitted", "approved", "returned"},
    "release": {"held"},
    "resolve": {"needs_review", "drifted"},
}
ROLES = ("viewer", "analyst", "approver", "admin")
LIMITS = '[limits]\nsecond_approver_above = "100.00"\nday_cap = "{day}"\nvendor_day_cap = "{vendor}"\n'


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = prepare(tmp_path_factory.mktemp("duties") / "home")
    text = (home / "tieout.toml").read_text(encoding="utf-8")
    people = "".join(f'[users.{role}-{n}]\nroles = ["{role}"]\n' for role in ROLES for n in (1, 2))
    (home / "tieout.toml").write_text(text + people, encoding="utf-8")
    return home


@pytest.fixture
def settings(template: Path, tmp_path: Path, store: Embedded) -> Settings:
    shutil.copytree(template, tmp_path / "home")
    store.settle(tmp_path / "home")
    return load_settings(tmp_path / "home")


def _put(settings: Settings, state: str) -> None:
    """Every sync in this state, whatever the edges say."""
    facts = {"final": False, "held_by": "analyst", "procore_row": '{"id": 1}', "issued_payment_id": "1"}
    with raw(settings, unguarded=True) as connection:
        connection.execute(syncs.update().values(state=state, **facts))


def _act(control: Control, settings: Settings, actor: Actor, action: str, ids: tuple[str, ...]) -> Outcome:
    chosen = Selection(ids=ids)
    if action == "submit":
        return approve.submit(control, actor, chosen, NOW)
    if action == "approve":
        return approve.approve(control, settings, actor, chosen, NOW)
    if action == "resolve":
        return approve.resolve(control, actor, ids[0], "adopt", NOW, "why")
    step = {"return": approve.return_}.get(action) or getattr(approve, action)
    return step(control, actor, chosen, NOW, "why")


@pytest.mark.parametrize("state", STATES)
def test_every_cell_of_role_action_and_state(settings: Settings, state: str) -> None:
    _put(settings, state)
    wrong = []
    with Control.open(settings) as control:
        one = control.syncs()[0].sync_id
        actors = [*(Actor(f"{role}-1", (role,)) for role in ROLES), SERVICE, Actor("nobody", ("approver",))]
        for action, roles in WHO.items():
            for actor in actors:
                expected = state in FROM[action] and set(actor.roles) & roles and actor.name != "nobody"
                before = control.sync(one)
                try:
                    _act(control, settings, actor, action, (one,))
                    happened = True
                except WorkflowError:
                    happened = False
                wrong += [(action, actor.name)] if happened != bool(expected) else []
                assert happened or control.sync(one) == before
                _put(settings, state)
    assert wrong == []


def test_what_the_service_may_no_person_may_and_the_other_way_round() -> None:
    everything = Actor("all", ROLES)
    for action in ("send", "outcome", "found", "absent", "restart"):
        with pytest.raises(NotAllowed, match="the push itself"):
            demand(everything, action)
    with pytest.raises(NotAllowed):
        demand(SERVICE, "approve")


def test_of_fifty_who_approve_at_once_one_does(settings: Settings) -> None:
    _put(settings, "submitted")
    with Control.open(settings) as control:
        one = control.syncs()[0].sync_id
    start, said = threading.Barrier(50), []

    def click(number: int) -> None:
        actor = Actor(f"approver-{number % 2 + 1}", ("approver",))
        with Control.open(settings) as control:
            start.wait()
            try:
                approve.approve(control, settings, actor, Selection(ids=(one,)), NOW)
                said.append("approved")
            except WrongState as error:
                said.append(str(error))

    clicks = [threading.Thread(target=click, args=(number,)) for number in range(50)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    assert (said.count("approved"), len(said)) == (1, 50)
    with Control.open(settings) as control:
        assert [event["action"] for event in control.events(about=one)].count("approve") == 2  # one of them prepared
        assert control.verdict().status in (0, 5)


def test_what_another_decided_just_before_is_not_chosen(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(settings, "submitted")
    begin = Control.change

    def change(self: Control, actor: Actor, action: str, now: datetime) -> AbstractContextManager[Change]:
        if action == "approve":
            one = self.syncs()[0].sync_id
            approve.return_(self, SECOND, Selection(ids=(one,)), NOW, "attach the waiver")
        return begin(self, actor, action, now)

    monkeypatch.setattr(Control, "change", change)
    with Control.open(settings) as control:
        outcome = approve.approve(control, settings, FIRST, Selection(all=True), NOW)
        assert [sync.state for sync in control.syncs()] == ["returned", "approved", "approved"]
    assert (len(outcome.touched), outcome.refused) == (2, ())


def test_a_batch_is_decided_as_one_and_an_empty_choice_is_no_error(settings: Settings) -> None:
    _put(settings, "submitted")
    with Control.open(settings) as control:
        one, *rest = (sync.sync_id for sync in control.syncs())
        with raw(settings, unguarded=True) as connection:
            connection.execute(syncs.update().where(syncs.c.sync_id == one).values(batch_id="another"))
        done = approve.approve(control, settings, FIRST, Selection(batch="b"), NOW)
        assert [sync.sync_id for sync in done.touched] == rest
        again = approve.approve(control, settings, FIRST, Selection(batch="b"), NOW)
        assert (again.touched, again.refused) == ((), ())
        approve.approve(control, settings, FIRST, Selection(batch="another"), NOW)
        assert approve.approve(control, settings, FIRST, Selection(all=True), NOW).touched == ()
    with raw(settings, unguarded=True) as connection:
        connection.execute(syncs.delete())
    with Control.open(settings) as control:
        assert approve.approve(control, settings, FIRST, Selection(all=True), NOW).touched == ()


def _limited(settings: Settings, day: str = "900.00", vendor: str = "900.00") -> Settings:
    path = settings.home / "tieout.toml"
    path.write_text(path.read_text(encoding="utf-8") + LIMITS.format(day=day, vendor=vendor), encoding="utf-8")
    _put(settings, "submitted")
    with raw(settings) as connection:
        connection.exec_driver_sql("UPDATE syncs SET approved_by = NULL, approved_at = NULL, approved_hash = NULL")
    return load_settings(settings.home)


FIRST, SECOND = Actor("approver-1", ("approver",)), Actor("approver-2", ("approver",))


def test_above_the_limit_it_takes_two_approvers(settings: Settings) -> None:
    told = _limited(settings)
    with Control.open(told) as control:
        small, large = (sync.sync_id for sync in control.syncs()[:2])  # 100.00 and 100.01
        assert approve.approve(control, told, FIRST, Selection(ids=(small,)), NOW).touched[0].state == "approved"
        waits = approve.approve(control, told, FIRST, Selection(ids=(large,)), NOW).touched[0]
        assert (waits.state, waits.reason) == ("submitted", "Above 100.00: it waits for a second approver.")
        with pytest.raises(NotAllowed, match="must be another person"):
            approve.approve(control, told, FIRST, Selection(ids=(large,)), NOW)
        done = approve.approve(control, told, SECOND, Selection(ids=(large,)), NOW).touched[0]
    assert (done.state, done.first_approved_by, done.approved_by) == ("approved", "approver-1", "approver-2")


@pytest.mark.parametrize(("caps", "said"), [({"day": "250.00"}, "for one day"), ({"vendor": "250.00"}, "Stonecrop")])
def test_many_payments_below_the_limit_still_meet_the_cap_of_the_day(settings: Settings, caps: dict, said: str) -> None:
    told = _limited(settings, **caps)
    with Control.open(told) as control:
        for actor in (FIRST, SECOND):
            outcome = approve.approve(control, told, actor, Selection(all=True), NOW)
        # 100.00 + 100.01 fit under 250.00, and 100.02 more do not.
        assert [sync.state for sync in control.syncs()] == ["approved", "approved", "submitted"]
        assert said in outcome.refused[0][1]
        third = Selection(ids=(outcome.refused[0][0],))
        tomorrow = approve.approve(control, told, SECOND, third, NOW + timedelta(days=1))
    assert tomorrow.touched[0].state == "approved"


def test_an_administrator_never_approves_whatever_else_they_are(settings: Settings) -> None:
    _put(settings, "submitted")
    _user(settings, "boss", 'roles = ["admin", "approver"]')
    with Control.open(settings) as control, pytest.raises(NotAllowed, match="never approves"):
        approve.approve(control, settings, Actor("boss", ("admin",)), Selection(ids=(control.syncs()[0].sync_id,)), NOW)


def test_whoever_confirmed_a_match_does_not_approve_its_payment(settings: Settings) -> None:
    _put(settings, "submitted")
    with Control.open(settings) as control:
        sync = control.syncs()[0]
        names = ("erp", "erp_company", "payment_id", "application_id", "claim_id")
        with control.change(FIRST, "confirm", NOW) as change:
            change.decide({name: getattr(sync, name) for name in names} | {"verdict": "confirm", "reason": None})
        with pytest.raises(NotAllowed, match="confirmed its match"):
            approve.approve(control, settings, FIRST, Selection(ids=(sync.sync_id,)), NOW)
        assert approve.approve(control, settings, SECOND, Selection(ids=(sync.sync_id,)), NOW).touched


def test_a_delegate_approves_within_the_days_and_not_what_the_other_submitted(settings: Settings) -> None:
    _put(settings, "submitted")
    _user(settings, "deputy", 'roles = ["viewer"]', 'stands_in_for = "approver-1"', "stands_in_until = 2026-11-30")
    deputy, told = Actor("deputy", ("viewer",)), load_settings(settings.home)
    with Control.open(told) as control:
        first, second = (Selection(ids=(sync.sync_id,)) for sync in control.syncs()[:2])
        approve.approve(control, told, deputy, first, NOW)
        assert control.events(about=first.ids[0])[-1]["via"] == "cli for approver-1"
        with pytest.raises(NotAllowed, match="viewer"):
            approve.approve(control, told, deputy, second, NOW + timedelta(days=8))
        with raw(told) as connection:
            connection.exec_driver_sql("UPDATE syncs SET submitted_by = 'approver-1'")
        with pytest.raises(NotAllowed, match="approver-1 submitted it"):
            approve.approve(control, told, deputy, second, NOW)


def test_a_role_on_one_project_counts_on_no_other(settings: Settings) -> None:
    _put(settings, "submitted")
    _user(settings, "local", 'roles = ["approver"]', "projects = [51]")
    local = Actor("local", ("approver",))
    with Control.open(settings) as control:
        one = Selection(ids=(control.syncs()[0].sync_id,))
        with pytest.raises(NotAllowed, match="no role on project 50"):
            approve.approve(control, settings, local, one, NOW)
    _user(settings, "here", 'roles = ["approver"]', "projects = [50]")
    with Control.open(settings) as control:
        assert approve.approve(control, settings, Actor("here", ("approver",)), one, NOW).touched


def test_a_delegation_without_an_end_is_none() -> None:
    users = {"a": User(roles=["approver"]), "b": User(roles=["viewer"], stands_in_for="a")}
    assert as_of(users, Actor("b", ()), NOW.date()).roles == ("viewer",)


def _user(settings: Settings, name: str, *lines: str) -> None:
    path = settings.home / "tieout.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n".join([f"[users.{name}]", *lines, ""]), encoding="utf-8")


def test_an_administrator_signs_and_approves_nothing_whatever_else_they_are() -> None:
    both = Actor("admin-1", ("admin", "approver"))
    said = (
        policy.not_approving(both, "analyst-1", None, ()),
        policy.not_reversing(both, "analyst-1"),
        policy.not_closing(both, ["analyst-1"]),
    )
    assert all("administrator" in str(why) for why in said)
