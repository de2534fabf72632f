"""The queue of mismatches, a page at a time, and one of them with both sides next to each other."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import files, history, session, terms, titles, widgets
from dashboard.views import case
from toolkit.schemas import CASE_STATES, SEVERITIES
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot, published_runs

# Rows per page: what crosses to the browser per click stays small however long the queue is.
PAGE = 100
ORDERS = ("gravest first", "most money first", "oldest first")
# The column that a search looks at; no file and no list shows it.
SPOKEN = "said in lower case"
# So many names fit a list; beyond it the search field finds them.
LISTED = 300


def page() -> None:
    """The page."""
    told = session.settings()
    st.title("Mismatches")
    snapshot = session.run(told)
    if snapshot is None:
        widgets.nothing("There is no run yet.", "tieout reconcile")
        return
    chosen = session.company(snapshot)
    # The project comes under the company in the sidebar, wherever it is asked for.
    number = session.project(snapshot, *chosen) if chosen else None
    first, second, third, fourth = st.columns([4, 3, 3, 3])
    order = fourth.selectbox("Order", ORDERS, key="order", bind="query-params") or ORDERS[0]
    every = session.of_project(_ordered(snapshot, chosen, order), number)
    if every.is_empty():
        st.success("Nothing here: both sides agree on every payment of this company.")
        return
    found = _filtered(told, every, session.facts(snapshot)["as_of"], (first, second, third))
    queue = found.drop(SPOKEN)
    row = _queue(told, snapshot, queue, every.height)
    if queue.height:
        files.downloads(queue, "mismatches")
    if row:
        case.show(told, snapshot, row)


def _ordered(snapshot: Snapshot, chosen: tuple[str, str] | None, order: str) -> pl.DataFrame:
    """A company's mismatches in an order, with what a search looks at; the same for everybody who looks."""

    def found() -> pl.DataFrame:
        of_it = session.mismatches(snapshot, *chosen) if chosen else session.view(snapshot, "mismatches")
        gravity = pl.col("severity").replace_strict(
            {name: n for n, name in enumerate(SEVERITIES)}, return_dtype=pl.Int64
        )
        money = -pl.col("amount").cast(pl.Float64).abs()
        by: dict[str, list[pl.Expr | str]] = {
            "gravest first": [gravity, money],
            "most money first": [money],
            "oldest first": ["payment_date"],
        }
        said = pl.concat_str("vendor_name", "check_number", "payment_id", "invoice_number", ignore_nulls=True)
        ordered = of_it.sort(*by[order], "mismatch_id", nulls_last=True)
        return ordered.with_columns(said.str.to_lowercase().alias(SPOKEN))

    return session.once(snapshot, ("ordered", *(chosen or ()), order), found)


def _filtered(told: Settings, found: pl.DataFrame, as_of: date, places: tuple[DeltaGenerator, ...]) -> pl.DataFrame:
    first, second, third = places
    words = first.text_input("Vendor, payment or invoice #", key="words", bind="query-params")
    wanted = {
        "severity": second.multiselect(
            "Severity", list(SEVERITIES), key="severity", bind="query-params", placeholder="every severity"
        ),
        "code": third.multiselect(
            "Mismatch",
            sorted(found["code"].unique()),
            format_func=lambda code: terms.said(told, titles.mismatch(code)),
            key="code",
            bind="query-params",
            placeholder="every kind",
        ),
    }
    with st.expander("More filters"):
        wanted |= _more(found)
        since = _since(told)
        left, middle, right = st.columns(3)
        least = left.number_input("Amount from", min_value=0.0, step=1000.0, key="least", format="%.2f")
        most = middle.number_input("Amount up to (0: any)", min_value=0.0, step=1000.0, key="most", format="%.2f")
        days = right.number_input("Days since the payment, at least", min_value=0, step=10, key="days")
    found = history.new_since(told, found, since)[0] if since else found
    for column, names in wanted.items():
        found = found.filter(pl.col(column).is_in(names)) if names else found
    size, age = pl.col("amount").cast(pl.Float64).abs(), (pl.lit(as_of) - pl.col("payment_date")).dt.total_days()
    found = found.filter(pl.col(SPOKEN).str.contains(words.lower(), literal=True)) if words else found
    found = found.filter(size >= least) if least else found
    found = found.filter(size <= most) if most else found
    return found.filter(age >= days) if days else found


