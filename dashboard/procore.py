"""Where a commitment is found in Procore's own pages (developer documentation, "side panel views": URL paths)."""

from __future__ import annotations

import streamlit as st

from toolkit.settings import Settings

# The browser's host beside each API host.
WEB = {
    "https://api.procore.com": "https://app.procore.com",
    "https://sandbox.procore.com": "https://sandbox.procore.com",
}
NO_PAGES = "No page of Procore to open: web_url under [procore] would name its host."
KINDS = {"subcontract": "work_order_contracts", "purchase_order": "purchase_order_contracts"}


def address(told: Settings, project_id: str, kind: str, commitment_id: str) -> str | None:
    """The commitment's page; None where nobody said which host people use (`[procore] web_url`)."""
    host = told.procore.web_url or WEB.get(told.procore.api_url)
    if host is None or not (project_id.isalnum() and commitment_id.isalnum()):
        return None
    return f"{host}/{project_id}/project/commitments/{KINDS[kind]}/{commitment_id}"


def link(told: Settings, project_id: str, kind: str, commitment_id: str) -> None:
    """The button that opens it, or the reason why there is no address."""
    url = address(told, project_id, kind, commitment_id)
    if url:
        st.link_button("Open in Procore", url, icon=":material/open_in_new:")
    else:
        st.caption(NO_PAGES)
