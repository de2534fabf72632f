"""What lies beside the statement, worked out once per run: it again by project, and the retainage rolled forward."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import streamlit as st

from dashboard import session
from toolkit.reports.tables import decimals
from toolkit.rules import breakdown
from toolkit.rules.policy import Policy
from toolkit.warehouse import Snapshot


# Frames are never changed in place, so every session may share one copy.
@st.cache_resource(max_entries=16, show_spinner=False)
def _frame(path: str, written: int, what: str) -> pl.DataFrame:
    del written
    snapshot = Snapshot(Path(path))
    return decimals(
        breakdown.FRAMES[what](breakdown.laid_out(snapshot.table, snapshot.scope(), Policy.of_run(snapshot.facts())))
    )


def frame(snapshot: Snapshot, what: str) -> pl.DataFrame:
    """One of `breakdown.FRAMES` with amounts as decimals."""
    return _frame(str(snapshot.path), snapshot.path.stat().st_mtime_ns, what)


def statement(snapshot: Snapshot, of: tuple[str, str], number: str | None) -> pl.DataFrame:
    """The lines of a company and currency, or of one of its projects."""
    if number is None:
        return session.of_company(session.view(snapshot, "statement"), *of)
    found = frame(snapshot, "project").filter(pl.col("project") == number)
    return session.of_company(found, *of)
