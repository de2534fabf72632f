"""The queue of mismatches, and one of them with both sides next to each other and the reasons."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard import session, widgets
from dashboard.views import case
from toolkit.schemas import SEVERITIES


def page() -> None:
    """The page."""
    snapshot = session.run(session.settings())
    st.title("Mismatches")
    if snapshot is None:
        widgets.nothing("There is no run yet.", "tieout reconcile")
        return
    chosen = session.company(snapshot)
    found = session.view(snapshot, "mismatches")
    found = session.of_company(found, *chosen) if chosen else found
    if found.is_empty():
        st.success("Nothing here: both sides agree on every payment of this company.")
        return
    queue = _filtered(found)
    st.caption(f"{queue.height} of {found.height}, the gravest and largest first. Select one to see both sides.")
    shown = queue.select(
        Severity="severity",
        Mismatch=pl.col("code").map_elements(widgets.title_of, return_dtype=pl.String),
        Amount=pl.col("amount").cast(pl.Float64),
        Vendor="vendor_name",
        Payment="check_number",
        Invoice="invoice_number",
        Project="project_number",
        Why="sentence",
    )
    config = {
        "Amount": widgets.money_column("Amount"),
        "Invoice": st.column_config.TextColumn("Invoice #"),
        "Why": st.column_config.TextColumn(width="large"),
    }
    picked: Any = st.dataframe(
        shown,
        hide_index=True,
        column_config=config,
        on_select="rerun",
        selection_mode="single-row",
        # The key names what is shown, so that a selection never outlives the rows it was made in.
        key=f"queue-{widgets.digest([snapshot.run_id, *queue['mismatch_id']])}",
        height=min(38 + 35 * max(shown.height, 1), 388),
        placeholder="",
        alt="Mismatches",
    )
    rows = picked["selection"]["rows"]
    if rows:
        case.show(snapshot, queue.row(rows[0], named=True))


def _filtered(found: pl.DataFrame) -> pl.DataFrame:
    left, middle, right = st.columns(3)
    order = list(SEVERITIES)
    severities = left.multiselect("Severity", order, key="severity", placeholder="every severity")
    codes = middle.multiselect(
        "Mismatch", sorted(found["code"].unique()), format_func=widgets.title_of, key="code", placeholder="every kind"
    )
    vendors = right.multiselect(
        "Vendor", sorted(found["vendor_name"].drop_nulls().unique()), key="vendor", placeholder="every vendor"
    )
    for column, wanted in (("severity", severities), ("code", codes), ("vendor_name", vendors)):
        found = found.filter(pl.col(column).is_in(wanted)) if wanted else found
    gravity = pl.col("severity").replace_strict({name: n for n, name in enumerate(order)}, return_dtype=pl.Int64)
    return found.sort(gravity, -pl.col("amount").abs(), "mismatch_id")
