"""A month that is signed: prepared by one person, closed by another, perhaps reopened for a reason. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl


@dataclass(frozen=True)
class Close:
    """One version of one month (YYYY-MM); `content` is the hash of what its run found. Instants are UTC text.

    `prepared_for` is whom the preparer stood in for, if anybody.
    """

    period: str
    version: int
    run_id: str
    content: str
    prepared_by: str
    prepared_at: str
    prepared_for: str | None = None
    closed_by: str | None = None
    closed_at: str | None = None
    reopened_by: str | None = None
    reopened_at: str | None = None
    reason: str | None = None

    @property
    def state(self) -> str:
        """prepared, closed or reopened."""
        if self.reopened_at:
            return "reopened"
        return "closed" if self.closed_at else "prepared"

    @property
    def object(self) -> str:
        """How the log names it."""
        return f"month {self.period} version {self.version}"


def newest(closes: Sequence[Close], period: str) -> Close | None:
    """The last version of a month."""
    return max((close for close in closes if close.period == period), key=lambda close: close.version, default=None)


def locked(closes: Sequence[Close]) -> pl.DataFrame:
    """The months that are closed now: period, version, run_id, content."""
    shut = [close for close in closes if close.state == "closed"]
    names = ("period", "version", "run_id", "content")
    types = {"period": pl.String, "version": pl.Int64, "run_id": pl.String, "content": pl.String}
    return pl.DataFrame([[getattr(close, name) for name in names] for close in shut], schema=types, orient="row")


def why_not(closes: Sequence[Close], day: str, locked_through: date | None) -> str | None:
    """Why nothing dated on this day (ISO) may go into Procore, or None: a signed month, or the period lock."""
    if locked_through and day <= locked_through.isoformat():
        return (
            f"Everything up to {locked_through} is closed: post it in the open period, or reopen the closed one "
            f"([policy] locked_through in tieout.toml)."
        )
    found = newest(closes, day[:7])
    if found is None or found.state != "closed":
        return None
    return f'{found.period} is closed: reopen it with `tieout close {found.period} --reopen --reason "..."`.'
