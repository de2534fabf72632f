"""Who did what and when, and whether the log still proves it."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import streamlit as st

from dashboard import files, session, titles, widgets
from dashboard.views import evidence
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Sync
from toolkit.workflow.states import WORDS

SHOWN = 1000


def page() -> None:
    """The page."""
    told = session.settings()
    st.title("Audit")
    person = session.person(told)
    if person is None:
        return
    with Control.open(told) as control:
        verdict, events, syncs = control.verdict(), control.events(), control.syncs()
    (st.error if verdict.status else st.success)(verdict.sentence)
    if not events:
        st.write("Nothing was decided yet.")
        return
    facts = [json.loads(event["facts"]) for event in events]
    about = {sync.sync_id: sync for sync in syncs}
    frame = pl.DataFrame(
        {
            "Event": [event["seq"] for event in events],
            "At (UTC)": [event["at"].replace("T", " ")[:19] for event in events],
            "By": [event["actor"] for event in events],
            "Action": [event["action"] for event in events],
            "About": [_about(event["object"], about) for event in events],
            "Vendor": [(about[event["object"]].vendor_name if event["object"] in about else None) for event in events],
            "State": [WORDS.get(fact.get("state", ""), fact.get("state")) for fact in facts],
            "Reason": [str(fact.get("reason", "")) for fact in facts],
            "Through": [titles.THROUGH.get(event["via"], event["via"]) for event in events],
            "Hash": [event["hash"][:12] for event in events],
            "Reference": [event["object"] for event in events],
        }
    )
    found = _filtered(frame)
    shown = found.sort("Event", descending=True).head(SHOWN)
    more = f"; the newest {SHOWN} are shown" if found.height > SHOWN else ""
    st.caption(f"{found.height} of {frame.height} events, the newest first{more}. Select one to prove its payment.")
    picked: Any = st.dataframe(
        shown.drop("Reference"),
        hide_index=True,
        height=480,
        on_select="rerun",
        selection_mode="single-row",
        column_config={"About": st.column_config.TextColumn(width=110)},
        key=f"events-{widgets.digest(shown['Event'])}",
        placeholder="",
        alt="Events",
    )
    files.downloads(found, "events")
    rows = picked["selection"]["rows"]
    evidence.show(told, syncs, about.get(shown["Reference"][rows[0]]) if rows else None)
    evidence.pack(told, person)


def _about(reference: str, known: dict[str, Sync]) -> str:
    """The payment's number as people know it; else what the event is about."""
    sync = known.get(reference)
    return (sync.check_number or sync.payment_id) if sync else reference


def _filtered(frame: pl.DataFrame) -> pl.DataFrame:
    left, middle, right = st.columns(3)
    words = left.text_input("Payment, vendor or reference", key="about")
    people = middle.multiselect("By", sorted(frame["By"].unique()), key="by", placeholder="everybody")
    actions = right.multiselect("Action", sorted(frame["Action"].unique()), key="action", placeholder="every action")
    if words:
        said = pl.concat_str("About", "Vendor", "Reference", separator=" ", ignore_nulls=True)
        frame = frame.filter(said.str.to_lowercase().str.contains(words.lower(), literal=True))
    for column, wanted in (("By", people), ("Action", actions)):
        frame = frame.filter(pl.col(column).is_in(wanted)) if wanted else frame
    return frame
