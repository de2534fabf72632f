"""One mismatch: both sides next to each other, and the reasons. Shown under the queue."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import session, widgets
from toolkit.rules.explain import Explanation, explain
from toolkit.warehouse import Snapshot


def show(snapshot: Snapshot, row: dict[str, Any]) -> None:
    """The case of one row of `report.mismatches`."""
    st.divider()
    st.subheader(widgets.title_of(row["code"]))
    st.markdown(widgets.plainly(row["sentence"]))
    st.markdown(f"**What to do:** {widgets.plainly(row['action'])}")
    if row["payment_id"] is None:
        _procore_only(snapshot, row)
        return
    found = explain(lambda name: session.table(snapshot, name), row["payment_id"], row["erp"], row["erp_company"])
    _both_sides(snapshot, found)


def _procore_only(snapshot: Snapshot, row: dict[str, Any]) -> None:
    st.markdown("**In Procore**")
    if row["issued_payment_id"]:
        issued = snapshot.view("issued_payments", {"issued_payment_id": row["issued_payment_id"]})
        columns = ("check_number", "amount", "payment_date", "invoice_number", "notes", "synced")
        widgets.labelled(issued.select(columns), "Issued payment in Procore")
    else:
        claims = snapshot.view("claims", {"claim_id": row["claim_id"]})
        columns = ("invoice_number", "due_amount", "status", "vendor_name", "commitment_number", "billing_date")
        widgets.labelled(claims.select(columns), "Claim in Procore")


def _both_sides(snapshot: Snapshot, found: Explanation) -> None:
    key = found.payment.select("erp", "erp_company", "payment_id").row(0, named=True)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**In the ERP**")
        payment = snapshot.view("payments", key)
        _facts(payment.row(0, named=True), ("check_number", "payment_date", "vendor_name", "payment_amount", "status"))
        applications = snapshot.view("applications", key).select("invoice_number", "applied_amount", "status")
        widgets.labelled(applications, "Bills that the payment settles")
    with right:
        st.markdown("**In Procore**")
        if found.claims.is_empty() and found.issued_payments.is_empty():
            st.write("Nothing.")
        if found.claims.height:
            claims = snapshot.view("claims", {"claim_id": found.claims["claim_id"].to_list()})
            st.write("Claims")
            columns = ("invoice_number", "due_amount", "status", "commitment_number")
            widgets.labelled(claims.select(columns), "Claims that were matched")
        if found.issued_payments.height:
            where = {"issued_payment_id": found.issued_payments["issued_payment_id"].to_list()}
            issued = snapshot.view("issued_payments", where)
            st.write("Payments issued")
            columns = ("check_number", "amount", "payment_date", "synced")
            widgets.labelled(issued.select(columns), "Issued payments in Procore")
    st.markdown("**Why**")
    for sentence in found.sentences:
        st.markdown(f"- {widgets.plainly(sentence)}")


def _facts(row: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        value = row[name]
        if value is not None:
            text = widgets.money(value, row["currency_code"] or "") if name.endswith("_amount") else str(value)
            st.markdown(f"{widgets.title_of(name)}: **{widgets.plainly(text)}**")
