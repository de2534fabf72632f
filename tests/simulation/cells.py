"""Every crash point with every answer, every list and every mode: one payment, one misfortune of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from .run import MODES, PAYMENTS, Result, Run
from .world import CALM, FATES, LIST_FATES, Weather

CRASHES = (
    "nowhere",
    "before send",
    "after send",
    "before bytes",
    "before the answer",
    "before outcome",
    "after outcome",
    "reading the list",
    "before found",
    "after found",
    "before absent",
    "after absent",
)
Cell = tuple[str, str, str, str]


def every() -> Iterator[Cell]:
    """Crash point, answer, list, mode."""
    yield from product(CRASHES, ("created", *FATES), ("honest", *LIST_FATES), MODES)


def run(template: Path, folder: Path, cell: Cell) -> Result:
    """The cell's payment from approved to its end, on an otherwise quiet day."""
    crash, fate, listing, mode = cell
    weather = CALM if mode != "unique" else Weather(0, 0, 0, unique=True)
    one = Run(template, folder, 0, mode, Weather(**{**vars(weather), "lateness": 60.0}))
    one.ids = ("p1-simulated00000000",)
    assert PAYMENTS > 1  # the others stay approved, untouched
    one.world.script = [fate]
    # The first list is read before the payment is sent; the bad ones come when its outcome is looked for.
    one.world.list_script = ["honest", listing, listing]
    one.world.crash_script = [] if crash == "nowhere" else [crash]
    return one.go()
