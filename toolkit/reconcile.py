"""The reconcile step: both sides out of the warehouse, one run, its findings back and published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from toolkit import schemas
from toolkit.errors import InputError, StoreError
from toolkit.matching.engine import RULES_VERSION
from toolkit.matching.model import Inputs, Scope
from toolkit.rules.closed import changes, standing
from toolkit.rules.policy import Policy
from toolkit.rules.reconcile import reconcile
from toolkit.settings import Settings
from toolkit.warehouse import Run, Snapshot, Warehouse, latest, ready_to_share, share


@dataclass(frozen=True)
class RunReport:
    """What one run found: the statement's lines, mismatches per code and matches per band."""

    run_id: str
    path: Path
    statement: pl.DataFrame
    mismatches: pl.DataFrame
    bands: dict[str, int]


def run(
    settings: Settings,
    scope: Scope,
    now: datetime,
    prepared_by: str,
    known: Mapping[str, pl.DataFrame] | None = None,
) -> RunReport:
    """Reconcile and publish, here and where `[runs] url` says; InputError where nothing was loaded yet.

    `known` comes from the control database (`Control.known`): what people decided and what was pushed
    enter before the first pass, and what they said about mismatches is published with the run.
    """
    known = known or {}
    ready_to_share(settings)
    with Warehouse.open(settings) as warehouse:
        inputs = warehouse.inputs(known.get("decisions"), known.get("posted"))
        inputs = with_closed(inputs, settings, known.get("closed"))
        if inputs.payments.is_empty() and inputs.issued_payments.is_empty():
            raise InputError(
                "Nothing to reconcile yet: `tieout load` the ERP's payments and `tieout pull procore` first."
            )
        policy = Policy.of(settings)
        scope = replace(scope, start=settings.company.start_date)
        found = reconcile(inputs, scope, settings.procore.company_id, policy)
        facts = Run(
            as_of=scope.as_of,
            period=scope.period,
            started_at=now,
            rules_version=RULES_VERSION,
            prepared_by=prepared_by,
            parameters=_parameters(settings, scope, policy) | warehouse.ages(),
        )
        run_id, path = warehouse.record_run(facts, inputs, found, known.get("cases"))
    share(settings, path)
    counted = found.mismatches.group_by("code", "severity", "currency_code").agg(
        rows=pl.len(), amount=pl.col("amount").sum()
    )
    bands = dict(found.matches.group_by("band").len().sort("band").iter_rows())
    return RunReport(run_id, path, found.statement, counted.sort("code", "severity", "currency_code"), bands)


def _parameters(settings: Settings, scope: Scope, policy: Policy) -> dict[str, object]:
    """What besides both sides and people's words decides what a run finds."""
    said: dict[str, object] = {
        "company_id": settings.procore.company_id,
        "currency": settings.company.currency,
        "policy": policy.told(),
    }
    return said | ({"start_date": scope.start.isoformat()} if scope.start else {})


def with_closed(inputs: Inputs, settings: Settings, closed: pl.DataFrame | None) -> Inputs:
    """The inputs with what stood in each closed month, by the run on which it was signed.

    StoreError where that run is gone or no longer what was signed: then nobody can say what changed.
    """
    if closed is None or closed.is_empty():
        return inputs
    items = []
    for row in closed.iter_rows(named=True):
        signed = latest(settings, row["run_id"])
        if signed.content() != row["content"]:
            raise StoreError(f"Run {signed.run_id}, on which {row['period']} was closed, is not what was signed.")
        items.append(standing(_sides(signed)).filter(pl.col("period") == row["period"]))
    return replace(inputs, closed=schemas.conform(schemas.ClosedPeriods, closed), closed_items=pl.concat(items))


def late_items(snapshot: Snapshot) -> pl.DataFrame:
    """What a run names as late in closed months (columns of `rules.closed.changes`)."""
    closed = {name: snapshot.table(name) for name in ("closed", "closed_items")}
    return changes(replace(_sides(snapshot), **closed), snapshot.scope())


def _sides(signed: Snapshot) -> Inputs:
    names = ("payments", "applications", "claims", "commitments", "issued_payments")
    return Inputs(**{name: signed.table(name) for name in names})
