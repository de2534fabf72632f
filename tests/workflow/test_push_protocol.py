"""What surrounds a POST: intent first, one sender, nothing posted that stands there or that changed meanwhile."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.stores import raw
from toolkit.errors import NotAllowed, NotFound, StoreError
from toolkit.load import load_paths
from toolkit.workflow import approve
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Selection
from toolkit.workflow.push import push
from toolkit.workflow.sender import Clock
from toolkit.workflow.tables import attempts, syncs

from .conftest import ANALYST, APPROVER, Bench


def test_the_intent_is_on_disk_before_procore_sees_the_request(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    create = bench.procore.state.create_payment

    def looked(project: int, contract: int, fields: dict) -> dict:
        with raw(bench.settings) as other:
            query = sa.select(syncs.c.state, attempts.c.closed_at).join(attempts)
            seen.append([tuple(row) for row in other.execute(query.where(syncs.c.sync_id == fields["origin_id"]))])
        return create(project, contract, fields)

    monkeypatch.setattr(bench.procore.state, "create_payment", looked)
    bench.push(ids=[bench.one()])
    assert seen == [[("sending", None)]]


def test_the_bytes_that_leave_are_the_bytes_that_were_approved(bench: Bench) -> None:
    one = bench.one()
    body = bench.sync(one).body.replace("27315.50", "27315.51")
    with raw(bench.settings) as other:
        other.execute(syncs.update().where(syncs.c.sync_id == one).values(body=body))
    with pytest.raises(StoreError, match="not approved as it stands"):
        bench.push(ids=[one])
    assert bench.posts() == 0


def test_only_one_process_sends(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    create = bench.procore.state.create_payment

    def second(*args: object) -> dict:
        with pytest.raises(StoreError) as refused:
            bench.push()
        said.append(str(refused.value))
        return create(*args)

    monkeypatch.setattr(bench.procore.state, "create_payment", second)
    bench.push(ids=[bench.one()])
    assert said == ["Another push is running on this control database; wait until it is done."]


def test_a_sync_left_in_sending_is_unknown_to_the_next_process(bench: Bench) -> None:
    one = bench.one()
    bench.die_sending(one)
    assert bench.sync(one).state == "sending"
    outcome = bench.push(ids=[one])
    assert (outcome.touched[0].state, outcome.touched[0].reason) == ("unknown", "The sender stopped.")
    assert bench.posts() == 0


def test_what_stands_there_under_our_reference_is_adopted_and_not_sent(bench: Bench) -> None:
    one = bench.one()
    _stand(bench, one, origin_id=one)
    assert bench.push(ids=[one]).touched[0].state == "posted"
    assert bench.posts() == 0


def test_our_reference_over_another_amount_needs_a_person(bench: Bench) -> None:
    one = bench.one()
    _stand(bench, one, origin_id=one, amount="1.00")
    sync = bench.push(ids=[one]).touched[0]
    assert sync.state == "needs_review"
    assert "amount 1.00 instead of 27315.50" in str(sync.reason)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"check_number": "10472", "date": "2026-09-30"},
        {"requisition_id": None, "invoice_number": "pa-0042"},
        {"origin_id": "other-erp-1"},
    ],
)
def test_a_row_that_somebody_keyed_is_never_doubled(bench: Bench, row: dict) -> None:
    one = bench.one()
    _stand(bench, one, **row)
    sync = bench.push(ids=[one]).touched[0]
    assert (sync.state, bench.posts()) == ("needs_review", 0)
    assert "without our reference" in str(sync.reason)


def test_a_person_adopts_the_keyed_row_and_it_verifies_as_it_is(bench: Bench) -> None:
    one = bench.one()
    _stand(bench, one, date="2026-09-30")
    bench.push(ids=[one])
    _resolve(bench, one, "adopt")
    assert bench.verify(ids=[one]).touched[0].state == "verified"


def test_a_person_says_that_the_keyed_row_is_another_payment_and_ours_goes(bench: Bench) -> None:
    one = bench.one()
    _stand(bench, one)
    # The claim has room for both.
    claim = bench.procore.state.requisitions[int(bench.sync(one).claim_id or 0)]
    claim["summary"]["current_payment_due"] = "60000.00"
    with raw(bench.settings) as other:
        other.execute(syncs.update().where(syncs.c.sync_id == one).values(due_amount=60_000_00))
    bench.push(ids=[one])
    _resolve(bench, one, "resend")
    assert bench.push(ids=[one]).touched[0].state == "posted"


def _stand(bench: Bench, sync_id: str, **other: object) -> None:
    """A row in Procore like the sync's, with `other` values."""
    document = json.loads(bench.sync(sync_id).body)
    fields = document["contract_payment"] | {"origin_id": None, "origin_data": None} | other
    bench.procore.state.create_payment(document["project_id"], document["contract_id"], fields)


def _resolve(bench: Bench, sync_id: str, how: str) -> None:
    with Control.open(bench.settings) as control:
        approve.resolve(control, APPROVER, sync_id, how, datetime.now(UTC), "looked at both")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda state, claim: state.requisitions[claim].update(status="under_review"), "is under review"),
        (lambda state, claim: state.requisitions.pop(claim), "gone from Procore"),
        (lambda state, claim: state.requisitions[claim]["summary"].update(current_payment_due="30000.00"), "due chang"),
        (lambda state, _: state.commitments[786004].update(allow_payments=False), "switched off"),
        (lambda state, _: state.commitments.pop(786004), "commitment is gone"),
    ],
)
def test_what_changed_in_procore_since_the_plan_holds_it_back(bench: Bench, change, said: str) -> None:
    one = bench.one()
    change(bench.procore.state, int(bench.sync(one).claim_id or 0))
    sync = bench.push(ids=[one]).touched[0]
    assert (sync.state, sync.colour, bench.posts()) == ("held", "YELLOW", 0)
    assert said in str(sync.reason)


