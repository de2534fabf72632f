"""One reconciled home of sample data for the verbs that only read a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.demo import Sample


@pytest.fixture(scope="session")
def _reconciled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("reconciled") / "home"
    with Sample(home) as sample:
        sample.load()
        sample.pull()
        sample.reconcile()
    return home


@pytest.fixture
def walked_home(_reconciled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with one published run; `TIEOUT_HOME` points there."""
    monkeypatch.setenv("TIEOUT_HOME", str(_reconciled))
    return _reconciled