def _more(found: pl.DataFrame) -> dict[str, list[str]]:
    """Filters over what people said, and by vendor where that fits a list."""
    left, middle, right = st.columns(3)
    vendors = sorted(found["vendor_name"].drop_nulls().unique())[:LISTED]
    owners = sorted(found["owner"].drop_nulls().unique())
    return {
        "vendor_name": left.multiselect("Vendor", vendors, key="vendor", placeholder="every vendor"),
        "owner": middle.multiselect("Owner", owners, key="owner", placeholder="anybody or nobody"),
        "state": right.multiselect("Case", list(CASE_STATES), key="case_state", placeholder="open or closed"),
    }


def _since(told: Settings) -> str | None:
    """The earlier run whose mismatches are left out, which leaves what is new since."""
    runs = {session.when(run_id): run_id for run_id in published_runs(told)[1:LISTED]}
    if not runs:
        return None
    chosen = st.selectbox(
        "New since the run of", list(runs), index=None, key="since", bind="query-params", placeholder="any time"
    )
    return runs[chosen] if chosen else None


def _queue(told: Settings, snapshot: Snapshot, queue: pl.DataFrame, of: int) -> dict[str, Any] | None:
    """One page of the queue; the row that is selected."""
    above = st.container()
    pages = -(-queue.height // PAGE)
    at = min(st.pagination(pages, key="page"), pages) if pages > 1 else 1
    part = queue.slice((at - 1) * PAGE, PAGE)
    rows_of = f" Rows {(at - 1) * PAGE + 1:,} to {(at - 1) * PAGE + part.height:,}." if pages > 1 else ""
    above.caption(f"{queue.height:,} of {of:,}.{rows_of} Select one to see both sides.")
    if queue.is_empty():
        return None
    shown = part.select(
        Severity="severity",
        Mismatch=pl.col("code").replace_strict(
            {code: terms.said(told, titles.mismatch(code)) for code in part["code"].unique()}
        ),
        Amount=pl.col("amount").cast(pl.Float64),
        Vendor="vendor_name",
        Payment="check_number",
        Invoice="invoice_number",
        Project="project_number",
        Paid=pl.col("payment_date").dt.to_string("%Y-%m-%d"),
        Case=pl.when(pl.col("state") != "open").then("state").otherwise("owner"),
    )
    config = {"Amount": widgets.money_column("Amount"), "Invoice": st.column_config.TextColumn("Invoice #")}
    # The key names what is shown, so that a selection never outlives the rows it was made in.
    name = f"queue-{widgets.digest([snapshot.run_id, *part['mismatch_id']])}"
    picked: Any = st.dataframe(
        shown,
        hide_index=True,
        column_config=config,
        on_select="rerun",
        selection_mode="single-row",
        key=name,
        height=min(37 + 35 * max(shown.height, 1), 387),
        placeholder="",
        alt="Mismatches",
    )
    rows = picked["selection"]["rows"]
    _steps(name, rows[0] if rows else None, part.height)
    return part.row(rows[0], named=True) if rows else None


def _steps(name: str, row: int | None, height: int) -> None:
    """From case to case without the mouse."""
    before, after, _ = st.columns([1, 1, 4])
    ways = ((before, "Previous case", "K", -1), (after, "Next case", "J", 1))
    for place, label, key, step in ways:
        to = (0 if row is None else row + step) if step > 0 else (-1 if row is None else row + step)
        off = not 0 <= to < height
        place.button(label, key=label, shortcut=key, disabled=off, on_click=_go, args=(name, to), width="stretch")


def _go(name: str, row: int) -> None:
    st.session_state[name] = {"selection": {"rows": [row], "columns": []}}
