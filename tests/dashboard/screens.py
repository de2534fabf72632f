"""Pictures of every page, light and dark: `python -m tests.dashboard.screens`.

It renews `docs/dashboard.png` and `docs/screens/`; with a folder and a width it takes them elsewhere,
to be looked at: `python -m tests.dashboard.screens /tmp/shots 1920`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import _chromium_path
from tests.dashboard.hands import open_page, pick_row, settled, sign_in
from tests.dashboard.stage import Stage

DOCS = Path(__file__).parents[2] / "docs"


def _case(page: Page) -> None:
    pick_row(page, 0)


def _nothing(page: Page) -> None:
    del page


Look = tuple[str, str, str, Callable[[Page], None]]
# State of the sample, who looks, and at what.
LOOKS: dict[str, list[Look]] = {
    "submitted": [
        ("overview", "viewer", "", _nothing),
        ("mismatches", "viewer", "mismatches", _case),
        ("approve", "approver", "approve", _nothing),
    ],
    "pushed": [("push", "approver", "push", _nothing), ("audit", "viewer", "audit", _nothing)],
}


def shoot(browser: Browser, stage: Stage, folder: Path, scheme: str, width: int) -> None:
    """One picture per look at a stage."""
    for name, who, path, before in LOOKS[stage.state]:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = context.new_page()
        sign_in(page, stage, who)
        open_page(page, stage, path)
        before(page)
        _whole(page, folder / f"{name}-{scheme}.png", width)
        context.close()


def _whole(page: Page, path: Path, width: int) -> None:
    """Streamlit scrolls inside a container, so the window is made as high as its content."""
    settled(page)
    high = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').offsetHeight")
    page.set_viewport_size({"width": width, "height": max(700, min(int(high), 3000))})
    settled(page)
    page.screenshot(path=str(path))


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
