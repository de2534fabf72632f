"""The verbs as a script sees them: one JSON object, amounts as strings, exit status 0, 2 or 3."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from toolkit.cli import main
from toolkit.sandbox.faults import Fault

from .conftest import PAYMENTS, Bench

FIELDS = {
    "sync_id", "erp", "erp_company", "payment_id", "application_id", "claim_id", "commitment_id", "project_id",
    "invoice_number", "check_number", "amount", "payment_date", "state", "colour", "reason", "issued_payment_id",
    "retry_after_seconds",
}  # fmt: skip


@pytest.fixture
def tieout(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run a verb in this process: exit status, its JSON (or None), and what it said on standard error."""

    def run(*words: str) -> tuple[int, dict, str]:
        monkeypatch.setattr(sys, "argv", ["tieout", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), json.loads(said.out) if said.out.startswith("{") else {}, said.err

    return run


def _states(document: dict) -> dict[str, str]:
    return {sync["sync_id"]: sync["state"] for sync in document["syncs"]}


def test_every_verb_prints_the_fields_of_the_ruling(bench: Bench, tieout) -> None:
    one = bench.one()
    for words in (["status"], ["plan", "--as", "analyst"], ["push", one, "--as", "approver"]):
        status, document, _ = tieout(*words, "--json")
        assert status == 3  # the plan holds four back
        assert set(document) >= {"syncs", "totals"}
        assert all(set(sync) >= FIELDS and isinstance(sync["amount"], str) for sync in document["syncs"])


def test_plan_submit_approve_push_verify_end_green(bench: Bench, tieout) -> None:
    one = bench.one()
    assert tieout("withdraw", one, "--reason", "again", "--as", "analyst")[0] == 3
    for verb, actor, state, colour in (
        ("submit", "analyst", "submitted", "BLUE"),
        ("approve", "approver", "approved", "BLUE"),
        ("push", "approver", "posted", "GREEN"),
        ("verify", "approver", "verified", "GREEN"),
    ):
        _, document, _ = tieout(verb, one, "--as", actor, "--json")
        shown = next(sync for sync in document["syncs"] if sync["sync_id"] == one)
        assert (shown["state"], shown["colour"], shown["amount"]) == (state, colour, "27315.50")


def test_an_unknown_outcome_ends_3_with_the_seconds_to_wait(bench: Bench, tieout) -> None:
    bench.fault("drop_before")
    one = bench.one()
    status, document, _ = tieout("push", one, "--as", "approver", "--json")
    shown = next(sync for sync in document["syncs"] if sync["sync_id"] == one)
    assert (status, shown["state"], shown["retry_after_seconds"]) == (3, "unknown", 900.0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["push", "--as", "analyst"], "approver or admin"),
        (["push", "p1-nothing", "--as", "approver"], "no sync p1-nothing"),
        (["verify", "p1-nothing", "--as", "approver"], "no sync p1-nothing"),
        (["plan", "p1-nothing", "--as", "analyst"], "proposes no p1-nothing"),
        (["submit", "--as", "analyst"], "Say which"),
        (["approve", "--all", "--batch", "b", "--as", "approver"], "Say which"),
        (["approve", "--batch", "b-nothing", "--as", "approver"], "no batch b-nothing"),
        (["hold", "--all", "--as", "analyst"], "--reason"),
        (["resolve", "x", "--adopt", "--resend", "--reason", "r", "--as", "approver"], "one of"),
    ],
)
def test_a_refusal_ends_2_with_one_sentence(bench: Bench, tieout, words: list[str], said: str) -> None:
    del bench
    status, document, error = tieout(*words)
    assert (status, document) == (2, {})
    assert said in error
    assert error.count("\n") == 1


def test_a_procore_that_is_away_ends_2(bench: Bench, tieout) -> None:
    bench.procore.faults.add(Fault("GET", "/rest", "status", status=500, times=99))
    status, _, error = tieout("push", "--as", "approver")
    assert status == 2
    assert "answered 500" in error


def test_reject_needs_no_reason_and_all_lists_what_policy_refuses(bench: Bench, tieout) -> None:
    one = bench.one()
    tieout("withdraw", one, "--reason", "again", "--as", "analyst")
    tieout("submit", one, "--as", "analyst")
    assert tieout("reject", one, "--as", "approver")[0] == 3
    status, document, _ = tieout("release", "--all", "--reason", "all of it", "--as", "approver", "--json")
    assert status == 2
    assert len(document["refused"]) == 14
    assert all("held by the plan" in refused["reason"] for refused in document["refused"])


def test_a_push_to_another_host_is_a_dry_run_and_never_a_refusal(bench: Bench, tieout, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_PROCORE_API_URL", "https://api.procore.com")
    path = bench.home / "tieout.toml"
    monkeypatch.setattr("getpass.getuser", lambda: "lead")
    path.write_text(path.read_text() + '[users.lead]\nroles = ["approver"]\nos_user = "lead"\n')
    status, document, _ = tieout("push", "--json")
    assert (status, document["dry_run"], len(_states(document))) == (3, True, 51)
    assert set(_states(document).values()) == {"approved", "held"}
    status, _, error = tieout("push", "--live")
    assert status == 2
    assert "push_enabled = true" in error


KILLED = """
import os, signal, sys
from toolkit.procore import ProcoreClient
from toolkit.cli import main
{patch}
sys.argv = ["tieout", "push", {one!r}, "--as", "approver"]
main()
"""
BEFORE = "ProcoreClient.post_issued_payment = lambda self, body: os.kill(os.getpid(), signal.SIGKILL)"
AFTER = """
post = ProcoreClient.post_issued_payment
def killed(self, body):
    post(self, body)
    os.kill(os.getpid(), signal.SIGKILL)
ProcoreClient.post_issued_payment = killed
"""


@pytest.mark.parametrize(("patch", "rows", "ends"), [(BEFORE, 0, "needs_review"), (AFTER, 1, "posted")])
def test_a_process_killed_around_the_request_neither_doubles_nor_loses(
    bench: Bench, patch: str, rows: int, ends: str
) -> None:
    one = bench.one()
    child = subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-c", KILLED.format(patch=patch, one=one)], check=False, capture_output=True, timeout=60
    )
    assert child.returncode == -signal.SIGKILL
    assert (bench.sync(one).state, len(bench.rows(one))) == ("sending", rows)
    bench.quick()
    assert bench.push(ids=[one]).touched[0].state == ends
    assert len(bench.rows(one)) == rows
    assert bench.procore.requests.count(("POST", PAYMENTS)) == rows
