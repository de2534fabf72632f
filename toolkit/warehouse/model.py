"""What goes into the warehouse and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from toolkit import schemas
from toolkit.erps.base import Extract, LoadOptions, RowCounts, SourceFile


@dataclass(frozen=True)
class Load:
    """A source file as it was read, and what was said about it."""

    file: SourceFile
    extract: Extract
    options: LoadOptions


@dataclass(frozen=True)
class Change:
    """A payment whose content changed since it was loaded before; amounts in minor units."""

    payment_id: str
    old_amount: int
    new_amount: int
    currency_code: str | None


@dataclass(frozen=True)
class LoadReport:
    """One load as the journal keeps it. `amount_total` is minor units per currency ('' where unknown)."""

    load_id: str
    source_file: str
    sha256: str
    erp: str
    already_loaded: bool
    counts: RowCounts
    amount_total: Mapping[str, int]
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    stale: int = 0
    deleted: int = 0
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    quarantine: pl.DataFrame = field(default_factory=pl.DataFrame)


def _none(table: type[schemas.Table]) -> pl.DataFrame:
    return schemas.empty(table)


@dataclass(frozen=True)
class ProcoreRows:
    """Procore's side as one pull read it; frames are canonical, `raw` is every reply as it came."""

    company_id: str
    pulled_at: datetime
    projects: pl.DataFrame = field(default_factory=lambda: _none(schemas.Projects))
    vendors: pl.DataFrame = field(default_factory=lambda: _none(schemas.Vendors))
    commitments: pl.DataFrame = field(default_factory=lambda: _none(schemas.Commitments))
    claims: pl.DataFrame = field(default_factory=lambda: _none(schemas.Claims))
    issued_payments: pl.DataFrame = field(default_factory=lambda: _none(schemas.IssuedPayments))
    raw: tuple[tuple[str, bytes], ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class PullReport:
    """What a pull brought, and which projects it could not read and why."""

    pull_id: str
    company_id: str
    pulled_at: datetime
    projects: int
    vendors: int
    commitments: int
    claims: int
    issued_payments: int
    skipped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Run:
    """What a run was told: recorded beside what it found."""

    as_of: date
    period: str | None
    started_at: datetime
    rules_version: str
    prepared_by: str
    parameters: Mapping[str, object] = field(default_factory=dict)
