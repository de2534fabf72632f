"""Every run as it was: what it found then, how it compares, and the way back into it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import files, history, session, widgets
from toolkit.warehouse import latest, published_runs

# The trend over more runs than this is read from the files.
SHOWN = 30


def page() -> None:
    """The page."""
    told = session.settings()
    st.title("Runs")
    runs = published_runs(told)
    if not runs:
        widgets.nothing("There is no run yet.", "tieout reconcile")
        return
    newest = latest(told)
    chosen = session.company(newest)
    if chosen is None:
        st.info("No run found a payment yet.")
        return
    table = history.table(told, *chosen, SHOWN)
    st.caption("A run never changes. Select one to open it as it was; the newest is first.")
    columns = ("ERP paid", "Procore shows", "Difference", "Unexplained")
    picked: Any = st.dataframe(
        table,
        hide_index=True,
        column_config={name: widgets.money_column(name) for name in columns},
        on_select="rerun",
        selection_mode="single-row",
        key=f"runs-{runs[0]}",
        placeholder="",
        alt="Runs",
    )
    rows = picked["selection"]["rows"]
    if rows:
        _open(runs[rows[0]])
    files.downloads(table, "runs")
    if table.height > 1:
        st.subheader("The difference from run to run")
        history.trend(table)


def _open(run_id: str) -> None:
    if st.button(f"Open the run of {session.when(run_id)}", type="primary", key="open-run"):
        st.session_state["run"] = run_id
        st.switch_page(st.session_state["pages"]["overview"])
