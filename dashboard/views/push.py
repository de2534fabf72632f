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

LOG = "push.log"
UNKNOWN = (
    "No answer came for these. Tieout does not send them again by itself: it reads Procore's own list after the quiet "
    "window, and then either finds them or asks a person."
)


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
        approved = control.syncs(states=["approved", "unknown", "posted"])
    ready = [sync for sync in approved if sync.state == "approved"]
    st.write(f"Approved and not yet sent: **{widgets.totals(ready)}**.")
    if not told.procore.loopback:
        st.info("A push to a Procore that is not local is started on the command line: `tieout push --live`.")
    elif st.button("Push and verify", type="primary", disabled=not approved or _running(told), key="push"):
        _start(told, person)
    _progress()


def _start(told: Settings, person: Actor) -> None:
    try:
        policy.demand(person, "push")
    except NotAllowed as error:
        st.error(str(error))
        return
    with (told.home / LOG).open("ab") as log:
        _workers()[str(told.home)] = subprocess.Popen(  # noqa: S603 (our own command; the name is a known user)
            [sys.executable, "-m", "toolkit.cli", "push", "--verify", "--as", person.name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | {"TIEOUT_HOME": str(told.home.absolute())},
            start_new_session=True,
            close_fds=True,
        )


def _running(told: Settings) -> bool:
    worker = _workers().get(str(told.home))
    return worker is not None and worker.poll() is None


@st.fragment(run_every=1.0)
def _progress() -> None:
    """The state of every payment under way, once a second, for whoever looks."""
    told = session.settings()
    if session.person(told) is None:
        return
    with Control.open(told) as control:
        syncs = control.syncs(
            states=["approved", "sending", "unknown", "posted", "verified", "rejected", "needs_review", "drifted"]
        )
    if not syncs:
        st.write("Nothing was approved yet.")
        return
    arrived = [sync for sync in syncs if sync.colour == "GREEN"]
    share = len(arrived) / len(syncs)
    st.progress(share, text=f"{len(arrived)} of {len(syncs)} in Procore" + (" · pushing" if _running(told) else ""))
    _groups(syncs)


def _groups(syncs: list[Sync]) -> None:
    order = ("needs_review", "rejected", "drifted", "unknown", "sending", "approved", "posted", "verified")
    for state in order:
        group = [sync for sync in syncs if sync.state == state]
        if not group:
            continue
        widgets.badge(state)
        if state == "unknown":
            st.caption(UNKNOWN)
        columns = ["Payment", "Vendor", "Invoice #", "Amount", "Currency", "Paid on", "Commitment", "Reason"]
        st.dataframe(
            widgets.sync_rows(group).select(columns if any(sync.reason for sync in group) else columns[:-1]),
            hide_index=True,
            column_config={"Amount": widgets.money_column("Amount")},
            key=f"push-{state}",
        )
