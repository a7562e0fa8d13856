"""calls of cases, missed calls, elders with their devices and contacts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "case_call",
        sa.Column("call_id", sa.String(length=40), nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("query_code", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("call_id", "case_no", name=op.f("pk_case_call")),
    )
    op.create_index("ix_case_call_case_no", "case_call", ["case_no"])
    op.create_table(
        "missed_call",
        sa.Column("call_id", sa.String(length=40), nullable=False),
        sa.Column("caller", sa.String(length=64), nullable=True),
        sa.Column("queue", sa.String(length=40), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_into", sa.String(length=40), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_missed_call")),
    )
    op.create_index("ix_missed_call_caller_at", "missed_call", ["caller", "at"])
    op.create_table(
        "elder",
        sa.Column("id", _id(), nullable=False),
        sa.Column("citizen_id", sa.BigInteger(), nullable=False),
        sa.Column("area", sa.String(length=32), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("health", sa.LargeBinary(), nullable=True),
        sa.Column("profile", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizen.id"], name=op.f("fk_elder_citizen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_elder")),
        sa.UniqueConstraint("citizen_id", name=op.f("uq_elder_citizen_id")),
    )
    op.create_table(
        "elder_device",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("elder_id", sa.BigInteger(), nullable=False),
        sa.Column("line_index", sa.String(length=32), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("last_test_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["elder_id"], ["elder.id"], name=op.f("fk_elder_device_elder_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_elder_device")),
    )
    for column in ("elder_id", "line_index", "last_test_at"):
        op.create_index(f"ix_elder_device_{column}", "elder_device", [column])
    op.create_table(
        "elder_contact",
        sa.Column("id", _id(), nullable=False),
        sa.Column("elder_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["elder_id"], ["elder.id"], name=op.f("fk_elder_contact_elder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_elder_contact")),
    )
    op.create_index("ix_elder_contact_elder_id_place", "elder_contact", ["elder_id", "place"], unique=True)


def downgrade() -> None:
    for table in ("elder_contact", "elder_device", "elder", "missed_call", "case_call"):
        op.drop_table(table)
