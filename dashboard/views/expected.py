"""Projects that Procore's own sync serves: what it should bring, what it never will and the click that mends it."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import streamlit as st

from dashboard import files, session, widgets
from toolkit import money
from toolkit.errors import TieoutError
from toolkit.rules.expected import ARRIVED, NEVER
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot
from toolkit.workflow import expected
from toolkit.workflow.control import Control
from toolkit.workflow.policy import Actor

ACTION = "sign expected"
COLOURS = {ARRIVED: "GREEN · arrived", NEVER: "RED · never comes"}


def rows(told: Settings, snapshot: Snapshot | None) -> pl.DataFrame:
    """The list of the newest run; empty where Procore's own sync serves no project."""
    if snapshot is None or not session.view(snapshot, "projects")["erp_integrated"].any():
        return pl.DataFrame()
    overrides = tuple(sorted(told.procore.native_overrides))
    return _rows(str(snapshot.path), snapshot.path.stat().st_mtime_ns, overrides, told)


@st.cache_resource(max_entries=8, show_spinner=False)
def _rows(path: str, written: int, overrides: tuple[str, ...], _told: Settings) -> pl.DataFrame:
    del path, written, overrides
    newest = session.run_newest(_told)
    return expected.listed(_told, newest) if newest else pl.DataFrame()


def show(told: Settings, person: Actor, snapshot: Snapshot, found: pl.DataFrame) -> None:
    """The list with its sums, and a lead's signature under it."""
    st.caption("Procore's own sync brings these payments, so nothing is pushed here: see that each arrives, and sign.")
    for stands, total in expected.sums(found).items():
        st.markdown(f"**{widgets.plainly(COLOURS.get(stands, f'BLUE · {stands}'))}**: {widgets.plainly(total)}")
    table = pl.DataFrame([_line(row) for row in found.iter_rows(named=True)], infer_schema_length=None)
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "Amount": widgets.money_column("Amount"),
            "Why": st.column_config.TextColumn(width="large"),
            "What to click": st.column_config.TextColumn(width="large"),
        },
        placeholder="",
        alt="Payments that Procore's own sync should bring",
    )
    files.downloads(table, "expected")
    _signature(told, person, snapshot, found)


def _line(row: dict[str, object]) -> dict[str, object]:
    code = row["currency_code"]
    amount = money.plain(int(str(row["amount"])), str(code) if code else None)
    return {
        "Stands": COLOURS.get(str(row["stands"]), f"BLUE · {row['stands']}"),
        "Vendor": row["vendor_name"],
        "Amount": float(amount),
        "Currency": code,
        "Payment": row["check_number"] or row["payment_id"],
        "Invoice #": row["invoice_number"],
        "Project": row["project_number"] or row["project_id"],
        "Why": row["why"],
        "What to click": row["click"],
    }


def _signature(told: Settings, person: Actor, snapshot: Snapshot, found: pl.DataFrame) -> None:
    with Control.open(told) as control:
        last = expected.signed(control, found)
    if last:
        still = "as it stands" if last.current else "as it was then; it has changed since"
        said = f"Signed by {last.by} on {last.at[:16].replace('T', ' ')} UTC, {still}. {last.note}"
        (st.success if last.current else st.warning)(widgets.plainly(said))
    note = st.text_input("What becomes of those that have not come", key="expected-note")
    barred = widgets.refusal(person, ACTION)
    if st.button("Sign the list", key="sign-expected", disabled=barred is not None):
        try:
            with Control.open(told) as control:
                expected.sign(control, found, snapshot.run_id, person, datetime.now(UTC), note)
        except TieoutError as error:
            st.error(widgets.plainly(error))
            return
        st.rerun()
    if barred:
        st.caption(barred)
