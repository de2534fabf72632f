"""How quick the queue is with 100,000 mismatches, in a real Chromium: `python -m tests.dashboard.bench`.

Prints the first useful paint of the overview, and per click in the queue the median, the p95 and the
bytes that crossed the websocket.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from playwright.sync_api import Page, expect, sync_playwright

from tests.conftest import _chromium_path
from tests.dashboard.hands import open_page, settled, sign_in
from tests.dashboard.stage import Stage
from toolkit.settings import load_settings
from toolkit.warehouse import latest

ROWS, ROUNDS = 100_000, 10


def grow(home: Path) -> None:
    """The newest run with `ROWS` mismatches: its own, again and again under other names and amounts."""
    with duckdb.connect(str(latest(load_settings(home)).path)) as snapshot:
        columns = [row[0] for row in snapshot.execute("DESCRIBE canon.mismatches").fetchall()]
        own = {"mismatch_id": "mismatch_id || '-' || n", "amount": "amount + n"}
        picked = ", ".join(own.get(name, name) for name in columns)
        snapshot.execute(
            f"INSERT INTO canon.mismatches SELECT {picked} FROM canon.mismatches, range(1, {ROWS} // "  # noqa: S608
            f"(SELECT count(*) FROM canon.mismatches) + 1) t(n)"
        )


class Wire:
    """Bytes received over a page's websockets."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))

    def _count(self, frame: str | bytes) -> None:
        self.bytes += len(frame)


def _timed(wire: Wire, click: Callable[[], None], seen: Callable[[], None]) -> tuple[float, int]:
    before, began = wire.bytes, time.perf_counter()
    click()
    seen()
    took = time.perf_counter() - began
    time.sleep(0.3)
    return took, wire.bytes - before


def _said(name: str, found: list[tuple[float, int]]) -> None:
    times = sorted(took for took, _ in found)
    p95 = times[min(len(times) - 1, round(0.95 * (len(times) - 1)))]
    size = max(size for _, size in found) / 1000
    sys.stdout.write(f"{name:<34} median {statistics.median(times):.2f} s   p95 {p95:.2f} s   most {size:.0f} kB\n")


def measure(page: Page, stage: Stage) -> None:
    wire = Wire(page)
    sign_in(page, stage, "viewer")
    paints = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        page.goto(stage.url)
        expect(page.get_by_text("ties out")).to_be_visible(timeout=30_000)
        paints.append((time.perf_counter() - began, 0))
    _said("overview, first useful paint", paints)
    open_page(page, stage, "mismatches")
    settled(page)
    caption = page.get_by_text("Select one to see both sides")
    total = caption.inner_text()
    turns, filters = [], []
    for n in range(ROUNDS):
        digits = str(n + 2)
        button = page.get_by_role("button", name=digits, exact=True)
        pressed = page.locator("[data-testid=stPagination] [aria-current]")
        turns.append(_timed(wire, button.first.click, lambda: expect(pressed).to_have_text(digits)))  # noqa: B023
        settled(page)
    _said(f"page change ({total.split('.')[0]})", turns)
    field = page.get_by_label("Vendor, payment or invoice #")
    for words in ("foxglove", "", "0104", "", "arc-22", "", "eastbank", "", "cinder", ""):
        was = caption.inner_text()

        def type_it(words: str = words) -> None:
            field.fill(words)
            field.press("Enter")

        filters.append(_timed(wire, type_it, lambda: expect(caption).not_to_have_text(was, timeout=10_000)))  # noqa: B023
        settled(page)
    _said("filter", filters)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        home = Path(scratch) / "home"
        with Stage(home, "submitted") as stage:
            grow(home)
            browser = playwright.chromium.launch(
                executable_path=_chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            measure(browser.new_page(), stage)
            browser.close()


if __name__ == "__main__":
    main()
