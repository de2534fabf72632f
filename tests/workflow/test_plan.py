"""The plan: what is proposed, what is held in plain words, and what a second plan leaves alone."""

from __future__ import annotations

import json
from datetime import timedelta

import polars as pl
import pytest

from toolkit.rules.preflight import stale
from toolkit.warehouse import latest
from toolkit.workflow import audit, body
from toolkit.workflow.control import Control
from toolkit.workflow.plan import plan

from .conftest import ANALYST, NOW


def _held(settings) -> set[tuple[str, str]]:
    with Control.open(settings) as control:
        return {(sync.check_number, sync.reason) for sync in control.syncs(states=["held"])}


def test_what_must_not_go_is_held_with_its_reason(submitted) -> None:
    assert _held(submitted) >= {
        ("20122", "The claim is under review in Procore, so it may not be paid there."),
        (
            "010461",
            (
                "It reissues 010453, which was voided but stands in Procore as issued payment 91002: "
                "delete that row first."
            ),
        ),
        ("010480", "The bill is paid twice in the ERP: 010471 paid invoice CBS-115 already."),
        ("EFT 1024", "2 claims may be meant: a person must confirm which."),
        ("5544", "One claim fits, but not surely: a person must confirm it."),
        ("E00417", "The commitment has no Payments Issued tab: switch on Enable Payments in its settings."),
        ("10816", "Procore's own sync brings the payments of this project, so nothing is pushed here."),
        (
            "000811",
            (
                "Everything up to 2026-07-31 is closed: post it in the open period, or reopen the closed one "
                "([policy] locked_through in tieout.toml)."
            ),
        ),
    }
    assert len(_held(submitted)) == 14


def test_what_procore_shows_already_is_not_proposed(submitted) -> None:
    with Control.open(submitted) as control:
        checks = {sync.check_number for sync in control.syncs()}
    assert not checks & {"ACH-88102", "ACH-88150", "010466", "010473"}


def test_a_second_plan_of_the_same_run_changes_no_state(submitted) -> None:
    with Control.open(submitted) as control:
        before = {sync.sync_id: sync.state for sync in control.syncs()}
        plan(control, submitted, latest(submitted), ANALYST, NOW)
        assert {sync.sync_id: sync.state for sync in control.syncs()} == before


def test_one_check_over_three_claims_is_three_issued_payments(submitted) -> None:
    with Control.open(submitted) as control:
        parts = [sync for sync in control.syncs() if sync.check_number == "010452"]
    assert sorted(sync.amount for sync in parts) == [1980000, 3195000, 4860000]
    assert len({sync.sync_id for sync in parts}) == 3


def test_a_credit_beside_cash_leaves_the_cash(submitted) -> None:
    with Control.open(submitted) as control:
        sync = next(sync for sync in control.syncs() if sync.check_number == "20130")
    # 25,000.00 less the credit of 1,250.00
    assert body.sent(sync.body)["amount"] == "23750.00"


def test_the_body_is_canonical_and_leaves_out_what_has_no_value(submitted) -> None:
    with Control.open(submitted) as control:
        sync = next(sync for sync in control.syncs() if sync.invoice_number == "PA-0042")
    assert json.loads(sync.body) == {
        "project_id": 3100131,
        "contract_id": 786004,
        "contract_payment": {
            "date": "2026-09-18",
            "amount": "27315.50",
            "payment_method": "check",
            "check_number": "010472",
            "invoice_number": "PA-0042",
            "invoice_date": "2026-08-31",
            "requisition_id": 1280609,
            "notes": "Payment 88131 of Larkspur Builders LLC",
            "origin_id": sync.sync_id,
            "origin_data": '{"application":"bill:60109","erp":"netsuite","payment":"88131"}',
        },
    }
    assert sync.body == audit.canonical(json.loads(sync.body))
    assert sync.payload_hash == audit.sha256(sync.body)


class _Changed:
    """A run in which one table differs."""

    def __init__(self, snapshot, name: str, change) -> None:
        self._snapshot, self._name, self._change = snapshot, name, change
        self.run_id = snapshot.run_id

    def facts(self):
        return self._snapshot.facts()

    def scope(self):
        return self._snapshot.scope()

    def table(self, name: str) -> pl.DataFrame:
        frame = self._snapshot.table(name)
        return self._change(frame) if name == self._name else frame


def test_a_submitted_sync_whose_content_changed_goes_back_to_the_start(submitted) -> None:
    later = _Changed(
        latest(submitted),
        "payments",
        lambda frame: frame.with_columns(
            check_number=pl.when(pl.col("payment_id") == "88131").then(pl.lit("010999")).otherwise("check_number")
        ),
    )
    with Control.open(submitted) as control:
        outcome = plan(control, submitted, later, ANALYST, NOW)
    moved = [sync for sync in outcome.touched if sync.check_number == "010999"]
    assert [(sync.state, sync.submitted_by) for sync in moved] == [("planned", None)]
    assert "changed since" in moved[0].reason


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("commitments", {"payments_enabled": pl.lit(False)}, "Enable Payments"),
        ("projects", {"erp_integrated": pl.lit(True)}, "Procore's own sync"),
        ("commitments", {"currency_code": pl.lit("CAD")}, "the commitment in CAD"),
        ("claims", {"due_amount": pl.col("due_amount") - 1}, "more than the"),
        ("claims", {"status": pl.lit("draft")}, "The claim is draft"),
    ],
)
def test_each_block_is_named(submitted, table: str, change, said: str) -> None:
    later = _Changed(latest(submitted), table, lambda frame: frame.with_columns(**change))
    with Control.open(submitted) as control:
        plan(control, submitted, later, ANALYST, NOW)
        sync = next(sync for sync in control.syncs() if sync.invoice_number == "PA-0042")
    assert sync.state == "held"
    assert said in sync.reason


def test_what_a_run_stood_on_may_not_be_older_than_the_settings_say() -> None:
    fresh = {"pulled_at": (NOW - timedelta(hours=167)).isoformat()}
    old = {"pulled_at": NOW.isoformat(), "extracted_at": (NOW - timedelta(hours=169)).isoformat()}
    assert stale(fresh, 168, NOW) is None
    assert "ERP extract" in stale(old, 168, NOW)
