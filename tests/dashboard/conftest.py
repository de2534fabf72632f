"""Sample homes walked to each state once, and the dashboard's script run in them without a browser."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from tests.dashboard.stage import STATES, walk_on
from toolkit.demo import Sample

APP = Path(__file__).parents[2] / "dashboard" / "app.py"


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A copy of one sample home per state, made by whichever worker comes first; its local Procore is gone."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "homes"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            with Sample(folder.with_name("walked") / "home") as sample:
                drafts = folder.with_name("drafts")
                for state in STATES:
                    walk_on(sample, state)
                    shutil.copytree(sample.home, drafts / state)
            drafts.rename(folder)
    return {state: folder / state for state in STATES}


@pytest.fixture
def home(homes: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A home of one's own in a state."""

    def made(state: str) -> Path:
        copy = shutil.copytree(homes[state], tmp_path / "home")
        monkeypatch.setenv("TIEOUT_HOME", str(copy))
        return copy

    return made


def run(who: str | None, page: str = "", **query: str) -> AppTest:
    """The whole script, run once for somebody at a page."""
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.user = {"is_logged_in": who is not None, "sub": who or "", "iat": time.time()}
    for name, value in query.items():
        app.query_params[name] = value
    return turn_to(app, page) if page else _fine(app.run())


def turn_to(app: AppTest, page: str) -> AppTest:
    """Pages are functions, which `switch_page` does not know; it takes files only."""
    app._page_hash = calc_hash(page)
    return _fine(app.run())


def _fine(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def select(app: AppTest, prefix: str, rows: list[int]) -> AppTest:
    """Select rows of the table whose key begins so; AppTest has no hand for it."""
    key = next(key for key in app.session_state if key.startswith(prefix))
    app.session_state[key] = {"selection": {"rows": rows, "columns": []}}
    return app.run()
