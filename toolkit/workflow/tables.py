"""The control database's tables (SQLAlchemy Core). Amounts are minor units; instants are ISO-8601 UTC text."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

syncs = sa.Table(
    "syncs",
    metadata,
    sa.Column("sync_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("final", sa.Boolean, nullable=False, default=False),
    sa.Column("batch_id", sa.Text),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("erp", sa.Text, nullable=False),
    sa.Column("erp_company", sa.Text, nullable=False),
    sa.Column("payment_id", sa.Text, nullable=False),
    sa.Column("application_id", sa.Text),
    sa.Column("claim_id", sa.Text),
    sa.Column("commitment_id", sa.Text),
    sa.Column("project_id", sa.Text),
    sa.Column("project_number", sa.Text),
    sa.Column("commitment_number", sa.Text),
    sa.Column("vendor_name", sa.Text),
    sa.Column("invoice_number", sa.Text),
    sa.Column("check_number", sa.Text),
    sa.Column("currency_code", sa.Text),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("payment_date", sa.Text, nullable=False),
    sa.Column("due_amount", sa.BigInteger),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("payload_hash", sa.Text, nullable=False),
    sa.Column("approved_hash", sa.Text),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("held_by", sa.Text),
    sa.Column("planned_by", sa.Text, nullable=False),
    sa.Column("submitted_by", sa.Text),
    sa.Column("submitted_at", sa.Text),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_at", sa.Text),
    sa.Column("issued_payment_id", sa.Text),
    sa.Column("unknown_since", sa.Text),
    sa.Column("procore_row", sa.Text),
    sa.Column("accepted_by", sa.Text),
    sa.Column("updated_at", sa.Text, nullable=False),
)
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("sync_id", sa.Text, sa.ForeignKey("syncs.sync_id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("payload_hash", sa.Text, nullable=False),
    sa.Column("started_by", sa.Text, nullable=False),
    sa.Column("started_at", sa.Text, nullable=False),
    sa.Column("closed_at", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("status", sa.Integer),
    sa.Column("detail", sa.Text),
)
events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("prev_hash", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
)
decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("decision_id", sa.Integer, primary_key=True),
    sa.Column("erp", sa.Text, nullable=False),
    sa.Column("erp_company", sa.Text, nullable=False),
    sa.Column("payment_id", sa.Text, nullable=False),
    sa.Column("application_id", sa.Text),
    sa.Column("claim_id", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.Column("decided_at", sa.Text, nullable=False),
)
cases = sa.Table(
    "cases",
    metadata,
    sa.Column("mismatch_id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("due_date", sa.Text),
    sa.Column("note", sa.Text),
    sa.Column("updated_by", sa.Text, nullable=False),
    sa.Column("updated_at", sa.Text, nullable=False),
)
gates = sa.Table(
    "gates",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("closed_until", sa.Text, nullable=False),
)
targets = sa.Table(
    "targets",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("since", sa.Text, nullable=False),
)
