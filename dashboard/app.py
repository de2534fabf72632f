"""The dashboard: sign-in, the pages, and the one sidebar that all of them share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import activity, session
from dashboard.views import approve, audit, commitment, doctor, load, mismatches, overview, push, runs, settings
from toolkit.errors import StoreError
from toolkit.settings import Settings
from toolkit.workflow.policy import Actor

# A file of our own: a symbol by name would be fetched from elsewhere.
ICON = Path(__file__).parent / "icon.png"


def main() -> None:
    """One script run: nothing is shown to anybody who is not signed in."""
    st.set_page_config(page_title="Tieout", page_icon=str(ICON), layout="wide", initial_sidebar_state="auto")
    told = session.settings()
    person = session.person(told)
    if session.is_sample(told):
        st.badge("SAMPLE DATA: every company, vendor and amount here is invented", color="orange")
    if person is None:
        _welcome()
        return
    pages = _pages()
    # A page that leads to another asks for it by name.
    st.session_state["pages"] = pages
    chosen = st.navigation(list(pages.values()))
    try:
        chosen.run()
    except StoreError as error:
        # A database or a store of runs that is away: the sentence, and the page again when it is back.
        st.error(str(error))
    _account(told, person)


def _pages() -> dict[str, Any]:
    """Every page, in the order of the work."""
    told: list[tuple[str, str, str, Callable[[], None]]] = [
        ("overview", "Overview", "balance", overview.page),
        ("load", "Load and reconcile", "database_upload", load.page),
        ("mismatches", "Mismatches", "search", mismatches.page),
        ("approve", "Approve", "check_circle", approve.page),
        ("push", "Push", "upload", push.page),
        ("commitments", "Commitments", "contract", commitment.page),
        ("runs", "Runs", "history", runs.page),
        ("audit", "Audit", "receipt_long", audit.page),
        ("doctor", "Doctor", "stethoscope", doctor.page),
        ("settings", "Settings", "tune", settings.page),
    ]
    return {
        name: st.Page(
            page,
            title=title,
            icon=f":material/{icon}:",
            url_path=None if name == "overview" else name,
            default=name == "overview",
        )
        for name, title, icon, page in told
    }


def _account(told: Settings, person: Actor) -> None:
    """Last in the sidebar, under what the page put there."""
    with st.sidebar:
        st.caption(f"Signed in as **{person.name}** ({', '.join(person.roles)})")
        if st.button("Sign out", key="sign_out", width="stretch"):
            activity.end(told)
            st.logout()


def _welcome() -> None:
    _, middle, _ = st.columns([1, 2, 1])
    with middle:
        st.title("Tieout")
        st.write("Do the payments in our ERP and the payments in Procore agree, and if not, why, to the cent?")
        if st.user.get("is_logged_in"):
            st.error(
                "This account is not known here, or its session has ended. Ask an administrator, or sign in again."
            )
            st.button("Sign out", key="leave", on_click=st.logout)
        elif st.button("Sign in", type="primary", key="sign_in"):
            st.login()


if __name__ == "__main__":
    main()
