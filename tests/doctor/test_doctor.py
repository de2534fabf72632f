"""Doctor on a healthy company and on a broken one, in both modes: each line says what is and what to click."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.procore.company import CLAIM, DEPOT, PURCHASE_ORDER, SUBCONTRACT, TOWER, payment, seed, settings_for
from toolkit.cli import app
from toolkit.demo import COMPANIES, Sample
from toolkit.doctor import Ours, look
from toolkit.rules.requirements import COMPANY, PROJECT, Check, Company, Project, examine
from toolkit.sandbox import LocalProcore
from toolkit.settings import Settings, User
from toolkit.workflow.audit import Verdict

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHOLE = Ours(Verdict(0, "whole", 0, ""))
PEOPLE = {"ann": User(roles=["analyst"]), "bob": User(roles=["approver"])}


@pytest.fixture
def procore():
    with LocalProcore(seed()) as running:
        yield running


def _settings(procore: LocalProcore, home: Path, **keys: Any) -> Settings:
    told = {"amount_basis": "cash", "tax_basis": "as_is", "push_enabled": True} | keys
    return settings_for(procore, home, **told).model_copy(update={"users": PEOPLE})


def _found(checks: list[Check], project: int | None = None) -> dict[str, Check]:
    return {check.code: check for check in checks if check.project_id == (str(project) if project else None)}


def test_a_healthy_company_has_nothing_in_the_way(procore, tmp_path) -> None:
    checks = look(_settings(procore, tmp_path), NOW, WHOLE)
    assert [check.title for check in checks if check.verdict == "block"] == []
    # Nothing was loaded, run or probed yet: that is all there is to look at.
    looked = {(check.code, check.project_id) for check in checks if check.verdict == "warn"}
    ours = {(code, None) for code in ("erp", "fresh", "run", "numbers", "probe")}
    assert looked == ours


def test_doctor_only_reads(procore, tmp_path) -> None:
    look(_settings(procore, tmp_path / "home"), NOW, WHOLE)
    assert {method for method, _ in procore.requests} == {"GET"}
    assert not (tmp_path / "home").exists()


def test_a_wrong_secret_is_the_first_line_and_says_where_to_correct_it(procore, tmp_path) -> None:
    checks = look(_settings(procore, tmp_path, client_secret="no"), NOW, WHOLE)
    first = checks[0]
    assert (first.code, first.verdict) == ("sign_in", "block")
    assert "answered 401" in first.evidence
    assert "tieout.toml" in first.action
    assert len(checks) == len(COMPANY)


@pytest.fixture
def broken(procore, tmp_path) -> dict[str, Check]:
    """The tower with everything wrong that a push meets."""
    state = procore.state
    state.commitments[SUBCONTRACT]["allow_payments"] = False
    state.requisitions[CLAIM]["origin_id"] = None
    state.payments[9101]["origin_id"] = "agave-17"
    state.access[TOWER] = "Read Only"
    return _found(look(_settings(procore, tmp_path), NOW, WHOLE), TOWER)


@pytest.mark.parametrize(
    ("code", "verdict", "evidence", "click"),
    [
        ("tab", "block", "on SC-7101", "Enable Payments"),
        ("access", "block", "Read Only on Commitments", "Permissions"),
        ("synced_first", "warn", "INV-8101", "Send to ERP"),
        ("strangers", "warn", "9101", "Leave those rows"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_click(broken, code: str, verdict: str, evidence: str, click: str) -> None:
    check = broken[code]
    assert (check.verdict, evidence in check.evidence, click in check.action) == (verdict, True, True), check


def test_a_commitment_without_invoices_may_go_without_the_tab(procore, tmp_path) -> None:
    procore.state.commitments[PURCHASE_ORDER]["allow_payments"] = False
    assert _found(look(_settings(procore, tmp_path), NOW, WHOLE), TOWER)["tab"].verdict == "pass"


def test_a_project_without_the_tool_is_told_so_once(procore, tmp_path) -> None:
    procore.state.without_commitments_tool.add(DEPOT)
    found = _found(look(_settings(procore, tmp_path), NOW, WHOLE), DEPOT)
    assert found["tool"].verdict == "block"
    assert "Tool Settings" in found["tool"].action
    assert {code for code, check in found.items() if check.verdict == "block"} == {"tool"}


def test_a_hidden_project_says_where_permitted_projects_are_set(procore, tmp_path) -> None:
    procore.state.hidden_projects.add(DEPOT)
    told = _settings(procore, tmp_path, project_ids=[TOWER, DEPOT])
    found = _found(look(told, NOW, WHOLE), DEPOT)
    assert (found["visible"].verdict, "answered 404" in found["visible"].evidence) == ("block", True)
    assert "Permitted Projects" in found["visible"].action


def test_where_procores_own_sync_runs_the_checks_of_a_push_are_not_asked(procore, tmp_path) -> None:
    procore.state.projects[TOWER]["is_erp_integrated"] = True
    checks = look(_settings(procore, tmp_path), NOW, WHOLE)
    native, push = _found(checks, TOWER), _found(checks, DEPOT)
    assert {code for code, check in native.items() if check.verdict == "not applicable"} == {"access", "strangers"}
    # Nor is anything asked of invoices where none is approved yet.
    unasked = {"view", "tab", "approved", "synced_first"}
    assert {code for code, check in push.items() if check.verdict == "not applicable"} == unasked
    assert _found(checks)["claims_exported"].verdict == "pass"


def test_with_native_projects_only_nothing_is_asked_of_a_push(procore, tmp_path) -> None:
    for project in procore.state.projects.values():
        project["is_erp_integrated"] = True
    found = _found(look(_settings(procore, tmp_path), NOW, WHOLE))
    asked_of_push = {one.code for one in COMPANY if one.modes == ("push",)}
    assert len(asked_of_push) == 9
    assert {found[code].verdict for code in asked_of_push} == {"not applicable"}
    assert (found["accounting_approver"].verdict, "Can Push to Accounting" in found["accounting_approver"].action) == (
        "warn",
        True,
    )


def test_in_native_mode_an_invoice_without_its_bill_will_never_be_paid(procore, tmp_path) -> None:
    procore.state.projects[TOWER]["is_erp_integrated"] = True
    procore.state.requisitions[CLAIM]["origin_id"] = None
    checks = look(_settings(procore, tmp_path), NOW, WHOLE)
    assert _found(checks, TOWER)["synced_first"].verdict == "block"
    exported = _found(checks)["claims_exported"]
    assert (exported.verdict, "Export Subcontractor Invoices" in exported.action) == ("block", True)


def test_an_administrators_override_makes_it_a_push_and_is_shown(procore, tmp_path) -> None:
    procore.state.projects[TOWER]["is_erp_integrated"] = True
    told = _settings(procore, tmp_path, native_overrides={str(TOWER): "their connector is off since May"})
    one = _found(look(told, NOW, WHOLE), TOWER)
    assert (one["one_writer"].verdict, one["access"].verdict) == ("warn", "pass")
    assert "off since May" in one["one_writer"].evidence


def test_more_paid_than_due_and_a_row_keyed_twice_are_named(procore, tmp_path) -> None:
    twin = {"check_number": "000231", "amount": "40000.00", "requisition_id": CLAIM}
    procore.state.payments = {9101: payment(9101, **twin), 9102: payment(9102, **twin)}
    found = _found(look(_settings(procore, tmp_path), NOW, WHOLE), TOWER)
    # 40,000.00 twice is more than the 47,700.00 due.
    assert (found["due"].verdict, "invoice INV-8101" in found["due"].evidence) == ("warn", True)
    assert (found["doubles"].verdict, "9101 and 9102" in found["doubles"].evidence) == ("warn", True)


def test_a_commitment_paid_beyond_its_revised_amount_is_named(procore, tmp_path) -> None:
    procore.state.payments[9101]["amount"] = "100000.01"
    assert "commitment SC-7101" in _found(look(_settings(procore, tmp_path), NOW, WHOLE), TOWER)["due"].evidence


def test_what_was_loaded_and_run_is_looked_at(tmp_path) -> None:
    with Sample(tmp_path / "home") as sample:
        sample.load()
        sample.pull()
        before = _found(look(sample.settings, NOW, WHOLE))
        sample.reconcile()
        after = _found(look(sample.settings, NOW, WHOLE))
        sample.load()
        later = _found(look(sample.settings, NOW, WHOLE))
    assert [found["run"].verdict for found in (before, after, later)] == ["warn", "pass", "warn"]
    assert (after["erp"].verdict, ", ".join(sorted(COMPANIES)) in after["erp"].evidence) == ("pass", True)
    assert after["numbers"].verdict in ("pass", "warn")


# -- the requirements themselves, without any Procore -----------------------------------------------
def _of_company(code: str, **facts: Any) -> Check:
    return _found(examine(Company(signed_in=None, now=NOW, **facts)))[code]


@pytest.mark.parametrize(
    ("roles", "verdict"),
    [
        ([("ann", ("analyst",)), ("bob", ("approver",))], "pass"),
        ([("ann", ("analyst", "approver"))], "block"),
        ([("ann", ("analyst", "approver")), ("bob", ("approver",))], "pass"),
        ([("ann", ("analyst",)), ("bob", ("viewer",))], "block"),
        ([], "block"),
    ],
)
def test_it_takes_two_people(roles: list[Any], verdict: str) -> None:
    assert _of_company("duties", roles=roles).verdict == verdict


@pytest.mark.parametrize(("hours", "verdict"), [(167, "pass"), (169, "block")])
def test_what_is_older_than_the_settings_allow_is_in_the_way(hours: float, verdict: str) -> None:
    then = NOW - timedelta(hours=hours)
    assert _of_company("fresh", ages={"pulled_at": then, "extracted_at": NOW}).verdict == verdict


@pytest.mark.parametrize("code", ["erp", "bases", "live", "fresh", "currency", "run", "numbers", "probe"])
def test_what_is_only_missing_is_a_warning(code: str) -> None:
    facts = {"bases": ["amount_basis", "tax_basis"], "live_off": True}
    check = _of_company(code, **facts)
    assert (check.verdict, bool(check.action)) == ("warn", True)


def test_a_broken_log_and_an_unproved_mode_are_in_the_way() -> None:
    assert _of_company("log", log="Event 7 is missing.").verdict == "block"
    assert _of_company("resend", push_mode="unique").verdict == "block"
    assert _of_company("resend", push_mode="unique", unique_proved=True).verdict == "pass"


def test_syncs_that_wait_are_counted() -> None:
    assert _of_company("held", states={"held": 2}).evidence == "Held back: 2 payments."
    waiting = _of_company("posted", states={"posted": 1, "needs_review": 2, "verified": 5})
    assert (waiting.verdict, waiting.evidence) == ("warn", "Of what was sent: 1 posted, 2 needs review.")
    assert _of_company("posted", states={"verified": 5}).verdict == "pass"


KEPT = {"reference": "kept", "second_status": 201, "list_delay_seconds": 0.1, "listed": True}


@pytest.mark.parametrize(
    ("facts", "days", "verdict"),
    [
        (KEPT, 90, "pass"),
        (KEPT, 91, "warn"),
        (KEPT | {"left": ["9102"]}, 0, "warn"),
        (KEPT | {"reference": "missing"}, 0, "block"),
        (KEPT | {"listed": False}, 0, "block"),
        (KEPT | {"listed_reference": "missing"}, 0, "block"),
    ],
)
def test_a_probe_counts_for_ninety_days_and_says_what_cannot_work(
    facts: dict[str, Any], days: int, verdict: str
) -> None:
    assert _of_company("probe", probe=facts, probe_days=days).verdict == verdict


def test_an_erp_whose_connector_brings_no_payments_is_told_in_native_mode_only() -> None:
    native = [Project("1", "Tower", "native")]
    assert _of_company("erp_payments", erps=["workday"], payments=3, projects=native).verdict == "warn"
    assert _of_company("erp_payments", erps=["workday"], payments=3).verdict == "not applicable"


# What Procore's pages and our own protocol require of a payment sync, each with the row that looks at it.
REQUIRED = {
    "ERP Integrations configured": ("erp_configured", "native"),
    "the ERP's connector brings payments": ("erp_payments", "native"),
    "export of subcontractor invoices enabled": ("claims_exported", "native"),
    "Commitments tool active": ("tool", "native push"),
    "Payments Issued tab enabled": ("tab", "native push"),
    "the invoice was exported first": ("synced_first", "native push"),
    "payments entered in the ERP": ("erp", "native push"),
    "somebody may sync": ("accounting_approver", "native"),
    "two people": ("duties", "native push"),
    "read access": ("view", "native"),
    "write access": ("access", "push"),
    "Invoice # equals the bill's number": ("numbers", "native push"),
    "synced rows are locked": ("locked", "native push"),
    "Payment # is people's": ("payment_number", "push"),
    "no other integration's origin_id": ("strangers", "push"),
    "one writer": ("one_writer", "native push"),
    "status of the invoice": ("approved", "native push"),
    "period open": ("period", "native push"),
    "amounts fit": ("due", "native push"),
    "nothing doubled": ("doubles", "native push"),
    "field limits": ("fields", "push"),
    "currency": ("currency", "native push"),
    "amount and tax basis": ("bases", "push"),
    "freshness": ("fresh", "native push"),
    "approval of the exact content": ("approvals", "push"),
    "read-back equals the plan": ("posted", "push"),
}


@pytest.mark.parametrize("required", REQUIRED)
def test_every_requirement_of_a_sync_has_its_row_and_its_modes(required: str) -> None:
    code, modes = REQUIRED[required]
    assert [" ".join(one.modes) for one in (*COMPANY, *PROJECT) if one.code == code] == [modes]


@pytest.mark.parametrize(
    ("through", "verdict", "said"),
    [
        (None, "not applicable", "No period lock"),
        ((2026, 10, 31), "pass", "2026-10-31"),
        ((2026, 11, 23), "block", "closed"),
    ],
)
def test_a_lock_in_the_settings_is_shown_and_one_up_to_today_is_in_the_way(through, verdict: str, said: str) -> None:
    check = _of_company("period", locked_through=date(*through) if through else None)
    assert (check.verdict, said in check.evidence) == (verdict, True)


def test_a_check_number_longer_than_procore_was_seen_to_take_is_in_the_way() -> None:
    measured = {"longest_check_number": 40, "payment_number_status": 422}
    assert _of_company("fields", probe=measured, longest_check=40).verdict == "pass"
    assert _of_company("fields", probe=measured, longest_check=41).verdict == "block"
    assert "refuses a change" in _of_company("payment_number", probe=measured).evidence


def test_what_waits_for_the_approver_is_counted() -> None:
    check = _of_company("approvals", states={"submitted": 2, "approved": 3})
    assert (check.verdict, check.evidence) == (
        "warn",
        "Waiting for the approver: 2; approved, each for its exact content: 3.",
    )


def test_every_requirement_says_what_to_do() -> None:
    assert all(len(one.action) > 20 and one.action.endswith(".") for one in (*COMPANY, *PROJECT))
    codes = [one.code for one in (*COMPANY, *PROJECT)]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(("tab", "status"), [(True, 0), (False, 3)])
def test_the_command_ends_with_three_where_something_blocks(
    procore, tmp_path, monkeypatch: pytest.MonkeyPatch, tab: bool, status: int
) -> None:
    procore.state.commitments[SUBCONTRACT]["allow_payments"] = tab
    (tmp_path / "tieout.toml").write_text(
        f'[procore]\napi_url = "{procore.api_url}"\nlogin_url = "{procore.login_url}"\n'
        f'company_id = "{procore.company_id}"\nclient_id = "{procore.client_id}"\n'
        '[users.ann]\nroles = ["analyst"]\n[users.bob]\nroles = ["approver"]\n'
    )
    monkeypatch.setenv("TIEOUT_HOME", str(tmp_path))
    monkeypatch.setenv("TIEOUT_PROCORE_CLIENT_SECRET", procore.client_secret)
    done = CliRunner().invoke(app, ["doctor", "--json"])
    document = json.loads(done.stdout)
    assert done.exit_code == status, done.output
    assert document["totals"].get("block", 0) == (0 if tab else 1)
    assert set(document["checks"][0]) == {"code", "title", "project_id", "verdict", "evidence", "action"}
