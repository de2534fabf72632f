"""The reconcile step: both sides out of the warehouse, one run, its findings back and published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from toolkit.errors import InputError
from toolkit.matching.engine import RULES_VERSION
from toolkit.matching.model import Scope
from toolkit.rules.policy import Policy
from toolkit.rules.reconcile import reconcile
from toolkit.settings import Settings
from toolkit.warehouse import Run, Warehouse


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
    """Reconcile and publish; InputError where nothing was loaded yet.

    `known` comes from the control database (`Control.known`): what people decided and what was pushed
    enter before the first pass, and what they said about mismatches is published with the run.
    """
    known = known or {}
    with Warehouse.open(settings) as warehouse:
        inputs = warehouse.inputs(known.get("decisions"), known.get("posted"))
        if inputs.payments.is_empty() and inputs.issued_payments.is_empty():
            raise InputError(
                "Nothing to reconcile yet: `tieout load` the ERP's payments and `tieout pull procore` first."
            )
        policy = Policy.of(settings)
        found = reconcile(inputs, scope, settings.procore.company_id, policy)
        facts = Run(
            as_of=scope.as_of,
            period=scope.period,
            started_at=now,
            rules_version=RULES_VERSION,
            prepared_by=prepared_by,
            parameters={"company_id": settings.procore.company_id} | warehouse.ages() | {"policy": policy.told()},
        )
        run_id, path = warehouse.record_run(facts, inputs, found, known.get("cases"))
    counted = found.mismatches.group_by("code", "severity", "currency_code").agg(
        rows=pl.len(), amount=pl.col("amount").sum()
    )
    bands = dict(found.matches.group_by("band").len().sort("band").iter_rows())
    return RunReport(run_id, path, found.statement, counted.sort("code", "severity", "currency_code"), bands)
