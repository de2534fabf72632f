"""Pages in a real Chromium, against the dashboard as `tieout serve` runs it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.dashboard.hands import BUT_INACTIVE, open_page, sign_in
from tests.dashboard.stage import Stage
from toolkit.demo import COMPANIES
from toolkit.sandbox import sample_data
from toolkit.settings import load_settings

PAGES = ("", "load", "mismatches", "approve", "push", "commitments", "runs", "audit", "doctor", "settings")
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory):
    """Everything proposed, nothing submitted; the local Procore answers."""
    with Stage(tmp_path_factory.mktemp("stage") / "home", "planned") as stage:
        yield stage


@pytest.fixture
def context(chromium: Browser):
    """A browser of one's own that remembers every host it asked."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.hosts = set()
    context.on("request", lambda request: context.hosts.add(urlsplit(request.url).hostname))
    yield context
    assert context.hosts - {None} <= {"127.0.0.1"}
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def test_a_wrong_password_is_refused_and_the_fifth_locks(page: Page, stage: Stage) -> None:
    sign_in(page, stage, "viewer", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("not right")
    for _ in range(4):
        page.get_by_label("Name").fill("viewer")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("not right")
    page.get_by_label("Name").fill("viewer")
    page.get_by_label("Password").fill("viewer-demo")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("waits 30 seconds")


def test_signing_out_ends_the_other_tab_and_a_saved_cookie(chromium: Browser, page: Page, stage: Stage) -> None:
    sign_in(page, stage, "analyst")
    saved = page.context.storage_state()
    other = page.context.new_page()
    open_page(other, stage, "audit")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    # The other tab is still connected; its next click finds the session ended.
    other.get_by_label("Payment, vendor or reference").fill("x")
    other.keyboard.press("Enter")
    expect(other.get_by_text("session has ended")).to_be_visible()
    thief = chromium.new_context(storage_state=saved).new_page()
    thief.goto(stage.url)
    expect(thief.get_by_text("session has ended")).to_be_visible()
    expect(thief.get_by_text("ERP paid")).to_have_count(0)
    thief.context.close()


def test_a_file_is_loaded_and_every_row_accounted_for(page: Page, stage: Stage, tmp_path: Path) -> None:
    lines = (sample_data() / "netsuite" / "bill_payments.csv").read_text(encoding="utf-8").splitlines()
    broken = tmp_path / "november.csv"
    broken.write_text("\n".join([line.replace(",8/14/2026", ",never") for line in lines]) + "\n", encoding="utf-8")
    sign_in(page, stage, "analyst")
    open_page(page, stage, "load")
    page.locator("input[type=file]").set_input_files(broken)
    page.get_by_label("ERP company, if not in it").fill(COMPANIES["netsuite"])
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_text("november.csv (netsuite)")).to_be_visible()
    expect(page.get_by_text("rows good")).to_be_visible()
    expect(page.get_by_role("button", name="CSV").first).to_be_visible()
    assert not list(stage.home.glob("upload-*"))


def test_a_file_of_no_erp_is_refused_in_one_sentence(page: Page, stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "shopping.csv").write_text("bread,butter\n1,2\n", encoding="utf-8")
    sign_in(page, stage, "analyst")
    open_page(page, stage, "load")
    page.locator("input[type=file]").set_input_files(tmp_path / "shopping.csv")
    page.get_by_role("button", name="Load", exact=True).click()
    refused = page.get_by_role("alert").filter(has_text="shopping.csv")
    expect(refused).to_contain_text("Nothing of any file was loaded")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_keeps_anybody_out(chromium: Browser, stage: Stage, scheme: str) -> None:
    page = chromium.new_context(color_scheme=scheme).new_page()
    sign_in(page, stage, "approver")
    graver = []
    for name in PAGES:
        open_page(page, stage, name)
        found = Axe().run(page, context=BUT_INACTIVE).response["violations"]
        grave = [one for one in found if one["impact"] in ("serious", "critical")]
        graver += [(name, one["id"], node["html"][:200]) for one in grave for node in one["nodes"]]
    page.context.close()
    assert graver == []


def test_what_a_vendor_is_called_is_never_markup(page: Page, stage: Stage) -> None:
    nasty = (
        "<img src=x onerror=\"document.title='owned'\"> [b](https://e.example) www.e.example a@e.example "
        "$x$ :home: :material/home: **c**"
    )
    settings = load_settings(stage.home)
    _rename_a_vendor(settings.home, nasty)
    sign_in(page, stage, "analyst")
    open_page(page, stage, "approve")
    page.get_by_role("tab", name="Held back").click()
    card = page.get_by_role("paragraph").filter(has_text="onerror").first
    expect(card).to_be_visible()
    assert nasty in card.inner_text().replace("\u2060", "")
    assert card.locator("a, img, span.katex, [role=img]").count() == 0
    assert "owned" not in page.title()


def _rename_a_vendor(home: Path, name: str) -> None:
    with sqlite3.connect(home / "control.sqlite") as database:
        database.execute("update syncs set vendor_name = ? where state = 'held'", [name])
