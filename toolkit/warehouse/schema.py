"""The warehouse's own tables: journal, versions, pulls, runs. Amounts are minor units (BIGINT).

`core` holds what was loaded and pulled, every version of it; `canon` is both sides as they stand
now, in the shapes of `toolkit.schemas`, and what the newest run found; `report` (see `views`) is
what people and outside tools read. A snapshot has the same `canon` and `report`, as tables.
"""

from __future__ import annotations

import duckdb
import polars as pl

from toolkit import schemas
from toolkit.errors import StoreError
from toolkit.warehouse.reading import first

VERSION = 1
TYPES = {pl.String: "VARCHAR", pl.Int64: "BIGINT", pl.Date: "DATE", pl.Boolean: "BOOLEAN", pl.Float64: "DOUBLE"}

# ERP side, kept in versions; Procore side, kept per pull; what a run finds.
ERP_TABLES: dict[str, type[schemas.Table]] = {
    "payments": schemas.Payments,
    "applications": schemas.Applications,
    "bills": schemas.Bills,
}
PROCORE_TABLES: dict[str, type[schemas.Table]] = {
    "projects": schemas.Projects,
    "vendors": schemas.Vendors,
    "commitments": schemas.Commitments,
    "claims": schemas.Claims,
    "issued_payments": schemas.IssuedPayments,
}
FOUND_TABLES: dict[str, type[schemas.Table]] = {
    "matches": schemas.Matches,
    "links": schemas.Links,
    "mismatches": schemas.Mismatches,
    "statement": schemas.StatementLines,
}
# What people said, as of a run's end.
PEOPLE_TABLES: dict[str, type[schemas.Table]] = {"cases": schemas.Cases}
# What a run took in beside both sides; only its snapshot keeps it.
TAKEN_TABLES: dict[str, type[schemas.Table]] = {
    "decisions": schemas.Decisions,
    "posted": schemas.PostedSyncs,
    "closed": schemas.ClosedPeriods,
    "closed_items": schemas.ClosedItems,
}
CANON = ERP_TABLES | PROCORE_TABLES | FOUND_TABLES | PEOPLE_TABLES
SNAPSHOT = CANON | TAKEN_TABLES

JOURNAL = """
CREATE SCHEMA core;
CREATE SCHEMA canon;
CREATE SCHEMA report;
CREATE TABLE core.version AS SELECT {version} AS version;
CREATE TABLE core.loads (
    load_id VARCHAR PRIMARY KEY, source_file VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, said VARCHAR NOT NULL,
    erp VARCHAR NOT NULL, rows_seen BIGINT NOT NULL, good BIGINT NOT NULL, quarantined BIGINT NOT NULL,
    blank BIGINT NOT NULL, duplicate BIGINT NOT NULL, furniture BIGINT NOT NULL, other BIGINT NOT NULL,
    amounts VARCHAR NOT NULL, amount_total DECIMAL(18,2) NOT NULL, extracted_at TIMESTAMP NOT NULL,
    stamped BOOLEAN NOT NULL, options VARCHAR NOT NULL, notes VARCHAR NOT NULL, loaded_at TIMESTAMP NOT NULL,
    CONSTRAINT every_row_accounted_for
        CHECK (rows_seen = good + quarantined + blank + duplicate + furniture + other)
);
CREATE TABLE core.quarantine (
    load_id VARCHAR NOT NULL, source_file VARCHAR NOT NULL, source_row BIGINT NOT NULL, column_name VARCHAR,
    reason VARCHAR NOT NULL, raw VARCHAR NOT NULL
);
CREATE TABLE core.deleted (
    erp VARCHAR NOT NULL, erp_company VARCHAR NOT NULL, payment_id VARCHAR NOT NULL, load_id VARCHAR NOT NULL,
    extracted_at TIMESTAMP NOT NULL
);
CREATE TABLE core.pulls (
    pull_id VARCHAR PRIMARY KEY, company_id VARCHAR NOT NULL, pulled_at TIMESTAMP NOT NULL, replies VARCHAR NOT NULL,
    skipped VARCHAR NOT NULL
);
CREATE TABLE core.pulled_projects (
    pull_id VARCHAR NOT NULL, project_id VARCHAR NOT NULL, pulled_at TIMESTAMP NOT NULL, only_table VARCHAR
);
CREATE TABLE core.runs (
    run_id VARCHAR PRIMARY KEY, as_of DATE NOT NULL, period VARCHAR, started_at TIMESTAMP NOT NULL,
    rules_version VARCHAR NOT NULL, parameters VARCHAR NOT NULL, inputs VARCHAR NOT NULL, content VARCHAR NOT NULL,
    prepared_by VARCHAR NOT NULL
);
CREATE TABLE core.first_seen (mismatch_id VARCHAR PRIMARY KEY, first_seen DATE NOT NULL);
"""

