"""What one company's runs found, one line per run, and what is new since a person last looked."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from dashboard import charts, session, widgets
from toolkit.reports.pictures import LESS, TOTAL
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot, latest, published_runs
from toolkit.workflow.policy import Actor

FOLDER = "looked"


def table(told: Settings, company: str, currency: str, most: int) -> pl.DataFrame:
    """One line per run of a company and currency, the newest first."""
    rows = []
    for run_id in published_runs(told)[:most]:
        path = latest(told, run_id).path
        rows.append(_line(str(path), path.stat().st_mtime_ns, company, currency))
    return pl.DataFrame(rows, infer_schema_length=None)


# A run never changes, so its line is worked out once; the frames behind it are not kept.
@st.cache_data(max_entries=2000, show_spinner=False)
def _line(path: str, written: int, company: str, currency: str) -> dict[str, Any]:
    del written
    snapshot = Snapshot(Path(path))
    facts = snapshot.view("runs").row(0, named=True)
    lines = session.of_company(snapshot.view("statement"), company, currency)
    found = session.of_company(snapshot.view("mismatches", {"erp_company": company}), company, currency)
    amounts = dict(lines.select("label", pl.col("amount").cast(pl.Float64)).iter_rows())
    paid, shown = amounts.get("Payments issued by the ERP", 0.0), amounts.get("Payments issued per Procore", 0.0)
    return {
        "Run (UTC)": session.when(snapshot.run_id),
        "Payments up to": str(facts["as_of"]),
        "Period": facts["period"] or "all",
        "By": facts["prepared_by"],
        "ERP paid": paid,
        "Procore shows": shown,
        "Difference": round(shown - paid, 2),
        "Unexplained": amounts.get("unexplained", 0.0),
        "Mismatches": found.height,
    }


def trend(runs: pl.DataFrame) -> None:
    """The difference and what is unexplained, from run to run; `runs` as `table` gives them."""
    data = runs.reverse().select("Run (UTC)", "Difference", "Unexplained")
    long = data.unpivot(index="Run (UTC)", variable_name="What", value_name="Amount")
    long = long.with_columns(said=pl.col("Amount").map_elements(widgets.money, return_dtype=pl.String))
    colours = alt.Scale(domain=["Difference", "Unexplained"], range=[TOTAL, LESS])
    chart = (
        alt.Chart(long)
        .mark_line(point=True)
        .encode(
            x=alt.X("Run (UTC):O", title="Runs, the oldest first", axis=alt.Axis(labels=False)),
            y=alt.Y("Amount:Q", title=None, axis=alt.Axis(format="~s", labelExpr=charts.ZERO)),
            color=alt.Color("What:N", scale=colours, legend=alt.Legend(orient="top", title=None)),
            tooltip=["Run (UTC)", "What", alt.Tooltip("said", title="Amount")],
        )
    )
    st.altair_chart(chart, width="stretch", height=220, alt="Difference and unexplained amount of each run")


def looked_before(told: Settings, person: Actor) -> str | None:
    """The run that this person saw when they last came, before this session; the newest is noted now."""
    runs = published_runs(told)
    if "looked" not in st.session_state:
        path = told.home / FOLDER / f"{widgets.digest([person.name])}.json"
        st.session_state["looked"] = _noted(path)
        _note(path, runs[0])
    before = st.session_state["looked"]
    return before if before in runs else None


def _noted(path: Path) -> str | None:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["run_id"])
    except (OSError, ValueError, KeyError):
        return None


def _note(path: Path, run_id: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump({"run_id": run_id, "at": datetime.now(UTC).isoformat(timespec="seconds")}, file)
    draft.replace(path)


def new_since(told: Settings, found: pl.DataFrame, run_id: str) -> tuple[pl.DataFrame, int]:
    """The mismatches of `found` that an earlier run did not have, and how many of its own are gone."""
    before = session.view(latest(told, run_id), "mismatches")
    key = ["erp_company"] if found.height else []
    before = before.join(found.select(key).unique(), on=key, how="semi") if key else before
    fresh = found.join(before.select("mismatch_id"), on="mismatch_id", how="anti", maintain_order="left")
    return fresh, before.join(found.select("mismatch_id"), on="mismatch_id", how="anti").height
