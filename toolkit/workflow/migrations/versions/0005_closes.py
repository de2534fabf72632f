"""Closed months: who prepared, who reviewed, who reopened, and on which run."""

import sqlalchemy as sa
from alembic import op

from toolkit.workflow.migrations.guards import refuse

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table; a version of a month is kept for good."""
    needed = [sa.Column(name, sa.Text, nullable=False) for name in ("run_id", "content", "prepared_by", "prepared_at")]
    free = [
        sa.Column(name, sa.Text)
        for name in ("prepared_for", "closed_by", "closed_at", "reopened_by", "reopened_at", "reason")
    ]
    op.create_table(
        "closes",
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        *needed,
        *free,
    )
    refuse("closes_stay", "DELETE", "closes", "a close is kept")
