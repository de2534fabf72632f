"""One prepared home, copied for every run."""

from __future__ import annotations

from pathlib import Path

import pytest

from .run import prepare


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("simulated") / "home")
