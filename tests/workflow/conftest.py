"""One home of sample data, walked to a state once and copied for each test that changes it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from toolkit.demo import Sample
from toolkit.procore import ProcoreClient
from toolkit.settings import Settings
from toolkit.workflow.control import Control
from toolkit.workflow.policy import Actor

ANALYST = Actor("analyst", ("analyst",))
APPROVER = Actor("approver", ("approver",))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with everything approved; its local Procore is gone."""
    home = tmp_path_factory.mktemp("walked") / "home"
    with Sample(home) as sample:
        sample.load()
        sample.pull()
        sample.reconcile()
        sample.plan()
        sample.submit()
        shutil.copytree(home, home.parent / "submitted")
        sample.approve()
    return home


class Bench:
    """A copy of an approved home with a fresh local Procore beside it."""

    def __init__(self, home: Path, sample: Sample) -> None:
        self.home, self.sample, self.procore = home, sample, sample.procore

    @property
    def settings(self) -> Settings:
        return self.sample.settings

    def client(self, control: Control) -> ProcoreClient:
        return ProcoreClient(self.settings, gate=control.gate(self.settings.procore.api_url))

    def quick(self, **keys: object) -> None:
        """Set keys of [procore]; the quiet window is short unless said."""
        said = {"quiet_window_seconds": 0.0, "listing_gap_seconds": 0.0} | keys
        lines = "".join(
            f"{name} = {f'{value!r}' if not isinstance(value, str) else f'{chr(34)}{value}{chr(34)}'}\n"
            for name, value in said.items()
        )
        path = self.home / "tieout.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("project_ids = []\n", f"project_ids = []\n{lines}"), encoding="utf-8")


@pytest.fixture
def bench(walked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Everything approved, nothing sent."""
    with Sample(tmp_path / "home") as sample:
        toml = (sample.home / "tieout.toml").read_text(encoding="utf-8")
        shutil.rmtree(sample.home)
        shutil.copytree(walked, sample.home)
        (sample.home / "tieout.toml").write_text(toml, encoding="utf-8")
        monkeypatch.setenv("TIEOUT_HOME", str(sample.home))
        yield Bench(sample.home, sample)


@pytest.fixture
def submitted(walked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Everything submitted by the analyst, nothing approved."""
    from toolkit.settings import load_settings

    home = tmp_path / "home"
    shutil.copytree(walked.parent / "submitted", home)
    monkeypatch.setenv("TIEOUT_HOME", str(home))
    return load_settings(home)
