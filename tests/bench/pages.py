"""How quick the pages are in a real Chromium: `python -m tests.bench.pages` (about five minutes).

Prints the overview's first useful paint after signing in, what a click in a queue of 100,000 mismatches
takes and sends, what twenty people at once wait, and what axe finds on every page, light and dark. Beside
what a person waits stands the server's own work, which other work of the machine does not stretch.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.conftest import _chromium_path
from tests.dashboard.hands import BUT_INACTIVE
from tests.dashboard.stage import PASSWORDS, Stage
from toolkit.settings import load_settings
from toolkit.warehouse import latest

PAGES = ("", "load", "mismatches", "approve", "push", "commitments", "runs", "audit", "doctor", "settings")
# One company whose own mismatches are made many.
COMPANY = "Larkspur Builders LLC"
QUEUE = f"mismatches?company={COMPANY} · USD"
# Were a page to hold more or fewer, no line would come that is waited for.
ON_A_PAGE = 100
WORDS = ("foxglove", "", "0104", "", "arc-22", "", "eastbank", "", "cinder", "")
SLOWLY = 60_000
# Milliseconds between two looks at a page: seldom enough that twenty pages do not wait for the looking.
LOOK = 50


@dataclass(frozen=True)
class Size:
    """How much is measured: rows of the queue, rounds of each click, people, seconds between two clicks of one."""

    rows: int = 100_000
    rounds: int = 10
    people: int = 20
    clicks: int = 4
    pause: float = 10.0


WHOLE, SHORT = Size(), Size(rows=2_000, rounds=2, people=3, clicks=2, pause=0.5)


@dataclass
class Taken:
    """Seconds and bytes of one kind of click, the server's own seconds of work, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    kilobytes: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def median(self) -> float:
        return statistics.median(self.seconds)

    def p95(self) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]


def grow(home: Path, rows: int) -> None:
    """The newest run with so many mismatches: its own, again and again under other names and amounts."""
    with duckdb.connect(str(latest(load_settings(home)).path)) as snapshot:
        columns = [row[0] for row in snapshot.execute("DESCRIBE canon.mismatches").fetchall()]
        own = {"mismatch_id": "mismatch_id || '-' || n", "amount": "amount + n"}
        picked = ", ".join(own.get(name, name) for name in columns)
        snapshot.execute(
            f"INSERT INTO canon.mismatches SELECT {picked} FROM canon.mismatches, range(1, {rows} // "  # noqa: S608
            f"(SELECT count(*) FROM canon.mismatches WHERE erp_company = '{COMPANY}') + 1) t(n) "
            f"WHERE erp_company = '{COMPANY}'"
        )


class Wire:
    """Bytes received over a page's websockets, and how long the server's processor has worked so far."""

    def __init__(self, page: Page, stage: Stage) -> None:
        self.bytes, self._stat = 0, Path(f"/proc/{stage.pid}/stat")
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))

    def _count(self, frame: str | bytes) -> None:
        self.bytes += len(frame)

    def worked(self) -> float:
        """Seconds of processor, which a busy machine does not stretch; 0 where the system does not tell."""
        if not self._stat.exists():
            return 0.0
        user, system = self._stat.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def _settled(page: Page) -> None:
    await page.wait_for_timeout(150)
    await expect(page.locator("[data-test-script-state='running']")).to_have_count(0, timeout=SLOWLY)
    await page.wait_for_timeout(250)


async def _sign_in(page: Page, stage: Stage, who: str) -> float:
    """Through the local issuer; seconds from the password to the overview's verdict."""
    await page.goto(stage.url)
    await page.get_by_role("button", name="Sign in").click(timeout=SLOWLY)
    await page.get_by_label("Name").fill(who)
    await page.get_by_label("Password").fill(PASSWORDS[who])
    began = time.perf_counter()
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("ties out")).to_be_visible(timeout=SLOWLY)
    return time.perf_counter() - began


async def _open(page: Page, stage: Stage, name: str) -> None:
    await page.goto(f"{stage.url}/{name}")
    await expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SLOWLY)
    await _settled(page)


# The queue's own line says (or no longer says) something, and the script has ended: all of it has been sent.
SAID = """([text, there]) => {
  const lines = [...document.querySelectorAll("[data-testid=stCaptionContainer]")].map(line => line.textContent);
  const queue = lines.find(line => line.includes("Select one to see both sides"));
  return queue !== undefined && queue.includes(text) === there
    && !document.querySelector("[data-test-script-state='running']");
}"""


async def _timed(page: Page, taken: Taken, wire: Wire, click: Awaitable[None], text: str, there: bool) -> None:
    """From the click until `SAID`."""
    before, worked, began = wire.bytes, wire.worked(), time.perf_counter()
    try:
        await click
        await page.wait_for_function(SAID, arg=[text, there], timeout=SLOWLY, polling=LOOK)
    except Exception as error:  # noqa: BLE001 (a measurement counts what went wrong, whatever it was)
        taken.errors.append(str(error).splitlines()[0])
        return
    taken.seconds.append(time.perf_counter() - began)
    # What comes late belongs to the click too.
    await asyncio.sleep(0.3)
    taken.kilobytes.append((wire.bytes - before) / 1000)
    taken.server.append(wire.worked() - worked)


