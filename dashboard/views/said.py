"""What was said about a case so far, by whom, and the way to take one's word on a match back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, files, session, widgets
from toolkit.analyst import OpenRun
from toolkit.errors import NotFound, TieoutError
from toolkit.reports import pictures
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot, latest
from toolkit.workflow.change import Fields
from toolkit.workflow.control import Control
from toolkit.workflow.decide import Word, decide

Row = dict[str, Any]
VERBS = {"confirm": "confirmed", "unmatch": "took apart", "undo": "took back the word on"}


def so_far(told: Settings, row: Row) -> None:
    """Every word on this mismatch and on its payment's matches, the newest first; the last one may be taken back."""
    about = {f"mismatch {row['mismatch_id']}", f"{row['erp']}|{row['erp_company']}|{row['payment_id']}"}
    with Control.open(told) as control:
        events = [event for name in sorted(about) for event in control.events(about=name)]
    if not events:
        return
    events.sort(key=lambda event: -event["seq"])
    with st.expander(f"What was said so far ({len(events)})", expanded=True):
        table = pl.DataFrame([_line(event) for event in events], infer_schema_length=None)
        st.dataframe(table, hide_index=True, placeholder="", alt="What was said so far")
        files.downloads(table, "what was said")
        _take_back(told, row, events)


def _line(event: Fields) -> dict[str, str]:
    facts = json.loads(event["facts"])
    verdict = facts.get("verdict")
    if verdict:
        what = f"{VERBS[verdict]} claim {facts['claim_id']}"
    else:
        said = {"state": "state", "owner": "owner", "due_date": "due"}
        what = ", ".join(f"{word} {facts[name]}" for name, word in said.items() if facts.get(name))
    return {
        "At (UTC)": event["at"].replace("T", " ")[:16],
        "By": event["actor"],
        "What": what,
        "Words": str(facts.get("reason") or facts.get("note") or ""),
    }


def _take_back(told: Settings, row: Row, events: list[Fields]) -> None:
    words = [json.loads(event["facts"]) for event in events if event["action"] in VERBS]
    if not words or words[0]["verdict"] == "undo":
        return
    person, last = session.person(told), words[0]
    barred = widgets.refusal(person, "undo") if person else "Nobody is signed in."
    label = f"Undo: {last['verdict']} of claim {last['claim_id']}"
    if st.button(widgets.plainly(label), key="undo", disabled=barred is not None) and person:
        word = Word("undo", row["payment_id"], last["claim_id"], last.get("application_id"), row["erp"], "taken back")
        try:
            with Control.open(told) as control:
                decide(control, latest(told), person, datetime.now(UTC), word)
        except TieoutError as error:
            st.error(widgets.plainly(error))
            return
        st.rerun()


def vendor(told: Settings, snapshot: Snapshot, name: str | None) -> None:
    """The vendor's claims, payments and issued payments on one line of time."""
    if name is None:
        return
    # Drawn when it is opened: most cases are decided without it.
    part = st.expander(f"What {widgets.plainly(name)} claimed and was paid", key="vendor-history", on_change="rerun")
    if not part.open:
        return
    with part:
        try:
            history = OpenRun(snapshot, told).vendor(name)
        except NotFound as error:
            st.write(widgets.plainly(error))
            return
        dated = history.drop_nulls("day")
        said = f"{dated.height} claims, payments and issued payments of the vendor by day"
        st.altair_chart(pictures.timeline(dated).configure_text(color=charts.ink()), width="stretch", alt=said)
        widgets.labelled(history, said)
        files.downloads(history, f"history of {name}")
