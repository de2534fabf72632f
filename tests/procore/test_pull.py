"""A pull brings all of Procore's side or nothing of it; a project that cannot be read is named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from tests.procore.company import CLAIM, DEPOT, DEPOT_WORKS, SUBCONTRACT, TOWER, payment, settings_for
from toolkit.cli import app
from toolkit.errors import RemoteError, SignInRefused
from toolkit.pull import pull_procore
from toolkit.sandbox import Fault
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _loaded(settings: Settings) -> Snapshot:
    return Snapshot.open(settings.published / "loads.duckdb")


def test_everything_arrives_in_the_views(settings) -> None:
    report = pull_procore(settings, NOW)
    assert (report.projects, report.commitments, report.claims, report.issued_payments, report.vendors) == (
        2,
        3,
        2,
        1,
        1,
    )
    seen = _loaded(settings)
    claim = seen.view("claims", {"claim_id": str(CLAIM)}).row(0, named=True)
    assert (str(claim["due_amount"]), claim["project_number"], claim["commitment_number"], claim["currency_code"]) == (
        "47700.00",
        "26-101",
        f"SC-{SUBCONTRACT}",
        "USD",
    )
    issued = seen.view("issued_payments").row(0, named=True)
    assert (str(issued["amount"]), issued["check_number"], issued["synced"]) == ("100.00", "000231", False)
    kinds = seen.view("commitments", order=["commitment_id"])
    assert kinds["kind"].to_list() == ["subcontract", "purchase_order", "subcontract"]
    assert kinds["payments_enabled"].to_list() == [True, True, True]


def test_every_reply_is_kept_under_its_hash(settings) -> None:
    pull_procore(settings, NOW)
    kept = [path for path in settings.files.iterdir() if b"INV-8101" in path.read_bytes()]
    # The claims, the tab, and the commitment, whose own answer holds its tab too.
    assert len(kept) == 3


def test_only_the_configured_projects_are_read(procore, tmp_path) -> None:
    report = pull_procore(settings_for(procore, tmp_path / "home", project_ids=[DEPOT]), NOW)
    assert (report.projects, report.commitments) == (1, 1)
    assert not [path for _, path in procore.requests if str(TOWER) in path]


@pytest.mark.parametrize("trouble", ["hidden", "tool off", "tool gone"])
def test_a_project_that_cannot_be_read_is_named_and_the_rest_arrives(procore, tmp_path, trouble: str) -> None:
    if trouble == "hidden":
        procore.state.hidden_projects.add(DEPOT)
    elif trouble == "tool off":
        procore.state.without_commitments_tool.add(DEPOT)
    else:
        # Its lists answer, and are empty; the tools tell why.
        del procore.state.commitments[DEPOT_WORKS]
        body = '[{"id": 9, "title": "Budget", "is_active": true}]'
        procore.faults.add(Fault("GET", f"/rest/v1.0/projects/{DEPOT}/tools", "status", status=200, body=body))
    report = pull_procore(settings_for(procore, tmp_path / "home", project_ids=[TOWER, DEPOT]), NOW)
    assert [project for project, _ in report.skipped] == [str(DEPOT)]
    status = {"hidden": "404", "tool off": "403", "tool gone": "lacks the Commitments tool"}[trouble]
    assert status in report.skipped[0][1]
    assert report.commitments == 2


def test_a_project_without_commitments_but_with_the_tool_is_read(procore, settings) -> None:
    del procore.state.commitments[DEPOT_WORKS]
    assert pull_procore(settings, NOW).skipped == ()


def test_the_command_names_it_and_ends_with_three(procore, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    procore.state.hidden_projects.add(DEPOT)
    home = tmp_path / "home"
    home.mkdir()
    (home / "tieout.toml").write_text(
        f'[procore]\napi_url = "{procore.api_url}"\nlogin_url = "{procore.login_url}"\n'
        f'company_id = "{procore.company_id}"\nclient_id = "{procore.client_id}"\nproject_ids = [{TOWER}, {DEPOT}]\n'
    )
    monkeypatch.setenv("TIEOUT_HOME", str(home))
    monkeypatch.setenv("TIEOUT_PROCORE_CLIENT_SECRET", procore.client_secret)
    done = CliRunner().invoke(app, ["pull", "procore"])
    assert done.exit_code == 3
    assert f"Project {DEPOT} was left out" in done.output


def test_what_an_earlier_pull_read_of_a_project_stays_until_it_can_be_read_again(procore, settings) -> None:
    pull_procore(settings, NOW)
    procore.state.hidden_projects.add(DEPOT)
    told = settings.model_copy(update={"procore": settings.procore.model_copy(update={"project_ids": [str(DEPOT)]})})
    pull_procore(told, NOW.replace(hour=13))
    assert _loaded(settings).count("commitments") == 3


@pytest.mark.parametrize(
    "path", ["/rest/v1.1/projects", "/rest/v1.1/requisitions", "/rest/v1.0/contract_payments", "/rest/v1.0/vendors"]
)
def test_a_pull_that_fails_writes_nothing(procore, settings, path: str) -> None:
    procore.faults.add(Fault("GET", path, "status", status=500, times=99))
    with pytest.raises(RemoteError, match="answered 500"):
        pull_procore(settings, NOW)
    assert not settings.warehouse_path.exists()
    assert not settings.files.exists()


def test_a_wrong_secret_writes_nothing(procore, tmp_path) -> None:
    told = settings_for(procore, tmp_path / "home", client_secret="no")
    with pytest.raises(SignInRefused):
        pull_procore(told, NOW)
    assert not told.home.exists()


def test_a_list_that_is_not_whole_is_read_once_more(procore, settings) -> None:
    short = Fault("GET", "/rest/v1.1/requisitions", "status", status=200, body=[], headers={"Total": "2"})
    procore.faults.add(short)
    assert pull_procore(settings, NOW).claims == 2


def test_a_list_that_is_not_whole_twice_refuses_the_pull(procore, settings) -> None:
    short = Fault("GET", "/rest/v1.1/requisitions", "status", times=2, status=200, body=[], headers={"Total": "2"})
    procore.faults.add(short)
    with pytest.raises(RemoteError, match="0 rows where it counts 2, even on a second look"):
        pull_procore(settings, NOW)
    assert not settings.warehouse_path.exists()


def test_a_tab_that_is_not_whole_twice_refuses_the_pull(procore, settings) -> None:
    short = Fault("GET", "/rest/v1.0/contract_payments", "status", times=2, status=200, body=[], headers={"Total": "1"})
    procore.faults.add(short)
    with pytest.raises(RemoteError, match=f"the payments of commitment {SUBCONTRACT}"):
        pull_procore(settings, NOW)


def test_a_row_that_cannot_be_used_is_named_and_nothing_is_written(procore, settings) -> None:
    procore.state.requisitions[CLAIM]["commitment_id"] = None
    with pytest.raises(RemoteError, match=f"claims {CLAIM} cannot be used .*commitment_id"):
        pull_procore(settings, NOW)
    assert not settings.warehouse_path.exists()


def test_an_issued_payment_without_amount_is_named(procore, settings) -> None:
    procore.state.payments[9102] = payment(9102, amount="1.00")
    rows = '[{"id": 9102, "amount": null}]'
    fault = Fault("GET", "/rest/v1.0/contract_payments", "status", status=200, body=rows, headers={"Total": "1"})
    procore.faults.add(fault)
    with pytest.raises(RemoteError, match="issued payment 9102 has no amount"):
        pull_procore(settings, NOW)
