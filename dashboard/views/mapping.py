"""The mapping screen: what each column of an unknown export seems to be, to be corrected, kept and loaded with."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st
import tomlkit

from dashboard import files, widgets
from toolkit.erps.base import SourceFile
from toolkit.erps.generic import PROFILE as GENERIC
from toolkit.erps.mapping import mapping_of
from toolkit.erps.profiles import PROFILES
from toolkit.erps.propose import Proposal, propose
from toolkit.errors import TieoutError
from toolkit.schemas import ERP_CODES
from toolkit.settings import Settings

NOTHING = "(leave out)"
FOLDER = "mappings"


def show(told: Settings, name: str, content: bytes) -> Path | None:
    """The mapping of one uploaded file; where it is kept once a person says that it is right, else None."""
    try:
        found = propose(SourceFile(name, content, hashlib.sha256(content).hexdigest()), PROFILES)
    except TieoutError as error:
        st.error(widgets.plainly(error))
        return None
    digest = widgets.digest(column.header for column in found.columns)
    kept = told.home / FOLDER / f"{digest}.toml"
    st.markdown(f"**What the columns of {widgets.plainly(name)} are** (header in row {found.header_row})")
    if kept.exists():
        st.info("A file with these columns was mapped before; the mapping kept then is used unless you save another.")
    columns = _columns(found, digest)
    with st.expander("First rows, as they stand in the file"):
        width = len(found.columns)
        rows = pl.DataFrame([row[:width] for row in found.rows], orient="row", infer_schema_length=None)
        names = [f"{n} {column.header}" for n, column in enumerate(found.columns, start=1)]
        named = rows.rename(dict(zip(rows.columns, names, strict=False)))
        st.dataframe(named, hide_index=True, alt="First rows")
        files.downloads(named, "first rows")
    document = _document(found, columns, digest)
    if st.button("Save this mapping", key="save-mapping", disabled=not columns):
        _keep(kept, document, name)
    return kept if kept.exists() else None


def _columns(found: Proposal, digest: str) -> dict[str, str]:
    """Canonical name to header, as the person leaves it; empty where two columns would be the same."""
    frame = pl.DataFrame(
        {
            "Header": [column.header for column in found.columns],
            "Is": [column.name or NOTHING for column in found.columns],
            "Why": [column.why for column in found.columns],
            "Cells": [" | ".join(column.samples) for column in found.columns],
        }
    )
    edited: Any = st.data_editor(
        frame,
        hide_index=True,
        disabled=["Header", "Why", "Cells"],
        column_config={"Is": st.column_config.SelectboxColumn("Is", options=[NOTHING, *sorted(GENERIC.headers)])},
        key=f"mapping-{digest}",
        alt="Columns and what they are",
    )
    table = edited if isinstance(edited, pl.DataFrame) else pl.from_pandas(edited)
    named = table.filter(pl.col("Is") != NOTHING)
    twice = named.filter(pl.col("Is").is_duplicated())
    if twice.height:
        both = " and ".join(twice["Header"])
        st.error(widgets.plainly(f"{both} cannot all be {twice['Is'][0]}: leave out all but one of them."))
        return {}
    return dict(named.select("Is", "Header").iter_rows())


def _document(found: Proposal, columns: dict[str, str], digest: str) -> dict[str, Any]:
    left, middle, right = st.columns(3)
    codes = [code for code in ERP_CODES if code != "procore"]
    erp = left.selectbox("It comes from", codes, index=codes.index(found.erp), key=f"mapping-erp-{digest}")
    orders = {"": "as the dates prove", "mdy": "month first", "dmy": "day first", "ymd": "year first"}
    order = middle.selectbox("Dates", list(orders), format_func=orders.__getitem__, key=f"mapping-order-{digest}")
    marks = {"": "as the amounts prove", ".": "1,250.00", ",": "1.250,00"}
    mark = right.selectbox("Amounts", list(marks), format_func=marks.__getitem__, key=f"mapping-mark-{digest}")
    said = {"erp": erp, "header_row": found.header_row, "date_order": order, "decimal": mark, "columns": columns}
    return {key: value for key, value in said.items() if value}


def _keep(kept: Path, document: dict[str, Any], name: str) -> None:
    try:
        mapping_of(document, name)
    except TieoutError as error:
        st.error(widgets.plainly(error))
        return
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept.write_text(tomlkit.dumps(document), encoding="utf-8")
    kept.chmod(0o600)
    st.success("Kept. Load uses it for every file with these columns.")
