"""Syncs, attempts, events, decisions, gates; a log that cannot be rewritten, states that only move along edges."""

import sqlalchemy as sa
from alembic import op

from toolkit.workflow.migrations.guards import Verb, refuse

revision = "0001"
down_revision = None

EDGES = (
    "planned>submitted planned>held planned>cancelled held>planned held>cancelled submitted>approved "
    "submitted>returned submitted>held submitted>planned returned>submitted returned>planned returned>held "
    "returned>cancelled approved>sending approved>submitted approved>planned approved>held approved>posted "
    "approved>needs_review sending>posted sending>unknown sending>approved sending>rejected "
    "sending>needs_review unknown>posted unknown>approved unknown>needs_review needs_review>posted "
    "needs_review>approved needs_review>cancelled posted>verified posted>drifted verified>drifted "
    "drifted>verified drifted>cancelled rejected>planned rejected>held rejected>cancelled cancelled>planned "
    "cancelled>held"
)
SYNC_TEXTS = (
    "batch_id application_id claim_id commitment_id project_id project_number commitment_number vendor_name "
    "invoice_number check_number currency_code approved_hash reason held_by submitted_by submitted_at approved_by "
    "approved_at issued_payment_id unknown_since"
)
SYNC_NEEDED = "state run_id erp erp_company payment_id payment_date body payload_hash facts planned_by updated_at"


def _texts(names: str, *, nullable: bool) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names.split()]


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "syncs",
        sa.Column("sync_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("final", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("due_amount", sa.BigInteger),
        *_texts(SYNC_NEEDED, nullable=False),
        *_texts(SYNC_TEXTS, nullable=True),
    )
    op.create_table(
        "attempts",
        sa.Column("sync_id", sa.Text, sa.ForeignKey("syncs.sync_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        *_texts("payload_hash started_by started_at", nullable=False),
        *_texts("closed_at outcome detail", nullable=True),
        sa.Column("status", sa.Integer),
    )
    open_only = sa.text("closed_at IS NULL")
    op.create_index(
        "one_open_attempt", "attempts", ["sync_id"], unique=True, sqlite_where=open_only, postgresql_where=open_only
    )
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        *_texts("at actor via action object facts prev_hash", nullable=False),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.Integer, primary_key=True),
        *_texts("erp erp_company payment_id claim_id verdict decided_by decided_at", nullable=False),
        *_texts("application_id reason", nullable=True),
    )
    op.create_table(
        "gates", sa.Column("host", sa.Text, primary_key=True), sa.Column("closed_until", sa.Text, nullable=False)
    )
    edges = op.create_table("edges", sa.Column("edge", sa.Text, primary_key=True))
    op.bulk_insert(edges, [{"edge": edge} for edge in EDGES.split()])
    verbs: tuple[Verb, ...] = ("UPDATE", "DELETE")
    for verb in verbs:
        refuse(f"events_no_{verb.lower()}", verb, "events", "the log is written once")
    refuse("syncs_stay", "DELETE", "syncs", "a sync is kept")
    no_edge = "OLD.state <> NEW.state AND NOT EXISTS (SELECT 1 FROM edges WHERE edge = OLD.state || '>' || NEW.state)"
    refuse("only_along_edges", "UPDATE OF state", "syncs", "no such step between states", no_edge)
