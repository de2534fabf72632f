"""A run done again from nothing but its evidence, in an empty place, and compared view by view.

No network, no Procore, no control database: source files are read anew, Procore's side from its kept
replies, people's words from the run.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from toolkit import erps, pull
from toolkit.audits.evidence import Evidence
from toolkit.erps.base import SourceFile
from toolkit.errors import NotFound, TieoutError
from toolkit.matching.model import Inputs
from toolkit.procore import KeptClient, KeptReplies
from toolkit.rules.policy import Policy
from toolkit.rules.reconcile import reconcile
from toolkit.settings import CompanySection, ProcoreSection, Settings
from toolkit.warehouse import Load, Run, Snapshot, Warehouse, kept_options
from toolkit.warehouse.publish import HASHED

TAKEN = ("closed", "closed_items")
IDENTITY = {
    "payments": ["erp", "erp_company", "payment_id"],
    "applications": ["erp", "erp_company", "payment_id", "application_id"],
    "claims": ["claim_id"],
    "commitments": ["commitment_id"],
    "issued_payments": ["issued_payment_id"],
    "matches": ["erp", "erp_company", "payment_id", "application_id", "claim_id"],
    "mismatches": ["mismatch_id"],
    "statement": ["erp_company", "currency_code", "position"],
}
# How many rows a sentence names before it only counts.
NAMED = 3


@dataclass(frozen=True)
class Again:
    """A run done again: its snapshot, or why it could not be done."""

    snapshot: Snapshot | None
    why_not: str = ""


@contextmanager
def perform(evidence: Evidence) -> Iterator[Again]:
    """The run of the evidence done again, for as long as the block: its files are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tieout-again-") as folder:
        try:
            yield Again(_perform(evidence, Path(folder) / "home"))
        except TieoutError as error:
            yield Again(None, str(error))


def _perform(evidence: Evidence, home: Path) -> Snapshot:
    facts = evidence.snapshot.facts()
    said = facts["parameters"]
    # Built without its sources: nothing of this machine's environment or settings comes in.
    settings = Settings.model_construct(
        home=home,
        company=CompanySection(currency=said.get("currency")),
        procore=ProcoreSection(company_id=said["company_id"]),
    )
    with Warehouse.open(settings) as warehouse:
        _load(evidence, warehouse)
        _pull(evidence, warehouse, said["company_id"])
        taken = {name: evidence.snapshot.table(name) for name in TAKEN}
        kept = {name: evidence.snapshot.table(name) for name in ("decisions", "posted", "cases")}
        inputs: Inputs = replace(warehouse.inputs(kept["decisions"], kept["posted"]), **taken)
        found = reconcile(inputs, evidence.snapshot.scope(), said["company_id"], Policy.read(said["policy"]))
        run = Run(
            as_of=facts["as_of"],
            period=facts["period"],
            started_at=facts["started_at"].replace(tzinfo=UTC),
            rules_version=facts["rules_version"],
            prepared_by=facts["prepared_by"],
            parameters=said,
        )
        _, path = warehouse.record_run(run, inputs, found, kept["cases"])
    return Snapshot.open(path)


def _load(evidence: Evidence, warehouse: Warehouse) -> None:
    """Each source file in its order, read as it was told then."""
    for row in evidence.snapshot.stood_on("loads").iter_rows(named=True):
        file = SourceFile(row["source_file"], _body(evidence, row["sha256"], row["source_file"]), row["sha256"])
        options = kept_options(row["options"])
        load = Load(file, erps.read(file, options), options)
        warehouse.load([load], _aware(row["loaded_at"]))


def _pull(evidence: Evidence, warehouse: Warehouse, company_id: str) -> None:
    for row in evidence.snapshot.stood_on("pulls").iter_rows(named=True):
        places = json.loads(row["replies"])
        for place, sha256 in places.items():
            _body(evidence, sha256, place)
        client = KeptClient(company_id, KeptReplies(places, evidence.body))
        warehouse.pull(pull.read(client, _aware(row["pulled_at"])))


def _body(evidence: Evidence, sha256: str, name: str) -> bytes:
    state, content = evidence.found(sha256)
    if content is None:
        raise NotFound(f"{name} is {state}: no file of that SHA-256 ({sha256[:12]}) is kept.")
    return content


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def views(evidence: Evidence, again: Again) -> pl.DataFrame:
    """View by view: the hash that the run recorded, that of its rows now, that of the run done again.

    Columns: view, rows, recorded, now, again (each the first 12 digits), same, where (what differs).
    """
    recorded, now = evidence.snapshot.facts()["content"], evidence.snapshot.hashes()
    anew = again.snapshot.hashes() if again.snapshot else {}
    rows = [
        {
            "view": view,
            "rows": evidence.snapshot.count(view),
            "recorded": str(recorded.get(view, ""))[:12],
            "now": now[view][:12],
            "again": anew.get(view, "")[:12],
            "same": recorded.get(view) == now[view] == anew.get(view),
            "where": _where(evidence.snapshot, again, view, edited=recorded.get(view) != now[view]),
        }
        for view in HASHED
    ]
    return pl.DataFrame(rows)


def _where(kept: Snapshot, again: Again, view: str, *, edited: bool) -> str:
    if again.snapshot is None:
        return again.why_not
    told = differences(kept.view(view), again.snapshot.view(view), view)
    if told:
        return told
    return "the recorded hash is not that of these rows" if edited else ""


def differences(kept: pl.DataFrame, again: pl.DataFrame, view: str) -> str:
    """Which rows differ, by their ids, and in which columns; '' where none does."""
    key = IDENTITY[view]
    clocks = {"run_id", "first_seen"}
    columns = [name for name in kept.columns if name not in clocks]
    left = kept.select(columns).join(again.select(columns), on=columns, how="anti", nulls_equal=True)
    right = again.select(columns).join(kept.select(columns), on=columns, how="anti", nulls_equal=True)
    both = left.join(right, on=key, how="full", nulls_equal=True, suffix="_again", coalesce=True, maintain_order="left")
    mark = {"kept": left.select(key).with_columns(in_kept=True), "again": right.select(key).with_columns(in_again=True)}
    for marked in mark.values():
        both = both.join(marked, on=key, how="left", nulls_equal=True)
    said = [_difference(row, key, columns) for row in both.sort(key, nulls_last=True).iter_rows(named=True)]
    more = f" and {len(said) - NAMED} more" if len(said) > NAMED else ""
    return "; ".join(said[:NAMED]) + more


def _difference(row: dict[str, Any], key: list[str], columns: list[str]) -> str:
    name = "|".join(str(row[part]) for part in key if row[part] is not None)
    if not row["in_kept"]:
        return f"{name} is missing"
    if not row["in_again"]:
        return f"{name} was added"
    changed = [column for column in columns if column not in key and row[column] != row[f"{column}_again"]]
    told = ", ".join(f"{column} is {row[column]}, again {row[f'{column}_again']}" for column in changed)
    return f"{name}: {told}"
