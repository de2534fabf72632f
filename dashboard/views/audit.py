"""Who did what and when, and whether the log still proves it."""

from __future__ import annotations

import json

import polars as pl
import streamlit as st

from dashboard import files, session
from dashboard.views import evidence
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Sync

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
            "Through": [event["via"] for event in events],
            "Action": [event["action"] for event in events],
            "Payment": [_payment(about.get(event["object"])) for event in events],
            "Vendor": [(about[event["object"]].vendor_name if event["object"] in about else None) for event in events],
            "State": [fact.get("state", "") for fact in facts],
            "Reason": [str(fact.get("reason", "")) for fact in facts],
            "Reference": [event["object"] for event in events],
            "Hash": [event["hash"][:12] for event in events],
        }
    )
    found = _filtered(frame)
    shown = found.sort("Event", descending=True).head(SHOWN)
    more = f"; the newest {SHOWN} are shown" if found.height > SHOWN else ""
    st.caption(f"{found.height} of {frame.height} events, the newest first{more}.")
    st.dataframe(shown, hide_index=True, height=480, placeholder="", alt="Events")
    files.downloads(found, "events")
    evidence.show(told, syncs)
    evidence.pack(told, person)


def _payment(sync: Sync | None) -> str | None:
    return (sync.check_number or sync.payment_id) if sync else None


def _filtered(frame: pl.DataFrame) -> pl.DataFrame:
    left, middle, right = st.columns(3)
    words = left.text_input("Payment, vendor or reference", key="about")
    people = middle.multiselect("By", sorted(frame["By"].unique()), key="by", placeholder="everybody")
    actions = right.multiselect("Action", sorted(frame["Action"].unique()), key="action", placeholder="every action")
    if words:
        said = pl.concat_str("Payment", "Vendor", "Reference", separator=" ", ignore_nulls=True)
        frame = frame.filter(said.str.to_lowercase().str.contains(words.lower(), literal=True))
    for column, wanted in (("By", people), ("Action", actions)):
        frame = frame.filter(pl.col(column).is_in(wanted)) if wanted else frame
    return frame
