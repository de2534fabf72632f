"""The measurement of the pages runs, no click fails, and none sends more than it should."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.bench.pages import SHORT, measured
from tests.dashboard.stage import Stage


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.usefixtures("chromium")
def test_no_click_fails_and_none_sends_a_hundred_kilobytes(tmp_path: Path) -> None:
    said: list[str] = []
    # In a thread of its own: the fixture's browser has this one's event loop.
    with Stage(tmp_path / "home", "submitted") as stage, ThreadPoolExecutor(1) as pool:
        taken = pool.submit(asyncio.run, measured(stage, SHORT, said.append)).result()
    assert [found.errors for found in taken.values()] == [[]] * 5
    for name in ("turns", "filters", "crowd"):
        assert max(taken[name].kilobytes) < 100, name
    assert len(said) == 5
