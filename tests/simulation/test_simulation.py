"""Bad weather, many times: nothing is doubled, nothing lost, nothing said that is not so."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from .run import Run, naive, prepare
from .world import Weather

MODES = ("strict", "readback", "unique")
SEEDS = 40


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("simulated") / "home")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("block", range(3))
def test_no_double_no_loss_no_wrong_state(template: Path, tmp_path: Path, mode: str, block: int) -> None:
    weather = Weather(unique=mode == "unique")
    for seed in range(block * SEEDS // 3, (block + 1) * SEEDS // 3):
        result = Run(template, tmp_path / str(seed), seed, mode, weather).go()
        found = (result.doubles, result.lost, result.wrong, result.broken)
        assert found == (0, 0, 0, []), f"seed {seed} in {mode}: {found} after {result.met}"


def test_the_weather_is_bad_enough_that_a_naive_client_doubles(template: Path) -> None:
    found = sum((naive(template, seed, Weather()) for seed in range(100)), Counter())
    # 300 payments, half of them with a fault: the harness sees what it is there to see.
    assert found["doubles"] > 20
