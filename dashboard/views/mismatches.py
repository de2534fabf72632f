"""The queue of mismatches, and one of them with both sides next to each other and the reasons."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard import session, widgets
from toolkit.rules.explain import Explanation, explain
from toolkit.schemas import SEVERITIES
from toolkit.warehouse import Snapshot


def page() -> None:
    """The page."""
    snapshot = session.run(session.settings())
    st.title("Mismatches")
    if snapshot is None:
        widgets.nothing("There is no run yet.", "tieout reconcile")
        return
    company, _ = session.company(snapshot)
    found = session.view(snapshot, "mismatches").filter(pl.col("erp_company") == company)
    queue = _filtered(found)
    st.caption(f"{queue.height} of {found.height}, the gravest and largest first. Select one to see both sides.")
    shown = queue.select(
        Severity="severity",
        Mismatch=pl.col("code").str.replace_all("_", " "),
        Amount=pl.col("amount").cast(pl.Float64),
        Vendor="vendor_name",
        Payment="check_number",
        Invoice="invoice_number",
        Project="project_number",
        Why="sentence",
    )
    config = {"Amount": widgets.money_column("Amount"), "Why": st.column_config.TextColumn(width="large")}
    # The key names what is shown, so that a selection never outlives the rows it was made in.
    key = f"queue-{snapshot.run_id}-{hash(tuple(queue['mismatch_id'].to_list()))}"
    picked: Any = st.dataframe(
        shown,
        hide_index=True,
        column_config=config,
        on_select="rerun",
        selection_mode="single-row",
        key=key,
        height=320,
    )
    rows = picked["selection"]["rows"]
    if rows:
        _case(snapshot, queue.row(rows[0], named=True))


def _filtered(found: pl.DataFrame) -> pl.DataFrame:
    left, middle, right = st.columns(3)
    order = list(SEVERITIES)
    severities = left.multiselect("Severity", order, key="severity", placeholder="every severity")
    codes = middle.multiselect("Mismatch", sorted(found["code"].unique()), key="code", placeholder="every kind")
    vendors = right.multiselect(
        "Vendor", sorted(found["vendor_name"].drop_nulls().unique()), key="vendor", placeholder="every vendor"
    )
    for column, wanted in (("severity", severities), ("code", codes), ("vendor_name", vendors)):
        found = found.filter(pl.col(column).is_in(wanted)) if wanted else found
    gravity = pl.col("severity").replace_strict({name: n for n, name in enumerate(order)}, return_dtype=pl.Int64)
    return found.sort(gravity, -pl.col("amount").abs(), "mismatch_id")


def _case(snapshot: Snapshot, row: dict[str, Any]) -> None:
    st.divider()
    st.subheader(row["code"].replace("_", " ").capitalize())
    st.write(row["sentence"])
    st.write(f"**What to do:** {row['action']}")
    if row["payment_id"] is None:
        _procore_only(snapshot, row)
        return
    _both_sides(snapshot, explain(snapshot.table, row["payment_id"], row["erp"], row["erp_company"]))


def _procore_only(snapshot: Snapshot, row: dict[str, Any]) -> None:
    name, identity = ("issued_payments", "issued_payment_id") if row["issued_payment_id"] else ("claims", "claim_id")
    widgets.labelled(snapshot.view(name, {identity: row[identity]}))


def _both_sides(snapshot: Snapshot, found: Explanation) -> None:
    key = found.payment.select("erp", "erp_company", "payment_id").row(0, named=True)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**In the ERP**")
        payment = snapshot.view("payments", key).row(0, named=True)
        _facts(payment, ("check_number", "payment_date", "vendor_name", "payment_amount", "status", "memo"))
        widgets.labelled(snapshot.view("applications", key).select("invoice_number", "applied_amount", "status"))
    with right:
        st.markdown("**In Procore**")
        if found.claims.is_empty() and found.issued_payments.is_empty():
            st.write("Nothing.")
        if found.claims.height:
            claims = snapshot.view("claims", {"claim_id": found.claims["claim_id"].to_list()})
            st.write("Claims")
            widgets.labelled(claims.select("invoice_number", "due_amount", "status", "commitment_number"))
        if found.issued_payments.height:
            where = {"issued_payment_id": found.issued_payments["issued_payment_id"].to_list()}
            issued = snapshot.view("issued_payments", where)
            st.write("Payments issued")
            widgets.labelled(issued.select("check_number", "amount", "payment_date", "synced"))
    st.markdown("**Why**")
    for sentence in found.sentences:
        st.markdown(f"- {sentence}")


def _facts(row: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        value = row[name]
        if value is not None:
            text = f"{value:,.2f} {row['currency_code'] or ''}" if name.endswith("_amount") else str(value)
            st.markdown(f"{name.replace('_', ' ').capitalize()}: **{text.strip()}**")
