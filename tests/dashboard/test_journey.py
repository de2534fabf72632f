"""The whole journey in one real Chromium: load, look, submit; approve; push; GREEN; and the log that proves it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.hands import choose, open_page, pick_row, select_all, settled, sign_in
from tests.dashboard.stage import Stage
from toolkit.demo import COMPANIES
from toolkit.sandbox import sample_data
from toolkit.settings import load_settings
from toolkit.workflow.control import Control

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def stage(tmp_path: Path):
    """People and a local Procore; nothing loaded, nothing pulled."""
    with Stage(tmp_path / "home", "empty") as stage:
        yield stage


def _states(stage: Stage) -> set[str]:
    with Control.open(load_settings(stage.home)) as control:
        return {sync.state for sync in control.syncs() if sync.state != "held"}


def _loads(page: Page, stage: Stage) -> None:
    open_page(page, stage, "load")
    page.locator("input[type=file]").set_input_files(sample_data() / "netsuite" / "bill_payments.csv")
    page.get_by_label("ERP company, if not in it").fill(COMPANIES["netsuite"])
    page.get_by_role("button", name="Load", exact=True).click()
    # 18 rows: 17 of payments and the file's own total.
    expect(page.get_by_text("17 of 18 rows good")).to_be_visible()


def _reconciles(page: Page, stage: Stage) -> None:
    """An approver's right, as in Procore: to start a pull and a run."""
    open_page(page, stage, "load")
    page.get_by_role("button", name="Pull from Procore").click()
    expect(page.get_by_text("Pulled from Procore.")).to_be_visible()
    page.get_by_role("spinbutton", name="year, Payments up to").click()
    page.keyboard.type("20261031")
    settled(page)
    page.get_by_role("button", name="Reconcile").click()
    expect(page.get_by_text("Reconciled")).to_be_visible()


def _looks(page: Page, stage: Stage) -> None:
    open_page(page, stage, "load")
    page.get_by_role("button", name="Plan").click()
    expect(page.get_by_text(re.compile("Proposed: .*Held back with a reason"))).to_be_visible()
    open_page(page, stage, "")
    expect(page.get_by_text("It ties out.")).to_be_visible()
    page.get_by_role("link", name="to submit").wait_for()
    open_page(page, stage, "mismatches")
    pick_row(page, 0)
    expect(page.get_by_role("heading", name="Paid twice in the ERP")).to_be_visible()
    page.get_by_role("button", name="Next case").click()
    expect(page.get_by_role("heading", name="Voided and paid again")).to_be_visible()


def _submits(page: Page, stage: Stage) -> int:
    open_page(page, stage, "approve")
    page.get_by_role("tab", name="To submit").click()
    label = page.get_by_role("button", name=re.compile(r"Select all \d+")).locator("visible=true").inner_text()
    count = int(re.findall(r"\d+", label)[0])
    select_all(page, count)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text(f"Submitted: {count} payments")).to_be_visible()
    return count


def _approves_and_pushes(page: Page, stage: Stage, count: int) -> None:
    open_page(page, stage, "approve")
    select_all(page, count)
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text(f"Approved: {count} payments")).to_be_visible()
    assert _states(stage) == {"approved"}
    open_page(page, stage, "push")
    page.get_by_role("button", name="Push and verify").click()
    expect(page.get_by_text("pushing")).to_be_visible()


def _proves(page: Page, stage: Stage) -> None:
    """The log is whole, and one payment's whole way lies in it: from the proposal to what was read back."""
    open_page(page, stage, "audit")
    expect(page.get_by_text("The log is whole")).to_be_visible()
    choose(page, "Payment", "DD-0342")
    page.get_by_role("button", name="Prove it").click()
    expect(page.get_by_text("The log is whole")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the proof").click()
    document = json.loads(download.value.path().read_text(encoding="utf-8"))
    events = [json.loads(step["event"]["facts"]).get("state") for step in document["events"]]
    assert (events[0], events[-1]) == ("planned", "verified")


def test_from_a_file_to_green_and_the_log_proves_it(chromium: Browser, stage: Stage) -> None:
    analyst = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    sign_in(analyst, stage, "analyst")
    _loads(analyst, stage)
    approver = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    sign_in(approver, stage, "approver")
    _reconciles(approver, stage)
    _looks(analyst, stage)
    count = _submits(analyst, stage)
    assert _states(stage) == {"submitted"}

    _approves_and_pushes(approver, stage, count)
    # The worker belongs to nobody's page: this one goes away in the middle of it.
    approver.context.close()

    open_page(analyst, stage, "push")
    expect(analyst.get_by_text(f"{count} of {count} in Procore")).to_be_visible()
    expect(analyst.get_by_text("GREEN · in Procore, read back and equal")).to_be_visible()
    expect(analyst.get_by_text("not yet read back")).to_have_count(0)
    assert _states(stage) == {"verified"}
    _proves(analyst, stage)
    analyst.context.close()