def test_a_payment_voided_in_a_later_load_is_not_sent_on_its_old_approval(bench: Bench, tmp_path) -> None:
    one = bench.one()
    exports = [path for path in bench.sample.files() if path.parent.name == "netsuite"]
    for path in exports:
        text = path.read_text(encoding="utf-8-sig")
        (tmp_path / path.name).write_text(text.replace("010472", "010499"), encoding="utf-8")
    later = datetime.now(UTC) + timedelta(minutes=1)
    options = bench.load_options(extracted_at=later)
    load_paths([tmp_path / path.name for path in exports], options, bench.settings, later)
    sync = bench.push(ids=[one]).touched[0]
    assert (sync.state, bench.posts()) == ("held", 0)
    assert "check number changed from 010472 to 010499" in str(sync.reason)


def test_a_project_that_is_no_longer_ours_is_never_posted_to(bench: Bench) -> None:
    one = bench.one()
    path = bench.home / "tieout.toml"
    path.write_text(path.read_text().replace("project_ids = []", "project_ids = [999]"))
    sync = bench.push(ids=[one]).touched[0]
    assert (sync.state, bench.posts()) == ("held", 0)
    assert "project_ids" in str(sync.reason)


@pytest.mark.parametrize(("hours", "state", "said"), [(73, "submitted", "72 hours"), (24 * 365, "held", "168 hours")])
def test_approvals_and_extracts_expire(bench: Bench, hours: int, state: str, said: str) -> None:
    one = bench.one()
    later = Clock(now=lambda: datetime.now(UTC) + timedelta(hours=hours))
    sync = bench.push(ids=[one], clock=later).touched[0]
    assert (sync.state, bench.posts()) == (state, 0)
    assert said in str(sync.reason)


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_of_permission_stops_the_batch_and_the_rest_stay_approved_with_why(bench: Bench, status: int) -> None:
    bench.fault("status", status=status, body={"errors": ["no access"]})
    outcome = bench.push()
    states = [sync.state for sync in outcome.touched]
    assert (states.count("rejected"), states.count("approved"), bench.posts()) == (1, 36, 1)
    left = next(sync for sync in outcome.touched if sync.state == "approved")
    assert left.reason == f"Not sent yet: Procore refused it ({status}): no access."
    # The next push goes on with them.
    assert [sync.state for sync in bench.push().touched] == ["posted"] * 36


def test_after_several_unclear_answers_the_rest_waits_for_a_look(bench: Bench) -> None:
    bench.fault("status", status=500, times=99)
    states = [sync.state for sync in bench.push().touched]
    assert (states.count("unknown"), states.count("approved"), bench.posts()) == (5, 32, 5)


def test_a_rejected_payment_goes_again_only_by_a_new_approval(bench: Bench) -> None:
    one = bench.one()
    bench.fault("status", status=422, body={"errors": {"date": ["is closed"]}})
    bench.push(ids=[one])
    bench.sample.plan()
    planned = bench.sync(one)
    assert (planned.state, planned.approved_hash) == ("planned", None)
    assert "date is closed" in str(planned.reason)
    with Control.open(bench.settings) as control:
        now = datetime.now(UTC)
        approve.submit(control, ANALYST, Selection(ids=(one,)), now)
        approve.approve(control, bench.settings, APPROVER, Selection(ids=(one,)), now)
    assert bench.push(ids=[one]).touched[0].state == "posted"


def test_a_person_who_is_quicker_than_the_push_wins(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    one = bench.one()

    def withdrawn(client: object, syncs: object, clock: object) -> object:
        with Control.open(bench.settings) as control:
            approve.withdraw(control, ANALYST, Selection(ids=(one,)), datetime.now(UTC), "not yet")
        return read_again(client, syncs, clock)

    from toolkit.workflow.before import read_again

    monkeypatch.setattr("toolkit.workflow.sending.read_again", withdrawn)
    outcome = bench.push(ids=[one])
    assert (outcome.touched[0].state, bench.posts()) == ("planned", 0)


def test_unique_mode_needs_a_proof(bench: Bench) -> None:
    bench.quick(push_mode="unique")
    with pytest.raises(NotAllowed, match="unique_proved = true"):
        bench.push()


def test_an_analyst_does_not_push_and_an_unknown_id_is_named(bench: Bench) -> None:
    with Control.open(bench.settings) as control, bench.client(control) as client:
        with pytest.raises(NotAllowed, match="approver or admin"):
            push(control, bench.settings, client, ANALYST)
        with pytest.raises(NotFound, match="p1-nothing"):
            push(control, bench.settings, client, APPROVER, ids=["p1-nothing"])


def test_a_role_taken_away_meanwhile_no_longer_counts(bench: Bench) -> None:
    path = bench.home / "tieout.toml"
    path.write_text(path.read_text().replace('roles = ["approver"]', 'roles = ["viewer"]'))
    with pytest.raises(NotAllowed, match="viewer"):
        bench.push()
    assert bench.posts() == 0


def test_the_log_says_who_started_the_push_and_that_the_service_sent(bench: Bench) -> None:
    one = bench.one()
    bench.push(ids=[one])
    with Control.open(bench.settings) as control:
        started = [event for event in control.events() if event["action"] == "push"]
        actors = {event["actor"] for event in control.events(about=one) if event["action"] in ("send", "outcome")}
        assert control.attempts(one)[0]["started_by"] == "approver"
    assert [event["actor"] for event in started] == ["approver"]
    assert actors == {"service account"}
