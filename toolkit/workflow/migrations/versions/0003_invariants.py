"""What a person accepted from Procore, where this database sends, and invariants that the database keeps too."""

import sqlalchemy as sa
from alembic import op

from toolkit.workflow.migrations.guards import refuse

revision = "0003"
down_revision = "0002"

EDGES = "drifted>approved"
OPEN = "SELECT 1 FROM attempts WHERE sync_id = NEW.sync_id AND closed_at IS NULL"


def upgrade() -> None:
    """Add columns, the table of targets, an edge, and the guards of I1 to I3."""
    op.add_column("syncs", sa.Column("procore_row", sa.Text))
    op.add_column("syncs", sa.Column("accepted_by", sa.Text))
    op.create_table(
        "targets",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
    )
    edges = sa.table("edges", sa.column("edge", sa.Text))
    op.bulk_insert(edges, [{"edge": edge} for edge in EDGES.split()])
    refuse(
        "intent_before_sending",
        "UPDATE OF state",
        "syncs",
        "nothing is sent without an open attempt at what was approved",
        f"NEW.state = 'sending' AND NOT EXISTS ({OPEN} AND payload_hash = NEW.approved_hash)",
    )
    refuse(
        "no_open_attempt_left",
        "UPDATE OF state",
        "syncs",
        "the attempt is still open",
        f"NEW.state NOT IN ('sending', 'unknown') AND EXISTS ({OPEN})",
    )
    refuse("attempts_close_once", "UPDATE", "attempts", "an attempt is closed once", "OLD.closed_at IS NOT NULL")
