"""The main job through the front door: the command typed, another process answering as Procore."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from toolkit.sandbox import LocalProcore, sample_data

pytestmark = pytest.mark.slow


class Desk:
    """A working folder with a tieout.toml and the `tieout` command."""

    def __init__(self, home: Path, procore: LocalProcore) -> None:
        self.home = home
        home.mkdir()
        (home / "tieout.toml").write_text(
            f"""
[procore]
api_url = "{procore.api_url}"
login_url = "{procore.login_url}"
company_id = "{procore.company_id}"
client_id = "{procore.client_id}"
project_ids = []
[users.preparer1]
roles = ["analyst"]
[users.approver1]
roles = ["approver"]
"""
        )
        self.environment = os.environ | {
            "TIEOUT_HOME": str(home),
            "TIEOUT_PROCORE_CLIENT_SECRET": procore.client_secret,
        }

    def run(self, *words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603 (our own command)
            [sys.executable, "-m", "toolkit.cli", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == expect, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    def json(self, *words: str, expect: int = 0) -> dict:
        return json.loads(self.run(*words, "--json", expect=expect).stdout)

    def rows(self, sql: str) -> list[tuple]:
        newest = (self.home / "published" / "latest").read_text().strip()
        with duckdb.connect(str(self.home / "published" / f"{newest}.duckdb"), read_only=True) as snapshot:
            return snapshot.sql(sql).fetchall()


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory):
    """The whole way once; the tests look at what it left."""
    with LocalProcore(sample_data() / "procore" / "company.json") as procore:
        desk = Desk(tmp_path_factory.mktemp("desk") / "home", procore)
        exports = sorted(str(path) for erp in ("netsuite", "qbo", "xero") for path in (sample_data() / erp).iterdir())
        seen = {"load": desk.json("load", *exports)}
        seen["again"] = desk.json("load", *exports)
        seen["pull"] = desk.json("pull", "procore")
        seen["reconcile"] = desk.json("reconcile", "--as-of", "2026-10-31")
        seen["plan"] = desk.json("plan", "--as", "preparer1", expect=3)
        seen["submit"] = desk.json("submit", "--all", "--as", "preparer1", expect=3)
        one = next(sync["sync_id"] for sync in seen["submit"]["syncs"] if sync["state"] == "submitted")
        seen["own"] = desk.run("approve", one, "--as", "preparer1", expect=2)
        seen["approve"] = desk.json("approve", "--all", "--as", "approver1", expect=3)
        seen["push"] = desk.json("push", "--as", "approver1", expect=3)
        seen["verify"] = desk.json("verify", "--as", "approver1", expect=3)
        seen["push again"] = desk.json("push", "--as", "approver1", expect=3)
        seen["audit"] = desk.run("audit", "verify")
        desk.json("pull", "procore")
        seen["reconcile again"] = desk.json("reconcile", "--as-of", "2026-10-31")
        yield desk, procore, seen


def _states(document: dict) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for sync in document["syncs"]:
        found.setdefault(sync["state"], []).append(sync["sync_id"])
    return found


def test_every_approved_sync_ends_green(walked) -> None:
    _, _, seen = walked
    approved = set(_states(seen["approve"])["approved"])
    verified = {sync["sync_id"] for sync in seen["verify"]["syncs"] if sync["colour"] == "GREEN"}
    assert approved
    assert approved <= verified


def test_each_issued_payment_was_posted_once(walked) -> None:
    _, procore, seen = walked
    approved = set(_states(seen["approve"])["approved"])
    posted = [
        payment["origin_id"] for payment in procore.state.payments.values() if payment.get("origin_id") in approved
    ]
    assert sorted(posted) == sorted(approved)


def test_the_issued_payment_shows_what_the_erp_paid(walked) -> None:
    _, procore, seen = walked
    theirs = {payment.get("origin_id"): payment for payment in procore.state.payments.values()}
    for sync in seen["approve"]["syncs"]:
        if sync["state"] == "approved":
            row = theirs[sync["sync_id"]]
            assert (row["amount"], row["date"], str(row["requisition_id"]), row["invoice_number"]) == (
                sync["amount"],
                sync["payment_date"],
                sync["claim_id"],
                sync["invoice_number"],
            )


def test_both_sides_tie_to_the_cent(walked) -> None:
    desk, _, _ = walked
    last_lines = desk.rows(
        "select erp_company, currency_code, label, amount from report.statement "
        "qualify position = max(position) over (partition by erp_company, currency_code) order by all"
    )
    assert len(last_lines) >= 3
    assert {(label, str(amount)) for _, _, label, amount in last_lines} == {("unexplained", "0.00")}


def test_ones_own_submission_is_refused_in_plain_words(walked) -> None:
    _, _, seen = walked
    assert "another person" in seen["own"].stderr


def test_the_double_payment_and_the_reissue_are_held(walked) -> None:
    _, _, seen = walked
    reasons = " ".join(str(sync["reason"]) for sync in seen["plan"]["syncs"] if sync["state"] == "held")
    assert "twice" in reasons or "double" in reasons
    assert "void" in reasons


def test_a_second_load_changes_nothing_and_says_so(walked) -> None:
    _, _, seen = walked
    assert "already" in json.dumps(seen["again"])


def test_the_log_verifies(walked) -> None:
    _, _, seen = walked
    assert seen["audit"].returncode == 0
