"""Every ERP that loads: its export, and what the report views must say of it.

A case is a folder `tests/erps/<erp>/<case>/` with the export, what was said about it (`said.toml`)
and the expected rows of the views; of a view only the columns that the expected file names count.
"""

from __future__ import annotations

import csv
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from toolkit.erps import ERPS
from toolkit.erps.base import LoadOptions
from toolkit.erps.mapping import mapping_of
from toolkit.load import load_paths
from toolkit.settings import load_settings

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CASES = sorted(folder for export in ERPS for folder in (HERE / export.erp).iterdir() if folder.is_dir())
VIEWS = {
    "payments": "payment_id",
    "applications": "payment_id, application_id",
    "loads": "source_file",
    "commitments": "commitment_id",
    "claims": "claim_id",
    "issued_payments": "issued_payment_id",
}
# What a case of an ERP, and what one of Procore's own lists must expect.
ERPS_SIDE, PROCORES = {"payments", "applications"}, {"commitments", "claims", "issued_payments"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_the_views_say_what_the_export_says(case: Path, tmp_path: Path) -> None:
    said = case / "said.toml"
    told = tomllib.loads(said.read_text()) if said.exists() else {}
    site = mapping_of(told.pop("mapping"), "said.toml") if "mapping" in told else None
    options = LoadOptions(mapping=site, **told)
    ours = {"said.toml", *(f"{view}.csv" for view in VIEWS)}
    exports = sorted(path for path in case.iterdir() if path.name not in ours)
    load_paths(exports, options, load_settings(tmp_path), NOW)
    expected = {view: case / f"{view}.csv" for view in VIEWS if (case / f"{view}.csv").exists()}
    assert (PROCORES if case.parent.name == "procore" else ERPS_SIDE) <= expected.keys()
    with duckdb.connect(str(tmp_path / "published" / "loads.duckdb"), read_only=True) as loads:
        for view, path in expected.items():
            header, *rows = csv.reader(path.read_text().splitlines())
            shown = loads.table(f"report.{view}").order(VIEWS[view]).project(", ".join(header)).fetchall()
            assert [["" if cell is None else str(cell) for cell in row] for row in shown] == rows, view


@pytest.mark.parametrize("export", ERPS, ids=lambda export: export.erp)
def test_each_erp_has_a_case_and_a_quirky_one(export) -> None:
    assert len([case for case in CASES if case.parent.name == export.erp]) >= 2
