"""Sync now: load what lies in the watched folder, pull Procore, reconcile; when it last ran and when it is due."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import session, widgets, worker
from toolkit import watch
from toolkit.errors import TieoutError
from toolkit.settings import Settings
from toolkit.workflow.control import Control
from toolkit.workflow.policy import Actor

# A round is a pull and a run: whoever may start the one may start the other.
VERB, ACTION = "watch", "pull"


def show(told: Settings, person: Actor) -> None:
    """The button, and what the schedule says."""
    barred = widgets.refusal(person, ACTION)
    with st.container(border=True):
        left, right = st.columns([2, 5], vertical_alignment="center")
        if left.button(
            "Sync now",
            key="sync",
            type="primary",
            icon=":material/sync:",
            disabled=barred is not None or worker.running(told, VERB),
            help=barred,
            width="stretch",
        ):
            _start(told, person)
        folder = f"load what lies in {told.watch.folder}, " if told.watch.folder else ""
        right.markdown(widgets.plainly(f"In one go: {folder}pull Procore, reconcile. It never approves or pushes."))
        _state()


def _start(told: Settings, person: Actor) -> None:
    try:
        # Who asked is told to the log; what the round finds is told by the run.
        with Control.open(told) as control, control.change(person, ACTION, datetime.now(UTC)) as change:
            change.tell("sync", {"folder": str(told.watch.folder or "")})
    except TieoutError as error:
        st.error(widgets.plainly(error))
        return
    worker.start(told, VERB, ["--once"])
    st.rerun()


@st.fragment(run_every=1.0)
def _state() -> None:
    """How far it is, once a second, until the page is drawn anew."""
    told = session.settings()
    if session.person(told, active=False) is None:
        st.rerun()
    under_way = worker.running(told, VERB)
    if st.session_state.get("syncing") and not under_way:
        st.session_state["syncing"] = False
        st.rerun()
    st.session_state["syncing"] = under_way
    if under_way:
        st.markdown("Working: load, pull, reconcile.")
        return
    refused = worker.refused(told, VERB)
    if refused:
        st.error(widgets.plainly(refused))
    known = watch.remembered(told)
    if known is None:
        st.caption("No sync ran yet. A schedule runs as tieout watch, beside this dashboard.")
    else:
        _last(known["last"])
        st.caption(_next(known))


def _last(last: dict[str, Any]) -> None:
    at = str(last["started_at"])[:16].replace("T", " ")
    if last["wrong"]:
        st.error(widgets.plainly(f"The last sync ({at} UTC) ended early: {last['wrong']}"))
        return
    found = f"{last['files']} files" + (f", {last['quarantined']} rows in quarantine" if last["quarantined"] else "")
    st.markdown(widgets.plainly(f"Last sync {at} UTC: {found}; run {session.when(last['run_id'])}."))
    for line in last["left_out"]:
        st.warning(widgets.plainly(line))


def _next(known: dict[str, Any]) -> str:
    due = datetime.fromisoformat(known["next"]) if known["next"] else None
    if due is None:
        return "No further sync is planned: none is scheduled with tieout watch."
    if due < datetime.now(UTC):
        return f"The next one was due {due:%Y-%m-%d %H:%M} UTC and did not come: is tieout watch running?"
    return f"Next sync {due:%Y-%m-%d %H:%M} UTC, every {known['every']}."
