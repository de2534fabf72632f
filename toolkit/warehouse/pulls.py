"""One pull of Procore's side in one transaction; older pulls stay, the newest speaks for its projects.

A list of Procore's that was loaded from a file speaks for one table of its projects.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import duckdb
import polars as pl

from toolkit import schemas
from toolkit.errors import RefusedFile
from toolkit.warehouse.model import ProcoreRows, PullReport
from toolkit.warehouse.reading import first
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
    for name in PROCORE_TABLES:
        _put(connection, name, getattr(rows, name), pull_id)
    # A project that could not be read keeps what the pull before it said.
    read = rows.projects["project_id"].to_list()
    for project_id in sorted(set(read) - {project for project, _ in rows.skipped}):
        connection.execute("INSERT INTO core.pulled_projects VALUES (?, ?, ?, NULL)", [pull_id, project_id, when])
    _retire_lists(connection, rows.projects)
    return PullReport(
        pull_id=pull_id,
        company_id=rows.company_id,
        pulled_at=rows.pulled_at,
        skipped=rows.skipped,
        **{name: getattr(rows, name).height for name in PROCORE_TABLES},
    )


def take_list(
    connection: duckdb.DuckDBPyConnection, file: str, load_id: str, table: tuple[str, pl.DataFrame], when: datetime
) -> list[str]:
    """Write one list of Procore's, whose projects are known by their numbers; the caller owns the transaction.

    Returns what it does to the lists before it. RefusedFile where the API was pulled for one of its
    projects (it knows more, and ids), or another list of that instant tells the same table.
    """
    name, rows = table
    said = []
    for project in sorted(rows["project_id"].unique()):
        _demand_no_api(connection, file, project)
        of_project = rows.filter(pl.col("project_id") == project)
        said += _beside_before(connection, (file, name, project), of_project.height, naive(when))
        for brought, frame in ((name, of_project), ("projects", _itself(project, of_project))):
            _put(connection, brought, frame, load_id)
            connection.execute(
                "INSERT INTO core.pulled_projects VALUES (?, ?, ?, ?)", [load_id, project, naive(when), brought]
            )
    return said


def _demand_no_api(connection: duckdb.DuckDBPyConnection, file: str, project: str) -> None:
    asked = "SELECT 1 FROM canon.projects WHERE project_number = ? AND project_id <> ?"
    if first(connection, asked, [project, project]):
        why = f"project {project} is pulled from Procore's API, which knows more: `tieout pull procore` renews it."
        raise RefusedFile(file, why)


def _beside_before(
    connection: duckdb.DuckDBPyConnection, place: tuple[str, str, str], height: int, when: datetime
) -> list[str]:
    """What a list is beside the newest one of its project and table."""
    file, name, project = place
    newest = first(
        connection,
        "SELECT max(pulled_at), arg_max(pull_id, pulled_at) FROM core.pulled_projects "
        "WHERE project_id = ? AND only_table = ?",
        [project, name],
    )
    if newest is None or newest[0] is None:
        return []
    what = f"{name.replace('_', ' ')} of project {project}"
    if newest[0] == when:
        raise RefusedFile(
            file, f"is a second list of the {what} at one time; keep them in one file, or say a later --extracted-at."
        )
    if newest[0] > when:
        return [f"The {what} stay those of {newest[0]:%Y-%m-%d %H:%M} UTC: this list is older."]
    before = first(
        connection, f"SELECT count(*) FROM core.{name} WHERE pull_id = ? AND project_id = ?", [newest[1], project]
    )
    return [f"Takes the place of all {what} loaded before: {before[0] if before else 0} there, {height} here."]


def _itself(project: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The project as its list tells it: a number, and a currency where there is one."""
    codes = rows["currency_code"].drop_nulls().unique()
    named = pl.DataFrame({"project_id": [project], "project_number": [project], "erp_integrated": [False]})
    return named.with_columns(currency_code=pl.lit(codes.first() if codes.len() == 1 else None, pl.String))


def _put(connection: duckdb.DuckDBPyConnection, name: str, rows: pl.DataFrame, pull_id: str) -> None:
    connection.register("fresh", schemas.conform(PROCORE_TABLES[name], rows))
    connection.execute(f"INSERT INTO core.{name} SELECT *, ? FROM fresh ORDER BY ALL", [pull_id])
    connection.unregister("fresh")


def _retire_lists(connection: duckdb.DuckDBPyConnection, projects: pl.DataFrame) -> None:
    """Lists of projects that the API now tells speak no more."""
    for number in projects["project_number"].drop_nulls().unique().sort():
        connection.execute("DELETE FROM core.pulled_projects WHERE only_table IS NOT NULL AND project_id = ?", [number])
