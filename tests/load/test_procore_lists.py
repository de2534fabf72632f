"""Procore's own lists instead of its API: each speaks for its table, and nothing is pushed on them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from toolkit import schemas
from toolkit.cli import app
from toolkit.erps.base import LoadOptions
from toolkit.errors import RefusedFile, UnidentifiedExport
from toolkit.load import load_paths
from toolkit.matching.model import Scope
from toolkit.reconcile import run
from toolkit.sandbox import sample_data
from toolkit.settings import Settings, load_settings
from toolkit.warehouse import ProcoreRows, Warehouse, latest
from toolkit.workflow import plan
from toolkit.workflow.control import Control
from toolkit.workflow.policy import Actor

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LARKSPUR = ("24-118", "24-131")
COMMITMENTS = "Number,Contract Company,Revised Contract Amount\nSC-1,Tamarack Steel,{amount}\n"
CLAIMS = (
    "Invoice #,Contract Company,Contract #,Status,Net Amount\n"
    "TS-1,Tamarack Steel,SC-1,Approved,500.00\nTS-2,Tamarack Steel,SC-1,Draft,70.00\n"
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "home")


def _list(folder: Path, name: str, content: str) -> list[Path]:
    path = folder / f"{name}.csv"
    path.write_text(content, encoding="utf-8")
    return [path]


def _load(settings: Settings, folder: Path, content: str, **said) -> str:
    """Load a list, each a minute later than the one before; what the load said."""
    options = LoadOptions(**{"project": "26-01", "currency": "USD"} | said)
    place = len(list(folder.iterdir()))
    (report,) = load_paths(_list(folder, str(place), content), options, settings, NOW + timedelta(minutes=place))
    return " ".join(report.notes)


def _table(settings: Settings, name: str) -> pl.DataFrame:
    with Warehouse.open(settings) as warehouse:
        return warehouse.table(name)


def test_a_newer_list_replaces_its_own_table_and_no_other(settings, tmp_path) -> None:
    _load(settings, tmp_path, COMMITMENTS.format(amount="900.00"))
    _load(settings, tmp_path, CLAIMS)
    said = _load(settings, tmp_path, COMMITMENTS.format(amount="950.00"))
    assert "Takes the place of all commitments of project 26-01 loaded before: 1 there, 1 here." in said
    assert _table(settings, "commitments")["revised_amount"].to_list() == [95000]
    assert _table(settings, "claims")["invoice_number"].to_list() == ["TS-1", "TS-2"]


def test_an_older_list_replaces_nothing(settings, tmp_path) -> None:
    _load(settings, tmp_path, COMMITMENTS.format(amount="900.00"))
    october = datetime(2026, 10, 1, tzinfo=UTC)
    said = _load(settings, tmp_path, COMMITMENTS.format(amount="800.00"), extracted_at=october)
    assert "The commitments of project 26-01 stay those of 2026-11-01" in said
    assert _table(settings, "commitments")["revised_amount"].to_list() == [90000]


def test_a_company_called_total_is_a_company_and_an_unknown_status_is_named(settings, tmp_path) -> None:
    content = CLAIMS.replace("TS-1,Tamarack Steel", "TS-1,Total").replace("Draft", "Paid")
    said = _load(settings, tmp_path, content + "Total,,,,570.00\n")
    assert sorted(_table(settings, "claims")["vendor_name"]) == ["Tamarack Steel", "Total"]
    assert 'Unknown status "paid" is read as not approved (1).' in said


def test_an_erps_payments_are_never_taken_for_procores(settings, tmp_path) -> None:
    header = "Contract #,Payment #,Payment Date,Invoice #,Check #,Amount,Vendor\n"
    with pytest.raises(UnidentifiedExport, match="no ERP recognises it"):
        _load(settings, tmp_path, header + "SC-1,1,2026-10-14,TS-1,501,10.00,Tamarack Steel\n")
    without = header.replace(",Vendor", "") + "SC-1,1,2026-10-14,TS-1,501,10.00\n"
    assert "1 issued payments of 26-01" in _load(settings, tmp_path, without)


def test_two_lists_of_one_table_at_one_time_are_refused(settings, tmp_path) -> None:
    paths = [*_list(tmp_path, "a", CLAIMS), *_list(tmp_path, "b", CLAIMS.replace("TS-2", "TS-3"))]
    with pytest.raises(RefusedFile, match="a second list of the claims of project 26-01 at one time"):
        load_paths(paths, LoadOptions(project="26-01"), settings, NOW)


def test_a_list_without_a_project_says_how_to_give_one(settings, tmp_path) -> None:
    with pytest.raises(RefusedFile, match=r"row 2: does not say its project; say it with --project"):
        _load(settings, tmp_path, CLAIMS, project=None)


def test_a_project_that_the_api_tells_takes_no_list(settings, tmp_path) -> None:
    project = {"project_id": "3100118", "project_number": "26-01", "erp_integrated": False}
    pulled = ProcoreRows("5", NOW, projects=_projects(project))
    with Warehouse.open(settings) as warehouse:
        warehouse.pull(pulled)
    with pytest.raises(RefusedFile, match="project 26-01 is pulled from Procore's API"):
        _load(settings, tmp_path, CLAIMS)


def test_a_pull_takes_the_place_of_a_projects_lists(settings, tmp_path) -> None:
    _load(settings, tmp_path, CLAIMS)
    project = {"project_id": "3100118", "project_number": "26-01", "erp_integrated": False}
    with Warehouse.open(settings) as warehouse:
        warehouse.pull(ProcoreRows("5", NOW, projects=_projects(project)))
    assert _table(settings, "claims").is_empty()
    assert _table(settings, "projects")["project_id"].to_list() == ["3100118"]


def _projects(row: dict) -> pl.DataFrame:
    return schemas.conform(schemas.Projects, pl.DataFrame([row]))


def test_a_warehouse_of_before_there_were_lists_takes_one(settings, tmp_path) -> None:
    with Warehouse.open(settings):
        pass
    with duckdb.connect(str(settings.warehouse_path)) as older:
        older.execute("ALTER TABLE core.pulled_projects DROP COLUMN only_table")
    _load(settings, tmp_path, CLAIMS)
    assert _table(settings, "claims").height == 2


def _as_lists(folder: Path) -> list[Path]:
    """Larkspur's side of the sample as Procore's lists."""
    side = json.loads((sample_data() / "procore" / "company.json").read_text(encoding="utf-8"))
    projects = {row["id"]: row["project_number"] for row in side["projects"] if row["project_number"] in LARKSPUR}
    numbers = {row["id"]: row["number"] for row in side["commitments"]}
    commitments = [
        {
            "Project": projects[row["project_id"]],
            "Number": row["number"],
            "Contract Company": row["vendor"]["name"],
            "Revised Contract Amount": row["revised_contract"],
        }
        for row in side["commitments"]
        if row["project_id"] in projects
    ]
    claims = [
        {
            "Project": projects[row["project_id"]],
            "Contract #": numbers[row["commitment_id"]],
            "Contract Company": row["vendor_name"],
            "Invoice #": row["invoice_number"],
            "Status": row["status"].replace("_", " ").title(),
            "Net Amount": row["summary"]["current_payment_due"],
        }
        for row in side["requisitions"]
        if row["project_id"] in projects
    ]
    payments = [
        {
            "Project": projects[row["project_id"]],
            "Contract #": numbers[row["contract_id"]],
            "Payment #": "",
            "Date": row["date"],
            "Invoice #": row["invoice_number"],
            "Check #": row["check_number"],
            "Amount": row["amount"],
        }
        for row in side["contract_payments"]
        if row["project_id"] in projects
    ]
    return [_written(folder / f"{i}.csv", rows) for i, rows in enumerate((commitments, claims, payments))]


def _written(path: Path, rows: list[dict]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_run_over_lists_ties_out_and_proposes_nothing(settings, tmp_path) -> None:
    settings.home.mkdir()
    (settings.home / "tieout.toml").write_text('[users.a]\nroles = ["analyst"]\n')
    told = load_settings(settings.home)
    exports = [*_as_lists(tmp_path), sample_data() / "netsuite" / "bill_payments.csv"]
    load_paths(exports, LoadOptions(currency="USD"), told, NOW)
    run(told, Scope(date(2026, 10, 31)), NOW, "a")
    lines = latest(told).view("statement")
    amounts = {row["label"]: str(row["amount"]) for row in lines.iter_rows(named=True)}
    # 40,000.00 + 18,750.00 + 12,000.00 + 52,500.00 + 15,500.00 stand in Procore.
    assert (amounts["Payments issued per Procore"], amounts["unexplained"]) == ("138750.00", "0.00")
    with Control.open(told) as control:
        found = plan.plan(control, told, latest(told), Actor("a", ("analyst",)), NOW).syncs
    assert len(found) > 5
    assert {sync.state for sync in found} == {"held"}
    assert all("list from a file" in sync.reason for sync in found if sync.claim_id)


def test_the_command_takes_the_project_and_says_what_came(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(tmp_path / "home"))
    (path,) = _list(tmp_path, "claims", CLAIMS)
    done = CliRunner().invoke(app, ["load", str(path), "--project", "26-01", "--json"])
    (load,) = json.loads(done.stdout)["loads"]
    assert (done.exit_code, load["erp"], load["good"]) == (0, "procore", 2)
    assert load["notes"][0] == "2 claims of 26-01: compared, never pushed on."
