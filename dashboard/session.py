"""Who looks, at which run, at which company: asked anew on every script run and every fragment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import streamlit as st

from dashboard import activity
from toolkit.settings import Settings, load_settings
from toolkit.warehouse import Snapshot, latest, published_runs
from toolkit.workflow.actors import signed_in
from toolkit.workflow.policy import Actor

T = TypeVar("T")


def settings() -> Settings:
    """Settings of the working folder that `tieout serve` named."""
    return load_settings()


def person(told: Settings, *, active: bool = True) -> Actor | None:
    """Whoever is signed in, with the roles they have now; None where nobody is, or no longer.

    `active` False where a page only renews itself.
    """
    if not st.user.get("is_logged_in") or not activity.good(told, active=active):
        return None
    return signed_in(told, str(st.user.get("sub", "")), local=not told.signin.metadata_url)


def is_sample(told: Settings) -> bool:
    """Is everything here invented?"""
    return (told.home / "SAMPLE_DATA").exists()


def run(told: Settings) -> Snapshot | None:
    """The run that is looked at: the newest, or an earlier one chosen in the sidebar; None before the first."""
    runs = published_runs(told)
    if not runs:
        return None
    if len(runs) == 1:
        return latest(told)
    with st.sidebar:
        chosen = st.selectbox("Run", runs, format_func=when, key="run", bind="query-params")
        of = facts(latest(told, chosen))
        st.caption(f"Payments up to {of['as_of']}" + (f", {of['period']} only" if of["period"] else ""))
        if chosen != runs[0]:
            st.warning("An earlier run. Decisions act on the newest.")
    return latest(told, chosen)


def run_newest(told: Settings) -> Snapshot | None:
    """The newest run, whatever is looked at: what is decided is decided on it."""
    runs = published_runs(told)
    return latest(told) if runs else None


def when(run_id: str) -> str:
    """A run's id as the moment it began: `2026-10-31 18:00:05`."""
    day, clock = run_id[:8], run_id[9:15]
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {clock[:2]}:{clock[2:4]}:{clock[4:]}"


# Frames are never changed in place, so every session may share one copy.
@st.cache_resource(max_entries=64, show_spinner=False)
def _view(path: str, written: int, name: str) -> pl.DataFrame:
    del written
    return Snapshot(Path(path)).view(name)


@st.cache_resource(max_entries=64, show_spinner=False)
def _table(path: str, written: int, name: str) -> pl.DataFrame:
    del written
    return Snapshot(Path(path)).table(name)


def view(snapshot: Snapshot, name: str) -> pl.DataFrame:
    """A report view of a snapshot, read once per version of its file."""
    return _view(str(snapshot.path), snapshot.path.stat().st_mtime_ns, name)


def table(snapshot: Snapshot, name: str) -> pl.DataFrame:
    """A canonical table of a snapshot, read once per version of its file."""
    return _table(str(snapshot.path), snapshot.path.stat().st_mtime_ns, name)


@st.cache_resource(max_entries=256, show_spinner=False)
def _once(path: str, written: int, what: tuple[str | None, ...], _work_out: Callable[[], Any]) -> Any:
    del path, written, what
    return _work_out()


def once(snapshot: Snapshot, what: tuple[str | None, ...], work_out: Callable[[], T]) -> T:
    """What follows from a run alone, worked out once per version of its file and shared: never change it in place.

    `what` names it; a click costs no more than what the click changes.
    """
    found: T = _once(str(snapshot.path), snapshot.path.stat().st_mtime_ns, what, work_out)
    return found


def facts(snapshot: Snapshot) -> dict[str, Any]:
    """The run's own row."""
    return view(snapshot, "runs").row(0, named=True)


def projects(snapshot: Snapshot) -> dict[str, str | None]:
    """Project ids and their numbers."""
    return once(
        snapshot,
        ("projects",),
        lambda: dict(view(snapshot, "projects").select("project_id", "project_number").iter_rows()),
    )


def companies(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Every ERP company and currency of a run, the largest first; also where only a mismatch names it."""
    return once(snapshot, ("companies",), lambda: _companies(snapshot))


def _companies(snapshot: Snapshot) -> list[tuple[str, str]]:
    stated = (
        view(snapshot, "statement").filter(pl.col("position") == 1).select("erp_company", "currency_code", "amount")
    )
    found = view(snapshot, "mismatches").select("erp_company", "currency_code").unique()
    # A mismatch without a currency is shown with its company, whatever that company's currency.
    only_found = found.drop_nulls().join(stated, on=["erp_company", "currency_code"], how="anti")
    unstated = only_found.with_columns(amount=pl.lit(None, stated.schema["amount"]))
    every = pl.concat([stated, unstated]).sort(
        "amount", "erp_company", "currency_code", descending=[True, False, False], nulls_last=True
    )
    return list(every.select("erp_company", "currency_code").iter_rows())


def company(snapshot: Snapshot) -> tuple[str, str] | None:
    """The ERP company and currency that are looked at, chosen in the sidebar and kept in the address.

    None where the run knows no company at all.
    """
    pairs = companies(snapshot)
    if not pairs:
        return None
    labels = [f"{name} · {code}" for name, code in pairs]
    asked = st.query_params.get("company")
    with st.sidebar:
        chosen = st.selectbox("Company", labels, key="company", bind="query-params")
        if asked and asked not in labels:
            st.caption("The address named a company that this run does not have.")
    return pairs[labels.index(chosen)] if chosen in labels else pairs[0]


def project_numbers(snapshot: Snapshot, name: str, code: str) -> list[str]:
    """The projects on which a company paid, or where something of it does not agree."""

    def found() -> list[str]:
        of_it = mismatches(snapshot, name, code)["project_number"].unique()
        paid = view(snapshot, "matches").filter(pl.col("erp_company") == name)["project_number"].unique()
        return sorted({*of_it.drop_nulls(), *paid.drop_nulls()})

    return once(snapshot, ("project numbers", name, code), found)


def project(snapshot: Snapshot, name: str, code: str) -> str | None:
    """The project that is looked at, chosen in the sidebar and kept in the address; None: every project."""
    known = project_numbers(snapshot, name, code)
    if not known:
        return None
    with st.sidebar:
        chosen: str | None = st.selectbox(
            "Project", known, index=None, key="project", bind="query-params", placeholder="every project"
        )
    return chosen


def mismatches(snapshot: Snapshot, name: str, code: str) -> pl.DataFrame:
    """The mismatches of one company and currency."""
    return once(snapshot, ("mismatches", name, code), lambda: of_company(view(snapshot, "mismatches"), name, code))


def of_project(frame: pl.DataFrame, number: str | None) -> pl.DataFrame:
    """The rows of one project; all of them where none is chosen."""
    return frame if number is None else frame.filter(pl.col("project_number") == number)


def of_company(frame: pl.DataFrame, name: str, code: str) -> pl.DataFrame:
    """The rows of one company and currency; a row without a currency belongs to all of its company's."""
    return frame.filter(pl.col("erp_company") == name, pl.col("currency_code").fill_null(code) == code)
