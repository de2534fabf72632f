"""Taking back what stands in Procore: asked, approved by another, by the route that fits, and seen to be gone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from toolkit.errors import NotAllowed, WrongState
from toolkit.load import load_paths
from toolkit.sandbox.faults import Fault
from toolkit.warehouse import latest
from toolkit.workflow import approve, reverse
from toolkit.workflow.control import Control
from toolkit.workflow.pack import pack
from toolkit.workflow.policy import Actor
from toolkit.workflow.reversal import Reversal
from toolkit.workflow.standalone import check_proof

from .conftest import ANALYST, APPROVER, NOW, PAYMENTS, Bench


@pytest.fixture
def posted(bench: Bench) -> tuple[Bench, str]:
    """Check 010472 over 27,315.50 stands in Procore."""
    one = bench.one()
    bench.push(ids=[one])
    bench.verify(ids=[one])
    return bench, one


def _ask(bench: Bench, one: str, actor: Actor = ANALYST) -> Reversal:
    with Control.open(bench.settings) as control, bench.client(control) as client:
        return reverse.ask(control, client, actor, one, NOW, "the check was voided")


def _approve(bench: Bench, one: str, actor: Actor = APPROVER) -> Reversal:
    with Control.open(bench.settings) as control:
        return reverse.approve(control, actor, one, NOW)


def _carry_out(bench: Bench, one: str, actor: Actor = APPROVER) -> Reversal:
    with Control.open(bench.settings) as control, bench.client(control) as client:
        return reverse.carry_out(control, bench.settings, client, actor, one)


def _writes(bench: Bench) -> list[str]:
    return [method for method, _ in bench.procore.requests if method in ("PATCH", "DELETE")]


def test_what_the_erp_voids_after_the_push_is_found_in_its_next_load(posted, tmp_path: Path) -> None:
    bench, one = posted
    _void_in_the_erp(bench, tmp_path)
    with Control.open(bench.settings) as control:
        found = reverse.taken_back(control, bench.settings)
    assert [(sync.sync_id, said) for sync, said in found] == [
        (one, "In the ERP's newest load the payment is voided."),
    ]
    bench.sample.pull()
    bench.sample.reconcile()
    assert "1 payment: 27,315.50 USD; see `tieout reverse list`" in bench.sample.plan().said


def _void_in_the_erp(bench: Bench, folder: Path) -> None:
    later, void = datetime.now(UTC) + timedelta(minutes=1), folder / "bill_payments.csv"
    path = next(path for path in bench.sample.files() if path.parent.name == "netsuite" and path.name == void.name)
    text = path.read_text(encoding="utf-8-sig")
    void.write_text(text.replace("Bill Payment,,27315.50", "Bill Payment,Voided,27315.50"), encoding="utf-8")
    load_paths([void], bench.load_options(extracted_at=later), bench.settings, later)


def test_ours_and_locked_loses_its_reference_and_then_its_row(posted) -> None:
    bench, one = posted
    assert (_ask(bench, one).route, _approve(bench, one).stands) == ("release", "approved")
    done = _carry_out(bench, one)
    assert (done.stands, bench.rows(one), _writes(bench)) == ("done", [], ["PATCH", "DELETE"])
    sync = bench.sync(one)
    assert (sync.state, sync.reason) == (
        "cancelled",
        f"Issued payment {sync.issued_payment_id} was taken back: the check was voided",
    )
    with Control.open(bench.settings) as control:
        assert control.verdict().status == 0


def test_a_row_without_our_reference_is_deleted_as_it_is(posted) -> None:
    bench, one = posted
    row = bench.rows(one)[0]
    row["origin_id"] = None
    assert _ask(bench, one).route == "delete"
    _approve(bench, one)
    assert (_carry_out(bench, one).stands, _writes(bench)) == ("done", ["DELETE"])


def test_another_integrations_row_is_never_touched_and_goes_to_support_with_a_pack(posted, tmp_path: Path) -> None:
    bench, one = posted
    bench.rows(one)[0]["origin_id"] = "other-erp-1"
    assert (_ask(bench, one).route, _approve(bench, one).stands) == ("support", "support")
    assert (_carry_out(bench, one).stands, _writes(bench)) == ("support", [])
    with Control.open(bench.settings) as control:
        files = pack(control, bench.settings, latest(bench.settings), one, tmp_path / "support")
    letter = files[0].read_text(encoding="utf-8")
    sync = bench.sync(one)
    for said in ("other-erp-1", sync.issued_payment_id, "27315.50", "010472", "the check was voided", "by approver"):
        assert str(said) in letter.replace(",", ""), said
    assert "Cleared" not in letter
    assert json.loads(files[1].read_text(encoding="utf-8"))["approved"] == json.loads(sync.body)


def test_the_proof_in_a_pack_checks_by_itself(posted, tmp_path: Path) -> None:
    bench, one = posted
    _ask(bench, one)
    _approve(bench, one)
    with Control.open(bench.settings) as control:
        files = pack(control, bench.settings, latest(bench.settings), one, tmp_path / "support")
        assert "of" in check_proof(json.loads(files[2].read_text(encoding="utf-8")), control.public_key())


def test_where_procore_will_not_clear_the_reference_only_support_can_act(posted) -> None:
    bench, one = posted
    _ask(bench, one)
    _approve(bench, one)
    bench.procore.faults.add(Fault("PATCH", PAYMENTS, "status", status=403, body={"errors": ["no access"]}, times=9))
    stands = _carry_out(bench, one)
    assert (stands.stands, len(bench.rows(one)), "403: no access" in stands.said) == ("support", 1, True)


def test_where_the_row_may_not_be_deleted_a_person_does_it_and_the_next_look_ends_it(posted) -> None:
    bench, one = posted
    _ask(bench, one)
    _approve(bench, one)
    bench.procore.faults.add(Fault("DELETE", PAYMENTS, "status", status=403, body={"errors": ["no access"]}, times=9))
    stands = _carry_out(bench, one)
    assert (stands.stands, "Payments Issued > the row > Delete" in stands.said) == ("released", True)
    bench.procore.state.payments.clear()
    assert (_carry_out(bench, one).stands, bench.sync(one).state) == ("done", "cancelled")


@pytest.mark.parametrize(
    ("method", "kind"), [("PATCH", "drop_before"), ("PATCH", "drop_after"), ("DELETE", "drop_after")]
)
def test_a_lost_answer_is_settled_by_reading_and_by_asking_again(posted, method: str, kind: str) -> None:
    bench, one = posted
    _ask(bench, one)
    _approve(bench, one)
    bench.procore.faults.add(Fault(method, PAYMENTS, kind))
    found = _carry_out(bench, one)
    if found.stands == "support":
        # Nothing says that the reference was cleared: a person asks anew.
        with Control.open(bench.settings) as control:
            reverse.return_(control, APPROVER, one, NOW, "the line was bad")
        _ask(bench, one)
        _approve(bench, one)
    if found.stands != "done":
        assert _carry_out(bench, one).stands == "done"
    assert (bench.rows(one), bench.sync(one).state) == ([], "cancelled")


def test_a_row_that_changed_since_the_approval_is_left_alone(posted) -> None:
    bench, one = posted
    _ask(bench, one)
    _approve(bench, one)
    bench.rows(one)[0]["amount"] = "1.00"
    found = _carry_out(bench, one)
    assert (found.stands, _writes(bench)) == ("returned", [])
    assert "1.00" in found.said


def test_whoever_asked_does_not_approve_and_nobody_carries_out_what_was_not_approved(posted) -> None:
    bench, one = posted
    path = bench.home / "tieout.toml"
    path.write_text(path.read_text() + '[users.both]\nroles = ["analyst", "approver"]\n')
    both = Actor("both", ("analyst", "approver"))
    _ask(bench, one, both)
    with pytest.raises(NotAllowed, match="both asked for it"):
        _approve(bench, one, both)
    with pytest.raises(NotAllowed, match="may not approve reversal"):
        _approve(bench, one, ANALYST)
    with pytest.raises(WrongState, match="its reversal is asked"):
        _carry_out(bench, one)
    with pytest.raises(WrongState, match="both asked for its reversal; it is asked"):
        _ask(bench, one)
    assert _writes(bench) == []


def test_what_does_not_stand_in_procore_cannot_be_taken_back(bench: Bench) -> None:
    one = bench.one()
    with pytest.raises(WrongState, match="is approved; only what stands in Procore"):
        _ask(bench, one)
    with Control.open(bench.settings) as control:
        approve.withdraw(control, ANALYST, approve.Selection(ids=(one,)), NOW, "not yet")
        with pytest.raises(WrongState, match="nobody asked for its reversal"):
            reverse.approve(control, APPROVER, one, NOW)
