"""What waits for a decision: proposals to submit, submissions to approve, what is held and why."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard import files, session, widgets
from dashboard.picking import Picker, act, say_what_came_of_it, why_read
from dashboard.views import decision, expected
from toolkit.settings import Settings
from toolkit.workflow import approve, policy
from toolkit.workflow.body import LOCKS
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Outcome, Selection, Sync, totals
from toolkit.workflow.policy import Actor


def page() -> None:
    """The page."""
    told = session.settings()
    person = session.person(told)
    st.title("Approve")
    if person is None:
        return
    say_what_came_of_it()
    widgets.legend()
    with Control.open(told) as control:
        syncs = control.syncs()
    _on_to_the_push([sync for sync in syncs if sync.state == "approved"])
    waiting = [sync for sync in syncs if sync.state == "submitted"]
    planned = [sync for sync in syncs if sync.state in ("planned", "returned") and not sync.final]
    held = [sync for sync in syncs if sync.state == "held"]
    newest = session.run_newest(told)
    brought = expected.rows(told, newest)
    labels = [f"Waits for an approver ({len(waiting)})", f"To submit ({len(planned)})", f"Held back ({len(held)})"]
    if brought.height:
        labels.append(f"Expected from Procore's own sync ({brought.height})")
    # Whoever only prepares begins with what is to be submitted.
    prepares = widgets.refusal(person, "approve") is not None and widgets.refusal(person, "submit") is None
    submitted, proposed, kept, *native = st.tabs(labels, default=labels[1] if prepares and planned else labels[0])
    with submitted:
        _waiting(told, person, waiting, syncs)
    with proposed:
        _planned(told, person, planned, syncs)
    with kept:
        _held(told, person, held)
    for place in native:
        with place:
            if newest:
                expected.show(told, person, newest, brought)


def _on_to_the_push(approved: list[Sync]) -> None:
    if approved:
        label = f"Approved, to be pushed: {totals(approved)}"
        st.page_link(st.session_state["pages"]["push"], label=label, icon=":material/arrow_forward:")


def _waiting(told: Settings, person: Actor, waiting: list[Sync], every: list[Sync]) -> None:
    if not waiting:
        st.write("Nothing waits for an approver.")
        return
    own = [sync for sync in waiting if policy.own_submission(person, sync.submitted_by)]
    if own:
        st.info(
            f"{totals(own)}: submitted by you ({person.name}), so another person must approve them. "
            "Who prepares a payment never releases it."
        )
    others = [sync for sync in waiting if sync not in own]
    if not others:
        return
    st.caption(LOCKS)
    why = why_read(others, every, session.run_newest(told))
    chosen = Picker("waiting", others, why).show()
    decision.details(told, chosen, why)
    decision.decide(told, person, chosen)


def _planned(told: Settings, person: Actor, planned: list[Sync], every: list[Sync]) -> None:
    if not planned:
        st.write("Nothing to submit. A plan proposes what the newest run shows Procore to lack:")
        st.code("tieout plan", language=None)
        return
    returned = [sync for sync in planned if sync.state == "returned"]
    if returned:
        st.warning(f"The approver returned {totals(returned)}. The reason stands beside each.")
    chosen = Picker("planned", planned, why_read(planned, every, session.run_newest(told))).show()
    barred = widgets.refusal(person, "submit")
    if st.button("Submit", type="primary", disabled=not chosen or barred is not None, key="submit"):
        act(told, chosen, "Submitted", lambda control, ids: approve.submit(control, person, ids, _now()))
    if barred:
        st.caption(barred)


def _held(told: Settings, person: Actor, held: list[Sync]) -> None:
    if not held:
        st.write("Nothing is held back.")
    else:
        files.downloads(widgets.sync_rows(widgets.in_order(held)), "held back")
    barred = widgets.refusal(person, "release")
    for sync in widgets.in_order(held):
        with st.container(border=True):
            facts = (sync.check_number or sync.payment_id, sync.vendor_name or "unnamed vendor", sync.shown())
            payment, vendor, amount = (widgets.plainly(fact) for fact in facts)
            st.markdown(f"**{payment}** · {vendor} · {amount} · invoice {widgets.plainly(sync.invoice_number)}")
            widgets.badge(sync.state)
            st.markdown(widgets.plainly(sync.reason))
            if sync.held_by and st.button("Release", key=f"release-{sync.sync_id}", disabled=barred is not None):
                act(told, [sync], "Released", partial(_release, person))


def _release(person: Actor, control: Control, ids: Selection) -> Outcome:
    return approve.release(control, person, ids, _now(), "released on the dashboard")


def _now() -> datetime:
    return datetime.now(UTC)
