"""The figures of docs/reliability.md, in parts that add up: `make soak`.

Each part is one line of JSON in a journal, written when the part is whole; what the journal holds is not
run again, so a soak may stop at any time (`--minutes`) and go on later. A line names the code that it is
about: a journal of other code is refused. `--table` prints the sums of what is there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, product
from pathlib import Path

from . import cells
from .kills import Campaign
from .run import MODES, PAYMENTS, Run, memory, naive, prepare
from .world import FATES, Weather

ROOT = Path(__file__).parent.parent.parent
# How late the host is where it breaks what readback mode assumes, and the quiet windows tried against it.
TOO_LATE, WINDOWS = 300.0, (30.0, 90.0, 180.0, 360.0)
SEEDS, CELLS, KILLS = 100, 150, 40
Part = tuple[str, str, Callable[[Path], Counter[str]]]


def simulated(template: Path, *, seeds: range, mode: str, weather: Weather, window: float = 90) -> Counter[str]:
    """Runs added up; stops with the seed where an invariant broke."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        for seed in seeds:
            result = Run(template, Path(folder) / "home", seed, mode, weather, window).go()
            clean = (result.doubles, result.lost, result.wrong, result.broken) == (0, 0, 0, [])
            if not clean and (weather.lateness <= window or mode != "readback"):
                raise SystemExit(f"seed {seed} in {mode}: {result}")
            names = ("doubles", "lost", "wrong", "asked", "crashes")
            found.update({name: getattr(result, name) for name in names})
            faults = sum(fate in FATES for fate in result.met)
            found.update(runs=1, payments=PAYMENTS, faults=faults)
    return found


def some_cells(template: Path, *, places: range) -> Counter[str]:
    """Some of the cells, each once; stops with the first that is not clean."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        for cell in islice(cells.every(), places.start, places.stop):
            result = cells.run(template, Path(folder) / "home", cell)
            if (result.doubles, result.lost, result.wrong, result.broken) != (0, 0, 0, []):
                raise SystemExit(f"{cell}: {result}")
            found.update(cells=1, crashes=result.crashes, asked=result.asked)
    return found


def killed(template: Path, *, mode: str, seed: int) -> Counter[str]:
    """At least so many real deaths; stops where one did harm."""
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(template, Path(folder), mode, seed)
        while campaign.found["kills"] < KILLS:
            campaign.batch()
    harm = [name for name in ("doubles", "lost", "hung", "log broken", "unfinished") if campaign.found[name]]
    if harm:
        raise SystemExit(f"kills of seed {seed} in {mode}: {campaign.found}")
    return campaign.found


def naively(template: Path, *, seeds: range) -> Counter[str]:
    """The client that sends again whatever failed, in the same weather."""
    found = Counter(runs=len(seeds))
    for seed in seeds:
        found.update(naive(template, seed, Weather()))
    return found


def parts(runs: int, kills: int) -> Iterator[Part]:
    """Every part: the row of the table that it belongs to, which seeds, and what to do."""
    each = -(-runs // len(MODES))
    for mode in MODES:
        yield from _weather(mode, mode, each, Weather(unique=mode == "unique"))
    for seeds in _ranges(each, SEEDS * 4):
        yield "naive client", _named(seeds), partial(naively, seeds=seeds)
    for window in WINDOWS:
        row = f"readback, {TOO_LATE:g} s late, window {window:g} s"
        yield from _weather(row, "readback", each // 10, Weather(lateness=TOO_LATE), window)
    for mode in ("strict", "unique"):
        row, late = f"{mode}, {TOO_LATE:g} s late, window 30 s", Weather(lateness=TOO_LATE, unique=mode == "unique")
        yield from _weather(row, mode, each // 10, late, 30)
    for places in _ranges(sum(1 for _ in cells.every()), CELLS):
        yield "every cell", _named(places), partial(some_cells, places=places)
    for seed, mode in product(range(-(-kills // (KILLS * len(MODES)))), MODES):
        yield f"SIGKILL, {mode}", f"seed {seed}", partial(killed, mode=mode, seed=seed)


def _weather(row: str, mode: str, total: int, weather: Weather, window: float = 90) -> Iterator[Part]:
    for seeds in _ranges(total, SEEDS):
        yield row, _named(seeds), partial(simulated, seeds=seeds, mode=mode, weather=weather, window=window)


def _ranges(total: int, step: int) -> Iterator[range]:
    for start in range(0, total, step):
        yield range(start, min(start + step, total))


def _named(numbers: range) -> str:
    return f"{numbers.start}-{numbers.stop - 1}"


def code() -> str:
    """The code that the figures are about, as a hash of its files."""
    digest = hashlib.sha256()
    for folder in ("toolkit/workflow", "toolkit/procore", "toolkit/sandbox", "tests/simulation"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def kept(journal: Path) -> dict[tuple[str, str], Counter[str]]:
    """What the journal holds; SystemExit where it is about other code."""
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    rows = [json.loads(line) for line in lines]
    other = {row["code"] for row in rows} - {code()}
    if other:
        raise SystemExit(f"{journal} is about code {' and '.join(sorted(other))}, not {code()}: begin another one.")
    return {(row["row"], row["part"]): Counter(row["found"]) for row in rows}


def table(journal: Path) -> None:
    """Print the sums."""
    sums: dict[str, Counter[str]] = {}
    for (row, _), found in kept(journal).items():
        sums.setdefault(row, Counter()).update(found)
    _say(f"Python {platform.python_version()} on {platform.machine()}, code {code()}")
    for row, found in sums.items():
        seconds = found.pop("milliseconds", 0) // 1000
        _say(f"{row}: {', '.join(f'{found[name]} {name}' for name in sorted(found))} ({seconds} s)")


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000, help="simulated runs, over the modes")
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--only", default="", help="parts whose row begins so")
    parser.add_argument("--minutes", type=float, help="begin no part after so many")
    parser.add_argument("--journal", type=Path, default=Path("soak.jsonl"))
    parser.add_argument("--table", action="store_true", help="print what is there, run nothing")
    said = parser.parse_args()
    until = time.monotonic() + (said.minutes or 1e9) * 60
    done = kept(said.journal)
    wanted = [part for part in parts(said.runs, said.kills) if part[0].startswith(said.only) and part[:2] not in done]
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        template = prepare(Path(folder) / "template")
        for row, part, work in [] if said.table else wanted:
            if time.monotonic() > until:
                break
            began = time.monotonic()
            found = work(template)
            found.update(milliseconds=round((time.monotonic() - began) * 1000))
            line = {"row": row, "part": part, "code": code(), "found": found}
            with said.journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
    table(said.journal)
    left = len(wanted) if said.table else sum(part[:2] not in kept(said.journal) for part in wanted)
    _say(f"{left} parts are left." if left else "Every part is there.")


if __name__ == "__main__":
    main()
