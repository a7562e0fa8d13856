"""the queue of a cluster: procrastinate 3.10.0 on PostgreSQL."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# A copy, since the library's own file changes with its version: a newer one is a migration of its own.
SCHEMA = Path(__file__).parents[1] / "sql" / "procrastinate_3_10_0.sql"
DROP = """
drop table procrastinate_periodic_defers, procrastinate_events, procrastinate_jobs, procrastinate_workers cascade;
do $$
declare
    doomed record;
begin
    for doomed in select oid::regprocedure as signature from pg_proc where proname like 'procrastinate\\_%' loop
        execute 'drop function ' || doomed.signature || ' cascade';
    end loop;
end
$$;
drop type procrastinate_job_to_defer_v1, procrastinate_job_event_type, procrastinate_job_status;
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # `text`, since the driver would take a per cent sign for a parameter
        op.execute(sa.text(SCHEMA.read_text(encoding="utf-8")))
        op.create_index(
            "ix_procrastinate_jobs_lock", "procrastinate_jobs", ["lock"], postgresql_where=sa.text("status in ('todo', 'doing')")
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text(DROP))
