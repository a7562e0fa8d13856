"""Inserting rows: whole ones by a prepared statement, and those that may be there already, in one statement on both databases."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, bindparam, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.db import Base, tables
from engine.prepared import Prepared


@cache
def insertion(model: type[Base], **computed: ColumnElement[Any]) -> Prepared:
    """The prepared insert of a table's rows; what a row leaves out is its column's default, else NULL.

    `computed` are columns that the database works out itself; a running number (`id`) it gives out anyway.
    """
    (table,) = tables(model)
    return Prepared(insert(table).inline().values(_values(table) | computed))


def insert_once(session: Session, model: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert; a row that breaks a unique index is left as it stands. Answers whether this call inserted.

    On PostgreSQL it waits for a transaction that is inserting the same key, so the answer holds after either commit.
    `values` are as for `insertion`. What the session has pending is written first.
    """
    session.flush()
    connection = session.connection()
    return once(connection.dialect.name, model).run(connection, values) == 1


@cache
def once(dialect: str, model: type[Base]) -> Prepared:
    """`insertion` that leaves a row as it stands which breaks a unique index."""
    (table,) = tables(model)
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return Prepared(insert.inline().values(_values(table)).on_conflict_do_nothing())


def _values(table: Table) -> dict[str, Any]:
    return {column.name: _value_of(column) for column in table.c if column is not table.autoincrement_column}


def _value_of(column: Column[Any]) -> Any:
    default = getattr(column.default, "arg", None)
    if default is None and not column.nullable:
        return bindparam(column.name, type_=column.type)
    return bindparam(column.name, default, type_=column.type)
