"""Statements prepared once and sent straight to the driver: for what every command runs, a quarter of the cost and less.

SQLAlchemy builds, looks up and wraps a statement each time it runs, 30 to 40 µs where SQLite itself needs 3. A `Prepared`
is built from a Core statement, compiled at its first use on each kind of database, and then binds its values with the
columns' own types. Several go to PostgreSQL together, in one round trip (`engine.libpq`), and one after the other into
SQLite. What is rare, or has an `IN` of varying length, stays ordinary Core. Errors are SQLAlchemy's own and show no
values; listeners of `before_cursor_execute` and `after_cursor_execute` (counters, traces) are told as of any statement.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple, NoReturn, TypeAlias, cast

from sqlalchemy import BindParameter, Boolean, Connection, Dialect, Float, Integer, String, literal_column
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeEngine

from engine import libpq

Values: TypeAlias = Mapping[str, Any]
Shape: TypeAlias = Callable[[Sequence[Any]], Any]

_POSTGRESQL = PGDialect_psycopg(paramstyle="numeric_dollar")
_FLOAT8, _NUMERIC = 701, 1700
_PLAIN = (String, Integer, Boolean)
_NEEDED = object()
_KNOWN = "prepared statements"
"""Where a database connection remembers what it has prepared."""


class Answer(NamedTuple):
    """What a statement brought: its rows as named tuples (none for a statement that returns none), and how many it touched."""

    rows: list[Any]
    touched: int


class _Compiled(NamedTuple):
    text: str
    binds: tuple[tuple[str, Any, Callable[[Any], Any] | None], ...]
    """By place: name, the value where the caller gives none, and how a value becomes what the driver takes."""
    shape: Shape | None


_Ready: TypeAlias = tuple[_Compiled, list[Any]]


class Prepared:
    """One statement, with `bindparam`s for what varies. Safe to share between threads.

    Every value must be given: one that lacks is a `KeyError`, and what columns default to in Python does not apply.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def first(self, connection: Connection, values: Values) -> Any:
        """The first row as a named tuple, or None."""
        rows = together(connection, [(self, values)])[0].rows
        return rows[0] if rows else None

    def all(self, connection: Connection, values: Values) -> list[Any]:
        """Every row as a named tuple."""
        return together(connection, [(self, values)])[0].rows

    def scalar(self, connection: Connection, values: Values) -> Any:
        """The first value of the first row, or None."""
        rows = together(connection, [(self, values)])[0].rows
        return rows[0][0] if rows else None

    def run(self, connection: Connection, values: Values) -> int:
        """Send it; answers how many rows it touched."""
        return together(connection, [(self, values)])[0].touched

    def many(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Send it once for each of `rows`; nothing for no rows."""
        together(connection, [(self, row) for row in rows])

    def text(self, dialect: Dialect) -> str:
        """The statement as a kind of database gets it."""
        return self._of(dialect).text

    def bound(self, dialect: Dialect, values: Values) -> _Ready:
        """The statement for a kind of database, and the values by place."""
        compiled = self._of(dialect)
        found = []
        for name, default, convert in compiled.binds:
            value = values.get(name, default)
            if value is _NEEDED:
                raise KeyError(f"the statement needs a value for {name}")
            found.append(value if convert is None else convert(value))
        return compiled, found

    def _of(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._statement, dialect)
        return compiled


Call: TypeAlias = tuple[Prepared, Values]


def together(connection: Connection, calls: Sequence[Call]) -> list[Answer]:
    """Send statements with their values in this order, on PostgreSQL in one round trip; answers what each brought.

    Raises SQLAlchemy's error of the first that fails; those after it are not carried out.
    """
    if not calls:
        return []
    answers, error = _carried_out(connection, calls)
    if error is not None:
        _raise(connection, error, calls[len(answers)])
    return answers


class Batch:
    """What a command writes, gathered to be sent together."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._guards: dict[int, Exception] = {}

    def add(self, statement: Prepared, values: Values) -> None:
        """Have a statement sent."""
        self._calls.append((statement, values))

    def guard(self, statement: Prepared, values: Values, error: Exception) -> None:
        """Have a statement sent that must touch exactly one row; `error` is raised when it does not."""
        self._guards[len(self._calls)] = error
        self._calls.append((statement, values))

    def send(self, connection: Connection) -> None:
        """Send everything in the order in which it was added, and be empty again.

        Raises a guard's error before that of a statement behind it, else SQLAlchemy's.
        """
        calls, guards = self._calls, self._guards
        if not calls:
            return
        self._calls, self._guards = [], {}
        answers, error = _carried_out(connection, calls)
        for place, wrong in guards.items():
            if place < len(answers) and answers[place].touched != 1:
                raise wrong
        if error is not None:
            _raise(connection, error, calls[len(answers)])


def _carried_out(connection: Connection, calls: Sequence[Call]) -> tuple[list[Answer], Exception | None]:
    """What the statements brought that were carried out, and the driver's error of the one that was not."""
    if not connection.in_transaction():
        connection.begin()
    dialect = connection.dialect
    ready = [statement.bound(dialect, values) for statement, values in calls]
    dispatch = connection.dispatch
    context = SimpleNamespace() if dispatch.before_cursor_execute or dispatch.after_cursor_execute else None
    if context is not None:
        _tell(dispatch.before_cursor_execute, connection, ready, context)
    try:
        found = (_one_by_one if dialect.name == "sqlite" else _in_one_go)(connection, ready)
    except dialect.loaded_dbapi.Error as error:
        return [], error
    if context is not None:
        _tell(dispatch.after_cursor_execute, connection, ready[: len(found[0])], context)
    return found


def _raise(connection: Connection, error: Exception, failed: Call) -> NoReturn:
    text = failed[0].text(connection.dialect)
    # the one place in SQLAlchemy that wraps an error, tells listeners of it and gives up a lost connection
    connection._handle_dbapi_exception(error, text, None, None, None)


def _tell(listeners: Iterable[Callable[..., Any]], connection: Connection, ready: Sequence[_Ready], context: Any) -> None:
    for compiled, bound in ready:
        for told in listeners:
            told(connection, None, compiled.text, bound, context, False)


def _one_by_one(connection: Connection, ready: Sequence[_Ready]) -> tuple[list[Answer], Exception | None]:
    driver: Any = connection.connection.driver_connection
    answers: list[Answer] = []
    for (text, _binds, shape), bound in ready:
        try:
            cursor = driver.execute(text, bound)
        except sqlite3.Error as error:
            return answers, error
        answers.append(Answer([] if shape is None else [shape(row) for row in cursor], cursor.rowcount))
    return answers, None


def _in_one_go(connection: Connection, ready: Sequence[_Ready]) -> tuple[list[Answer], Exception | None]:
    driver: Any = connection.connection.driver_connection
    known = connection.info.setdefault(_KNOWN, {})
    found, error = libpq.exchange(driver, known, [(compiled.text, bound) for compiled, bound in ready])
    answers = []
    for (compiled, _bound), answer in zip(ready, found, strict=False):
        answers.append(Answer([] if compiled.shape is None else answer.rows(compiled.shape), answer.count))
    return answers, error


def _compile(statement: ClauseElement, dialect: Dialect) -> _Compiled:
    kind = dialect if dialect.name == "sqlite" else _POSTGRESQL
    compiler = _written_out(statement, kind).compile(dialect=kind)
    assert isinstance(compiler, SQLCompiler)
    binds = []
    for name in compiler.positiontup or ():
        bind = compiler.binds[name]
        if bind.expanding:
            raise ValueError(f"{name} is a list of varying length: leave the statement to SQLAlchemy")
        default = _NEEDED if bind.required else bind.callable() if bind.callable is not None else bind.value
        binds.append((name, default, bind.type._cached_bind_processor(kind)))
    columns = [(str(column.keyname), _converter(column.type, kind)) for column in compiler._result_columns]
    return _Compiled(compiler.string, tuple(binds), _shape(columns) if columns else None)


def _written_out(statement: ClauseElement, dialect: Dialect) -> ClauseElement:
    """The statement with its constants (`state == "open"`) in its text: a partial index serves no bound value, and beside one
    SQLite compiles the statement anew for each value, which costs ten times what running it does."""

    def constant(element: Any, **_how: Any) -> Any:
        known = isinstance(element, BindParameter) and element.unique and element.value is not None
        if not known or not isinstance(element.type, _PLAIN):
            return None
        kind: Any = element.type
        return literal_column(kind.literal_processor(dialect)(element.value), kind)

    return cast(ClauseElement, replacement_traverse(statement, {}, constant))


def _converter(column: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """How a value of the driver's becomes one of the column's. SQLAlchemy asks for PostgreSQL's own type with numbers."""
    return column._cached_result_processor(dialect, _FLOAT8 if isinstance(column, Float) else _NUMERIC)


def _shape(columns: Sequence[tuple[str, Callable[[Any], Any] | None]]) -> Shape:
    """What makes a row of the driver's a named tuple with the columns' Python types."""
    make: Shape = namedtuple("Row", [name for name, _convert in columns])._make  # type: ignore[attr-defined]  # known only here
    converts = [(place, convert) for place, (_name, convert) in enumerate(columns) if convert is not None]
    if not converts:
        return make

    def shape(row: Sequence[Any]) -> Any:
        row = list(row)
        for place, convert in converts:
            row[place] = convert(row[place])
        return make(row)

    return shape
