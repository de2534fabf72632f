"""Who did what and when, and whether the log still proves it."""

from __future__ import annotations

import json

import polars as pl
import streamlit as st

from dashboard import session
from toolkit.workflow.control import Control

PAGE = 200


def page() -> None:
    """The page."""
    told = session.settings()
    st.title("Audit")
    if session.person(told) is None:
        return
    with Control.open(told) as control:
        verdict, events = control.verdict(), control.events()
    (st.error if verdict.status else st.success)(verdict.sentence)
    if not events:
        st.write("Nothing was decided yet.")
        return
    facts = [json.loads(event["facts"]) for event in events]
    frame = pl.DataFrame(
        {
            "Event": [event["seq"] for event in events],
            "At (UTC)": [event["at"].replace("T", " ")[:19] for event in events],
            "By": [event["actor"] for event in events],
            "Through": [event["via"] for event in events],
            "Action": [event["action"] for event in events],
            "About": [event["object"] for event in events],
            "State": [fact.get("state", "") for fact in facts],
            "Reason": [str(fact.get("reason", "")) for fact in facts],
            "Hash": [event["hash"][:12] for event in events],
        }
    )
    about = st.text_input("Only about (reference of a sync)", key="about")
    found = frame.filter(pl.col("About").str.contains(about, literal=True)) if about else frame
    st.caption(f"{found.height} events, the newest first")
    st.dataframe(found.sort("Event", descending=True).head(PAGE * 5), hide_index=True, height=480)
    lines = "".join(json.dumps(event, sort_keys=True) + "\n" for event in events)
    st.download_button("Download the whole log", lines, "tieout-events.jsonl", "application/jsonl")
