"""One commitment as Procore lays it out: its claims, its Payments Issued, and what is on the way there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import polars as pl
import streamlit as st

from dashboard import files, procore, session, terms, widgets
from toolkit.money import plain
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot
from toolkit.workflow.body import sent
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Sync

# What a payment goes through before it stands in Procore.
ON_THE_WAY = ("planned", "submitted", "returned", "held", "approved", "sending", "unknown", "needs_review", "rejected")


def page() -> None:
    """The page."""
    told = session.settings()
    st.title("Commitments")
    snapshot = session.run(told)
    if snapshot is None:
        widgets.nothing("There is no run yet.", "tieout pull procore", "tieout reconcile")
        return
    commitments = session.view(snapshot, "commitments")
    labels = {label(snapshot, row): row["commitment_id"] for row in commitments.iter_rows(named=True)}
    if not labels:
        widgets.nothing("Procore's side was not pulled yet.", "tieout pull procore")
        return
    chosen = st.selectbox("Commitment", sorted(labels), key="commitment", bind="query-params")
    row = commitments.filter(pl.col("commitment_id") == labels[chosen]).row(0, named=True)
    claims = session.view(snapshot, "claims").filter(pl.col("commitment_id") == row["commitment_id"])
    issued = session.view(snapshot, "issued_payments").filter(pl.col("commitment_id") == row["commitment_id"])
    with Control.open(told) as control:
        syncs = [sync for sync in control.syncs() if sync.commitment_id == row["commitment_id"]]
    _head(told, row, claims, issued)
    st.subheader("Payments Issued")
    _issued(told, issued, claims, syncs)
    st.subheader(terms.said(told, "Claims"))
    _claims(told, snapshot, claims, issued)


def label(snapshot: Snapshot, row: Mapping[str, object]) -> str:
    """How a commitment is called in the list, and so in the address."""
    projects = session.projects(snapshot)
    number = projects.get(str(row["project_id"])) or row["project_id"]
    return f"{row['commitment_number'] or row['commitment_id']} · {row['vendor_name'] or 'no vendor'} · {number}"


def _sum(frame: pl.DataFrame, column: str) -> Decimal:
    return Decimal(frame[column].sum() or 0)


def _head(told: Settings, row: dict[str, object], claims: pl.DataFrame, issued: pl.DataFrame) -> None:
    revised, paid = row["revised_amount"], _sum(issued, "amount")
    facts = {
        "Revised contract": revised,
        terms.said(told, "Claimed"): _sum(claims, "gross_amount"),
        terms.said(told, "Retainage"): _sum(claims, "retainage_amount"),
        "Paid in Procore": paid,
        "Balance to pay": revised - paid if isinstance(revised, Decimal) else None,
    }
    for place, (label, amount) in zip(st.columns(5), facts.items(), strict=True):
        place.metric(label, widgets.money(amount) if isinstance(amount, Decimal) else "not said", border=True)
    left, middle, right = st.columns([2, 2, 3])
    with left:
        procore.link(told, str(row["project_id"]), str(row["kind"]), str(row["commitment_id"]))
    with middle:
        widgets.legend()
    if row["payments_enabled"] is False:
        right.warning("It has no Payments Issued tab: switch on Enable Payments in its advanced settings.")


def _issued(told: Settings, issued: pl.DataFrame, claims: pl.DataFrame, syncs: list[Sync]) -> None:
    """Procore's own columns, and below what is not there yet with its colour and word."""
    numbers = claims.select("claim_id", of="claim_number")
    there = issued.join(numbers, on="claim_id", how="left").sort("payment_date", "issued_payment_id", nulls_last=True)
    methods = {sync.issued_payment_id: _method(sync) for sync in syncs if sync.issued_payment_id}
    head = terms.said(told, "Claim")
    shown = there.select(
        pl.col("of").alias(head),
        pl.col("payment_number").alias("Payment #"),
        pl.col("issued_payment_id").replace_strict(methods, default=None, return_dtype=pl.String).alias("Method"),
        pl.col("amount").alias("Amount"),
        pl.col("payment_date").dt.to_string("%Y-%m-%d").alias("Date"),
        pl.col("invoice_number").alias("Invoice #"),
        pl.col("check_number").alias("Check #"),
        pl.col("notes").alias("Notes"),
        pl.when("synced").then(pl.lit("GREEN · synced, locked")).otherwise(pl.lit("keyed by hand")).alias("ERP status"),
    )
    way = pl.DataFrame([_on_the_way(sync, claims, head) for sync in syncs if sync.state in ON_THE_WAY], shown.schema)
    both = pl.concat([shown, way])
    if both.is_empty():
        st.write("No payment stands here, and none is on the way.")
        return
    st.dataframe(
        widgets.readable(both),
        hide_index=True,
        column_config={"Amount": widgets.money_column("Amount"), "ERP status": st.column_config.TextColumn(width=260)},
        placeholder="",
        alt="Payments Issued",
    )
    st.markdown(
        f"**{widgets.plainly(widgets.money(_sum(shown, 'Amount')))}** in Procore, "
        f"**{widgets.plainly(widgets.money(_sum(way, 'Amount')))}** on the way."
    )
    files.downloads(both, "payments issued")


