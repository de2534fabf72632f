"""What was loaded: where every row of every file went, and the rows that wait in quarantine with their reasons."""

from __future__ import annotations

import hashlib

import polars as pl
import streamlit as st

from dashboard import files, session, titles
from toolkit.erps.base import SourceFile
from toolkit.erps.text import csv_records, looks_like_json
from toolkit.errors import TieoutError
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot

COUNTS = ("rows_seen", "good", "quarantined", "blank", "duplicate", "furniture", "other")


def show(told: Settings) -> None:
    """Every load so far, the newest first; one that is selected shows its quarantine."""
    path = told.published / "loads.duckdb"
    if not path.exists():
        return
    loads = session.view(Snapshot(path), "loads").sort("loaded_at", descending=True)
    st.subheader("What was loaded")
    st.caption("Rows seen = good + quarantined + blank + duplicate + furniture (titles, totals) + other documents.")
    shown = loads.select(
        "source_file",
        pl.col("erp").map_elements(titles.erp, return_dtype=pl.String),
        "loaded_at",
        pl.col("amount_total").cast(pl.Float64),
        *COUNTS,
        "extracted_at",
    )
    names = {name: name.replace("_", " ").capitalize() for name in shown.columns} | {"erp": "ERP"}
    picked = st.dataframe(
        shown.rename(names),
        hide_index=True,
        column_config={"Amount total": st.column_config.NumberColumn(format="accounting")},
        on_select="rerun",
        selection_mode="single-row",
        key=f"loads-{loads.height}",
        placeholder="",
        alt="Loads",
    )
    rows = picked["selection"]["rows"]
    if rows:
        _quarantine(told, loads.row(rows[0], named=True))
    files.downloads(loads, "loads")


def _quarantine(told: Settings, load: dict[str, object]) -> None:
    snapshot = Snapshot(told.published / "loads.duckdb")
    bad = session.view(snapshot, "quarantine").filter(pl.col("load_id") == load["load_id"])
    if bad.is_empty():
        st.write("Nothing of this file is in quarantine.")
        return
    bad_rows(bad, str(load["load_id"]))
    text = _to_correct(told, snapshot, load, bad)
    if text:
        st.download_button(
            "Download the rejected rows to correct and load again",
            text,
            f"rejected-{load['source_file']}",
            "text/csv",
            on_click="ignore",
        )


def bad_rows(bad: pl.DataFrame, load_id: str) -> None:
    """Rows in quarantine: where, why, and the raw line."""
    shown = bad.select(Row="source_row", Column="column_name", Reason="reason", Raw="raw")
    config = {"Reason": st.column_config.TextColumn(width="large"), "Raw": st.column_config.TextColumn(width="large")}
    st.dataframe(shown, hide_index=True, column_config=config, placeholder="", alt="Rows in quarantine")
    files.downloads(shown, f"quarantine-{load_id}")


def _to_correct(told: Settings, snapshot: Snapshot, load: dict[str, object], bad: pl.DataFrame) -> str | None:
    """The file's own heading and its rejected rows as CSV; None where the source is no CSV."""
    path = told.files / str(load["sha256"])
    if not path.exists():
        return None
    content = path.read_bytes()
    file = SourceFile(str(load["source_file"]), content, hashlib.sha256(content).hexdigest())
    if looks_like_json(file):
        return None
    good = [
        session.view(snapshot, name).filter(pl.col("source_file") == load["source_file"])["source_row"].min()
        for name in ("payments", "applications")
    ]
    begins = min(int(row) for row in (*good, bad["source_row"].min()) if isinstance(row, int))
    wanted = set(bad["source_row"].to_list())
    try:
        records = csv_records(file)
    except TieoutError:
        return None
    kept = [record.raw for record in records if record.row < begins or record.row in wanted]
    return "\n".join([*kept, ""])
