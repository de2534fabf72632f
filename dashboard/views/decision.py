"""What an approver reads about the selected payments, and the three words they may say."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import polars as pl
import streamlit as st

from dashboard import activity, files, lights, widgets
from dashboard.picking import act, total_to_type
from toolkit.settings import Settings
from toolkit.workflow import approve
from toolkit.workflow.body import sent
from toolkit.workflow.change import Fields
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Sync
from toolkit.workflow.policy import Actor

# So many payments are told in full; more than that are read in the table.
IN_FULL = 10


def details(told: Settings, chosen: list[Sync], why: dict[str, str | None]) -> None:
    """Per payment its lights, the exact body that Procore gets, and what happened since it was proposed."""
    if len(chosen) > IN_FULL:
        st.caption(f"Select up to {IN_FULL} to read exactly what Procore will get and what changed since submission.")
        return
    for sync in chosen:
        with Control.open(told) as control:
            events = control.events(about=sync.sync_id)
        kept = len({json.loads(event["facts"]).get("payload_hash") for event in events} - {None}) <= 1
        with st.expander(f"{widgets.plainly(sync.check_number or sync.payment_id)}: what Procore will get"):
            for light in lights.lights(told, sync, why[sync.sync_id], kept=kept):
                left, right = st.columns([1, 6])
                left.badge(f"{light.colour.upper()} {light.check}", color=light.colour)
                right.markdown(widgets.plainly(light.found))
            left, right = st.columns([3, 2], gap="large")
            with left:
                st.json(sent(sync.body))
                st.caption(f"SHA-256 of the whole body: {sync.payload_hash}")
            with right:
                st.markdown("**Since it was proposed**")
                _history(sync, events, kept=kept)


def _history(sync: Sync, events: list[Fields], *, kept: bool) -> None:
    rows = [
        {
            "At (UTC)": event["at"].replace("T", " ")[:16],
            "By": event["actor"],
            "Action": event["action"],
            "Reason": str(json.loads(event["facts"]).get("reason") or ""),
        }
        for event in events
    ]
    table = pl.DataFrame(rows)
    st.dataframe(table, hide_index=True, placeholder="", alt="What happened to it")
    files.downloads(table, f"since proposed {sync.sync_id}")
    st.markdown("Its content did not change." if kept else "Its content changed on the way.")


def decide(told: Settings, person: Actor, chosen: list[Sync]) -> None:
    """Approve, return or reject what is selected."""
    reason = st.text_input("Reason, where you return, reject or hold", key="reason")
    unsaid = _totals_not_repeated(told, chosen)
    barred = widgets.refusal(person, "approve")
    off = not chosen or barred is not None
    first, second, third, fourth, _ = st.columns([2, 2, 2, 2, 1])
    if first.button("Approve", type="primary", disabled=off or unsaid, key="approve", width="stretch"):
        act(told, chosen, "Approved", lambda control, ids: approve.approve(control, told, person, ids, _now()))
    if second.button("Return", disabled=off or not reason, key="return", width="stretch"):
        act(told, chosen, "Returned", lambda control, ids: approve.return_(control, person, ids, _now(), reason))
    if third.button("Reject", disabled=off or not reason, key="reject", width="stretch"):
        act(told, chosen, "Rejected", lambda control, ids: approve.reject(control, person, ids, _now(), reason))
    hold = widgets.refusal(person, "hold")
    if fourth.button("Hold", disabled=not chosen or not reason or hold is not None, key="hold", width="stretch"):
        act(told, chosen, "Held back", lambda control, ids: approve.hold(control, person, ids, _now(), reason))
    if barred:
        st.caption(barred)


def _totals_not_repeated(told: Settings, chosen: list[Sync]) -> bool:
    """Where a large batch goes to a Procore that is not local, its total is typed before it may be approved.

    And whoever types it has signed in a moment ago: a screen left open releases nothing.
    """
    if told.procore.loopback:
        return False
    large = total_to_type(chosen, told.limits.confirm_total_above)
    if large and not activity.fresh():
        st.warning("This is a large batch: sign out and in again to approve it, so that it is you who does.")
        return True
    missing = False
    for total in large:
        typed = st.text_input(f"This is a large batch. Type its total, {total}, to approve it.", key=f"total-{total}")
        missing |= typed.replace(",", "").strip() != total
    return missing


def _now() -> datetime:
    return datetime.now(UTC)
