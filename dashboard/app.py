"""The dashboard: sign-in, the pages, and the one sidebar that all of them share."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import session
from dashboard.views import approve, audit, mismatches, overview, push
from toolkit.workflow.policy import Actor

# A file of our own: a symbol by name would be fetched from elsewhere.
ICON = Path(__file__).parent / "icon.png"


def main() -> None:
    """One script run: nothing is shown to anybody who is not signed in."""
    st.set_page_config(page_title="Tieout", page_icon=str(ICON), layout="wide", initial_sidebar_state="expanded")
    told = session.settings()
    person = session.person(told)
    if session.is_sample(told):
        st.badge("SAMPLE DATA: every company, vendor and amount here is invented", color="orange")
    if person is None:
        _welcome()
        return
    chosen = st.navigation(
        [
            st.Page(overview.page, title="Overview", icon=":material/balance:", default=True),
            st.Page(mismatches.page, title="Mismatches", icon=":material/search:", url_path="mismatches"),
            st.Page(approve.page, title="Approve", icon=":material/check_circle:", url_path="approve"),
            st.Page(push.page, title="Push", icon=":material/upload:", url_path="push"),
            st.Page(audit.page, title="Audit", icon=":material/receipt_long:", url_path="audit"),
        ]
    )
    chosen.run()
    _account(person)


def _account(person: Actor) -> None:
    """Last in the sidebar, under what the page put there."""
    with st.sidebar:
        st.caption(f"Signed in as **{person.name}** ({', '.join(person.roles)})")
        if st.button("Sign out", key="sign_out", width="stretch"):
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
