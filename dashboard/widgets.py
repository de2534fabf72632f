"""What several pages show the same way: money, states with their words, the waterfall."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import altair as alt
import polars as pl
import streamlit as st

from toolkit.money import plain, shown
from toolkit.workflow.outcome import Sync
from toolkit.workflow.states import COLOURS, WORDS

Colour = Literal["blue", "yellow", "green", "red", "gray"]
# Validated for light and dark ground and for the common colour deficiencies.
TOTAL, LESS, MORE = "#4a7fb5", "#c8762b", "#3f9b8a"


def money(amount: Decimal | float, currency: str = "") -> str:
    """`47,700.00 USD`."""
    return f"{amount:,.2f} {currency}".strip()


def money_column(label: str) -> Any:
    """A column of amounts, flushed right, two decimals, negatives in parentheses."""
    return st.column_config.NumberColumn(label, format="accounting")


def readable(frame: pl.DataFrame) -> pl.DataFrame:
    """Amounts as the table widget can format them; the figures themselves stay in the views."""
    return frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64))


def badge(state: str) -> None:
    """A state with Procore's colour and our words."""
    colours: dict[str | None, Colour] = {"BLUE": "blue", "YELLOW": "yellow", "GREEN": "green", "RED": "red"}
    colour = COLOURS[state]
    st.badge(f"{colour or 'NEW'} · {WORDS[state]}", color=colours.get(colour, "gray"))


def sync_rows(syncs: list[Sync]) -> pl.DataFrame:
    """Syncs as a table for people, in the order given."""
    return pl.DataFrame(
        [
            {
                "Payment": sync.check_number or sync.payment_id,
                "Vendor": sync.vendor_name,
                "Invoice #": sync.invoice_number,
                "Amount": float(plain(sync.amount, sync.currency_code)),
                "Currency": sync.currency_code,
                "Paid on": sync.payment_date,
                "Project": sync.project_number,
                "Commitment": sync.commitment_number,
                "State": f"{COLOURS[sync.state] or 'NEW'} · {WORDS[sync.state]}",
                "Reason": sync.reason or "",
                "Reference": sync.sync_id,
            }
            for sync in syncs
        ]
    )


def totals(syncs: list[Sync]) -> str:
    """`21 payments, 447,265.50 USD and 169,400.00 AUD`."""
    sums: dict[str, int] = {}
    for sync in syncs:
        sums[sync.currency_code or ""] = sums.get(sync.currency_code or "", 0) + sync.amount
    amounts = " and ".join(f"{shown(amount, code or None)} {code}" for code, amount in sorted(sums.items()))
    count = "1 payment" if len(syncs) == 1 else f"{len(syncs)} payments"
    return f"{count}, {amounts}" if amounts else count


def labelled(frame: pl.DataFrame) -> None:
    """A few rows of a view with headings that people read, amounts flushed right."""
    names = {name: name.replace("_", " ").capitalize() for name in frame.columns}
    config = {names[name]: money_column(names[name]) for name, dtype in frame.schema.items() if dtype.is_decimal()}
    st.dataframe(readable(frame).rename(names), hide_index=True, column_config=config)


def nothing(sentence: str, command: str) -> None:
    """An empty page says what to do next."""
    st.info(sentence)
    st.code(command, language=None)


def waterfall(lines: pl.DataFrame) -> alt.LayerChart | alt.FacetChart:
    """From what the ERP paid to what Procore shows, one bar per line of the statement."""
    rows, level = [], 0.0
    shown = lines.filter(pl.col("label") != "unexplained")
    for row in shown.iter_rows(named=True):
        amount = float(row["amount"])
        ends = row["label"].startswith("Payments issued")
        start, stop = (0.0, amount) if ends else (level, level + amount)
        level = stop
        kind = "Total" if ends else "Less" if amount < 0 else "More"
        rows.append(
            {
                "line": row["label"],
                "from": start,
                "to": stop,
                "kind": kind,
                "amount": f"{amount:,.2f}",
                "end": max(start, stop),
            }
        )
    data = pl.DataFrame(rows)
    order = data["line"].to_list()
    y = alt.Y("line:N", sort=order, title=None, axis=alt.Axis(labelLimit=360, labelFontSize=13))
    top = float(data["end"].max() or 1)  # type: ignore[arg-type]
    scale = alt.Scale(domain=[0, top * 1.22], nice=False)
    base = alt.Chart(data)
    bars = base.mark_bar(height=22, cornerRadius=3).encode(
        y=y,
        x=alt.X("from:Q", title=None, scale=scale, axis=alt.Axis(format="~s", grid=True)),
        x2="to:Q",
        color=alt.Color(
            "kind:N", scale=alt.Scale(domain=["Total", "Less", "More"], range=[TOTAL, LESS, MORE]), legend=None
        ),
        tooltip=[alt.Tooltip("line", title="Line"), alt.Tooltip("amount", title="Amount")],
    )
    text = base.mark_text(align="left", dx=6, fontSize=13).encode(y=y, x=alt.X("end:Q", scale=scale), text="amount:N")
    return alt.layer(bars, text).properties(height=alt.Step(34))
