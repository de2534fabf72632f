"""What the engine takes and what it gives: frames in, frames out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from toolkit import schemas


@dataclass(frozen=True)
class Inputs:
    """Both sides as they stand, every frame in its canonical shape (`toolkit.schemas`)."""

    payments: pl.DataFrame
    applications: pl.DataFrame
    claims: pl.DataFrame
    commitments: pl.DataFrame = field(default_factory=lambda: schemas.empty(schemas.Commitments))
    projects: pl.DataFrame = field(default_factory=lambda: schemas.empty(schemas.Projects))
    vendors: pl.DataFrame = field(default_factory=lambda: schemas.empty(schemas.Vendors))
    issued_payments: pl.DataFrame = field(default_factory=lambda: schemas.empty(schemas.IssuedPayments))
    decisions: pl.DataFrame = field(default_factory=lambda: schemas.empty(schemas.Decisions))
    posted: pl.DataFrame = field(default_factory=lambda: schemas.empty(schemas.PostedSyncs))
    closed: pl.DataFrame = field(default_factory=lambda: schemas.empty(schemas.ClosedPeriods))
    closed_items: pl.DataFrame = field(default_factory=lambda: schemas.empty(schemas.ClosedItems))


@dataclass(frozen=True)
class Scope:
    """What a run looks at: payments dated up to `as_of`, and only those of `period` (YYYY-MM) if given.

    What is dated before `start` is matched, but what disagrees there is one line of the statement and no mismatch.
    """

    as_of: date
    period: str | None = None
    start: date | None = None


@dataclass(frozen=True)
class Reconciliation:
    """What one run found. `matches` meet claims, `links` meet rows that Procore already shows."""

    matches: pl.DataFrame
    links: pl.DataFrame
    mismatches: pl.DataFrame
    statement: pl.DataFrame
