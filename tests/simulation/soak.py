"""The figures of docs/reliability.md, printed anew: `make soak`, or fewer with --runs and --kills."""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from . import cells
from .kills import Campaign
from .run import Run, memory, naive, prepare
from .world import Weather

MODES = ("strict", "readback", "unique")
# How late the host is where it breaks what readback mode assumes, and the quiet windows tried against it.
TOO_LATE, WINDOWS = 300.0, (30.0, 90.0, 180.0, 360.0)


def simulated(template: Path, seeds: range, mode: str, weather: Weather, window: float = 90) -> Counter[str]:
    """Runs added up; stops with the seed where an invariant broke."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        for seed in seeds:
            result = Run(template, Path(folder) / "home", seed, mode, weather, window).go()
            if result.broken and weather.lateness <= window:
                raise SystemExit(f"seed {seed} in {mode}: {result.broken}")
            names = ("doubles", "lost", "wrong", "asked", "crashes")
            found.update({name: getattr(result, name) for name in names} | {"runs": 1})
    return found


def every_cell(template: Path) -> Counter[str]:
    """Every cell once; stops with the first that is not clean."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        for cell in cells.every():
            result = cells.run(template, Path(folder) / "home", cell)
            if (result.doubles, result.lost, result.wrong, result.broken) != (0, 0, 0, []):
                raise SystemExit(f"{cell}: {result}")
            found.update(cells=1, crashes=result.crashes, asked=result.asked)
    return found


def killed(template: Path, kills: int) -> dict[str, Counter[str]]:
    """At least so many real deaths, a third in each mode."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for mode in MODES:
            campaign = Campaign(template, Path(folder), mode, seed=len(mode))
            while campaign.found["kills"] * 3 < kills:
                campaign.batch()
            found[mode] = campaign.found
    return found


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print each table as it is done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--no-cells", action="store_true")
    said = parser.parse_args()
    began = time.monotonic()
    _say(f"Python {platform.python_version()} on {platform.machine()}, seeds 0 to {said.runs // 3 - 1} in each mode")
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        template = prepare(Path(folder) / "template")
        for mode in MODES:
            weather = Weather(unique=mode == "unique")
            _say(mode, dict(simulated(template, range(said.runs // 3), mode, weather)))
        seeds = range(said.runs // 30)
        lone = sum((naive(template, seed, Weather()) for seed in seeds), Counter[str]())
        _say(f"naive client, seeds 0 to {seeds.stop - 1}", dict(lone))
        for window in WINDOWS:
            late = Weather(lateness=TOO_LATE)
            found = simulated(template, seeds, "readback", late, window)
            _say(f"readback, lateness {TOO_LATE:g} s, quiet window {window:g} s", dict(found))
        found = simulated(template, seeds, "unique", Weather(lateness=TOO_LATE, unique=True), 30)
        _say(f"unique, lateness {TOO_LATE:g} s, quiet window 30 s", dict(found))
        if not said.no_cells:
            _say("every cell", dict(every_cell(template)))
        for mode, killed_in in killed(template, said.kills).items():
            _say(f"SIGKILL, {mode}", dict(killed_in))
    _say(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
