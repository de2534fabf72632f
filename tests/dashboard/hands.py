"""What a person's hands do in the browser: sign in, open a page, wait until it stands still."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.dashboard.stage import PASSWORDS, Stage

# A busy machine decides no test.
SLOWLY = 90_000
expect.set_options(timeout=SLOWLY)
# WCAG 1.4.3 asks no contrast of what cannot be used; Streamlit's labels are not tied to their fields, so axe asks it.
INACTIVE = ("stMultiSelect", "stSelectbox", "stTextInput", "stNumberInput", "stDateInput")
BUT_INACTIVE = {"exclude": [[f'[data-testid="{name}"]:has(:disabled)'] for name in INACTIVE]}


def sign_in(page: Page, stage: Stage, who: str, password: str | None = None) -> None:
    """From the welcome page through the local issuer and back."""
    page.set_default_timeout(SLOWLY)
    page.goto(stage.url)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Name").fill(who)
    page.get_by_label("Password").fill(password or PASSWORDS[who])
    page.get_by_role("button", name="Sign in").click()
    if password is None:
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def open_page(page: Page, stage: Stage, name: str) -> None:
    page.goto(f"{stage.url}/{name}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    settled(page)


def settled(page: Page) -> None:
    """Wait until Streamlit has run the script to its end."""
    page.wait_for_timeout(150)
    expect(page.locator("[data-test-script-state='running']")).to_have_count(0)
    page.wait_for_timeout(250)


def choose(page: Page, label: str, words: str) -> None:
    """Type into a box of many options and take the first that is left.

    The box is brought into view before the click: a list closes when the page scrolls under it, and the
    scrolling of a click itself ends after the click.
    """
    box = page.get_by_role("combobox", name=label, exact=True)
    box.scroll_into_view_if_needed()
    settled(page)
    box.click()
    box.press_sequentially(words)
    page.get_by_role("option").first.click()
    settled(page)


def select_all(page: Page, count: int) -> None:
    """Take every payment of the table that is in view."""
    page.get_by_role("button", name=f"Select all {count}").locator("visible=true").click()
    expect(page.get_by_text(f"Selected: {count} payments").locator("visible=true")).to_be_visible()


def pick_row(page: Page, row: int) -> None:
    """Select a row of the first table: a canvas, so by place (header and rows are 35 pixels high)."""
    page.locator("[data-testid=stDataFrame]").first.click(position={"x": 16, "y": 35 * (row + 1) + 17})
    settled(page)
