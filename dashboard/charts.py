"""The two pictures: the statement as a waterfall, and amounts by age. Each bar carries its figure in words."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from dashboard.widgets import money
from toolkit.reports.pictures import LESS, MORE, TOTAL, steps

ROW, FONT = 34, 13
# Room for the figure beside the longest bar, as a share of it: in a wide and in a narrow chart.
WIDE, NARROW = 1.25, 1.6
# `0k` is no figure.
ZERO = "datum.value == 0 ? '0' : datum.label"


def ink() -> str:
    """Vega writes black unless told; the ground may be dark."""
    return "#e8ecf1" if st.context.theme.type == "dark" else "#1c2430"


def waterfall(lines: pl.DataFrame) -> None:
    """From what the ERP paid to what Procore shows, one bar per line of the statement."""
    data = steps(lines).with_columns(amount=pl.col("value").map_elements(money, return_dtype=pl.String))
    colours = alt.Scale(domain=["Total", "Less", "More"], range=[TOTAL, LESS, MORE])
    _bars(data, "from", alt.Color("kind:N", scale=colours, legend=alt.Legend(orient="top", title=None)), WIDE)


def ages(aged: pl.DataFrame) -> None:
    """Amounts by age; `aged` has line, to (amount) and payments, in the order shown."""
    data = aged.with_columns(
        end=pl.col("to"),
        start=pl.lit(0.0),
        amount=pl.col("to").map_elements(money, return_dtype=pl.String),
    )
    _bars(data, "start", alt.value(TOTAL), NARROW)


def _bars(data: pl.DataFrame, start: str, colour: Any, room: float) -> None:
    low, high = min(float(data[start].min() or 0), float(data["to"].min() or 0), 0.0), float(data["end"].max() or 1)  # type: ignore[arg-type]
    scale = alt.Scale(domain=[low, high * room or 1], nice=False)
    axis = alt.Axis(format="~s", grid=True, tickCount=6, labelExpr=ZERO)
    y = alt.Y("line:N", sort=data["line"].to_list(), title=None, axis=alt.Axis(labelLimit=360, labelFontSize=FONT))
    base = alt.Chart(data)
    tooltip = [alt.Tooltip("line", title="Line"), alt.Tooltip("amount", title="Amount")]
    bars = base.mark_bar(height=22, cornerRadius=3).encode(
        y=y, x=alt.X(f"{start}:Q", title=None, scale=scale, axis=axis), x2="to:Q", color=colour, tooltip=tooltip
    )
    text = base.mark_text(align="left", dx=6, fontSize=FONT, color=ink()).encode(
        y=y, x=alt.X("end:Q", scale=scale), text="amount:N"
    )
    said = "; ".join(f"{line}: {amount}" for line, amount in data.select("line", "amount").iter_rows())
    st.altair_chart(alt.layer(bars, text).properties(height=alt.Step(ROW)), width="stretch", alt=said)
