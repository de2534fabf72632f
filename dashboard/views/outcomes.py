"""What a push could not settle by itself, in plain words, with the choice a person has."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from dashboard import widgets
from dashboard.picking import act
from toolkit.settings import Settings
from toolkit.workflow import approve
from toolkit.workflow.outcome import Sync
from toolkit.workflow.policy import Actor

ASKS = ("needs_review", "drifted")
# How a person may settle it, and what that means.
WAYS = {
    "adopt": "It is the same payment: keep Procore's row as ours; nothing is sent.",
    "resend": "It is not in Procore: approve it once more; the next push sends it.",
    "abandon": "Let it go: nothing is sent, and whatever Procore shows stays as it is.",
}


def choices(told: Settings, person: Actor, syncs: list[Sync]) -> None:
    """One card per payment that asks for a person; each choice goes through the workflow with its reason."""
    if not syncs:
        return
    st.subheader(f"A person must look ({len(syncs)})")
    for sync in widgets.in_order(syncs):
        with st.container(border=True):
            _card(told, person, sync)


def _card(told: Settings, person: Actor, sync: Sync) -> None:
    facts = (sync.check_number or sync.payment_id, sync.vendor_name or "unnamed vendor", sync.shown())
    payment, vendor, amount = (widgets.plainly(fact) for fact in facts)
    st.markdown(f"**{payment}** · {vendor} · {amount} · invoice {widgets.plainly(sync.invoice_number)}")
    widgets.badge(sync.state)
    st.markdown(widgets.plainly(sync.reason))
    st.caption("Look at the commitment's Payments Issued tab in Procore first. Then say what is true:")
    how = st.radio(
        "What is true?",
        list(WAYS),
        index=None,
        captions=list(WAYS.values()),
        key=f"how-{sync.sync_id}",
        label_visibility="collapsed",
    )
    reason = st.text_input("Reason, for the auditor", key=f"why-{sync.sync_id}")
    barred = widgets.refusal(person, "resolve")
    ready = how and reason and barred is None
    if st.button("Settle it", key=f"settle-{sync.sync_id}", disabled=not ready) and how:
        now = datetime.now(UTC)
        act(
            told,
            [sync],
            "Settled",
            lambda control, ids: approve.resolve(control, person, ids.ids[0], how, now, reason),
        )
    if barred:
        st.caption(barred)
