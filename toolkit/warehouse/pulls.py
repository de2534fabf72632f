"""One pull of Procore's side in one transaction; older pulls stay, the newest speaks for its projects."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

import duckdb

from toolkit import schemas
from toolkit.warehouse.model import ProcoreRows, PullReport
from toolkit.warehouse.schema import PROCORE_TABLES
from toolkit.warehouse.versions import naive


def record(connection: duckdb.DuckDBPyConnection, rows: ProcoreRows) -> PullReport:
    """Write what one pull read; the caller owns the transaction."""
    replies = {name: hashlib.sha256(body).hexdigest() for name, body in rows.raw}
    digest = hashlib.sha256(json.dumps(replies, sort_keys=True).encode()).hexdigest()
    pull_id = f"{rows.pulled_at.astimezone(UTC):%Y%m%d-%H%M%S-%f}-{digest[:6]}"
    when = naive(rows.pulled_at)
    connection.execute(
        "INSERT INTO core.pulls VALUES (?, ?, ?, ?, ?)",
        [pull_id, rows.company_id, when, json.dumps(replies, sort_keys=True), json.dumps(rows.skipped)],
    )
    for name, table in PROCORE_TABLES.items():
        connection.register("fresh", schemas.conform(table, getattr(rows, name)))
        connection.execute(f"INSERT INTO core.{name} SELECT *, ? FROM fresh ORDER BY ALL", [pull_id])
        connection.unregister("fresh")
    # A project that could not be read keeps what the pull before it said.
    read = rows.projects["project_id"].to_list()
    for project_id in sorted(set(read) - {project for project, _ in rows.skipped}):
        connection.execute("INSERT INTO core.pulled_projects VALUES (?, ?, ?)", [pull_id, project_id, when])
    return PullReport(
        pull_id=pull_id,
        company_id=rows.company_id,
        pulled_at=rows.pulled_at,
        skipped=rows.skipped,
        **{name: getattr(rows, name).height for name in PROCORE_TABLES},
    )
