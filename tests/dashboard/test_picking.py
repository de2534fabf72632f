"""Which payments are safe to take together, what a large batch asks for, and what a person settles after a push."""

from __future__ import annotations

import sqlite3

from tests.dashboard.conftest import run, select
from toolkit.settings import load_settings
from toolkit.workflow.control import Control


def test_the_safe_ones_are_picked_at_one_click_and_the_others_are_told(home) -> None:
    home("submitted")
    told = load_settings()
    app = run("approver", "approve")
    table = app.dataframe[0].value
    safe = set(table[table["Look"] == "safe"]["Invoice #"])
    app.button(key="waiting-safe").click().run()
    app.button(key="approve").click().run()
    with Control.open(told) as control:
        approved = {sync.invoice_number for sync in control.syncs(states=["approved"])}
        left = {sync.invoice_number for sync in control.syncs(states=["submitted"])}
    assert approved == safe
    # Two of the sample's claims were keyed by hand in Procore, and QuickBooks cut the number of a third.
    assert left == {"PA-0042", "GFE-88", "GFE-2026-09-PROGRESS-"}


def test_the_exact_body_and_its_history_are_shown(home) -> None:
    home("submitted")
    app = select(run("approver", "approve"), "table-waiting-", [0])
    first = app.dataframe[0].value.iloc[0]
    body = app.json[0].value
    assert f'"invoice_number":"{first["Invoice #"]}"' in body.replace(" ", "").replace("\n", "")
    assert any("did not change" in text.value for text in app.markdown)


def test_a_large_batch_for_a_real_procore_asks_for_its_total(home) -> None:
    path = home("submitted") / "tieout.toml"
    lines = path.read_text().splitlines()
    away = ['api_url = "https://procore.invalid"' if line.startswith("api_url") else line for line in lines]
    path.write_text("\n".join([*away, "[limits]", 'confirm_total_above = "100000.00"', ""]))
    app = run("approver", "approve")
    app.button(key="waiting-all").click().run()
    # 726,305.50 USD, 207,900.00 AUD and 115,380.00 CAD: all three are large.
    assert app.button(key="approve").disabled
    app.text_input(key="total-726305.50").set_value("726,305.50").run()
    app.text_input(key="total-115380.00").set_value("115,380.00").run()
    assert app.button(key="approve").disabled
    app.text_input(key="total-207900.00").set_value("207900.00").run()
    assert not app.button(key="approve").disabled


def test_a_person_settles_what_a_push_could_not(home) -> None:
    folder = home("approved")
    told = load_settings()
    with Control.open(told) as control:
        sync_id = control.syncs(states=["approved"])[0].sync_id
    with sqlite3.connect(folder / "control.sqlite") as database:
        database.execute(
            "update syncs set state = 'needs_review', reason = 'Nobody knows.' where sync_id = ?", [sync_id]
        )
    app = run("approver", "push")
    assert app.button(key=f"settle-{sync_id}").disabled
    app.radio(key=f"how-{sync_id}").set_value("abandon").run()
    app.text_input(key=f"why-{sync_id}").set_value("Paid by card instead.").run()
    app.button(key=f"settle-{sync_id}").click().run()
    with Control.open(told) as control:
        assert control.sync(sync_id).state == "cancelled"
