"""Who may do what, and that a decision is one transaction with its event."""

from __future__ import annotations

import pytest

from toolkit.errors import InputError, NotAllowed, NotFound, WrongState
from toolkit.settings import User
from toolkit.workflow import approve
from toolkit.workflow.actors import acting, signed_in, starting
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Selection
from toolkit.workflow.policy import MAY, Actor, demand

from .conftest import ANALYST, APPROVER, NOW

ALL = Selection(all=True)
BOTH = Actor("analyst", ("analyst", "approver"))


def _one(control: Control) -> str:
    return control.syncs(states=["submitted"])[0].sync_id


def test_nobody_approves_what_they_submitted_whatever_their_roles(submitted) -> None:
    with Control.open(submitted) as control:
        with pytest.raises(NotAllowed, match="another person"):
            approve.approve(control, submitted, BOTH, ALL, NOW)
        assert control.syncs(states=["approved"]) == []


def test_another_person_with_the_role_approves(submitted) -> None:
    with Control.open(submitted) as control:
        outcome = approve.approve(control, submitted, APPROVER, ALL, NOW)
    assert len(outcome.touched) == 37
    assert {(sync.state, sync.approved_by, sync.approved_hash == sync.payload_hash) for sync in outcome.touched} == {
        ("approved", "approver", True)
    }


# Whoever may see may take what they see to an auditor.
@pytest.mark.parametrize("action", sorted(set(MAY) - {"pack"}))
def test_a_viewer_may_do_nothing(action: str) -> None:
    with pytest.raises(NotAllowed):
        demand(Actor("viewer", ("viewer",)), action)


def test_an_exception_in_a_transaction_undoes_the_change_and_its_event(submitted) -> None:
    with Control.open(submitted) as control:
        before = (len(control.events()), control.sync(_one(control)).version)
        sync_id = _one(control)
        with pytest.raises(WrongState), control.change(APPROVER, "approve", NOW) as change:
            # The first step is fine, the second is none: neither stays.
            change.move(change.move(change.sync(sync_id), "approved"), "returned")
        assert (len(control.events()), control.sync(sync_id).version) == before


def test_of_two_who_decide_at_once_the_second_is_told(submitted) -> None:
    with Control.open(submitted) as control:
        stale = control.sync(_one(control))
        approve.approve(control, submitted, APPROVER, Selection(ids=(stale.sync_id,)), NOW)
        with (
            pytest.raises(
                WrongState, match=r"meanwhile: it is approved since 2026-11-23 12:00 UTC by approver \(approve\)"
            ),
            control.change(APPROVER, "return", NOW) as change,
        ):
            change.move(stale, "returned")


def test_return_and_reject_need_a_reason_and_reject_is_final(submitted) -> None:
    with Control.open(submitted) as control:
        first, second = (sync.sync_id for sync in control.syncs(states=["submitted"])[:2])
        with pytest.raises(InputError, match="--reason"):
            approve.return_(control, APPROVER, Selection(ids=(first,)), NOW, " ")
        approve.return_(control, APPROVER, Selection(ids=(first,)), NOW, "attach the waiver")
        approve.reject(control, APPROVER, Selection(ids=(second,)), NOW, "wrong project")
        again = approve.submit(control, ANALYST, Selection(ids=(first,)), NOW)
        with pytest.raises(WrongState, match="for good"):
            approve.submit(control, ANALYST, Selection(ids=(second,)), NOW)
    assert again.touched[0].state == "submitted"


def test_what_a_person_holds_only_a_release_lets_go(submitted) -> None:
    with Control.open(submitted) as control:
        one = Selection(ids=(_one(control),))
        held = approve.hold(control, ANALYST, one, NOW, "vendor disputes it").touched[0]
        released = approve.release(control, APPROVER, one, NOW, "settled").touched[0]
    assert (held.state, held.colour, held.reason) == ("held", "YELLOW", "vendor disputes it")
    assert (released.state, released.held_by) == ("planned", None)


