"""The doctor step: reads Procore and our own side, and puts every requirement of a payment sync to them.

It only reads. What it asks Procore is one list of projects, and of each project its settings, tools,
access, commitments with their issued payments, and claims.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from toolkit import schemas
from toolkit.errors import NotFound, NotVisible, TieoutError
from toolkit.procore import Gate, ProcoreClient, replies
from toolkit.rules.requirements import Check, Company, Mode, Project, examine
from toolkit.settings import Settings
from toolkit.warehouse import Warehouse, latest
from toolkit.workflow.audit import Verdict
from toolkit.workflow.control import Control
from toolkit.workflow.probed import Probed, last_probe

Told = Callable[[str], None]


@dataclass(frozen=True)
class Ours:
    """What the control database says: is its log whole, our syncs by state, the newest probe."""

    log: Verdict
    states: Mapping[str, int] = field(default_factory=dict)
    probed: Probed | None = None

    @classmethod
    def of(cls, control: Control, settings: Settings) -> Ours:
        """As it stands now."""
        states = Counter(sync.state for sync in control.syncs())
        return cls(control.verdict(), states, last_probe(control, settings))


def look(
    settings: Settings, now: datetime, ours: Ours, gate: Gate | None = None, told: Told = lambda _: None
) -> list[Check]:
    """Every requirement, looked at now."""
    signed_in, projects, currencies = _of_procore(settings, gate, told)
    probed = ours.probed
    return examine(
        Company(
            signed_in=signed_in,
            projects=projects,
            roles=[(name, tuple(user.roles)) for name, user in sorted(settings.users.items())],
            log=ours.log.sentence if ours.log.status else None,
            states=ours.states,
            probe=probed.facts if probed else None,
            probe_days=(now - probed.at).days if probed else 0,
            unique_proved=settings.procore.unique_proved or bool(probed and probed.proves_unique(now)),
            now=now,
            **_of_settings(settings, currencies),
            **_of_loads(settings),
            **_of_run(settings),
        )
    )


def _of_settings(settings: Settings, currencies: set[str]) -> dict[str, Any]:
    procore = settings.procore
    return {
        "currency": settings.company.currency or (currencies.pop() if len(currencies) == 1 else None),
        "bases": [name for name in ("amount_basis", "tax_basis") if getattr(procore, name) is None],
        "live_off": not procore.push_enabled and not procore.loopback,
        "push_mode": procore.push_mode,
        "locked_through": settings.policy.locked_through,
        "freshness": timedelta(hours=procore.freshness_hours),
    }


def _of_loads(settings: Settings) -> dict[str, Any]:
    """What was loaded, and how old both sides are."""
    if not settings.warehouse_path.exists():
        return {}
    with Warehouse.open(settings) as warehouse:
        payments, ages = warehouse.table("payments"), warehouse.ages()
    return {
        "erps": sorted(payments["erp"].unique().to_list()),
        "payments": payments.height,
        "settled": payments.filter(pl.col("status").is_in(schemas.SETTLED)).height,
        "odd_methods": payments.filter(pl.col("payment_method") == "other").height,
        "longest_check": payments["check_number"].str.len_chars().max() or 0,
        "without_currency": payments["currency_code"].null_count(),
        "ages": {name: datetime.fromisoformat(text) for name, text in ages.items()},
    }


def _of_run(settings: Settings) -> dict[str, Any]:
    """What the newest run found, and whether something came in since."""
    try:
        run = latest(settings)
    except NotFound:
        return {}
    facts = run.facts()
    since = [path for path in (settings.published / "loads.duckdb",) if path.exists()]
    newest = max((path.stat().st_mtime for path in since), default=0.0)
    return {
        "run_id": run.run_id,
        "run_is_old": newest > facts["started_at"].replace(tzinfo=UTC).timestamp(),
        "other_numbers": run.count("mismatches", {"code": "invoice_number_mismatch"}),
    }


def _of_procore(settings: Settings, gate: Gate | None, told: Told) -> tuple[str | None, list[Project], set[str]]:
    """Why nothing could be read, or each project and the currencies they use."""
    currencies: set[str] = set()
    try:
        with ProcoreClient(settings, gate=gate) as client:
            wanted = settings.procore.project_ids or sorted(str(row["id"]) for row in client.projects())
            client.companies()
            projects = []
            for project_id in wanted:
                told(f"project {project_id}")
                projects.append(_project(client, settings, project_id, currencies))
    except TieoutError as error:
        return str(error), [], currencies
    return None, projects, currencies


def _project(client: ProcoreClient, settings: Settings, project_id: str, currencies: set[str]) -> Project:
    override = settings.procore.native_overrides.get(project_id)
    try:
        row = client.project(project_id)
        tools = client.tools(project_id)
        mode: Mode = "native" if row.get("is_erp_integrated") and override is None else "push"
        tool = None if tools is None else replies.has_commitments_tool(tools)
        named = str(row.get("name") or project_id)
        if tool is False:
            return Project(project_id, named, mode, override, tool=False, access=client.access(project_id))
        commitments, claims = client.commitments(project_id), client.claims(project_id)
    except NotVisible as error:
        return Project(project_id, project_id, "push", override, refused=str(error))
    currencies |= {code for code in map(replies.currency, (row, *commitments)) if code}
    access = client.access(project_id)
    return Project(project_id, named, mode, override, None, tool, access, commitments, claims)