async def _turn(page: Page, taken: Taken, wire: Wire, to: int) -> None:
    """One page of the queue further: the button marks itself at once, so the server's own line is waited for."""
    button = page.get_by_role("button", name=f"Page {to}", exact=True).first
    await _timed(page, taken, wire, button.click(), f"Rows {(to - 1) * ON_A_PAGE + 1:,} to", True)


async def paints(browser: Browser, stage: Stage, size: Size) -> tuple[Taken, Taken]:
    """After the password, and when the page is opened anew."""
    first, again = Taken(), Taken()
    for _ in range(size.rounds):
        page = await (await browser.new_context()).new_page()
        page.set_default_timeout(SLOWLY)
        first.seconds.append(await _sign_in(page, stage, "viewer"))
        began = time.perf_counter()
        await page.goto(stage.url)
        await expect(page.get_by_text("ties out")).to_be_visible(timeout=SLOWLY)
        again.seconds.append(time.perf_counter() - began)
        await page.context.close()
    return first, again


async def queue(browser: Browser, stage: Stage, size: Size) -> tuple[Taken, Taken]:
    """Page changes and filters in the long queue."""
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(SLOWLY)
    wire = Wire(page, stage)
    await _sign_in(page, stage, "viewer")
    await _open(page, stage, QUEUE)
    turns, filters = Taken(), Taken()
    for n in range(size.rounds):
        await _turn(page, turns, wire, n + 2)
        await _settled(page)
    caption = page.get_by_text("Select one to see both sides")
    words = page.get_by_label("Vendor, payment or invoice #")
    for text in WORDS[: max(2, size.rounds)]:
        was = await caption.inner_text()
        await words.fill(text)
        await _timed(page, filters, wire, words.press("Enter"), was, False)
        await _settled(page)
    await page.context.close()
    return turns, filters


async def crowd(browser: Browser, stage: Stage, size: Size) -> Taken:
    """Many people at the queue at once, each with a click every few seconds."""
    pages = []
    for _ in range(size.people):
        page = await (await browser.new_context()).new_page()
        page.set_default_timeout(SLOWLY)
        wire = Wire(page, stage)
        await _sign_in(page, stage, "viewer")
        await _open(page, stage, QUEUE)
        pages.append((page, wire))
    taken = Taken()

    async def works(n: int, page: Page, wire: Wire) -> None:
        await asyncio.sleep(n * size.pause / size.people)
        for click in range(size.clicks):
            began = time.perf_counter()
            await _turn(page, taken, wire, click + 2)
            await asyncio.sleep(max(0.0, size.pause - (time.perf_counter() - began)))

    await asyncio.gather(*(works(n, page, wire) for n, (page, wire) in enumerate(pages)))
    for page, _ in pages:
        await page.context.close()
    # While one clicks the server works for others too.
    taken.server.clear()
    return taken


async def barriers(browser: Browser, stage: Stage) -> list[str]:
    """What axe calls serious or critical, on every page in light and dark."""
    found = []
    for scheme in ("light", "dark"):
        page = await (await browser.new_context(color_scheme=scheme)).new_page()
        page.set_default_timeout(SLOWLY)
        await _sign_in(page, stage, "approver")
        for name in PAGES:
            await _open(page, stage, name)
            violations = (await Axe().run(page, context=BUT_INACTIVE)).response["violations"]
            grave = [one["id"] for one in violations if one["impact"] in ("serious", "critical")]
            found += [f"{name or 'overview'} ({scheme}): {one}" for one in grave]
        await page.context.close()
    return found


async def measured(stage: Stage, size: Size, said: Callable[[str], object]) -> dict[str, Taken]:
    """Everything but axe, said line by line."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=_chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        first, again = await paints(browser, stage, size)
        said(_line("overview, from the password on", first))
        said(_line("overview, opened anew", again))
        grow(stage.home, size.rows)
        turns, filters = await queue(browser, stage, size)
        said(_line(f"page change, {size.rows:,} mismatches", turns))
        said(_line(f"filter, {size.rows:,} mismatches", filters))
        many = await crowd(browser, stage, size)
        said(_line(f"{size.people} people, a click each {size.pause:g} s", many))
        await browser.close()
    return {"first": first, "again": again, "turns": turns, "filters": filters, "crowd": many}


def _line(name: str, taken: Taken) -> str:
    if not taken.seconds:
        return f"{name:<36} nothing came of it: {taken.errors[:1]}\n"
    sent = f"   most {max(taken.kilobytes):.0f} kB" if taken.kilobytes else ""
    wrong = f"   errors {len(taken.errors)}" if taken.kilobytes else ""
    own = f"   server's own work {statistics.mean(taken.server):.2f} s" if taken.server else ""
    return f"{name:<36} median {taken.median():.2f} s   p95 {taken.p95():.2f} s{own}{sent}{wrong}\n"


async def _axe(stage: Stage) -> list[str]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=_chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        found = await barriers(browser, stage)
        await browser.close()
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        with Stage(Path(scratch) / "small", "submitted") as stage:
            asyncio.run(measured(stage, WHOLE, sys.stdout.write))
        if "--no-axe" not in sys.argv:
            with Stage(Path(scratch) / "axe", "submitted") as stage:
                found = asyncio.run(_axe(stage))
            sys.stdout.write(f"axe, serious or critical             {len(found)} {'; '.join(found)}\n")


if __name__ == "__main__":
    main()
