"""Does it tie out: one sentence, one figure, the waterfall, what is wrong and how old it is."""

from __future__ import annotations

from datetime import date

import altair as alt
import polars as pl
import streamlit as st

from dashboard import session, widgets
from toolkit.schemas import SEVERITIES
from toolkit.warehouse import Snapshot

AGES = ((7, "up to a week"), (30, "up to a month"), (60, "up to two months"), (10**6, "older"))


def page() -> None:
    """The page."""
    snapshot = session.run(session.settings())
    st.title("Overview")
    if snapshot is None:
        widgets.nothing(
            "There is no run yet. Load the ERP's payments, pull from Procore, then reconcile:", "tieout reconcile"
        )
        return
    company, currency = session.company(snapshot)
    of_company = pl.col("erp_company") == company
    lines = session.view(snapshot, "statement").filter(of_company, pl.col("currency_code") == currency)
    _verdict(snapshot, lines, company, currency)
    st.subheader("From what the ERP paid to what Procore shows")
    st.altair_chart(widgets.waterfall(lines), width="stretch")
    found = session.view(snapshot, "mismatches").filter(of_company)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _counts(found)
    with right:
        _ageing(found, snapshot.facts()["as_of"])


def _amount(lines: pl.DataFrame, label: str) -> float:
    return float(lines.filter(pl.col("label") == label)["amount"].sum())


def _verdict(snapshot: Snapshot, lines: pl.DataFrame, company: str, currency: str) -> None:
    paid, shown = _amount(lines, "Payments issued by the ERP"), _amount(lines, "Payments issued per Procore")
    rest = _amount(lines, "unexplained")
    facts = snapshot.facts()
    if rest == 0:
        st.success(
            f"**It ties out.** {company} paid {widgets.money(paid, currency)}; Procore shows "
            f"{widgets.money(shown, currency)}. Every cent of the difference is explained below."
        )
    else:
        st.error(f"**It does not tie out.** {widgets.money(rest, currency)} of {company} is not explained by any line.")
    cells = st.columns(4)
    cells[0].metric("ERP paid", widgets.money(paid), border=True)
    cells[1].metric("Procore shows", widgets.money(shown), border=True)
    cells[2].metric("Difference", widgets.money(shown - paid), border=True)
    cells[3].metric("Unexplained", widgets.money(rest), border=True)
    period = f", {facts['period']} only" if facts["period"] else ""
    st.caption(f"{currency} · payments up to {facts['as_of']}{period} · run {snapshot.run_id}")


def _counts(found: pl.DataFrame) -> None:
    st.subheader("What does not agree")
    if found.is_empty():
        st.write("Nothing.")
        return
    order = list(SEVERITIES)
    counted = (
        found.group_by("severity", "code")
        .agg(Count=pl.len(), Amount=pl.col("amount").abs().sum().cast(pl.Float64))
        .sort(pl.col("severity").replace_strict({name: n for n, name in enumerate(order)}), -pl.col("Amount"), "code")
        .select(
            Severity="severity",
            Mismatch=pl.col("code").str.replace_all("_", " "),
            Count="Count",
            Amount="Amount",
        )
    )
    st.dataframe(counted, hide_index=True, column_config={"Amount": widgets.money_column("Amount")})


def _ageing(found: pl.DataFrame, as_of: date) -> None:
    st.subheader("Paid, not in Procore: how long ago")
    late = found.filter(pl.col("code") == "in_erp_not_procore")
    if late.is_empty():
        st.write("Nothing waits.")
        return
    days = (pl.lit(as_of) - pl.col("payment_date")).dt.total_days()
    names = [name for _, name in AGES]
    bucket = pl.coalesce(pl.when(days <= limit).then(pl.lit(name)) for limit, name in AGES)
    aged = late.group_by(age=bucket).agg(amount=pl.col("amount").sum().cast(pl.Float64), payments=pl.len()).sort("age")
    aged = aged.with_columns(
        said=pl.col("amount").map_elements(lambda amount: f"{amount:,.2f}", return_dtype=pl.String)
    )
    y = alt.Y("age:N", sort=names, title=None, axis=alt.Axis(labelLimit=200, labelFontSize=13))
    top = float(aged["amount"].max() or 1)  # type: ignore[arg-type]
    x = alt.X("amount:Q", title=None, scale=alt.Scale(domain=[0, top * 1.45]), axis=alt.Axis(format="~s", tickCount=4))
    bars = (
        alt.Chart(aged)
        .mark_bar(color=widgets.TOTAL, height=22, cornerRadius=3)
        .encode(y=y, x=x, tooltip=["age", "said", "payments"])
    )
    text = alt.Chart(aged).mark_text(align="left", dx=6, fontSize=13).encode(y=y, x=x, text="said:N")
    st.altair_chart(alt.layer(bars, text).properties(height=alt.Step(34)), width="stretch")