CURRENT_PAYMENTS = "SELECT {columns} FROM core.payments WHERE current"
CURRENT_APPLICATIONS = """
SELECT {columns} FROM (
    SELECT a.* REPLACE (
        coalesce(a.invoice_number, b.invoice_number) AS invoice_number,
        coalesce(a.document_number, b.document_number) AS document_number,
        coalesce(a.invoice_date, b.invoice_date) AS invoice_date,
        coalesce(a.project_number, b.project_number) AS project_number
    )
    FROM core.applications a
    LEFT JOIN core.bills b
        ON b.current AND b.erp = a.erp AND b.erp_company = a.erp_company AND b.document_id = a.document_id
    WHERE a.current
)
"""
# The newest pull that reached a project speaks for it, and a list of Procore's for its own table only;
# vendors belong to the company.
CURRENT_OF_PROJECT = """
SELECT {columns} FROM core.{table} t
WHERE (t.pull_id, t.project_id) IN (
    SELECT (arg_max(pull_id, pulled_at), project_id) FROM core.pulled_projects
    WHERE coalesce(only_table, '{table}') = '{table}' GROUP BY project_id
)
"""
CURRENT_VENDORS = (
    "SELECT {columns} FROM core.vendors WHERE pull_id = (SELECT arg_max(pull_id, pulled_at) FROM core.pulls)"
)


# What a run stood on, enough to do it again: every load in its order, and the pulls that speak.
STOOD_ON = {
    "loads": "SELECT *, rowid AS place FROM core.loads ORDER BY rowid",
    "pulls": """
        SELECT * FROM core.pulls WHERE pull_id = (SELECT arg_max(pull_id, pulled_at) FROM core.pulls)
        OR pull_id IN (SELECT arg_max(pull_id, pulled_at) FROM core.pulled_projects GROUP BY project_id)
        ORDER BY pulled_at, pull_id""",
}


def _columns(table: type[schemas.Table]) -> str:
    return ", ".join(f"{name} {TYPES[dtype.base_type()]}" for name, dtype in schemas.columns(table).items())


def _names(table: type[schemas.Table]) -> str:
    return ", ".join(schemas.columns(table))


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make every table and view of an empty warehouse."""
    connection.execute(JOURNAL.format(version=VERSION))
    for name, table in ERP_TABLES.items():
        kept = "load_id VARCHAR NOT NULL, extracted_at TIMESTAMP NOT NULL, current BOOLEAN NOT NULL"
        connection.execute(f"CREATE TABLE core.{name} ({_columns(table)}, {kept})")
    for name, table in PROCORE_TABLES.items():
        connection.execute(f"CREATE TABLE core.{name} ({_columns(table)}, pull_id VARCHAR NOT NULL)")
    for name, table in (FOUND_TABLES | PEOPLE_TABLES).items():
        connection.execute(f"CREATE TABLE canon.{name} ({_columns(table)})")
    _current_views(connection)


def _current_views(connection: duckdb.DuckDBPyConnection) -> None:
    for name, table in (ERP_TABLES | PROCORE_TABLES).items():
        text = {
            "applications": CURRENT_APPLICATIONS,
            "vendors": CURRENT_VENDORS,
        }.get(name, CURRENT_PAYMENTS if name in ERP_TABLES else CURRENT_OF_PROJECT)
        query = text.replace("core.payments", f"core.{name}") if name == "bills" else text
        view = f"CREATE OR REPLACE VIEW canon.{name} AS"
        connection.execute(f"{view} {query.format(columns=_names(table), table=name)}")
    for name in ("loads", "quarantine", "first_seen"):
        connection.execute(f"CREATE OR REPLACE VIEW canon.{name} AS SELECT * FROM core.{name}")
    newest = "SELECT * FROM core.runs ORDER BY started_at DESC, run_id DESC LIMIT 1"
    connection.execute(f"CREATE OR REPLACE VIEW canon.run AS {newest}")


def renew(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a warehouse made before lists of Procore could be loaded what it lacks for them."""
    known = first(connection, "SELECT 1 FROM duckdb_columns() WHERE column_name = 'only_table'")
    if not known:
        connection.execute("ALTER TABLE core.pulled_projects ADD COLUMN only_table VARCHAR")
        _current_views(connection)


def check(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    """StoreError where the file was made by a newer program."""
    row = first(connection, "SELECT version FROM core.version")
    found = int(row[0]) if row else 0
    if found > VERSION:
        raise StoreError(f"{path} was made by a newer Tieout (version {found}); upgrade, or use another TIEOUT_HOME.")
