"""Alembic's entry: the connection is handed over by `toolkit.workflow.control`."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=False)
context.run_migrations()
