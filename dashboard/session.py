"""Who looks, at which run, at which company: asked anew on every script run and every fragment."""

from __future__ import annotations

import time
from pathlib import Path

import polars as pl
import streamlit as st

from toolkit.errors import NotFound
from toolkit.settings import Settings, load_settings
from toolkit.warehouse import Snapshot, latest
from toolkit.workflow.actors import signed_in
from toolkit.workflow.policy import Actor


def settings() -> Settings:
    """Settings of the working folder that `tieout serve` named."""
    return load_settings()


def person(told: Settings) -> Actor | None:
    """Whoever is signed in, with the roles they have now; None where nobody is, or no longer."""
    if not st.user.get("is_logged_in"):
        return None
    subject = str(st.user.get("sub", ""))
    # Streamlit looks at neither of these after the sign-in itself.
    if float(str(st.user.get("exp") or time.time() + 1)) < time.time() or _ended(told, str(st.user.get("sid", ""))):
        return None
    return signed_in(told, subject, local=not told.signin.metadata_url)


def _ended(told: Settings, session: str) -> bool:
    path = told.home / "signin" / "ended"
    return bool(session) and path.exists() and session in path.read_text(encoding="utf-8").split()


def is_sample(told: Settings) -> bool:
    """Is everything here invented?"""
    return (told.home / "SAMPLE_DATA").exists()


def run(told: Settings) -> Snapshot | None:
    """The newest run, None before the first."""
    try:
        return latest(told)
    except NotFound:
        return None


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


def companies(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Every ERP company and currency of a run, the largest first; also where only a mismatch names it."""
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


def of_company(frame: pl.DataFrame, name: str, code: str) -> pl.DataFrame:
    """The rows of one company and currency; a row without a currency belongs to all of its company's."""
    return frame.filter(pl.col("erp_company") == name, pl.col("currency_code").fill_null(code) == code)
