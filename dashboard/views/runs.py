"""Every run as it was: what it found then, how it compares, and the way back into it."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from dashboard import charts, files, session, widgets
from toolkit.reports.pictures import LESS, TOTAL
from toolkit.settings import Settings
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
    table = pl.DataFrame([_line(told, run_id, *chosen) for run_id in runs[:SHOWN]], infer_schema_length=None)
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
        _trend(table)


def _line(told: Settings, run_id: str, company: str, currency: str) -> dict[str, Any]:
    snapshot = latest(told, run_id)
    runs = session.view(snapshot, "runs").row(0, named=True)
    lines = session.of_company(session.view(snapshot, "statement"), company, currency)
    found = session.of_company(session.view(snapshot, "mismatches"), company, currency)
    amounts = dict(lines.select("label", pl.col("amount").cast(pl.Float64)).iter_rows())
    paid, shown = amounts.get("Payments issued by the ERP", 0.0), amounts.get("Payments issued per Procore", 0.0)
    return {
        "Run (UTC)": session.when(run_id),
        "Payments up to": str(runs["as_of"]),
        "Period": runs["period"] or "all",
        "By": runs["prepared_by"],
        "ERP paid": paid,
        "Procore shows": shown,
        "Difference": round(shown - paid, 2),
        "Unexplained": amounts.get("unexplained", 0.0),
        "Mismatches": found.height,
    }


def _open(run_id: str) -> None:
    if st.button(f"Open the run of {session.when(run_id)}", type="primary", key="open-run"):
        st.session_state["run"] = run_id
        st.switch_page(st.session_state["pages"]["overview"])


def _trend(table: pl.DataFrame) -> None:
    data = table.reverse().select("Run (UTC)", "Difference", "Unexplained")
    long = data.unpivot(index="Run (UTC)", variable_name="What", value_name="Amount")
    long = long.with_columns(said=pl.col("Amount").map_elements(widgets.money, return_dtype=pl.String))
    colours = alt.Scale(domain=["Difference", "Unexplained"], range=[TOTAL, LESS])
    chart = (
        alt.Chart(long)
        .mark_line(point=True)
        .encode(
            x=alt.X("Run (UTC):O", title="Runs, the oldest first", axis=alt.Axis(labels=False)),
            y=alt.Y("Amount:Q", title=None, axis=alt.Axis(format="~s", labelExpr=charts.ZERO)),
            color=alt.Color("What:N", scale=colours, legend=alt.Legend(orient="top", title=None)),
            tooltip=["Run (UTC)", "What", alt.Tooltip("said", title="Amount")],
        )
    )
    st.altair_chart(chart, width="stretch", height=260, alt="Difference and unexplained amount of each run")
