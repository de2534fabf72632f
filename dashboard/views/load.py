"""From files to a new plan: load exports, pull from Procore, reconcile, propose. Every row is accounted for."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard import session, widgets, worker
from dashboard.views import journal, mapping, sync
from toolkit.errors import NotAllowed, TieoutError
from toolkit.schemas import ERP_CODES
from toolkit.settings import Settings
from toolkit.workflow import plan, policy
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import totals
from toolkit.workflow.policy import Actor

MEGABYTES = 64
# Whoever may propose may bring in what proposals stand on.
ACTION = "plan"
SAID = "load-said"


def page() -> None:
    """The page."""
    told = session.settings()
    person = session.person(told)
    st.title("Load and reconcile")
    if person is None:
        return
    barred = widgets.refusal(person, ACTION)
    if barred:
        st.caption(barred.replace("may not plan", "may not load or reconcile"))
    off = barred is not None
    no_pull, no_run = (widgets.refusal(person, action) for action in ("pull", "reconcile"))
    _say()
    sync.show(told, person)
    with st.container(border=True):
        st.subheader("1 The ERP's exports")
        _upload(told, person, off=off)
    left, middle, right = st.columns(3)
    # What came of a step is said under all three, where there is room.
    below = st.container()
    with left.container(border=True, height="stretch"):
        st.subheader("2 Procore's side")
        st.caption("Claims, commitments and issued payments of every permitted project.")
        if st.button("Pull from Procore", key="pull", disabled=no_pull is not None, help=no_pull):
            _run(below, told, person, "Pulled from Procore.", "pull", "procore")
    with middle.container(border=True, height="stretch"):
        st.subheader("3 Reconcile")
        day = st.date_input("Payments up to", value=datetime.now(UTC).date(), format="YYYY-MM-DD", key="as_of")
        if st.button("Reconcile", key="reconcile", disabled=no_run is not None, help=no_run):
            _run(below, told, person, "Reconciled: the overview shows the new run.", "reconcile", "--as-of", str(day))
    with right.container(border=True, height="stretch"):
        st.subheader("4 Propose")
        st.caption("What the newest run shows Procore to lack becomes proposals; what must not go is held with why.")
        if st.button("Plan", key="plan", disabled=off):
            with below:
                _plan(told, person)
    journal.show(told)


def _upload(told: Settings, person: Actor, *, off: bool) -> None:
    files = st.file_uploader(
        "CSV files, workbooks, saved replies and Procore's own lists; what a file is, is recognised by content.",
        accept_multiple_files=True,
        key="files",
        max_upload_size=MEGABYTES,
        disabled=off,
    )
    site = _mapping(told, files or []) if not off else None
    left, middle, right, last = st.columns(4)
    company = left.text_input("ERP company, if not in it", key="load-company")
    erp = middle.selectbox(
        "ERP, if it could be two", ERP_CODES, index=None, key="load-erp", placeholder="recognised by content"
    )
    orders = {"mdy": "month first (10/31/2026)", "dmy": "day first (31/10/2026)", "ymd": "year first (2026-10-31)"}
    order = right.selectbox(
        "Dates, if not proved",
        list(orders),
        index=None,
        format_func=orders.__getitem__,
        key="load-order",
        placeholder="proved by a day above 12",
    )
    project = last.text_input("Procore project, if not in it", key="load-project")
    if st.button("Load", type="primary", key="load", disabled=off or not files):
        words = [
            word
            for name, value in (
                ("--company", company),
                ("--erp", erp),
                ("--date-order", order),
                ("--project", project),
                ("--mapping", str(site.absolute()) if site else None),
            )
            if value
            for word in (name, value)
        ]
        _load(told, person, [(file.name, file.getvalue()) for file in files or []], words)


def _mapping(told: Settings, files: Sequence[UploadedFile]) -> Path | None:
    """The mapping of a single file whose columns a person explains; None where none is needed."""
    if len(files) != 1:
        return None
    file = files[0]
    wanted = st.toggle("Its columns have names of our own: show me the mapping", key=f"map-{file.file_id}")
    return mapping.show(told, file.name, file.getvalue()) if wanted else None


def _load(told: Settings, person: Actor, files: list[tuple[str, bytes]], words: list[str]) -> None:
    if not _permitted(person, ACTION):
        return
    told.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(dir=told.home, prefix="upload-"))
    try:
        for name, content in files:
            # Only the last part of a name that came from outside; a leading dot hides nothing.
            (folder / (Path(name).name.lstrip(".") or "file")).write_bytes(content)
        with st.spinner("Reading"):
            done = worker.ask(told, "load", str(folder), "--json", *words)
    finally:
        shutil.rmtree(folder)
    if done.returncode in worker.DONE:
        st.session_state[SAID] = ("", json.loads(done.stdout)["loads"])
    else:
        st.session_state[SAID] = (_last_line(done.stderr), [])
    st.rerun()


def _run(place: DeltaGenerator, told: Settings, person: Actor, done_word: str, *words: str) -> None:
    with place:
        if not _permitted(person, words[0]):
            return
        with st.spinner("Working"):
            done = worker.ask(told, *words)
        if done.returncode in worker.DONE:
            st.success(done_word)
            if done.stderr.strip():
                st.warning(widgets.plainly(done.stderr.strip()))
        else:
            st.error(widgets.plainly(_last_line(done.stderr)))


def _plan(told: Settings, person: Actor) -> None:
    snapshot = session.run_newest(told)
    if snapshot is None:
        st.error("There is no run yet: reconcile first.")
        return
    try:
        with Control.open(told) as control:
            outcome = plan.plan(control, told, snapshot, person, datetime.now(UTC))
    except TieoutError as error:
        st.error(widgets.plainly(error))
        return
    proposed = [sync for sync in outcome.touched if sync.state == "planned"]
    held = [sync for sync in outcome.syncs if sync.state == "held"]
    st.success(widgets.plainly(f"Proposed: {totals(proposed)}. Held back with a reason: {len(held)}."))
    st.page_link(st.session_state["pages"]["approve"], label="To submit them", icon=":material/arrow_forward:")


def _permitted(person: Actor, action: str) -> bool:
    """Policy is asked again by what the click does, whatever the page offered."""
    try:
        policy.demand(person, action)
    except NotAllowed as error:
        st.error(widgets.plainly(error))
        return False
    return True


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "The command ended without a word."


def _say() -> None:
    """What came of the last load, said once."""
    refused, loads = st.session_state.pop(SAID, ("", []))
    if refused:
        st.error(widgets.plainly(f"{refused} Nothing of any file was loaded."))
        if "mapping" in refused or "recognise" in refused:
            st.caption("Upload it alone and switch the mapping on: you say what its columns are, and it loads.")
    for load in loads:
        _one(load)


def _one(load: dict[str, Any]) -> None:
    name = widgets.plainly(f"{load['source_file']} ({load['erp']})")
    if load["already_loaded"]:
        st.info(f"{name}: already loaded, nothing changed.")
        return
    paid = " and ".join(f"{amount} {code}" for code, amount in sorted(load["amount_total"].items()))
    said = f"{load['good']} of {load['rows_seen']} rows good, {load['new']} new, {load['changed']} changed"
    (st.warning if load["quarantined"] else st.success)(f"{name}: {said}. {widgets.plainly(paid)}")
    for change in load["changes"][:10]:
        st.markdown(
            widgets.plainly(f"Payment {change['payment_id']} was {change['old_amount']}, is {change['new_amount']}.")
        )
    for note in load["notes"]:
        st.markdown(f"- {widgets.plainly(note)}")
    if load["quarantine"]:
        journal.bad_rows(pl.DataFrame(load["quarantine"], infer_schema_length=None), load["load_id"])
