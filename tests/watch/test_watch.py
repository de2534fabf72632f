"""The schedule: rounds that load, pull and reconcile, that fail in a sentence, and that never approve."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from toolkit import watch
from toolkit.cli import app
from toolkit.demo import Sample
from toolkit.errors import InputError
from toolkit.sandbox import Fault, sample_data
from toolkit.warehouse import latest

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NETSUITE = sample_data() / "netsuite"


@pytest.fixture
def sample(tmp_path: Path):
    with Sample(tmp_path / "home") as running:
        yield running


@pytest.mark.parametrize(
    ("every", "late", "hours"),
    [("1h", 0, 1), ("2h", 0, 2), ("4h", 0, 4), ("1d", 0, 24), ("1h", 0.5, 1), ("1h", 3.5, 4), ("1h", -1, 1)],
)
def test_the_next_round_is_due_a_whole_interval_after_the_last_began(every: str, late: float, hours: int) -> None:
    """A round that took long, or a machine that slept, skips rounds and never runs them one after another."""
    assert watch.next_after(NOON, every, NOON + timedelta(hours=late)) == NOON + timedelta(hours=hours)


def test_never_means_never() -> None:
    assert watch.next_after(NOON, "never", NOON) is None


def test_a_round_loads_pulls_and_reconciles(sample: Sample) -> None:
    done = watch.one_round(sample.settings, NETSUITE, datetime.now(UTC))
    assert (done.wrong, done.files, done.waits) == (None, 1, False)
    run = latest(sample.settings)
    assert (run.run_id, run.facts()["prepared_by"]) == (done.run_id, "schedule")
    assert run.count("payments") > 0
    assert run.count("claims") > 0


def test_a_round_only_reads_procore(sample: Sample) -> None:
    watch.one_round(sample.settings, NETSUITE, datetime.now(UTC))
    assert {method for method, _ in sample.procore.requests} == {"GET"}


def test_a_round_that_fails_says_why_and_the_next_one_runs(sample: Sample) -> None:
    sample.procore.faults.add(Fault("GET", "/rest/v1.1/projects", "status", status=500))
    rounds: list[watch.Round] = []
    stop = threading.Event()

    def told(done: watch.Round, due: Any) -> None:
        del due
        rounds.append(done)

    for _ in range(2):
        watch.keep_on(sample.settings, None, "never", told, stop)
    assert "answered 500" in str(rounds[0].wrong)
    assert (rounds[0].run_id, rounds[1].wrong) == (None, None)


def test_it_waits_for_the_next_round_until_it_is_told_to_stop(sample: Sample) -> None:
    stop, heard = threading.Event(), threading.Event()
    arguments = (sample.settings, None, "1h", lambda *_: heard.set(), stop)
    keeping = threading.Thread(target=watch.keep_on, args=arguments)
    keeping.start()
    assert heard.wait(300)
    stop.set()
    keeping.join(300)
    assert not keeping.is_alive()
    kept = watch.remembered(sample.settings)
    assert kept is not None
    began, due = datetime.fromisoformat(kept["last"]["started_at"]), datetime.fromisoformat(kept["next"])
    assert due - began == timedelta(hours=1)


def test_the_command_prints_one_document_for_one_round(sample: Sample) -> None:
    done = CliRunner().invoke(app, ["watch", "--once", "--json", "--folder", str(NETSUITE)])
    document = json.loads(done.stdout)
    assert (done.exit_code, document["files"], document["next"]) == (0, 1, None)
    assert document["run_id"] == latest(sample.settings).run_id


def test_a_project_that_cannot_be_read_waits_for_a_person(sample: Sample) -> None:
    (sample.home / "tieout.toml").write_text(
        (sample.home / "tieout.toml").read_text().replace("project_ids = []", "project_ids = [1, 3100118]")
    )
    done = CliRunner().invoke(app, ["watch", "--once"])
    assert done.exit_code == 3
    assert "Project 1: " in done.output


@pytest.mark.parametrize("words", [["--every", "3h"], ["--json"], ["--folder", "nowhere"]])
def test_what_cannot_be_followed_is_refused(words: list[str]) -> None:
    done = CliRunner().invoke(app, ["watch", *words])
    assert isinstance(done.exception, InputError)
