"""What a standing approval proves of a vendor that is called differently on the two sides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from toolkit.rules.safe import NEW_PAIR
from toolkit.settings import load_settings
from toolkit.warehouse import latest
from toolkit.workflow.control import Control
from toolkit.workflow.looks import looks
from toolkit.workflow.outcome import Sync

OURS, THEIRS = "Foxglove Roofing Inc.", "Foxglove & Sons"


@pytest.fixture
def waiting(walked: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Sync], dict[str, pl.DataFrame]]:
    """Three submitted payments of one vendor, and the views of a run in which Procore calls it otherwise."""
    monkeypatch.setenv("TIEOUT_HOME", str(walked.parent / "submitted"))
    told = load_settings()
    with Control.open(told) as control:
        syncs = [sync for sync in control.syncs(states=["submitted"]) if sync.vendor_name == OURS]
    views = {name: latest(told).view(name) for name in ("matches", "claims", "payments")}
    views["claims"] = views["claims"].with_columns(pl.col("vendor_name").replace(OURS, THEIRS))
    return syncs, views


def test_only_an_approval_that_stands_proves_the_pair(waiting) -> None:
    syncs, views = waiting
    first, *rest = syncs
    assert looks(syncs, syncs, views.__getitem__) == [NEW_PAIR] * 3
    for state, approved_at, found in (
        ("approved", "2026-11-23T12:00:00Z", None),
        ("verified", "2026-11-23T12:00:00Z", None),
        ("approved", None, NEW_PAIR),
        ("drifted", "2026-11-23T12:00:00Z", NEW_PAIR),
        ("returned", None, NEW_PAIR),
    ):
        before = replace(first, state=state, approved_at=approved_at)
        assert looks(rest, [before, *rest], views.__getitem__) == [found] * 2, state
