"""The sample data tell every mismatch, and the README that goes with them says where."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from toolkit import erps
from toolkit.demo import COMPANIES, Sample
from toolkit.rules import RULES
from toolkit.sandbox import sample_data
from toolkit.workflow import close
from toolkit.workflow.control import Control
from toolkit.workflow.policy import Actor

STORY = (sample_data() / "README.md").read_text(encoding="utf-8")
WHERE = re.findall(r"^\| \[(\w+)\]\(\S+\) \| ([^|]+) \| ([^|]+) \|$", STORY, re.MULTILINE)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """The mismatches of a run over everything in `data/`, and of one after September was closed and then changed."""
    with Sample(tmp_path_factory.mktemp("data") / "home") as sample:
        assert {load.counts.quarantined for load in sample.load()} == {0}
        sample.pull()
        sample.reconcile()
        first = sample.run.view("mismatches")
        _close_september(sample)
        sample.load_late()
        sample.reconcile()
        return pl.concat([first, sample.run.view("mismatches")])


def _close_september(sample: Sample) -> None:
    """A run of the month that two people sign."""
    now, analyst, approver = datetime.now(UTC), Actor("analyst", ("analyst",)), Actor("approver", ("approver",))
    sample.reconcile("2026-09")
    with Control.open(sample.settings) as control:
        close.prepare(control, close.run_of(sample.settings, "2026-09"), analyst, now)
        close.review(control, sample.settings, "2026-09", approver, now)


def test_every_erp_that_loads_has_a_company() -> None:
    assert set(COMPANIES) == {export.erp for export in erps.ERPS} - {"generic", "procore"}
    assert {path.parent.name for path in Sample().files()} == set(COMPANIES)


def test_every_code_of_the_rules_is_found(found: pl.DataFrame) -> None:
    assert set(found["code"]) == {rule.code for rule in RULES}


def test_the_readme_has_one_line_for_each_code() -> None:
    assert [code for code, _, _ in WHERE] == sorted(rule.code for rule in RULES)


@pytest.mark.parametrize(("code", "company", "what"), WHERE, ids=[code for code, _, _ in WHERE])
def test_each_code_is_found_where_the_readme_says(found: pl.DataFrame, code: str, company: str, what: str) -> None:
    name = pl.col("erp_company").str.to_lowercase()
    there = found.filter(pl.col("code") == code, name.str.starts_with(company.lower()))
    assert there["sentence"].str.contains(what, literal=True).any()


def test_nothing_with_a_blocker_on_it_is_proposed(tmp_path: Path) -> None:
    with Sample(tmp_path / "home") as sample:
        sample.load()
        sample.pull()
        sample.reconcile()
        blocked = sample.run.view("mismatches", {"severity": "blocker"})
        planned = [sync for sync in sample.plan().syncs if sync.state == "planned"]
    key = ["erp", "erp_company", "payment_id", "invoice_number"]
    rows = pl.DataFrame([[getattr(sync, name) for name in key] for sync in planned], schema=key, orient="row")
    assert rows.height == 37
    assert rows.join(blocked, on=key, how="semi").is_empty()
