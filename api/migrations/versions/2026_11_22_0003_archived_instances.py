"""in whose packed case an instance lies."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "archived_instance",
        sa.Column("instance_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("business_key", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_archived_instance")),
    )


def downgrade() -> None:
    op.drop_table("archived_instance")
