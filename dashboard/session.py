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


@st.cache_data(max_entries=64, show_spinner=False)
def _view(path: str, name: str) -> pl.DataFrame:
    return Snapshot(Path(path)).view(name)


def view(snapshot: Snapshot, name: str) -> pl.DataFrame:
    """A report view of a run; a run never changes, so it is read once."""
    return _view(str(snapshot.path), name)


def company(snapshot: Snapshot) -> tuple[str, str]:
    """The ERP company and currency that are looked at, chosen in the sidebar and kept in the address."""
    first = (
        view(snapshot, "statement")
        .filter(pl.col("position") == 1)
        .sort("amount", "erp_company", descending=[True, False])
    )
    pairs = [f"{name} · {code}" for name, code in first.select("erp_company", "currency_code").iter_rows()]
    asked = st.query_params.get("company", "")
    chosen = st.sidebar.selectbox("Company", pairs, index=pairs.index(asked) if asked in pairs else 0)
    st.query_params["company"] = chosen
    name, _, code = str(chosen).rpartition(" · ")
    return name, code
