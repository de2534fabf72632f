"""The dashboard of a host that never reconciled: it shows the runs of the store, and says when it cannot."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.dashboard.conftest import run
from toolkit.settings import load_settings
from toolkit.warehouse import Snapshot, afar, latest, published_runs, share_all


@pytest.fixture
def elsewhere(homes: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host with the settings and the people of another, whose runs lie in a store."""
    monkeypatch.setenv("TIEOUT_RUNS_URL", f"file://{tmp_path / 'store'}")
    afar._listed.clear()
    share_all(load_settings(homes["pushed"]))
    home = tmp_path / "elsewhere"
    home.mkdir()
    for name in ("tieout.toml", "control.sqlite"):
        shutil.copy(homes["pushed"] / name, home / name)
    monkeypatch.setenv("TIEOUT_HOME", str(home))
    return home


def test_it_shows_the_runs_that_another_host_published(elsewhere: Path, homes: dict[str, Path]) -> None:
    app = run("viewer", "runs")
    assert len(app.dataframe[0].value) == len(published_runs(load_settings())) > 1
    shown = latest(load_settings()).path
    assert shown.parent == elsewhere / "published"
    assert Snapshot(shown).content() == Snapshot(homes["pushed"] / "published" / shown.name).content()


@pytest.mark.usefixtures("elsewhere")
def test_a_store_that_is_away_is_one_sentence_on_the_page(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "store")
    (tmp_path / "store").write_text("no folder")
    afar._listed.clear()
    app = run("viewer", "runs")
    assert "cannot be used" in app.error[0].value
