"""What waits for a decision: proposals to submit, submissions to approve, what is held and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import session, widgets
from toolkit.errors import TieoutError
from toolkit.settings import Settings
from toolkit.workflow import approve, policy
from toolkit.workflow.body import LOCKS, sent
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Outcome, Selection, Sync
from toolkit.workflow.policy import Actor


def page() -> None:
    """The page."""
    told = session.settings()
    person = session.person(told)
    st.title("Approve")
    if person is None:
        return
    with Control.open(told) as control:
        syncs = control.syncs()
    waiting = [sync for sync in syncs if sync.state == "submitted"]
    planned = [sync for sync in syncs if sync.state in ("planned", "returned") and not sync.final]
    held = [sync for sync in syncs if sync.state == "held"]
    submitted, proposed, kept = st.tabs(
        [f"Waits for an approver ({len(waiting)})", f"To submit ({len(planned)})", f"Held back ({len(held)})"]
    )
    with submitted:
        _waiting(told, person, waiting)
    with proposed:
        _planned(told, person, planned)
    with kept:
        _held(held)


def _waiting(told: Settings, person: Actor, waiting: list[Sync]) -> None:
    if not waiting:
        st.write("Nothing waits for an approver.")
        return
    own = [sync for sync in waiting if policy.own_submission(person, sync.submitted_by)]
    if own:
        st.info(f"{widgets.totals(own)}: {policy.own_submission(person, person.name)}.")
    st.caption("Select what you approve, or all of it at once. " + LOCKS)
    chosen = _table("waiting", [sync for sync in waiting if sync not in own])
    _bodies(chosen)
    st.markdown(f"**Selected: {widgets.totals(chosen)}**")
    reason = st.text_input("Reason, where you return or reject", key="reason")
    first, second, third, _ = st.columns([1, 1, 1, 3])
    ids = Selection(ids=tuple(sync.sync_id for sync in chosen))
    off = not chosen
    if first.button("Approve", type="primary", disabled=off, key="approve", width="stretch"):
        _do(told, lambda control: approve.approve(control, told, person, ids, _now()), "approved")
    if second.button("Return", disabled=off or not reason, key="return", width="stretch"):
        _do(told, lambda control: approve.return_(control, person, ids, _now(), reason), "returned")
    if third.button("Reject", disabled=off or not reason, key="reject", width="stretch"):
        _do(told, lambda control: approve.reject(control, person, ids, _now(), reason), "rejected")


def _planned(told: Settings, person: Actor, planned: list[Sync]) -> None:
    if not planned:
        st.write("Nothing to submit. A plan proposes what the newest run shows Procore to lack:")
        st.code("tieout plan", language=None)
        return
    chosen = _table("planned", planned)
    st.markdown(f"**Selected: {widgets.totals(chosen)}**")
    ids = Selection(ids=tuple(sync.sync_id for sync in chosen))
    if st.button("Submit", type="primary", disabled=not chosen, key="submit"):
        _do(told, lambda control: approve.submit(control, person, ids, _now()), "submitted")


def _held(held: list[Sync]) -> None:
    if not held:
        st.write("Nothing is held back.")
    for sync in held:
        with st.container(border=True):
            st.markdown(
                f"**{sync.check_number or sync.payment_id}** · {sync.vendor_name} · {sync.shown()} · "
                f"invoice {sync.invoice_number}"
            )
            widgets.badge(sync.state)
            st.write(sync.reason)


def _table(key: str, syncs: list[Sync]) -> list[Sync]:
    """Show syncs grouped by commitment and return the selected ones, by id and not by position alone."""
    ordered = sorted(
        syncs,
        key=lambda sync: (sync.project_number or "", sync.commitment_number or "", sync.payment_date, sync.sync_id),
    )
    if not ordered:
        return []
    everything = st.checkbox(f"All {len(ordered)} ({widgets.totals(ordered)})", key=f"{key}-all")
    columns = ("Project", "Commitment", "Vendor", "Payment", "Invoice #", "Amount", "Currency", "Paid on")
    rows = widgets.sync_rows(ordered).select(columns)
    # The key names the rows and their content, so that a click never lands on another payment.
    versions = hash(tuple((sync.sync_id, sync.payload_hash, sync.version) for sync in ordered))
    picked: Any = st.dataframe(
        rows,
        hide_index=True,
        column_config={"Amount": widgets.money_column("Amount")},
        on_select="rerun",
        selection_mode="multi-row",
        key=f"{key}-{versions}",
        height=min(38 + 35 * len(ordered), 460),
    )
    return ordered if everything else [ordered[row] for row in picked["selection"]["rows"]]


def _bodies(chosen: list[Sync]) -> None:
    """The exact body that Procore will get, for up to three selected payments."""
    if not chosen or len(chosen) > 3:
        return
    for sync in chosen:
        warning = json.loads(sync.facts).get("warning")
        with st.expander(f"What Procore will get for {sync.check_number or sync.payment_id}"):
            if warning:
                st.warning(warning)
            st.json(sent(sync.body))


def _do(told: Settings, step: Any, word: str) -> None:
    try:
        with Control.open(told) as control:
            outcome: Outcome = step(control)
    except TieoutError as error:
        st.error(str(error))
        return
    for sync_id, why in outcome.refused:
        st.warning(f"{sync_id}: {why}")
    st.toast(f"{widgets.totals(list(outcome.touched))} {word}.")
    if not outcome.refused:
        st.rerun()


def _now() -> datetime:
    return datetime.now(UTC)
