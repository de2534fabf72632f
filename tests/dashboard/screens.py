"""Screenshots of every page, light and dark: `python -m tests.dashboard.screens [FOLDER]`.

Without a folder it renews `docs/dashboard.png` and `docs/screens/`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import _chromium_path
from tests.dashboard.hands import open_page, settled, sign_in
from tests.dashboard.stage import Stage

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("", "mismatches", "approve", "push", "audit")


def shoot(browser: Browser, stage: Stage, folder: Path, who: str, *, width: int, scheme: str, state: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    sign_in(page, stage, who)
    for name in PAGES:
        open_page(page, stage, name)
        _whole(page, folder / f"{state}-{who}-{name or 'overview'}-{width}-{scheme}.png")
    context.close()


def _whole(page: Page, path: Path) -> None:
    """The whole page: Streamlit scrolls inside a container, so the window is made as high as its content."""
    settled(page)
    high = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    width = page.viewport_size["width"]
    page.set_viewport_size({"width": width, "height": max(900, min(int(high) + 20, 4000))})
    settled(page)
    page.screenshot(path=str(path))
    page.set_viewport_size({"width": width, "height": 900})


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        for state in ("submitted", "pushed", "empty"):
            with Stage(Path(scratch) / state, state) as stage:
                for scheme in ("light", "dark"):
                    for width in (1280, 1920):
                        shoot(browser, stage, folder, "approver", width=width, scheme=scheme, state=state)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS / "screens")
