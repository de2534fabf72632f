"""Bringing data in: a mapping for what no ERP is recognised in, a sync at one click, and what is new since."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from dashboard import history, worker
from dashboard.views import sync
from tests.dashboard.conftest import run
from toolkit.erps.mapping import read_mapping
from toolkit.settings import load_settings
from toolkit.warehouse import Snapshot, latest, published_runs
from toolkit.workflow.control import Control

LARKSPUR = "Larkspur Builders LLC"
# An export whose labels no ERP uses.
ODD = """Zahlung,Lieferant,Betrag,Am,Beleg
P-1,Foxglove Roofing Inc.,1250.00,2026-10-31,FR-501
P-2,Foxglove Roofing Inc.,750.00,2026-10-30,FR-502
"""
MEANS = {
    "Zahlung": "payment_id",
    "Lieferant": "vendor_name",
    "Betrag": "payment_amount",
    "Am": "payment_date",
    "Beleg": "invoice_number",
}


def _uploaded():
    app = run("analyst", "load")
    return app.file_uploader(key="files").upload("odd.csv", ODD.encode()).run()


def _toggle(app):
    return next(toggle for toggle in app.toggle if toggle.label.startswith("Its columns")).set_value(True).run()


def test_an_unknown_export_is_refused_with_the_way_to_map_it(home) -> None:
    home("empty")
    app = _uploaded().button(key="load").click().run()
    assert "no ERP recognises it" in app.error[0].value
    assert any("switch the mapping on" in caption.value for caption in app.caption)


def _edit(app, key: str, rows: dict) -> None:
    app.session_state[key] = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    app.run()


def test_with_its_columns_explained_it_loads_and_the_mapping_is_kept(home) -> None:
    folder = home("empty")
    app = _toggle(_uploaded())
    key = next(key for key in app.session_state if re.fullmatch(r"mapping-[0-9a-f]{16}", key))
    headers = ODD.splitlines()[0].split(",")
    # Two columns that would be the same are told apart by the person, never by their order.
    _edit(app, key, {0: {"Is": "payment_id"}, 4: {"Is": "payment_id"}})
    assert "cannot all be payment\\_id" in app.error[0].value
    assert app.button(key="save-mapping").disabled
    _edit(app, key, {n: {"Is": MEANS[name]} for n, name in enumerate(headers)})
    app.button(key="save-mapping").click().run()
    [kept] = (folder / "mappings").iterdir()
    assert dict(read_mapping(kept).columns) == {name: header for header, name in MEANS.items()}
    app.button(key="load").click().run()
    loaded = Snapshot(load_settings().published / "loads.duckdb").view("payments")
    # 1,250.00 and 750.00 as they stand in the file.
    assert [str(amount) for amount in loaded["payment_amount"]] == ["1250.00", "750.00"]


def test_a_list_of_procore_loads_with_the_project_that_a_person_names(home) -> None:
    home("empty")
    claims = b"Invoice #,Contract Company,Contract #,Status,Net Amount\nFR-1,Foxglove Roofing,SC-1,Approved,500.00\n"
    app = run("analyst", "load").file_uploader(key="files").upload("claims.csv", claims).run()
    app.button(key="load").click().run()
    assert "does not say its project" in app.error[0].value
    app.file_uploader(key="files").upload("claims.csv", claims).run()
    app.text_input(key="load-project").set_value("26-01").run()
    app.button(key="load").click().run()
    assert any("1 claims of 26-01" in text.value.replace("\\", "") for text in app.markdown)


def test_sync_now_starts_one_round_and_the_log_tells_who_asked(home, monkeypatch) -> None:
    home("loaded")
    started = []
    monkeypatch.setattr(worker, "start", lambda _, verb, words: started.append((verb, *words)))
    run("approver", "load").button(key="sync").click().run()
    assert started == [("watch", "--once")]
    with Control.open(load_settings()) as control:
        [event] = control.events(about="sync")
    assert (event["actor"], event["action"], event["via"]) == ("approver", "pull", "dashboard")


@pytest.mark.parametrize(
    ("due", "said"),
    [(None, "No further sync"), (timedelta(hours=1), "Next sync"), (timedelta(hours=-1), "did not come")],
)
def test_last_and_next_sync_are_said(home, due: timedelta | None, said: str) -> None:
    folder, now = home("loaded"), datetime.now(UTC)
    run_id = published_runs(load_settings())[0]
    last = {"started_at": str(now), "files": 2, "quarantined": 0, "run_id": run_id, "left_out": [], "wrong": None}
    known = {"every": "1h", "last": last, "next": str(now + due) if due else None}
    (folder / "watch.json").write_text(json.dumps(known))
    assert said in sync._next(known)
    app = run("viewer", "load")
    assert any("2 files" in text.value.replace("\\", "") for text in app.markdown)
    assert any(said in caption.value for caption in app.caption)


def test_what_is_new_since_a_person_last_looked_is_one_click_away(home) -> None:
    folder = home("pushed")
    newest, *_, first = published_runs(load_settings())
    run("viewer")
    [note] = (folder / history.FOLDER).iterdir()
    assert json.loads(note.read_text())["run_id"] == newest
    # As if the last visit had been before the push.
    note.write_text(json.dumps({"run_id": first}))
    app = run("viewer")
    [line] = [text.value for text in app.markdown if "Since you last looked" in text.value]
    told = load_settings()
    before, after = (
        set(latest(told, run_id).view("mismatches", {"erp_company": LARKSPUR})["mismatch_id"])
        for run_id in (first, newest)
    )
    # What was pushed is no longer missing in Procore.
    assert len(before - after) > 5
    assert f"**{len(after - before)} new**" in line
    assert f"**{len(before - after)} settled or gone**" in line
    assert "Nothing new" in " ".join(caption.value for caption in run("viewer").caption)
