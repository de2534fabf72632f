"""Downloads: the same table as CSV and as XLSX, in neither of which a cell can become a formula."""

from __future__ import annotations

import re
from functools import partial

import polars as pl
import streamlit as st

from dashboard import session
from toolkit.reports import statement
from toolkit.reports.tables import as_csv, as_xlsx
from toolkit.warehouse import Snapshot

# What neither a file nor a sheet may have in its name.
SHEET = re.compile(r"[^\w .,-]+")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def downloads(frame: pl.DataFrame, name: str) -> None:
    """Two buttons; a file is made when it is asked for. `name` names it, once on a page."""
    plain = frame.drop(pl.selectors.nested()) if frame.width else frame
    # On a page amounts are floats, which the grid can format; in a file they have their cents.
    plain = plain.with_columns(pl.col(pl.Float64).cast(pl.Decimal(18, 2)))
    sheet = SHEET.sub(" ", name)
    with st.container(horizontal=True):
        st.download_button(
            "CSV", lambda: as_csv(plain), f"{sheet}.csv", "text/csv", key=f"csv-{name}", on_click="ignore"
        )
        st.download_button(
            "XLSX", lambda: as_xlsx({sheet: plain}), f"{sheet}.xlsx", XLSX, key=f"xlsx-{name}", on_click="ignore"
        )


def statement_downloads(snapshot: Snapshot, company: str, currency: str) -> None:
    """One company's statement as a page that prints, as a workbook and as CSV."""
    every = session.table(snapshot, "statement")
    lines = every.filter(pl.col("erp_company") == company, pl.col("currency_code") == currency)
    forms = {"html": ("To print (HTML)", "text/html"), "xlsx": ("XLSX", XLSX), "csv": ("CSV", "text/csv")}
    with st.container(horizontal=True):
        for form, (label, mime) in forms.items():
            st.download_button(
                label,
                partial(statement.render, lines, form, snapshot.run_id),
                f"statement-{snapshot.run_id}.{form}",
                mime,
                key=f"statement-{form}",
                on_click="ignore",
            )
