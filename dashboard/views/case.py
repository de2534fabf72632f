"""One mismatch: both sides next to each other, the reasons, the alternatives, and what a person says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboard import files, procore, session, terms, titles, widgets
from dashboard.views import commitment as commitments
from dashboard.views import said, words
from toolkit.rules.explain import Explanation, explain
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot

# A claim of the same vendor may be meant; more than these are found in Procore.
OTHERS = 20
# What a sentence for the command line names, where a page has buttons.
COMMAND = re.compile(r"tieout (confirm|unmatch) \S+ [^\s.]+")
KEY = ("erp", "erp_company", "payment_id")
Row = dict[str, Any]


def show(told: Settings, snapshot: Snapshot, row: Row) -> None:
    """The case of one row of `report.mismatches`."""
    st.divider()
    st.subheader(terms.said(told, titles.mismatch(row["code"])))
    st.markdown(widgets.plainly(row["sentence"]))
    st.markdown(f"**What to do:** {widgets.plainly(row['action'])}")
    found = None
    if row["payment_id"] is not None:
        found = explain(lambda name: session.table(snapshot, name), row["payment_id"], row["erp"], row["erp_company"])
    sides = _sides(snapshot, row, found).rename(partial(terms.said, told))
    wide = {name: st.column_config.TextColumn(width="medium") for name in sides.columns[1:-1]}
    st.dataframe(sides, hide_index=True, column_config=wide, placeholder="", alt="Both sides", height="content")
    _lead_on(told, snapshot, sides, row)
    if found:
        with st.expander("Why", expanded=True):
            for sentence in found.sentences:
                st.markdown(f"- {widgets.plainly(COMMAND.sub('the buttons below', sentence))}")
        candidates = _candidates(snapshot, row, found)
        words.on_a_match(told, row, candidates)
    words.on_the_case(told, row, datetime.now(UTC))
    said.so_far(told, row)
    said.vendor(told, snapshot, row["vendor_name"])
    if found:
        words.notebook(told, snapshot, row)


def _lead_on(told: Settings, snapshot: Snapshot, sides: pl.DataFrame, row: Row) -> None:
    """The two sides as a file, and the way to the commitment, here and in Procore."""
    files.downloads(sides, "both sides")
    claim = _first(snapshot, "claims", {"claim_id": row["claim_id"]})
    issued = _first(snapshot, "issued_payments", {"issued_payment_id": row["issued_payment_id"]})
    commitment = _first(snapshot, "commitments", {"commitment_id": (claim or issued).get("commitment_id")})
    if not commitment:
        return
    left, right = st.columns([1, 3])
    with left:
        procore.link(told, commitment["project_id"], commitment["kind"], commitment["commitment_id"])
    with right:
        asked = {"commitment": commitments.label(snapshot, commitment)}
        st.page_link(
            st.session_state["pages"]["commitments"],
            label=f"Commitment {commitment['commitment_number'] or commitment['commitment_id']}",
            icon=":material/arrow_forward:",
            query_params=asked,
        )


def _first(snapshot: Snapshot, view: str, where: Row) -> Row:
    """The one row that is meant, empty where none is."""
    if any(value is None for value in where.values()):
        return {}
    rows = session.view(snapshot, view).filter(*(pl.col(name) == value for name, value in where.items()))
    return rows.row(0, named=True) if rows.height else {}


def _sides(snapshot: Snapshot, row: Row, found: Explanation | None) -> pl.DataFrame:
    """Fact by fact: what the ERP says, what the claim says, what Payments Issued says, and whether they agree."""
    key = {name: row[name] for name in KEY}
    payment = _first(snapshot, "payments", key)
    application_id = row["application_id"]
    if application_id is None and found and found.applications.height == 1:
        application_id = found.applications["application_id"][0]
    application = _first(snapshot, "applications", key | {"application_id": application_id})
    ours = (pl.col("application_id") == application_id) if application_id else pl.lit(True)
    matches = found.matches.filter(ours, pl.col("band") != "suggest") if found else pl.DataFrame()
    claim_id = row["claim_id"] or (matches["claim_id"][0] if matches.height else None)
    claim = _first(snapshot, "claims", {"claim_id": claim_id})
    issued_id = row["issued_payment_id"]
    if issued_id is None and found and found.issued_payments.height:
        same = found.issued_payments.filter(pl.col("claim_id") == claim_id) if claim_id else found.issued_payments
        issued_id = same["issued_payment_id"][0] if same.height else None
    issued = _first(snapshot, "issued_payments", {"issued_payment_id": issued_id})
    return _compared(payment, application, claim, issued)


def _compared(payment: Row, application: Row, claim: Row, issued: Row) -> pl.DataFrame:
    paid = application.get("applied_amount", payment.get("payment_amount"))
    facts = [
        ("Invoice #", application.get("invoice_number"), claim.get("invoice_number"), issued.get("invoice_number")),
        ("Amount", paid, claim.get("due_amount"), issued.get("amount")),
        ("Payment", payment.get("check_number"), None, issued.get("check_number")),
        ("Date", payment.get("payment_date"), None, issued.get("payment_date")),
        ("Vendor", payment.get("vendor_name"), claim.get("vendor_name"), None),
        (
            "Project",
            application.get("project_number") or payment.get("project_number"),
            claim.get("project_number"),
            None,
        ),
        ("Commitment", application.get("commitment_number"), claim.get("commitment_number"), None),
        ("Status", payment.get("status"), claim.get("status"), None),
    ]
    return pl.DataFrame(
        [
            {
                "Fact": name,
                "In the ERP": _text(ours),
                "Claim in Procore": _text(theirs),
                "Payments Issued in Procore": _text(shown),
                "Agrees": _agree([ours, theirs, shown]) if name != "Status" else "",
            }
            for name, ours, theirs, shown in facts
        ]
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    return widgets.money(value) if isinstance(value, Decimal) else str(value).replace("_", " ")


def _agree(values: list[object]) -> str:
    known = [value for value in values if value is not None]
    return "" if len(known) < 2 else "the same" if len(set(known)) == 1 else "≠ differs"


def _candidates(snapshot: Snapshot, row: Row, found: Explanation) -> pl.DataFrame:
    """Claims this payment is matched to, may be, or that the same vendor has besides; the likeliest first."""
    matched = found.matches if row["application_id"] is None else _of_application(found.matches, row["application_id"])
    claims = session.view(snapshot, "claims")
    known = claims.join(
        matched.select("claim_id", "application_id", "band", "confidence", "reason"), on="claim_id", how="inner"
    )
    vendor = found.payment["vendor_name"][0]
    same = claims.filter(pl.col("vendor_name") == vendor, ~pl.col("claim_id").is_in(known["claim_id"].to_list()))
    others = same.sort("billing_date", descending=True, nulls_last=True).head(OTHERS)
    both = pl.concat([known, others], how="diagonal")
    return both.sort("confidence", "claim_id", descending=[True, False], nulls_last=True)


def _of_application(matches: pl.DataFrame, application_id: str) -> pl.DataFrame:
    return matches.filter(pl.col("application_id").fill_null(application_id) == application_id)
