"""The one Alembic tree, which sees the models of every package."""
