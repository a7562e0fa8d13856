"""initial tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OPEN_WORK = (
    ("created", ["created_at", "instance_id", "task_id"]),
    ("soonest", ["soonest", "instance_id", "task_id"]),
    ("groups_created", ["candidate_groups", "created_at", "instance_id", "task_id"]),
    ("groups_soonest", ["candidate_groups", "soonest", "instance_id", "task_id"]),
    ("assignee", ["assignee", "candidate_groups"]),
)


def upgrade() -> None:
    op.create_table(
        "access_token",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_access_token")),
    )
    with op.batch_alter_table("access_token", schema=None) as batch_op:
        batch_op.create_index("ix_access_token_expires_at", ["expires_at"], unique=False)
        batch_op.create_index("ix_access_token_username", ["username"], unique=False)

    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=64), nullable=False),
        sa.Column("work_number", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
        sa.UniqueConstraint("work_number", name=op.f("uq_account_work_number")),
    )
    op.create_table(
        "anchor",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_anchor")),
    )
    op.create_table(
        "archive",
        sa.Column("business_key", sa.String(length=40), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("packed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("business_key", name=op.f("pk_archive")),
    )
    with op.batch_alter_table("archive", schema=None) as batch_op:
        batch_op.create_index("ix_archive_last_at", ["last_at"], unique=False)

    op.create_table(
        "archived_instance",
        sa.Column("instance_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("business_key", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_archived_instance")),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_no", sa.String(length=40), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("uploaded_by", sa.String(length=80), nullable=False),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index("ix_attachment_case_no", ["case_no"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=48), nullable=False),
        sa.Column("object", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_actor", ["actor", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_object", ["object", "id"], unique=False)

    op.create_table(
        "bundle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("process_key", sa.String(length=80), nullable=False),
        sa.Column("parts", sa.LargeBinary(), nullable=False),
        sa.Column("start_messages", sa.LargeBinary(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle")),
        sa.UniqueConstraint("digest", name=op.f("uq_bundle_digest")),
    )
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.create_index(
            "ix_bundle_current",
            ["process_key"],
            unique=True,
            sqlite_where=sa.text("current IS true"),
            postgresql_where=sa.text("current IS true"),
        )

    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("loaded_at", sa.BigInteger(), nullable=False),
        sa.Column("loaded_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "case",
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("query_digest", sa.String(length=32), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("demand", sa.LargeBinary(), nullable=True),
        sa.Column("respondent", sa.LargeBinary(), nullable=True),
        sa.Column("prelim_opinion", sa.LargeBinary(), nullable=True),
        sa.Column("occurred_at", sa.BigInteger(), nullable=True),
        sa.Column("citizen_id", sa.BigInteger(), nullable=True),
        sa.Column("alt_phone", sa.LargeBinary(), nullable=True),
        sa.Column("anonymous_reason", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("area", sa.String(length=32), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("address_index", sa.String(length=32), nullable=True),
        sa.Column("class_l1", sa.String(length=32), nullable=True),
        sa.Column("class_l2", sa.String(length=32), nullable=True),
        sa.Column("class_l3", sa.String(length=32), nullable=True),
        sa.Column("class_l4", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("urgency", sa.String(length=16), nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("reply_pref", sa.String(length=16), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=True),
        sa.Column("instance_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("first_dispatched_at", sa.BigInteger(), nullable=True),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_case")),
    )
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_index("ix_case_address", ["address_index", "opened_at"], unique=False)
        batch_op.create_index("ix_case_citizen", ["citizen_id", "opened_at"], unique=False)
        batch_op.create_index("ix_case_opened", ["opened_at", "case_no"], unique=False)
        batch_op.create_index("ix_case_status_opened", ["status", "opened_at", "case_no"], unique=False)

    op.create_table(
        "citizen",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("name_index", sa.String(length=32), nullable=False),
        sa.Column("phone_index", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen")),
    )
    with op.batch_alter_table("citizen", schema=None) as batch_op:
        batch_op.create_index("ix_citizen_phone_index_name_index", ["phone_index", "name_index"], unique=True)

    op.create_table(
        "clock_offset",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("travelling_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_offset")),
    )
    op.create_table(
        "definition_epoch",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition_epoch")),
    )
    op.create_table(
        "definition_file",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_definition_file")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("connector", sa.String(length=40), nullable=False),
        sa.Column("business_key", sa.String(length=40), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_business_key", ["business_key"], unique=False)
        batch_op.create_index(
            "ix_delivery_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(
            "ix_delivery_pending",
            ["connector", "business_key", "seq"],
            unique=False,
            sqlite_where=sa.text("state IN ('waiting', 'queued')"),
            postgresql_where=sa.text("state IN ('waiting', 'queued')"),
        )
        batch_op.create_index(
            "ix_delivery_queued",
            ["queued_at"],
            unique=False,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )

    op.create_table(
        "demo_load",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("begins_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_load")),
    )
    op.create_table(
        "deployment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("request", sa.String(length=32), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_idempotency_key")),
    )
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.create_index("ix_idempotency_key_created_at", ["created_at"], unique=False)

    op.create_table(
        "incident",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("element_id", sa.String(length=80), nullable=True),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("group_key", sa.String(length=16), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=True),
        sa.Column("delivery_id", sa.String(length=40), nullable=True),
        sa.Column("business_key", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column("origin_instance_id", sa.BigInteger(), nullable=True),
        sa.Column("origin_task_id", sa.Integer(), nullable=True),
        sa.Column("again", sa.LargeBinary(), nullable=True),
        sa.Column("skippable", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("message_en", sa.Text(), nullable=False),
        sa.Column("trace", sa.LargeBinary(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index("ix_incident_business_key", ["business_key"], unique=False)
        batch_op.create_index("ix_incident_delivery_id", ["delivery_id"], unique=False)
        batch_op.create_index("ix_incident_group_key", ["group_key", "id"], unique=False)
        batch_op.create_index("ix_incident_instance_id", ["instance_id"], unique=False)
        batch_op.create_index(
            "ix_incident_open",
            ["kind", "cause", "group_key"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("args", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.String(length=120), nullable=True),
        sa.Column("key", sa.String(length=160), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ready_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(
            "ix_job_case_id_doing",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("state = 'doing' AND case_id IS NOT NULL"),
            postgresql_where=sa.text("state = 'doing' AND case_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_job_key_todo", ["key"], unique=True, sqlite_where=sa.text("state = 'todo'"), postgresql_where=sa.text("state = 'todo'")
        )
        batch_op.create_index("ix_job_state", ["state", "kind", "id"], unique=False)

    op.create_table(
        "login_failure",
        sa.Column("name_index", sa.String(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name_index", name=op.f("pk_login_failure")),
    )
    with op.batch_alter_table("login_failure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_failure_last_at"), ["last_at"], unique=False)

    op.create_table(
        "mailbox_message",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("case_no", sa.String(length=40), nullable=False),
        sa.Column("template", sa.String(length=24), nullable=False),
        sa.Column("side", sa.String(length=12), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_message")),
    )
    with op.batch_alter_table("mailbox_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mailbox_message_case_no"), ["case_no"], unique=False)
        batch_op.create_index(batch_op.f("ix_mailbox_message_received_at"), ["received_at"], unique=False)

    op.create_table(
        "incident_batch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_key", sa.String(length=16), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_batch")),
    )
    with op.batch_alter_table("incident_batch", schema=None) as batch_op:
        batch_op.create_index("ix_incident_batch_group_key", ["group_key", "id"], unique=False)

    op.create_table(
        "signal_broadcast",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signal", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("thrown_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_broadcast")),
    )
    op.create_table(
        "signal_receipt",
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("task_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("business_key", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["broadcast_id"], ["signal_broadcast.id"], name=op.f("fk_signal_receipt_broadcast_id")),
        sa.PrimaryKeyConstraint("broadcast_id", "instance_id", "task_id", name=op.f("pk_signal_receipt")),
    )
    with op.batch_alter_table("signal_receipt", schema=None) as batch_op:
        batch_op.create_index(
            "ix_signal_receipt_queued",
            ["queued_at"],
            unique=False,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.create_index(
            "ix_signal_receipt_waiting",
            ["broadcast_id", "instance_id", "task_id"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "message_inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message", sa.String(length=80), nullable=False),
        sa.Column("correlation", sa.String(length=160), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_inbox")),
    )
    with op.batch_alter_table("message_inbox", schema=None) as batch_op:
        batch_op.create_index("ix_message_inbox_expires_at", ["expires_at"], unique=False)
        batch_op.create_index("ix_message_inbox_correlation", ["correlation"], unique=False)

    op.create_table(
        "received_webhook",
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("webhook_id", sa.String(length=120), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("unit", "webhook_id", name=op.f("pk_received_webhook")),
    )
    op.create_table(
        "role",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("name_en", sa.String(length=48), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_role")),
    )
    op.create_table(
        "sms_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_no", sa.String(length=40), nullable=False),
        sa.Column("work_order", sa.String(length=40), nullable=True),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column("template", sa.String(length=24), nullable=False),
        sa.Column("side", sa.String(length=12), nullable=False),
        sa.Column("receiver", sa.String(length=32), nullable=False),
        sa.Column("phone", sa.String(length=24), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.String(length=40), nullable=True),
        sa.Column("unsent", sa.String(length=16), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_message")),
    )
    with op.batch_alter_table("sms_message", schema=None) as batch_op:
        batch_op.create_index("ix_sms_message_case_no", ["case_no", "at"], unique=False)

    op.create_table(
        "sms_opt_out",
        sa.Column("phone_index", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("phone_index", name=op.f("pk_sms_opt_out")),
    )
    op.create_table(
        "preference",
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("username", "name", name=op.f("pk_preference")),
    )
    op.create_table(
        "task_draft",
        sa.Column("instance_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("task_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("instance_id", "task_id", "username", name=op.f("pk_task_draft")),
    )
    op.create_table(
        "timer",
        sa.Column("instance_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("task_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column("business_key", sa.String(length=40), nullable=False),
        sa.Column("process_key", sa.String(length=80), nullable=True),
        sa.Column("repeat", sa.String(length=20), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("instance_id", "task_id", name=op.f("pk_timer")),
    )
    with op.batch_alter_table("timer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_timer_due",
            ["due_at", "instance_id"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(
            "ix_timer_queued",
            ["queued_at"],
            unique=False,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )

    op.create_table(
        "title_pair",
        sa.Column("pair", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pair", "opened_at", name=op.f("pk_title_pair")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "unit",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("name_en", sa.String(length=96), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("oa_url", sa.String(length=400), nullable=True),
        sa.Column("callback_secret", sa.LargeBinary(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_unit")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["year"], ["calendar_year.year"], name=op.f("fk_calendar_day_year"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    with op.batch_alter_table("calendar_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_day_year"), ["year"], unique=False)

    op.create_table(
        "case_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["case.case_no"], name=op.f("fk_case_entry_case_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_entry")),
    )
    with op.batch_alter_table("case_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_entry_case_no"), ["case_no"], unique=False)

    op.create_table(
        "case_link",
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("master", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("merged_into", sa.String(length=24), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_no"], ["case.case_no"], name=op.f("fk_case_link_case_no")),
        sa.ForeignKeyConstraint(["master"], ["case.case_no"], name=op.f("fk_case_link_master")),
        sa.ForeignKeyConstraint(["merged_into"], ["case.case_no"], name=op.f("fk_case_link_merged_into")),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_case_link")),
    )
    with op.batch_alter_table("case_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_link_master"), ["master"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_link_merged_into"), ["merged_into"], unique=False)

    op.create_table(
        "demo_case",
        sa.Column("case_no", sa.String(length=40), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["demo_load.id"], name=op.f("fk_demo_case_load_id")),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_demo_case")),
    )
    with op.batch_alter_table("demo_case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_demo_case_load_id"), ["load_id"], unique=False)

    op.create_table(
        "instance",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("process_key", sa.String(length=80), nullable=False),
        sa.Column("process_version", sa.Integer(), nullable=False),
        sa.Column("business_key", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("state_format", sa.SmallInteger(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundle.id"], name=op.f("fk_instance_bundle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.create_index("ix_instance_business_key", ["business_key"], unique=False)
        batch_op.create_index(
            "ix_instance_ended",
            ["ended_at"],
            unique=False,
            sqlite_where=sa.text("status = 'ended'"),
            postgresql_where=sa.text("status = 'ended'"),
        )
        batch_op.create_index(
            "ix_instance_live",
            ["process_key"],
            unique=False,
            sqlite_where=sa.text("status = 'live'"),
            postgresql_where=sa.text("status = 'live'"),
        )

    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role_code", sa.String(length=32), nullable=False),
        sa.Column("unit_code", sa.String(length=24), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_membership_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role_code"], ["role.code"], name=op.f("fk_membership_role_code")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_membership_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_membership_role_unit", ["role_code", "unit_code"], unique=False)

    op.create_table(
        "process_definition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("uses", sa.LargeBinary(), nullable=False),
        sa.Column("warnings", sa.LargeBinary(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("approver", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("simulated_at", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"], name=op.f("fk_process_definition_deployment_id")),
        sa.ForeignKeyConstraint(["digest"], ["definition_file.digest"], name=op.f("fk_process_definition_digest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_definition")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_process_definition_key_version")),
    )
    with op.batch_alter_table("process_definition", schema=None) as batch_op:
        batch_op.create_index("ix_process_definition_status", ["status", "key", "version"], unique=False)

    op.create_table(
        "query_lock",
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["case.case_no"], name=op.f("fk_query_lock_case_no")),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_query_lock")),
    )
    op.create_table(
        "reply_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=True),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["case.case_no"], name=op.f("fk_reply_attempt_case_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_attempt")),
    )
    with op.batch_alter_table("reply_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reply_attempt_case_no"), ["case_no"], unique=False)

    op.create_table(
        "satisfaction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("handler_sat", sa.String(length=16), nullable=True),
        sa.Column("handling_sat", sa.String(length=16), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("solved", sa.String(length=16), nullable=True),
        sa.Column("unsat_reason", sa.String(length=64), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["case.case_no"], name=op.f("fk_satisfaction_case_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_satisfaction")),
    )
    with op.batch_alter_table("satisfaction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_satisfaction_case_no"), ["case_no"], unique=False)

    op.create_table(
        "side_action",
        sa.Column("instance_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("work_order", sa.String(length=32), nullable=True),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["case.case_no"], name=op.f("fk_side_action_case_no")),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_side_action")),
    )
    with op.batch_alter_table("side_action", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_side_action_case_no"), ["case_no"], unique=False)

    op.create_table(
        "urge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("work_order", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["case.case_no"], name=op.f("fk_urge_case_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urge")),
    )
    with op.batch_alter_table("urge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_urge_case_no"), ["case_no"], unique=False)

    op.create_table(
        "work_order",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(length=16), nullable=True),
        sa.Column("review", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("dispatched_at", sa.BigInteger(), nullable=False),
        sa.Column("original_due_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("near_at", sa.BigInteger(), nullable=False),
        sa.Column("calendar", sa.String(length=1), nullable=False),
        sa.Column("ack_minutes", sa.Integer(), nullable=False),
        sa.Column("acked_at", sa.BigInteger(), nullable=True),
        sa.Column("ack_level", sa.Integer(), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.String(length=32), nullable=True),
        sa.Column("contacted", sa.Boolean(), nullable=True),
        sa.Column("est_finish", sa.Date(), nullable=True),
        sa.Column("contact_person", sa.LargeBinary(), nullable=True),
        sa.Column("contact_phone", sa.LargeBinary(), nullable=True),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.Column("measures", sa.LargeBinary(), nullable=True),
        sa.Column("instance_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["case.case_no"], name=op.f("fk_work_order_case_no")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_work_order")),
    )
    with op.batch_alter_table("work_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_order_case_no"), ["case_no"], unique=False)
        batch_op.create_index("ix_work_order_instance", ["instance_id"], unique=False)
        batch_op.create_index("ix_work_order_unit", ["unit", "status", "due_at"], unique=False)

    op.create_table(
        "extension_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("work_order", sa.String(length=32), nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decision", sa.LargeBinary(), nullable=True),
        sa.Column("days_granted", sa.Integer(), nullable=True),
        sa.Column("old_due_at", sa.BigInteger(), nullable=True),
        sa.Column("new_due_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["case.case_no"], name=op.f("fk_extension_request_case_no")),
        sa.ForeignKeyConstraint(["work_order"], ["work_order.number"], name=op.f("fk_extension_request_work_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension_request")),
    )
    with op.batch_alter_table("extension_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extension_request_case_no"), ["case_no"], unique=False)
        batch_op.create_index(batch_op.f("ix_extension_request_instance_id"), ["instance_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_extension_request_work_order"), ["work_order"], unique=False)
        batch_op.create_index(
            "uq_extension_request_pending",
            ["work_order"],
            unique=True,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    op.create_table(
        "history",
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("element_id", sa.String(length=80), nullable=True),
        sa.Column("flow_id", sa.String(length=80), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_history_instance_id")),
        sa.PrimaryKeyConstraint("instance_id", "seq", name=op.f("pk_history")),
    )
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.create_index("ix_history_at", ["at"], unique=False)

    op.create_table(
        "submission",
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_submission_instance_id")),
        sa.PrimaryKeyConstraint("instance_id", "seq", name=op.f("pk_submission")),
    )
    op.create_table(
        "subscription",
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=80), nullable=False),
        sa.Column("correlation", sa.String(length=160), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_subscription_instance_id")),
        sa.PrimaryKeyConstraint("instance_id", "task_id", "message", name=op.f("pk_subscription")),
    )
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.create_index("ix_subscription_message", ["message", "correlation"], unique=False)

    op.create_table(
        "supervise",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("work_order", sa.String(length=32), nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("opinion_at", sa.BigInteger(), nullable=True),
        sa.Column("opinion_by", sa.String(length=64), nullable=True),
        sa.Column("opinion", sa.LargeBinary(), nullable=True),
        sa.Column("reply_by", sa.BigInteger(), nullable=True),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.Column("replied_at", sa.BigInteger(), nullable=True),
        sa.Column("replied_by", sa.String(length=64), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("instance_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["case.case_no"], name=op.f("fk_supervise_case_no")),
        sa.ForeignKeyConstraint(["work_order"], ["work_order.number"], name=op.f("fk_supervise_work_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervise")),
    )
    with op.batch_alter_table("supervise", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supervise_case_no"), ["case_no"], unique=False)
        batch_op.create_index(batch_op.f("ix_supervise_work_order"), ["work_order"], unique=False)

    op.create_table(
        "work_item",
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("business_key", sa.String(length=40), nullable=False),
        sa.Column("process_key", sa.String(length=80), nullable=False),
        sa.Column("candidate_groups", sa.String(length=400), nullable=False),
        sa.Column("assignee", sa.String(length=80), nullable=True),
        sa.Column("form_key", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("soonest", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_work_item_instance_id")),
        sa.PrimaryKeyConstraint("instance_id", "task_id", name=op.f("pk_work_item")),
    )
    with op.batch_alter_table("work_item", schema=None) as batch_op:
        batch_op.create_index("ix_work_item_business_key", ["business_key"], unique=False)
        for name, columns in OPEN_WORK:
            batch_op.create_index(
                f"ix_work_item_{name}",
                columns,
                unique=False,
                sqlite_where=sa.text("state = 'open'"),
                postgresql_where=sa.text("state = 'open'"),
            )

    op.create_table(
        "work_order_return",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("work_order", sa.String(length=32), nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("basis", sa.LargeBinary(), nullable=True),
        sa.Column("audit", sa.String(length=8), nullable=False),
        sa.Column("audited_at", sa.BigInteger(), nullable=True),
        sa.Column("audited_by", sa.String(length=64), nullable=True),
        sa.Column("audit_reason", sa.LargeBinary(), nullable=True),
        sa.Column("new_unit", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["case.case_no"], name=op.f("fk_work_order_return_case_no")),
        sa.ForeignKeyConstraint(["work_order"], ["work_order.number"], name=op.f("fk_work_order_return_work_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order_return")),
    )
    with op.batch_alter_table("work_order_return", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_order_return_case_no"), ["case_no"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_order_return_work_order"), ["work_order"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("work_order_return", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_order_return_work_order"))
        batch_op.drop_index(batch_op.f("ix_work_order_return_case_no"))

    op.drop_table("work_order_return")
    with op.batch_alter_table("work_item", schema=None) as batch_op:
        for name, _columns in OPEN_WORK:
            still = sa.text("state = 'open'")
            batch_op.drop_index(f"ix_work_item_{name}", sqlite_where=still, postgresql_where=still)
        batch_op.drop_index("ix_work_item_business_key")

    op.drop_table("work_item")
    with op.batch_alter_table("supervise", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_supervise_work_order"))
        batch_op.drop_index(batch_op.f("ix_supervise_case_no"))

    op.drop_table("supervise")
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.drop_index("ix_subscription_message")

    op.drop_table("subscription")
    op.drop_table("submission")
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_index("ix_history_at")

    op.drop_table("history")
    with op.batch_alter_table("extension_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_extension_request_pending", sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'")
        )
        batch_op.drop_index(batch_op.f("ix_extension_request_work_order"))
        batch_op.drop_index(batch_op.f("ix_extension_request_instance_id"))
        batch_op.drop_index(batch_op.f("ix_extension_request_case_no"))

    op.drop_table("extension_request")
    with op.batch_alter_table("work_order", schema=None) as batch_op:
        batch_op.drop_index("ix_work_order_unit")
        batch_op.drop_index("ix_work_order_instance")
        batch_op.drop_index(batch_op.f("ix_work_order_case_no"))

    op.drop_table("work_order")
    with op.batch_alter_table("urge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_urge_case_no"))

    op.drop_table("urge")
    with op.batch_alter_table("side_action", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_side_action_case_no"))

    op.drop_table("side_action")
    with op.batch_alter_table("satisfaction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_satisfaction_case_no"))

    op.drop_table("satisfaction")
    with op.batch_alter_table("reply_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reply_attempt_case_no"))

    op.drop_table("reply_attempt")
    op.drop_table("query_lock")
    with op.batch_alter_table("process_definition", schema=None) as batch_op:
        batch_op.drop_index("ix_process_definition_status")

    op.drop_table("process_definition")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index("ix_membership_role_unit")
        batch_op.drop_index(batch_op.f("ix_membership_account_id"))

    op.drop_table("membership")
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.drop_index("ix_instance_ended", sqlite_where=sa.text("status = 'ended'"), postgresql_where=sa.text("status = 'ended'"))
        batch_op.drop_index("ix_instance_live", sqlite_where=sa.text("status = 'live'"), postgresql_where=sa.text("status = 'live'"))
        batch_op.drop_index("ix_instance_business_key")

    op.drop_table("instance")
    with op.batch_alter_table("demo_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_demo_case_load_id"))

    op.drop_table("demo_case")
    with op.batch_alter_table("case_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_link_merged_into"))
        batch_op.drop_index(batch_op.f("ix_case_link_master"))

    op.drop_table("case_link")
    with op.batch_alter_table("case_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_entry_case_no"))

    op.drop_table("case_entry")
    with op.batch_alter_table("calendar_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_day_year"))

    op.drop_table("calendar_day")
    op.drop_table("unit")
    op.drop_table("title_pair")
    with op.batch_alter_table("timer", schema=None) as batch_op:
        batch_op.drop_index("ix_timer_queued", sqlite_where=sa.text("state = 'queued'"), postgresql_where=sa.text("state = 'queued'"))
        batch_op.drop_index("ix_timer_due", sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))

    op.drop_table("timer")
    op.drop_table("task_draft")
    op.drop_table("preference")
    op.drop_table("sms_opt_out")
    with op.batch_alter_table("sms_message", schema=None) as batch_op:
        batch_op.drop_index("ix_sms_message_case_no")

    op.drop_table("sms_message")
    op.drop_table("role")
    op.drop_table("received_webhook")
    with op.batch_alter_table("message_inbox", schema=None) as batch_op:
        batch_op.drop_index("ix_message_inbox_correlation")
        batch_op.drop_index("ix_message_inbox_expires_at")

    op.drop_table("message_inbox")
    with op.batch_alter_table("signal_receipt", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_signal_receipt_waiting", sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'")
        )
        batch_op.drop_index(
            "ix_signal_receipt_queued", sqlite_where=sa.text("state = 'queued'"), postgresql_where=sa.text("state = 'queued'")
        )

    op.drop_table("signal_receipt")
    op.drop_table("signal_broadcast")
    with op.batch_alter_table("incident_batch", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_batch_group_key")

    op.drop_table("incident_batch")
    with op.batch_alter_table("mailbox_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mailbox_message_received_at"))
        batch_op.drop_index(batch_op.f("ix_mailbox_message_case_no"))

    op.drop_table("mailbox_message")
    with op.batch_alter_table("login_failure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_failure_last_at"))

    op.drop_table("login_failure")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_state")
        batch_op.drop_index("ix_job_key_todo", sqlite_where=sa.text("state = 'todo'"), postgresql_where=sa.text("state = 'todo'"))
        batch_op.drop_index(
            "ix_job_case_id_doing",
            sqlite_where=sa.text("state = 'doing' AND case_id IS NOT NULL"),
            postgresql_where=sa.text("state = 'doing' AND case_id IS NOT NULL"),
        )

    op.drop_table("job")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_open", sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index("ix_incident_instance_id")
        batch_op.drop_index("ix_incident_group_key")
        batch_op.drop_index("ix_incident_delivery_id")
        batch_op.drop_index("ix_incident_business_key")

    op.drop_table("incident")
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.drop_index("ix_idempotency_key_created_at")

    op.drop_table("idempotency_key")
    op.drop_table("deployment")
    op.drop_table("demo_load")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_queued", sqlite_where=sa.text("state = 'queued'"), postgresql_where=sa.text("state = 'queued'"))
        batch_op.drop_index(
            "ix_delivery_pending",
            sqlite_where=sa.text("state IN ('waiting', 'queued')"),
            postgresql_where=sa.text("state IN ('waiting', 'queued')"),
        )
        batch_op.drop_index("ix_delivery_due", sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
        batch_op.drop_index("ix_delivery_business_key")

    op.drop_table("delivery")
    op.drop_table("definition_epoch")
    op.drop_table("definition_file")
    op.drop_table("clock_offset")
    with op.batch_alter_table("citizen", schema=None) as batch_op:
        batch_op.drop_index("ix_citizen_phone_index_name_index")

    op.drop_table("citizen")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_index("ix_case_status_opened")
        batch_op.drop_index("ix_case_opened")
        batch_op.drop_index("ix_case_citizen")
        batch_op.drop_index("ix_case_address")

    op.drop_table("case")
    op.drop_table("calendar_year")
    with op.batch_alter_table("bundle", schema=None) as batch_op:
        batch_op.drop_index("ix_bundle_current", sqlite_where=sa.text("current IS true"), postgresql_where=sa.text("current IS true"))

    op.drop_table("bundle")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_object")
        batch_op.drop_index("ix_audit_entry_actor")

    op.drop_table("audit_entry")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index("ix_attachment_case_no")

    op.drop_table("attachment")
    op.drop_table("archived_instance")
    with op.batch_alter_table("archive", schema=None) as batch_op:
        batch_op.drop_index("ix_archive_last_at")

    op.drop_table("archive")
    op.drop_table("anchor")
    op.drop_table("account")
    with op.batch_alter_table("access_token", schema=None) as batch_op:
        batch_op.drop_index("ix_access_token_username")
        batch_op.drop_index("ix_access_token_expires_at")

    op.drop_table("access_token")
