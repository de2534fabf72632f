"""How long a cluster would take: `python -m tests.bench.makespan [--size N]`.

One problem is cut into parts as `tieout match` cuts it; a few parts of every size are matched one after the other
in this process, and processor seconds are fitted to the payments in them (a part's own cost, and so much for each
payment). From that, and from as many vendors with as uneven shares as the problem's generator gives at each size,
parts are dealt to workers, the longest first. What comes before the parts (typing, crosswalk) is measured too,
and shared out as far as it can be. Nothing is said of moving the data.
"""

from __future__ import annotations

import argparse
import heapq
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from tests.bench.generator import problem
from toolkit.match import SCOPE, found, read
from toolkit.matching.engine import learnt
from toolkit.matching.keys import keyed
from toolkit.matching.model import Inputs
from toolkit.matching.parts import groups, parts, places
from toolkit.matching.vendors import VENDOR, erp_vendor, our_names, their_names
from toolkit.scale import MOST_PARTS, PART, steps

SIZES = (10_000_000, 100_000_000, 1_000_000_000)
WORKERS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1000)
# The generator's: so many payments a vendor has, and how uneven it is.
EACH, SPREAD = 60, 1.1
# How large the parts are that are measured, as multiples of `PART`, and how many of each.
GRAINS = ((0.25, 3), (1, 3), (4, 2), (10, 1))
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cost:
    """Processor seconds: of a part whatever it holds, of each payment in it, and before any part of each payment."""

    part: float
    payment: float
    before: float

    def of(self, heights: Floats) -> Floats:
        """Seconds of parts with so many payments."""
        return np.where(heights > 0, self.part + self.payment * heights, 0.0)


@dataclass(frozen=True)
class Measured:
    """One problem: its cost, every part that was measured, and what the crosswalk and the groups came to."""

    cost: Cost
    told: list[tuple[int, float]]
    groups: int
    largest: int
    carried: int


def measured(size: int) -> Measured:
    """Cut one problem into parts of several sizes, match a few of each, and count what hangs together."""
    with tempfile.TemporaryDirectory() as folder:
        made = problem(size, seed=2004).write(Path(folder))
        begun = time.process_time()
        given = read(made / "payments.parquet", made / "claims.parquet", None)
        known = learnt(given, SCOPE)
        before = time.process_time() - begun
    height = given.payments.height
    told: list[tuple[int, float]] = []
    for grain, of_each in GRAINS:
        for part, share in parts(given, SCOPE, known, max(int(height / PART / grain), 1))[:of_each]:
            begun = time.process_time()
            found.one(part, share)
            told.append((part.payments.height, time.process_time() - begun))
    heights, seconds = (np.array(column, dtype=np.float64) for column in zip(*told, strict=True))
    slope, part_ = np.polyfit(heights, seconds, 1)
    cost = Cost(max(float(part_), 0.0), float(slope), before / height)
    return Measured(cost, told, *_together(given, known))


def _together(given: Inputs, known: pl.DataFrame) -> tuple[int, int, int]:
    """How many vendor groups there are, the payments of the largest, and the bytes of them in a job's plan."""
    ours, theirs = our_names(keyed(given.payments)), their_names(given.claims)
    grouped = groups(known.select(*VENDOR, "procore_vendor").unique(), ours, theirs)
    mine = grouped.filter(pl.col("procore_vendor").is_null()).select(*VENDOR, "group")
    payments = keyed(given.payments).select(*VENDOR[:2], vendor=erp_vendor()).join(mine, on=VENDOR)
    heights = payments["group"].value_counts()["count"]
    nothing = known.select(*VENDOR, "procore_vendor").clear()
    where = places(known, ours, theirs, nothing, MOST_PARTS)
    handed, crosswalk = steps.handed(where, known)
    carried = sum(map(len, handed)) + len(crosswalk)
    return len(heights), int(heights.max()), carried  # type: ignore[arg-type]


def dealt(size: int, chance: np.random.Generator) -> tuple[Floats, float]:
    """The heights of the parts of so many payments, and the largest vendor's share of them."""
    vendors = max(size // EACH, 12)
    weights = chance.lognormal(0, SPREAD, vendors)
    heights = weights / weights.sum() * size
    count = min(max(-(-size // PART), 1), MOST_PARTS)
    return np.bincount(chance.integers(0, count, vendors), heights, minlength=count), float(heights.max())


def makespan(seconds: Floats, workers: int) -> float:
    """When the last worker is done, if the longest part that is left goes to whoever is free first."""
    free = [0.0] * workers
    for one in np.sort(seconds)[::-1]:
        heapq.heapreplace(free, free[0] + float(one))
    return max(free)


def row(size: int, cost: Cost, chance: np.random.Generator, whale: float = 0.0) -> str:
    """One line: seconds with each number of workers. `whale`: one vendor more that has this share of everything."""
    heights, largest = dealt(size, chance)
    if whale:
        heights *= 1 - whale
        largest = whale * size
        heights[0] += largest
    seconds = cost.of(heights)
    first = cost.before * size
    cells = [f"{first / workers + makespan(seconds, workers):,.0f}" for workers in WORKERS]
    named = f"{size:,}" + (f", one vendor {whale:.0%}" if whale else "")
    return f"| {named} | {heights.size:,} | {largest:,.0f} | {seconds.max():,.1f} | {' | '.join(cells)} |"


def main() -> None:
    """Print what was measured and what follows from it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", type=int, default=1_000_000)
    told = asked.parse_args()
    load = f"load {os.getloadavg()[0]:.1f} to "
    seen = measured(told.size)
    cost, out = seen.cost, sys.stdout.write
    out(f"measured on {told.size:,} payments, {os.cpu_count()} cores, {load}{os.getloadavg()[0]:.1f}\n")
    out("".join(f"  part of {height:,} payments: {seconds:.2f} s\n" for height, seconds in seen.told))
    out(f"  {seen.groups:,} vendor groups, the largest {seen.largest:,} payments; ")
    out(f"places and crosswalk in a job's plan: {seen.carried / 1e6:.1f} MB\n")
    out(
        f"a part costs {cost.part:.2f} s and {cost.payment * 1e6:.0f} s for each million payments; "
        f"before any part {cost.before * 1e6:.0f} s for each million\n\n"
    )
    heads = " | ".join(f"{workers:,}" for workers in WORKERS)
    out(f"| payments | parts | largest vendor | longest part, s | {heads} |\n|{'---|' * (len(WORKERS) + 4)}\n")
    for size in SIZES:
        for whale in (0.0, 0.01):
            out(row(size, cost, np.random.default_rng(size), whale) + "\n")


if __name__ == "__main__":
    main()
