"""calls, seats, commands, recordings, blocked numbers, plans and workers of the telephony."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "citizen_class",
        sa.Column("id", _id(), nullable=False),
        sa.Column("citizen_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizen.id"], name=op.f("fk_citizen_class_citizen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen_class")),
    )
    op.create_index("ix_citizen_class_citizen_id_name", "citizen_class", ["citizen_id", "name"], unique=True)
    op.create_table(
        "pager_alarm",
        sa.Column("owner", sa.String(length=48), nullable=False),
        sa.Column("key", sa.String(length=8), nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_pager_alarm")),
    )
    op.create_table(
        "phone_blocked",
        sa.Column("id", _id(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_blocked")),
    )
    op.create_index("ix_phone_blocked_number_index_expires_at", "phone_blocked", ["number_index", "expires_at"])
    op.create_table(
        "phone_call",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("app", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=32), nullable=False),
        sa.Column("queue", sa.String(length=32), nullable=False),
        sa.Column("agent", sa.String(length=64), nullable=True),
        sa.Column("case_no", sa.String(length=64), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("talking_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("talked_ms", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_call")),
    )
    op.create_index("ix_phone_call_began_at", "phone_call", ["began_at"])
    op.create_index(
        "ix_phone_call_case_no", "phone_call", ["case_no"], postgresql_where=sa.text("case_no != ''"), sqlite_where=sa.text("case_no != ''")
    )
    op.create_index(
        "ix_phone_call_live",
        "phone_call",
        ["node", "app"],
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_phone_call_number_index_began_at", "phone_call", ["number_index", "began_at"])
    op.create_table(
        "phone_campaign",
        sa.Column("id", _id(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("queue", sa.String(length=32), nullable=False),
        sa.Column("opens_at", sa.BigInteger(), nullable=False),
        sa.Column("closes_at", sa.BigInteger(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("to_minute", sa.Integer(), nullable=False),
        sa.Column("most_tries", sa.Integer(), nullable=False),
        sa.Column("pause_minutes", sa.Integer(), nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_campaign")),
    )
    op.create_index(op.f("ix_phone_campaign_state"), "phone_campaign", ["state"])
    op.create_table(
        "phone_command",
        sa.Column("id", _id(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("given", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("agent", sa.String(length=80), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("app", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=400), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_command")),
    )
    op.create_index("ix_phone_command_call_id", "phone_command", ["call_id"])
    op.create_index(
        "ix_phone_command_open", "phone_command", ["id"], postgresql_where=sa.text("state = 'open'"), sqlite_where=sa.text("state = 'open'")
    )
    op.create_table(
        "phone_leg",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("agent", sa.String(length=64), nullable=True),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("up_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("cause", _id(), nullable=True),
        sa.Column("talked_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_leg")),
    )
    op.create_index(op.f("ix_phone_leg_call_id"), "phone_leg", ["call_id"])
    op.create_table(
        "phone_listening",
        sa.Column("id", _id(), nullable=False),
        sa.Column("recording", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_listening")),
    )
    op.create_index(op.f("ix_phone_listening_recording"), "phone_listening", ["recording"])
    op.create_table(
        "phone_notice",
        sa.Column("id", _id(), nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_notice")),
    )
    op.create_index(op.f("ix_phone_notice_node"), "phone_notice", ["node"])
    op.create_table(
        "phone_plan",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_phone_plan")),
    )
    op.create_table(
        "phone_recording",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("agent", sa.String(length=64), nullable=True),
        sa.Column("case_no", sa.String(length=64), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("bytes", _id(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_phone_recording")),
    )
    op.create_index(op.f("ix_phone_recording_call_id"), "phone_recording", ["call_id"])
    op.create_index(
        "ix_phone_recording_case_no",
        "phone_recording",
        ["case_no"],
        postgresql_where=sa.text("case_no != ''"),
        sqlite_where=sa.text("case_no != ''"),
    )
    op.create_table(
        "phone_seat",
        sa.Column("agent", sa.String(length=64), nullable=False),
        sa.Column("endpoint", sa.String(length=64), nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("area", sa.String(length=32), nullable=False),
        sa.Column("queues", sa.String(length=400), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("last_call_at", sa.BigInteger(), nullable=False),
        sa.Column("last_missed_at", sa.BigInteger(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("reminded_call", sa.String(length=32), nullable=False),
        sa.Column("reminded_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("agent", name=op.f("pk_phone_seat")),
    )
    op.create_index(
        "ix_phone_seat_endpoint",
        "phone_seat",
        ["endpoint"],
        unique=True,
        postgresql_where=sa.text("state != 'offline'"),
        sqlite_where=sa.text("state != 'offline'"),
    )
    op.create_index("ix_phone_seat_state_last_call_at", "phone_seat", ["state", "last_call_at"])
    op.create_table(
        "phone_stint",
        sa.Column("id", _id(), nullable=False),
        sa.Column("agent", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_stint")),
    )
    op.create_index("ix_phone_stint_agent_since", "phone_stint", ["agent", "since"])
    op.create_table(
        "phone_worker",
        sa.Column("app", sa.String(length=64), nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("app", name=op.f("pk_phone_worker")),
    )
    op.create_index(op.f("ix_phone_worker_node"), "phone_worker", ["node"])
    op.create_table(
        "phone_target",
        sa.Column("id", _id(), nullable=False),
        sa.Column("campaign_id", _id(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["phone_campaign.id"], name=op.f("fk_phone_target_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_target")),
    )
    op.create_index(op.f("ix_phone_target_call_id"), "phone_target", ["call_id"])
    op.create_index("ix_phone_target_campaign_id_number_index", "phone_target", ["campaign_id", "number_index"], unique=True)
    op.create_index("ix_phone_target_campaign_id_state_next_at", "phone_target", ["campaign_id", "state", "next_at"])
    op.add_column("elder_device", sa.Column("line", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_elder_device_line_in_use",
        "elder_device",
        ["line_index"],
        unique=True,
        postgresql_where=sa.text("active"),
        sqlite_where=sa.text("active"),
    )


def downgrade() -> None:
    op.drop_index("ix_elder_device_line_in_use", "elder_device")
    op.drop_column("elder_device", "line")
    for table in (
        "phone_target",
        "phone_worker",
        "phone_stint",
        "phone_seat",
        "phone_recording",
        "phone_plan",
        "phone_notice",
        "phone_listening",
        "phone_leg",
        "phone_command",
        "phone_campaign",
        "phone_call",
        "phone_blocked",
        "pager_alarm",
        "citizen_class",
    ):
        op.drop_table(table)
