"""What was approved goes to Procore in a process of its own, which outlives this page and its session."""

from __future__ import annotations

import os
import subprocess
import sys

import streamlit as st

from dashboard import session, widgets
from toolkit.errors import NotAllowed
from toolkit.settings import Settings
from toolkit.workflow import policy
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Sync
from toolkit.workflow.policy import Actor
from toolkit.workflow.states import WORDS

LOG = "push.log"
UNKNOWN = (
    "No answer came for these. Tieout does not send them again by itself: it reads Procore's own list after the quiet "
    "window, and then either finds them or asks a person."
)
# What needs a person comes first.
ORDER = ("needs_review", "rejected", "drifted", "unknown", "sending", "approved", "posted", "verified")


@st.cache_resource
def _workers() -> dict[str, subprocess.Popen[bytes]]:
    """Handles of started pushes, by home; kept so that a finished one is noticed."""
    return {}


def page() -> None:
    """The page."""
    told = session.settings()
    person = session.person(told)
    st.title("Push")
    if person is None:
        return
    with Control.open(told) as control:
        syncs = control.syncs(states=["approved", "unknown", "posted"])
    ready = [sync for sync in syncs if sync.state == "approved"]
    rest = [sync for sync in syncs if sync.state != "approved"]
    st.markdown(f"Approved and not yet sent: **{widgets.totals(ready)}**.")
    if rest:
        st.markdown(f"Sent, to be looked up in Procore: **{widgets.totals(rest)}**.")
    if not told.procore.loopback:
        st.info("A push to a Procore that is not local is started on the command line: `tieout push --live`.")
    else:
        barred = widgets.refusal(person, "push")
        off = not syncs or _running(told) or barred is not None
        if st.button("Push and verify", type="primary", disabled=off, key="push"):
            _start(told, person)
        if barred:
            st.caption(barred)
    _progress()


def _start(told: Settings, person: Actor) -> None:
    try:
        policy.demand(person, "push")
    except NotAllowed as error:
        st.error(str(error))
        return
    with (told.home / LOG).open("wb") as log:
        _workers()[str(told.home)] = subprocess.Popen(  # noqa: S603 (our own command; the name is a known user)
            [sys.executable, "-m", "toolkit.cli", "push", "--verify", "--as", person.name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | {"TIEOUT_HOME": str(told.home.absolute())},
            start_new_session=True,
            close_fds=True,
        )
    st.rerun()


def _running(told: Settings) -> bool:
    worker = _workers().get(str(told.home))
    return worker is not None and worker.poll() is None


def _refused(told: Settings) -> str | None:
    """What the last push said where it refused to begin or broke off."""
    worker = _workers().get(str(told.home))
    if worker is None or worker.poll() in (None, 0, 3):
        return None
    said = (told.home / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return said[-1] if said else f"The push ended with status {worker.returncode}."


@st.fragment(run_every=1.0)
def _progress() -> None:
    """The state of every payment under way, once a second, for whoever looks."""
    told = session.settings()
    if session.person(told) is None:
        st.rerun()
    running = _running(told)
    refused = _refused(told)
    if refused:
        st.error(widgets.plainly(refused))
    with Control.open(told) as control:
        syncs = control.syncs(states=ORDER)
    if not syncs:
        st.write("Nothing was approved yet. The Approve page lists what waits.")
        return
    arrived = [sync for sync in syncs if sync.colour == "GREEN"]
    share = len(arrived) / len(syncs)
    st.progress(share, text=f"{len(arrived)} of {len(syncs)} in Procore" + (" · pushing" if running else ""))
    _groups(syncs)
    # The button above belongs to the whole page, which is drawn anew when a push ends.
    if st.session_state.get("pushing") and not running:
        st.session_state["pushing"] = False
        st.rerun()
    st.session_state["pushing"] = running


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
            height=min(38 + 35 * len(group), 458),
            placeholder="",
            alt=f"Payments: {WORDS[state]}",
        )
