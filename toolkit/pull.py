"""The pull step: Procore's side over HTTP into the warehouse; a project we may not read is named, not fatal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from toolkit import schemas
from toolkit.errors import NotVisible, RemoteError
from toolkit.procore import Gate, ProcoreClient
from toolkit.procore import replies as row_of
from toolkit.settings import Settings
from toolkit.warehouse import ProcoreRows, PullReport, Warehouse
from toolkit.warehouse.kept import keep_all

Told = Callable[[str], None]
Rows = list[dict[str, Any]]


def pull_procore(
    settings: Settings, now: datetime, gate: Gate | None = None, told: Told = lambda _: None
) -> PullReport:
    """Read every permitted project (or those of `[procore] project_ids`) and write what was read.

    RemoteError or SignInRefused where Procore is away or refuses us: then nothing was written.
    """
    raw: list[tuple[str, bytes]] = []
    with ProcoreClient(settings, gate=gate, keep=lambda *reply: raw.append(reply)) as client:
        rows = replace(read(client, now, told, settings.procore.project_ids), raw=tuple(raw))
    keep_all(settings.files, [body for _, body in rows.raw])
    with Warehouse.open(settings) as warehouse:
        report = warehouse.pull(rows)
        warehouse.publish_loads()
    return report


def read(client: ProcoreClient, now: datetime, told: Told = lambda _: None, chosen: Sequence[str] = ()) -> ProcoreRows:
    """Read the chosen projects, or every one that the client sees; what cannot be read is named in `skipped`."""
    wanted = chosen or [str(row["id"]) for row in client.projects()]
    found: dict[str, Rows] = {name: [] for name in ("projects", "commitments", "claims", "issued_payments")}
    skipped: list[tuple[str, str]] = []
    for project_id in sorted(set(wanted)):
        told(f"project {project_id}")
        try:
            one = _project(client, project_id)
        except NotVisible as error:
            skipped.append((project_id, str(error)))
            continue
        for name, rows in one.items():
            found[name] += rows
    vendors = [row_of.vendor_row(row) for row in client.vendors()]
    return ProcoreRows(
        company_id=client.company_id,
        pulled_at=now,
        projects=_frame(schemas.Projects, found["projects"]),
        vendors=_frame(schemas.Vendors, vendors),
        commitments=_frame(schemas.Commitments, found["commitments"]),
        claims=_frame(schemas.Claims, found["claims"]),
        issued_payments=_frame(schemas.IssuedPayments, found["issued_payments"]),
        skipped=tuple(skipped),
    )


def _project(client: ProcoreClient, project_id: str) -> dict[str, Rows]:
    """One project, all of it or (NotVisible) nothing."""
    project = row_of.project_row(client.project(project_id))
    commitments = [row_of.commitment_row(row, project_id) for row in client.commitments(project_id)]
    if not commitments:
        _demand_the_tool(client, project_id)
    codes = {row["currency_code"] for row in commitments} - {None}
    if project["currency_code"] is None and len(codes) == 1:
        project["currency_code"] = codes.pop()
    by_id = {row["commitment_id"]: row for row in commitments}
    claims = [
        row_of.claim_row(row, project, by_id.get(row_of.text(row.get("commitment_id")), {}))
        for row in client.claims(project_id)
    ]
    issued: Rows = []
    for commitment in commitments:
        identity = commitment["commitment_id"]
        listing = client.issued_payments(project_id, identity)
        if not listing.complete:
            raise RemoteError(
                "Procore", f"the payments of commitment {identity} changed while they were read; pull again."
            )
        code = commitment["currency_code"] or project["currency_code"]
        issued += [row_of.issued_payment_row(row, project_id, identity, code) for row in listing.rows]
    return {"projects": [project], "commitments": commitments, "claims": claims, "issued_payments": issued}


def _demand_the_tool(client: ProcoreClient, project_id: str) -> None:
    """A project without any commitment either has none yet or lacks the tool, which its tools tell."""
    tools = client.tools(project_id)
    if tools is not None and not row_of.has_commitments_tool(tools):
        what = f"project {project_id} lacks the Commitments tool; switch it on under Project Settings > Tools."
        raise NotVisible("Procore", what)


def _frame(table: type[schemas.Table], rows: Rows) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=schemas.columns(table), orient="row").sort(pl.first())
    good, bad = schemas.validate(table, frame)
    if bad.height:
        first = bad.row(0, named=True)
        what = f"{table.__name__.lower()} {first[frame.columns[0]]} cannot be used ({first['reasons']});"
        raise RemoteError("Procore", what, advice="correct it there and pull again.")
    return good
