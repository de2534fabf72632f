"""The doctor step: reads Procore and our own side, and puts every requirement of a payment sync to them.

It only reads. What it asks Procore is one list of projects, and of each project its settings, tools,
access, commitments and claims.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from toolkit.errors import NotVisible, TieoutError
from toolkit.procore import Gate, ProcoreClient, replies
from toolkit.rules.requirements import Check, Company, Mode, Project, examine
from toolkit.settings import Settings
from toolkit.warehouse import Warehouse
from toolkit.workflow.audit import Verdict

Told = Callable[[str], None]


def look(
    settings: Settings, now: datetime, log: Verdict, gate: Gate | None = None, told: Told = lambda _: None
) -> list[Check]:
    """Every requirement, looked at now; `log` is the control database's verdict on its own log."""
    signed_in, projects, currencies = _of_procore(settings, gate, told)
    return examine(
        Company(
            signed_in=signed_in,
            projects=projects,
            roles=[(name, tuple(user.roles)) for name, user in sorted(settings.users.items())],
            log=log.sentence if log.status else None,
            now=now,
            **_of_settings(settings, currencies),
            **_of_loads(settings),
        )
    )


def _of_settings(settings: Settings, currencies: set[str]) -> dict[str, Any]:
    procore = settings.procore
    return {
        "currency": settings.company.currency or (currencies.pop() if len(currencies) == 1 else None),
        "bases": [name for name in ("amount_basis", "tax_basis") if getattr(procore, name) is None],
        "live_off": not procore.push_enabled and not procore.loopback,
        "push_mode": procore.push_mode,
        "unique_proved": procore.unique_proved,
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
        "without_currency": payments["currency_code"].null_count(),
        "ages": {name: datetime.fromisoformat(text) for name, text in ages.items()},
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
