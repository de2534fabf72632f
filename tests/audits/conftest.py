"""The walked sample once for all, copied for each test that alters it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from toolkit.audits.walk import walk
from toolkit.settings import Settings, load_settings


@pytest.fixture(scope="session")
def walked_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which September was pushed, verified and closed, after which a check came late."""
    return walk(tmp_path_factory.mktemp("audited") / "home")


@pytest.fixture
def home(walked_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A copy of it, which a test may alter."""
    copy = tmp_path / "home"
    shutil.copytree(walked_once, copy)
    monkeypatch.setenv("TIEOUT_HOME", str(copy))
    return load_settings(copy)
