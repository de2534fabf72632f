"""Who approved first, where a payment needs two approvers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("syncs", sa.Column("first_approved_by", sa.Text))
    op.add_column("syncs", sa.Column("first_approved_hash", sa.Text))