def _method(sync: Sync) -> str | None:
    return str(sent(sync.body).get("payment_method") or "").replace("_", " ") or None


def _on_the_way(sync: Sync, claims: pl.DataFrame, head: str) -> dict[str, object]:
    of = claims.filter(pl.col("claim_id") == sync.claim_id)["claim_number"].to_list()
    return {
        head: of[0] if of else None,
        "Payment #": None,
        "Method": _method(sync) if sync.body else None,
        "Amount": Decimal(plain(sync.amount, sync.currency_code)),
        "Date": sync.payment_date,
        "Invoice #": sync.invoice_number,
        "Check #": sync.check_number,
        "Notes": sync.reason,
        "ERP status": widgets.colour_word(sync.state),
    }


def _claims(told: Settings, snapshot: Snapshot, claims: pl.DataFrame, issued: pl.DataFrame) -> None:
    if claims.is_empty():
        st.write("Nothing was claimed yet.")
        return
    in_procore = issued.group_by("claim_id").agg(in_procore=pl.col("amount").sum())
    matches = session.view(snapshot, "matches").filter(pl.col("band") != "suggest")
    by_erp = matches.group_by("claim_id").agg(by_erp=pl.col("matched_amount").sum())
    rows = claims.join(in_procore, on="claim_id", how="left").join(by_erp, on="claim_id", how="left")
    rows = rows.sort("billing_date", "claim_id", nulls_last=True)
    paid, due = pl.col("in_procore").fill_null(0), pl.col("due_amount")
    shown = rows.select(
        pl.col("claim_number").alias("#"),
        pl.col("invoice_number").alias("Invoice #"),
        pl.col("status").str.replace_all("_", " ").alias("Status"),
        # Procore's own three words.
        pl.when(paid == 0)
        .then(pl.lit("Unpaid"))
        .when(paid < due)
        .then(pl.lit("Partially Paid"))
        .otherwise(pl.lit("Paid"))
        .alias("Paid?"),
        pl.col("billing_date").dt.to_string("%Y-%m-%d").alias("Billed"),
        pl.col("gross_amount").alias("Gross"),
        pl.col("retainage_amount").alias(terms.said(told, "Retainage")),
        pl.col("retainage_amount").cum_sum().alias(terms.said(told, "Retainage to date")),
        due.alias("Due"),
        pl.col("by_erp").alias("ERP paid"),
        pl.col("in_procore").alias("Paid in Procore"),
    )
    config = {name: widgets.money_column(name) for name, kind in shown.schema.items() if kind.is_decimal()}
    alt = terms.said(told, "Claims of the commitment")
    st.dataframe(widgets.readable(shown), hide_index=True, column_config=config, placeholder="", alt=alt)
    files.downloads(shown, "claims")
