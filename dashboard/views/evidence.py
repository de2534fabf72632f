"""For an auditor: one payment proved out of the signed log, and the whole log with the script that checks it."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path

import polars as pl
import streamlit as st

from dashboard import files, session, widgets, worker
from toolkit.errors import NotAllowed
from toolkit.settings import Settings
from toolkit.workflow import policy
from toolkit.workflow.outcome import Sync
from toolkit.workflow.policy import Actor
from toolkit.workflow.states import WORDS

PROOF, EXPORT, PACKS, PICKED = "audit-proof", "audit-export", "evidence", "audit-picked"


def show(told: Settings, syncs: list[Sync], picked: Sync | None) -> None:
    """The two ways out of the page; `picked` is the payment of the event that is selected above."""
    left, right = st.columns(2, gap="large")
    with left:
        chosen = _prove(told, syncs, picked)
    with right:
        _export(told)
    if chosen:
        _proof(chosen)


def pack(told: Settings, person: Actor) -> None:
    """The evidence pack of the newest run: made by a process of its own, for it runs every audit notebook."""
    st.subheader("Evidence packs")
    st.caption("Statement, executed audits, source files and replies, the log and its verifier, with an index.")
    barred = widgets.refusal(person, "pack")
    under_way = worker.running(told, "audit")
    snapshot = session.run_newest(told)
    if st.button("Pack the newest run", key="pack", disabled=barred is not None or under_way or snapshot is None):
        _start(told, person, f"evidence-{snapshot.run_id if snapshot else ''}.zip")
    if barred:
        st.caption(barred)
    st.fragment(_packs, run_every=2.0 if under_way else None)()


def _packs() -> None:
    """The packs there are, and whether one is on the way, for whoever waits."""
    told = session.settings()
    if session.person(told, active=False) is None:
        st.rerun()
    under_way = worker.running(told, "audit")
    if st.session_state.get("packing") and not under_way:
        st.session_state["packing"] = False
        st.rerun()
    st.session_state["packing"] = under_way
    if under_way:
        st.markdown("Packing; this takes a minute or two, and goes on where you leave the page.")
        return
    refused = worker.refused(told, "audit")
    if refused:
        st.error(widgets.plainly(refused))
    packs = sorted((told.home / PACKS).glob("*.zip"), reverse=True)
    if not packs:
        st.caption("No pack was made yet.")
    for path in packs:
        label = f"Pack of the run of {session.when(path.stem.removeprefix('evidence-'))}"
        st.download_button(label, path.read_bytes, path.name, "application/zip", key=path.name, on_click="ignore")


def _start(told: Settings, person: Actor, name: str) -> None:
    try:
        policy.demand(person, "pack")
    except NotAllowed as error:
        st.error(widgets.plainly(error))
        return
    folder = told.home / PACKS
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    who = ["--as", person.name] if told.procore.loopback else []
    worker.start(told, "audit", ["pack", "-o", str(folder.absolute() / name), *who])
    st.rerun()


def _label(sync: Sync) -> str:
    return f"{sync.check_number or sync.payment_id} · {sync.invoice_number} · {sync.vendor_name} · {sync.shown()}"


def _prove(told: Settings, syncs: list[Sync], picked: Sync | None) -> Sync | None:
    """The payment that is chosen; its proof is made where that is asked for."""
    st.subheader("Prove one payment")
    labels = {_label(sync): sync for sync in widgets.in_order(syncs)}
    # Only a new pick above changes what was chosen here.
    if picked and st.session_state.get(PICKED) != picked.sync_id:
        st.session_state["prove-what"] = _label(picked)
    st.session_state[PICKED] = picked.sync_id if picked else None
    chosen = st.selectbox("Payment", list(labels), index=None, key="prove-what", placeholder="which payment")
    if st.button("Prove it", key="prove", disabled=not chosen) and chosen:
        with st.spinner("Proving"):
            done = worker.ask(told, "audit", "prove", labels[chosen].sync_id, "--json")
        st.session_state[PROOF] = (labels[chosen].sync_id, done.stdout or "", done.stderr.strip())
    return labels[chosen] if chosen else None


def _proof(sync: Sync) -> None:
    of, said, wrong = st.session_state.get(PROOF, (None, "", ""))
    if of != sync.sync_id:
        return
    if not said:
        st.error(widgets.plainly(wrong or "The proof could not be made."))
        return
    document = json.loads(said)
    (st.error if document["verdict"]["status"] else st.success)(widgets.plainly(document["verdict"]["sentence"]))
    events = [step["event"] for step in document["events"]]
    table = pl.DataFrame(
        [
            {
                "Event": event["seq"],
                "At (UTC)": event["at"].replace("T", " ")[:19],
                "By": event["actor"],
                "Action": event["action"],
                "State": WORDS.get(json.loads(event["facts"]).get("state") or "", ""),
            }
            for event in events
        ]
    )
    st.dataframe(table, hide_index=True, placeholder="", alt="Events of the payment")
    files.downloads(table, "events of the payment")
    st.download_button("Download the proof", said, f"proof-{of}.json", on_click="ignore")


def _export(told: Settings) -> None:
    st.subheader("Hand the log over")
    st.caption("Every event, a signed checkpoint, and a script that checks both with nothing but Python.")
    if st.button("Make the export", key="export"):
        with st.spinner("Exporting"), tempfile.TemporaryDirectory(dir=told.home, prefix="export-") as folder:
            done = worker.ask(told, "audit", "export", "-o", str(Path(folder) / "events.jsonl"))
            st.session_state[EXPORT] = (_zipped(Path(folder)), done.stdout.strip(), done.stderr.strip())
    content, said, wrong = st.session_state.get(EXPORT, (b"", "", ""))
    if content and said:
        st.code(said.splitlines()[-1], language=None, wrap_lines=True)
        st.download_button("Download the export", content, "tieout-log.zip", "application/zip", on_click="ignore")
    elif wrong:
        st.error(widgets.plainly(wrong.splitlines()[-1]))


def _zipped(folder: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return file.getvalue()
