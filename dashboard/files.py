"""Downloads: the same table as CSV and as XLSX, in neither of which a cell can become a formula."""

from __future__ import annotations

import polars as pl
import streamlit as st

from toolkit.reports.tables import as_csv, as_xlsx


def downloads(frame: pl.DataFrame, name: str) -> None:
    """Two buttons; a file is made when it is asked for."""
    plain = frame.drop(pl.selectors.nested()) if frame.width else frame
    left, right, _ = st.columns([1, 1, 4])
    left.download_button(
        "CSV", lambda: as_csv(plain), f"{name}.csv", "text/csv", key=f"csv-{name}", on_click="ignore", width="stretch"
    )
    right.download_button(
        "XLSX",
        lambda: as_xlsx({name: plain}),
        f"{name}.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key=f"xlsx-{name}",
        on_click="ignore",
        width="stretch",
    )
