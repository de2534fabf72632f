"""Downloads: the same table as CSV and as XLSX, in neither of which a cell can become a formula."""

from __future__ import annotations

from functools import partial

import polars as pl
import streamlit as st

from toolkit.reports import statement
from toolkit.reports.tables import as_csv, as_xlsx
from toolkit.warehouse import Snapshot

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
        XLSX,
        key=f"xlsx-{name}",
        on_click="ignore",
        width="stretch",
    )


def statement_downloads(snapshot: Snapshot, company: str, currency: str) -> None:
    """One company's statement as a page that prints, as a workbook and as CSV."""
    lines = snapshot.table("statement").filter(pl.col("erp_company") == company, pl.col("currency_code") == currency)
    forms = {"html": ("To print (HTML)", "text/html"), "xlsx": ("XLSX", XLSX), "csv": ("CSV", "text/csv")}
    for place, (form, (label, mime)) in zip(st.columns([1, 1, 1, 3]), forms.items(), strict=False):
        place.download_button(
            label,
            partial(statement.render, lines, form, snapshot.run_id),
            f"statement-{snapshot.run_id}.{form}",
            mime,
            key=f"statement-{form}",
            on_click="ignore",
            width="stretch",
        )
