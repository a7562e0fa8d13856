"""Alembic's environment: the product's engine and metadata, one transaction, one migrator at a time.

Run by `api.database`; `alembic.ini` is not needed.
"""

from typing import Any

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.types import TypeDecorator, TypeEngine

from api.migrations.models import metadata

LOCK = 0x62686D696772
"""`bhmigr` in ASCII: another number than the lock of the background runner."""


def _render(kind: str, item: Any, _autogenerate: Any) -> Any:
    """Write our column types as what the database sees, so that a migration never imports the product."""
    if kind == "type" and isinstance(item, TypeDecorator):
        impl: TypeEngine[Any] = item.impl_instance
        return f"sa.{impl!r}"
    return False


def _is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave out what procrastinate brings along, which no model describes."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        render_as_batch=True,
        render_item=_render,
        include_name=_is_ours,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()


_run(context.config.attributes["connection"])
