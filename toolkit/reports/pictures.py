"""Pictures for people who would rather look than read, the same in notebooks and dashboard (altair).

Each takes frames of the `report` views (amounts are decimals) and returns a chart. Colours were chosen
to be told apart on light and dark ground and with the common colour deficiencies, and none stands
without its word.
"""

from __future__ import annotations

from datetime import date

import altair as alt
import polars as pl

Chart = alt.LayerChart | alt.FacetChart
TOTAL, LESS, MORE = "#4a7fb5", "#c8762b", "#3f9b8a"
AGES = ((7, "up to a week"), (30, "up to a month"), (60, "up to two months"), (10**6, "older"))
BAR, STEP, LETTERS = 22, 34, 13


def steps(lines: pl.DataFrame) -> pl.DataFrame:
    """The bars of a waterfall: each line of one company's `statement` begins where the one before it ends.

    Columns: line, value, from, to, kind (Total, Less, More), end (the higher of from and to).
    """
    rows, level = [], 0.0
    for label, said in lines.filter(pl.col("label") != "unexplained").select("label", "amount").iter_rows():
        value = float(said)
        ends = label.startswith("Payments issued")
        start, stop = (0.0, value) if ends else (level, level + value)
        level = stop
        kind = "Total" if ends else "Less" if value < 0 else "More"
        rows.append({"line": label, "value": value, "from": start, "to": stop, "kind": kind})
    return pl.DataFrame(rows).with_columns(end=pl.max_horizontal("from", "to"))


def waterfall(lines: pl.DataFrame) -> Chart:
    """From what the ERP paid to what Procore shows: one bar per line of one company's `statement`."""
    data = steps(lines).with_columns(amount=_written("value"))
    scale = alt.Scale(domain=[min(0.0, *data["from"], *data["to"]), max(1.0, *data["end"]) * 1.22], nice=False)
    y = alt.Y("line:N", sort=data["line"].to_list(), title=None, axis=alt.Axis(labelLimit=360, labelFontSize=LETTERS))
    x = alt.X("from:Q", title=None, scale=scale, axis=alt.Axis(format="~s", grid=True))
    colour = alt.Color(
        "kind:N", scale=alt.Scale(domain=["Total", "Less", "More"], range=[TOTAL, LESS, MORE]), legend=None
    )
    base = alt.Chart(data).encode(y=y)
    bars = base.mark_bar(height=BAR, cornerRadius=3).encode(x=x, x2="to:Q", color=colour, tooltip=["line", "amount"])
    return _with_amounts(bars, base.encode(x=alt.X("end:Q", scale=scale)))


def ageing(late: pl.DataFrame, as_of: date) -> Chart:
    """How long ago payments left that Procore does not show yet; `late` has payment_date and amount."""
    days = (pl.lit(as_of) - pl.col("payment_date")).dt.total_days()
    bucket = pl.coalesce(pl.when(days <= limit).then(pl.lit(name)) for limit, name in AGES)
    data = (
        late.group_by(age=bucket)
        .agg(total=pl.col("amount").cast(pl.Float64).sum(), payments=pl.len())
        .sort("age")
        .with_columns(amount=_written("total"))
    )
    names = [name for _, name in AGES if name in set(data["age"])]
    scale = alt.Scale(domain=[0, max(1.0, *data["total"]) * 1.45])
    y = alt.Y("age:N", sort=names, title=None, axis=alt.Axis(labelLimit=200, labelFontSize=LETTERS))
    x = alt.X("total:Q", title=None, scale=scale, axis=alt.Axis(format="~s", tickCount=4))
    base = alt.Chart(data).encode(y=y, x=x)
    bars = base.mark_bar(color=TOTAL, height=BAR, cornerRadius=3).encode(tooltip=["age", "amount", "payments"])
    return _with_amounts(bars, base)


def timeline(history: pl.DataFrame) -> Chart:
    """A vendor's claims, payments and issued payments on one line of time (columns: day, what, number, amount).

    What falls on one day is one circle, as large as its amount.
    """
    kinds = ["claimed in Procore", "paid by the ERP", "issued in Procore"]
    data = (
        history.sort("day", "number")
        .group_by("day", "what", maintain_order=True)
        .agg(pl.col("number").drop_nulls().str.join(", "), total=pl.col("amount").cast(pl.Float64).sum())
        .with_columns(amount=_written("total"))
    )
    y = alt.Y("what:N", sort=kinds, title=None, axis=alt.Axis(labelLimit=200, labelFontSize=LETTERS, offset=24))
    x = alt.X("day:T", title=None, axis=alt.Axis(format="%-d %b"), scale=alt.Scale(padding=60))
    base = alt.Chart(data).encode(x=x, y=y)
    circles = base.mark_circle(opacity=0.8).encode(
        size=alt.Size("total:Q", legend=None, scale=alt.Scale(range=[80, 900])),
        color=alt.Color("what:N", scale=alt.Scale(domain=kinds, range=[LESS, TOTAL, MORE]), legend=None),
        tooltip=["day:T", "what", "number", "amount"],
    )
    names = base.mark_text(dy=-24, fontSize=LETTERS - 2).encode(text="number:N")
    return alt.layer(circles, names).properties(height=alt.Step(70), width=640)


def sums(parts: pl.DataFrame, total: str) -> Chart:
    """What makes up one check: its applications stacked end to end (columns: number, amount) under its total."""
    data = parts.with_columns(pl.col("amount").cast(pl.Float64)).with_columns(
        stop=pl.col("amount").cum_sum(), said=pl.format("{}  {}", "number", _written("amount"))
    )
    data = data.with_columns(start=pl.col("stop") - pl.col("amount"), line=pl.lit(total))
    scale = alt.Scale(domain=[0, max(1.0, *data["stop"])], nice=False)
    base = alt.Chart(data).encode(y=alt.Y("line:N", title=None, axis=alt.Axis(labelFontSize=LETTERS, labelLimit=240)))
    bars = base.mark_bar(height=BAR * 2, stroke="white", color=TOTAL).encode(
        x=alt.X("start:Q", title=None, scale=scale, axis=alt.Axis(format="~s")), x2="stop:Q", tooltip=["said"]
    )
    names = base.mark_text(color="white", fontSize=LETTERS - 2).transform_calculate(
        middle="(datum.start + datum.stop) / 2"
    )
    return alt.layer(bars, names.encode(x=alt.X("middle:Q", scale=scale), text="said:N")).properties(
        width=640, height=BAR * 3
    )


def _written(column: str) -> pl.Expr:
    return pl.col(column).map_elements(lambda amount: f"{amount:,.2f}", return_dtype=pl.String)


def _with_amounts(bars: alt.Chart, base: alt.Chart) -> Chart:
    names = base.mark_text(align="left", dx=6, fontSize=LETTERS).encode(text="amount:N")
    return alt.layer(bars, names).properties(height=alt.Step(STEP), width=560)
