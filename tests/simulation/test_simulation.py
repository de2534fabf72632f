"""Bad weather, many times: nothing is doubled, nothing lost, nothing said that is not so."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

import pytest

from toolkit.workflow.control import Control
from toolkit.workflow.push import push

from . import cells
from .run import APPROVER, MODES, Run, memory, naive
from .world import Weather

SEEDS = 100
CLEAN = (0, 0, 0, [])


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        yield Path(folder) / "home"


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_no_double_no_loss_no_wrong_state(template: Path, home: Path, mode: str) -> None:
    weather = Weather(unique=mode == "unique")
    for seed in range(SEEDS):
        result = Run(template, home, seed, mode, weather).go()
        found = (result.doubles, result.lost, result.wrong, result.broken)
        assert found == CLEAN, f"seed {seed} in {mode}: {found} after {result.met}"


def test_the_weather_is_bad_enough_that_a_naive_client_doubles(template: Path) -> None:
    found = sum((naive(template, seed, Weather()) for seed in range(100)), Counter())
    # 300 payments, half of them with a fault: the harness sees what it is there to see.
    assert found["doubles"] > 20


@pytest.mark.slow
def test_where_the_host_is_later_than_the_window_readback_doubles_and_nothing_else_does(
    template: Path, home: Path
) -> None:
    doubles: Counter[str] = Counter()
    for seed, mode in product(range(4), MODES):
        weather = Weather(faults=0, crashes=0, bad_lists=0, lateness=600, unique=mode == "unique")
        late = Run(template, home, seed, mode, weather, window=5)
        late.world.script = ["applied late"] * 3
        doubles[mode] += late.go().doubles
    # 12 payments in each mode, each applied up to ten minutes after the request, in a window of five seconds.
    assert doubles["readback"] > 3
    assert (doubles["strict"], doubles["unique"]) == (0, 0)


def test_a_list_that_is_not_whole_never_proves_absence(template: Path, home: Path) -> None:
    one = Run(template, home, 0, "readback", Weather(faults=0, crashes=0, bad_lists=0))
    one.world.script = ["answer lost"]
    one.world.list_script = ["honest"] + ["loses a row"] * 99
    with Control.open(one.settings) as control:
        one.control = control
        for _ in range(4):
            outcome = push(
                control, one.settings, one.world, APPROVER, ids=["p1-simulated00000000"], clock=one.world.clock
            )
            one.world.pass_time(600)
    assert [sync.state for sync in outcome.touched] == ["unknown"]
    assert len(one.world.truth) == 1


@pytest.mark.slow
def test_crash_points_answers_lists_and_modes_together(template: Path, home: Path) -> None:
    # `make soak` runs every cell; a stride that shares no factor with the axes meets every value of each.
    chosen = list(islice(cells.every(), 0, None, 61))
    assert [len({cell[axis] for cell in chosen}) for axis in range(4)] == [12, 20, 5, 3]
    for cell in chosen:
        result = cells.run(template, home, cell)
        assert (result.doubles, result.lost, result.wrong, result.broken) == CLEAN, cell
