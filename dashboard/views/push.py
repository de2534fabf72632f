"""What was approved goes to Procore in a process of its own, which outlives this page and its session."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import streamlit as st

from dashboard import files, session, widgets, worker
from dashboard.picking import act, say_what_came_of_it
from dashboard.views import outcomes
from toolkit.errors import NotAllowed
from toolkit.settings import Settings
from toolkit.workflow import approve, policy
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Sync, totals
from toolkit.workflow.policy import Actor
from toolkit.workflow.states import WORDS

VERB = "push"
# What needs a person comes first.
ORDER = ("needs_review", "rejected", "drifted", "unknown", "sending", "approved", "posted", "verified")
UNKNOWN = (
    "No answer came for these, so nobody knows yet whether Procore has them. Tieout does not send them again by "
    "itself: after the quiet window it reads Procore's own list, and then either finds them or asks a person. "
    "Nothing needs to be done now; push again later."
)


def page() -> None:
    """The page."""
    told = session.settings()
    person = session.person(told)
    st.title("Push")
    if person is None:
        return
    say_what_came_of_it()
    widgets.legend()
    with Control.open(told) as control:
        syncs = control.syncs(states=["approved", "unknown", "posted", "needs_review", "drifted"])
    ready = [sync for sync in syncs if sync.state == "approved"]
    rest = [sync for sync in syncs if sync.state in ("unknown", "posted")]
    st.markdown(f"Approved and not yet sent: **{totals(ready)}**.")
    if rest:
        st.markdown(f"Sent, to be looked up in Procore: **{totals(rest)}**.")
    _buttons(told, person, ready, rest)
    outcomes.choices(told, person, [sync for sync in syncs if sync.state in outcomes.ASKS])
    _progress()
    with Control.open(told) as control:
        shown = control.syncs(states=ORDER)
    if shown:
        files.downloads(widgets.sync_rows(widgets.in_order(shown)), "payments pushed")


def _buttons(told: Settings, person: Actor, ready: list[Sync], rest: list[Sync]) -> None:
    under_way = worker.running(told, VERB)
    barred = widgets.refusal(person, "push") or _not_live(told)
    meant = told.procore.loopback or (barred is None and _meant(told))
    left, right, _ = st.columns([2, 2, 3])
    off = not (ready or rest) or under_way or barred is not None or not meant
    if left.button("Push and verify", type="primary", disabled=off, key="push", width="stretch"):
        _start(told, person)
    # Always the same place: a button that appears under the hand is pressed by mistake.
    if right.button(
        "Stop after the current one",
        key="stop",
        disabled=not under_way or barred is not None,
        width="stretch",
        help="What is not yet sent is held back. To send it later it is released, submitted and approved again.",
    ):
        why = f"{person.name} stopped the push."
        with Control.open(told) as control:
            left_over = control.syncs(states=["approved"])
        act(told, left_over, "Held back", lambda control, ids: approve.hold(control, person, ids, _now(), why))
    if barred:
        st.caption(barred)


def _not_live(told: Settings) -> str | None:
    """Why nothing may be pushed to this Procore at all."""
    if told.procore.loopback or told.procore.push_enabled:
        return None
    return "Pushing is off: whoever keeps the settings sets push_enabled = true under [procore] in tieout.toml."


def _meant(told: Settings) -> bool:
    """Did the person say that they mean the real one? Asked anew for each push."""
    where = f"company {told.procore.company_id} at {urlsplit(told.procore.api_url).hostname}"
    again = st.session_state.setdefault("pushes", 0)
    return st.checkbox(
        f"I mean the real Procore: {where}. What is sent there nobody can edit or delete in Procore afterwards.",
        key=f"live-{again}",
    )


def _start(told: Settings, person: Actor) -> None:
    try:
        policy.demand(person, "push")
    except NotAllowed as error:
        st.error(widgets.plainly(error))
        return
    st.session_state["pushes"] = st.session_state.get("pushes", 0) + 1
    live = [] if told.procore.loopback else ["--live"]
    worker.start(told, VERB, ["--verify", *live, "--as", person.name])
    st.rerun()


@st.fragment(run_every=1.0)
def _progress() -> None:
    """The state of every payment under way, once a second, for whoever looks."""
    told = session.settings()
    if session.person(told, active=False) is None:
        st.rerun()
    under_way = worker.running(told, VERB)
    refused = worker.refused(told, VERB)
    if refused:
        st.error(widgets.plainly(refused))
    with Control.open(told) as control:
        syncs = control.syncs(states=ORDER)
    if not syncs:
        st.write("Nothing was approved yet. The Approve page lists what waits.")
        return
    arrived = [sync for sync in syncs if sync.colour == "GREEN"]
    said = f"{len(arrived)} of {len(syncs)} in Procore" + (" · pushing" if under_way else "")
    st.progress(len(arrived) / len(syncs), text=said)
    _groups(syncs)
    # The buttons above belong to the whole page, which is drawn anew when a push ends.
    if st.session_state.get("pushing") and not under_way:
        st.session_state["pushing"] = False
        st.rerun()
    st.session_state["pushing"] = under_way


def _groups(syncs: list[Sync]) -> None:
    for state in ORDER:
        group = widgets.in_order(sync for sync in syncs if sync.state == state)
        if not group:
            continue
        widgets.badge(state)
        if state == "unknown":
            st.caption(UNKNOWN)
        columns = ["Project", "Commitment", "Vendor", "Payment", "Invoice #", "Amount", "Currency", "Paid on", "Reason"]
        st.dataframe(
            widgets.sync_rows(group).select(columns if any(sync.reason for sync in group) else columns[:-1]),
            hide_index=True,
            column_config={"Amount": widgets.money_column("Amount")},
            key=f"push-{state}",
            height=min(37 + 35 * len(group), 457),
            placeholder="",
            alt=f"Payments: {WORDS[state]}",
        )


def _now() -> datetime:
    return datetime.now(UTC)
