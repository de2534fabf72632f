"""Pictures of every page, light and dark: `python -m tests.dashboard.screens`.

It renews `docs/dashboard.png` and `docs/screens/`; with a folder and a width it takes them elsewhere,
to be looked at: `python -m tests.dashboard.screens /tmp/shots 1920`.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import _chromium_path
from tests.dashboard.hands import open_page, pick_row, settled, sign_in
from tests.dashboard.stage import Stage

DOCS = Path(__file__).parents[2] / "docs"


def _case(page: Page) -> None:
    pick_row(page, 0)


def _safe(page: Page) -> None:
    page.get_by_role("button", name=re.compile(r"Select the \d+ safe")).click()
    settled(page)


def _look(page: Page) -> None:
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_text("in order.")).to_be_visible(timeout=60_000)


def _nothing(page: Page) -> None:
    del page


Look = tuple[str, str, str, Callable[[Page], None]]
# State of the sample, who looks, and at what.
LOOKS: dict[str, list[Look]] = {
    "submitted": [
        ("overview", "viewer", "", _nothing),
        ("load", "analyst", "load", _nothing),
        ("mismatches", "analyst", "mismatches", _case),
        ("approve", "approver", "approve", _safe),
        ("commitments", "viewer", "commitments", _nothing),
        ("doctor", "analyst", "doctor", _look),
        ("settings", "admin", "settings", _nothing),
    ],
    "pushed": [
        ("push", "approver", "push", _nothing),
        ("runs", "viewer", "runs", _nothing),
        ("audit", "viewer", "audit", _nothing),
    ],
}


def shoot(browser: Browser, stage: Stage, folder: Path, scheme: str, width: int) -> None:
    """One picture per look at a stage."""
    people = {}
    for name, who, path, before in LOOKS[stage.state]:
        if who not in people:
            people[who] = browser.new_context(color_scheme=scheme).new_page()
            sign_in(people[who], stage, who)
        page = people[who]
        page.set_viewport_size({"width": width, "height": 800})
        open_page(page, stage, path)
        before(page)
        _whole(page, folder / f"{name}-{scheme}.png", width)
    for page in people.values():
        page.context.close()


def _whole(page: Page, path: Path, width: int) -> None:
    """Streamlit scrolls inside a container, so the window is made as high as its content."""
    settled(page)
    high = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').offsetHeight")
    page.set_viewport_size({"width": width, "height": max(700, min(int(high), 3000))})
    settled(page)
    # Charts and grids come after the script: each leaves a skeleton until it is drawn.
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
    page.wait_for_timeout(500)
    page.screenshot(path=str(path))
    _small(path)


def _small(path: Path) -> None:
    """A palette in place of true colour: a third of the size, no difference to the eye."""
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def main(folder: Path, width: int = 1280) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        for state in LOOKS:
            with Stage(Path(scratch) / state, state) as stage:
                for scheme in ("light", "dark"):
                    shoot(browser, stage, folder, scheme, width)
        browser.close()


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        main(DOCS / "screens")
        shutil.copyfile(DOCS / "screens" / "overview-light.png", DOCS / "dashboard.png")
