"""Cases: who looks after a mismatch, until when, and how it ended."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table."""
    needed = [sa.Column(name, sa.Text, nullable=False) for name in ("state", "updated_by", "updated_at")]
    free = [sa.Column(name, sa.Text) for name in ("owner", "due_date", "note")]
    op.create_table("cases", sa.Column("mismatch_id", sa.Text, primary_key=True), *needed, *free)
