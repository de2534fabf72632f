"""What waits for a decision: proposals to submit, submissions to approve, what is held and why."""

from __future__ import annotations

import json
from collections.abc import Callable
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

SAID = "approve-said"
Step = Callable[[Control, Selection], Outcome]


def page() -> None:
    """The page."""
    told = session.settings()
    person = session.person(told)
    st.title("Approve")
    if person is None:
        return
    _say()
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
        st.info(f"{widgets.totals(own)}. {person.name} submitted these, so another person must approve them.")
    others = [sync for sync in waiting if sync not in own]
    if not others:
        return
    st.caption(f"Select what you approve, return or reject. {LOCKS}")
    chosen = _table("waiting", others, ("Reason",) if any(sync.reason for sync in others) else ())
    _bodies(chosen)
    st.markdown(f"**Selected: {widgets.totals(chosen)}**")
    reason = st.text_input("Reason, where you return or reject", key="reason")
    first, second, third, _ = st.columns([1, 1, 1, 3])
    barred = widgets.refusal(person, "approve")
    off = not chosen or barred is not None
    if first.button("Approve", type="primary", disabled=off, key="approve", width="stretch"):
        _do(told, chosen, "approved", lambda control, ids: approve.approve(control, told, person, ids, _now()))
    if second.button("Return", disabled=off or not reason, key="return", width="stretch"):
        _do(told, chosen, "returned", lambda control, ids: approve.return_(control, person, ids, _now(), reason))
    if third.button("Reject", disabled=off or not reason, key="reject", width="stretch"):
        _do(told, chosen, "rejected", lambda control, ids: approve.reject(control, person, ids, _now(), reason))
    if barred:
        st.caption(barred)


def _planned(told: Settings, person: Actor, planned: list[Sync]) -> None:
    if not planned:
        st.write("Nothing to submit. A plan proposes what the newest run shows Procore to lack:")
        st.code("tieout plan", language=None)
        return
    returned = [sync for sync in planned if sync.state == "returned"]
    if returned:
        st.warning(f"The approver returned {widgets.totals(returned)}. The reason stands beside each.")
    chosen = _table("planned", planned, ("State", "Reason") if returned else ())
    st.markdown(f"**Selected: {widgets.totals(chosen)}**")
    barred = widgets.refusal(person, "submit")
    if st.button("Submit", type="primary", disabled=not chosen or barred is not None, key="submit"):
        _do(told, chosen, "submitted", lambda control, ids: approve.submit(control, person, ids, _now()))
    if barred:
        st.caption(barred)


def _held(held: list[Sync]) -> None:
    if not held:
        st.write("Nothing is held back.")
    for sync in widgets.in_order(held):
        with st.container(border=True):
            facts = (sync.check_number or sync.payment_id, sync.vendor_name or "unnamed vendor", sync.shown())
            payment, vendor, amount = (widgets.plainly(fact) for fact in facts)
            st.markdown(f"**{payment}** · {vendor} · {amount} · invoice {widgets.plainly(sync.invoice_number)}")
            widgets.badge(sync.state)
            st.markdown(widgets.plainly(sync.reason))


def _table(key: str, syncs: list[Sync], more: tuple[str, ...] = ()) -> list[Sync]:
    """Show syncs and return the selected ones.

    The keys name the rows and the hashes of their content: where anything changed since the person
    looked, the selection is gone, so that a click never lands on what was not seen.
    """
    ordered = widgets.in_order(syncs)
    seen = widgets.digest(f"{sync.sync_id} {sync.payload_hash} {sync.version}" for sync in ordered)
    if st.session_state.setdefault(f"seen-{key}", seen) != seen:
        st.session_state[f"seen-{key}"] = seen
        st.info("This list changed since you looked at it. Nothing is selected; look again.")
    everything = st.checkbox(f"All {widgets.totals(ordered)}", key=f"{key}-all-{seen}")
    columns = ("Project", "Commitment", "Vendor", "Payment", "Invoice #", "Amount", "Currency", "Paid on", *more)
    picked: Any = st.dataframe(
        widgets.sync_rows(ordered).select(columns),
        hide_index=True,
        column_config={"Amount": widgets.money_column("Amount")},
        on_select="rerun",
        selection_mode="multi-row",
        key=f"{key}-{seen}",
        height=min(38 + 35 * len(ordered), 458),
        placeholder="",
        alt="Payments to decide",
    )
    return ordered if everything else [ordered[row] for row in picked["selection"]["rows"]]


def _bodies(chosen: list[Sync]) -> None:
    """The exact body that Procore will get, for up to three selected payments."""
    if not chosen or len(chosen) > 3:
        return
    for sync in chosen:
        warning = json.loads(sync.facts).get("warning")
        with st.expander(f"What Procore will get for {widgets.plainly(sync.check_number or sync.payment_id)}"):
            if warning:
                st.warning(widgets.plainly(warning))
            st.json(sent(sync.body))


def _do(told: Settings, chosen: list[Sync], word: str, step: Step) -> None:
    """Take the step, keep what came of it for the next run of the script, and show the page anew."""
    ids = Selection(ids=tuple(sync.sync_id for sync in chosen))
    # What changes now changes by this click, which is no news to whoever clicked.
    for key in ("seen-waiting", "seen-planned"):
        st.session_state.pop(key, None)
    try:
        if not chosen:
            st.session_state[SAID] = ("", ["Nothing was selected, so nothing was done."])
        else:
            with Control.open(told) as control:
                outcome = step(control, ids)
            payments = {sync.sync_id: sync.check_number or sync.payment_id for sync in chosen}
            refused = [f"{payments.get(sync_id, sync_id)}: {why}" for sync_id, why in outcome.refused]
            done = f"{word.capitalize()}: {widgets.totals(list(outcome.touched))}." if outcome.touched else ""
            st.session_state[SAID] = (done, refused)
    except TieoutError as error:
        st.session_state[SAID] = ("", [str(error)])
    st.rerun()


def _say() -> None:
    """What came of the last click, said once."""
    done, refused = st.session_state.pop(SAID, ("", []))
    if done:
        st.success(widgets.plainly(done))
    for why in refused:
        st.error(widgets.plainly(why))


def _now() -> datetime:
    return datetime.now(UTC)
