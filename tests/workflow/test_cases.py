"""What people say about a mismatch stands in the log, and in the next run."""

from __future__ import annotations

from datetime import date

import pytest

from toolkit.errors import InputError, NotAllowed, NotFound
from toolkit.matching.model import Scope
from toolkit.reconcile import run
from toolkit.warehouse import Snapshot, latest
from toolkit.workflow.cases import Said, say
from toolkit.workflow.control import Control

from .conftest import ANALYST, APPROVER, NOW


def _twice(snapshot: Snapshot) -> str:
    return snapshot.view("mismatches", {"code": "duplicate_payment_erp"})["mismatch_id"][0]


def test_what_was_said_is_in_the_next_run_and_in_the_log(submitted) -> None:
    snapshot = latest(submitted)
    with Control.open(submitted) as control:
        before = len(control.events())
        said = Said(owner="analyst", due_date=date(2026, 12, 1), note="asked the vendor")
        assert say(control, submitted, snapshot, ANALYST, NOW, said, _twice(snapshot)) == 1
        report = run(submitted, Scope(as_of=date(2026, 10, 31)), NOW, "analyst", control.known())
        assert len(control.events()) == before + 1
        assert control.verdict().status == 0
    row = Snapshot.open(report.path).view("mismatches", {"code": "duplicate_payment_erp"}).row(0, named=True)
    assert (row["state"], row["owner"], row["due_date"]) == ("open", "analyst", date(2026, 12, 1))
    assert row["note"] == "asked the vendor"


def test_what_is_not_said_again_stays(submitted) -> None:
    snapshot = latest(submitted)
    with Control.open(submitted) as control:
        say(control, submitted, snapshot, ANALYST, NOW, Said(owner="analyst"), _twice(snapshot))
        say(control, submitted, snapshot, ANALYST, NOW, Said(state="resolved", note="refunded"), _twice(snapshot))
        assert control.cases().drop("mismatch_id").row(0) == ("resolved", "analyst", None, "refunded")


def test_only_an_approver_waives(submitted) -> None:
    snapshot, waived = latest(submitted), Said(state="waived", note="below what we chase")
    with Control.open(submitted) as control:
        with pytest.raises(NotAllowed):
            say(control, submitted, snapshot, ANALYST, NOW, waived, _twice(snapshot))
        say(control, submitted, snapshot, APPROVER, NOW, waived, _twice(snapshot))
        assert control.cases()["state"].to_list() == ["waived"]


@pytest.mark.parametrize(
    ("said", "why"), [(Said(state="resolved"), "--note"), (Said(owner="nobody-known"), "nobody-known is nobody")]
)
def test_an_end_without_a_reason_and_an_unknown_owner_are_refused(submitted, said: Said, why: str) -> None:
    snapshot = latest(submitted)
    with Control.open(submitted) as control:
        with pytest.raises(InputError, match=why):
            say(control, submitted, snapshot, ANALYST, NOW, said, _twice(snapshot))
        assert control.cases().is_empty()


def test_of_several_all_are_noted_or_none(submitted) -> None:
    snapshot = latest(submitted)
    with Control.open(submitted) as control:
        with pytest.raises(NotFound, match="0123456789abcdef"):
            say(control, submitted, snapshot, ANALYST, NOW, Said(note="x"), _twice(snapshot), "0123456789abcdef")
        assert control.cases().is_empty()