def test_what_the_plan_holds_is_not_released_by_hand(submitted) -> None:
    with Control.open(submitted) as control:
        twice = next(sync for sync in control.syncs(states=["held"]) if "twice" in sync.reason)
        with pytest.raises(NotAllowed, match="by the plan"):
            approve.release(control, APPROVER, Selection(ids=(twice.sync_id,)), NOW, "I want it")


def test_an_unknown_id_is_named(submitted) -> None:
    with Control.open(submitted) as control, pytest.raises(NotFound, match="p1-nothing"):
        approve.approve(control, submitted, APPROVER, Selection(ids=("p1-nothing",)), NOW)


def test_a_large_total_is_repeated_before_all_of_it_is_approved(submitted) -> None:
    live = submitted.model_copy(
        update={"procore": submitted.procore.model_copy(update={"api_url": "https://api.procore.com"})}
    )
    with Control.open(submitted) as control:
        with pytest.raises(NotAllowed, match=r"--confirm-total 1049585\.50"):
            approve.approve(control, live, APPROVER, ALL, NOW)
        outcome = approve.approve(control, live, APPROVER, ALL, NOW, "1,049,585.50")
    assert len(outcome.touched) == 37


@pytest.mark.parametrize(("limit", "asked"), [("1049585.50", False), ("1049585.49", True)])
def test_a_total_up_to_the_limit_is_not_asked_for(submitted, limit: str, asked: bool) -> None:
    procore = submitted.procore.model_copy(update={"api_url": "https://api.procore.com"})
    limits = submitted.limits.model_copy(update={"confirm_total_above": limit})
    live = submitted.model_copy(update={"procore": procore, "limits": limits})
    with Control.open(submitted) as control:
        if asked:
            for said in (None, "soon", "1049585.49"):
                with pytest.raises(NotAllowed, match=f"above {limit}"):
                    approve.approve(control, live, APPROVER, ALL, NOW, said)
        else:
            assert len(approve.approve(control, live, APPROVER, ALL, NOW).touched) == 37


def test_as_names_a_person_only_on_loopback(submitted) -> None:
    live = submitted.model_copy(
        update={"procore": submitted.procore.model_copy(update={"api_url": "https://api.procore.com"})}
    )
    assert acting(submitted, "approver").roles == ("approver",)
    with pytest.raises(NotAllowed, match="only for a local Procore"):
        acting(live, "approver")
    with pytest.raises(NotAllowed, match="nobody-known"):
        acting(submitted, "nobody-known")


def test_a_stale_click_is_told_who_decided_what_and_when(submitted) -> None:
    with Control.open(submitted) as control:
        one = Selection(ids=(_one(control),))
        approve.return_(control, APPROVER, one, NOW, "attach the waiver")
        said = r"is returned since 2026-11-23 12:00 UTC by approver \(return\), so it cannot be taken there by approve"
        with pytest.raises(WrongState, match=said):
            approve.approve(control, submitted, APPROVER, one, NOW)


@pytest.mark.parametrize("action", ["pull", "reconcile"])
def test_who_may_start_a_pull_or_a_run(submitted, monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "svc-erp")
    # On a local Procore, and where nobody is named at all, nobody need be known.
    assert starting(submitted, action) is None
    assert starting(submitted, action, "approver").name == "approver"
    with pytest.raises(NotAllowed, match=f"may not {action}: it takes approver or admin"):
        starting(submitted, action, "analyst")
    live = submitted.procore.model_copy(update={"api_url": "https://api.procore.com"})
    with pytest.raises(NotAllowed, match="svc-erp is nobody"):
        starting(submitted.model_copy(update={"procore": live}), action)
    assert starting(submitted.model_copy(update={"procore": live, "users": {}}), action) is None


def test_a_sign_in_is_a_person_by_subject_and_by_name_only_locally(submitted) -> None:
    users = {"preparer1": User(roles=["analyst"], oidc_subject="abc-123")}
    told = submitted.model_copy(update={"users": users})
    assert signed_in(told, "abc-123", local=False).name == "preparer1"
    assert signed_in(told, "preparer1", local=False) is None
    assert signed_in(told, "preparer1", local=True).roles == ("analyst",)
