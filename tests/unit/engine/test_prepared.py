"""Statements that go straight to the driver behave as SQLAlchemy's own, on both databases."""

import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Uuid,
    bindparam,
    delete,
    event,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from engine.crypto import Sealed
from engine.db import Instant, Json
from engine.prepared import Batch, Prepared, together

NOON = datetime(2026, 3, 2, 4, 0, 0, 123456, tzinfo=UTC)
THING = Table(
    "thing",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(40), nullable=False),
    Column("at", Instant),
    Column("facts", Json),
    Column("secret", Sealed),
    Column("raw", LargeBinary),
    Column("day", Date),
    Column("share", Float),
    Column("price", Numeric(12, 2)),
    Column("key", Uuid),
    Column("open", Boolean),
)
ADD = Prepared(insert(THING).values({column.name: bindparam(column.name, type_=column.type) for column in THING.c}))
BRIEFLY = Prepared(insert(THING).values(id=bindparam("id"), name=bindparam("name")))
BY_ID = Prepared(select(THING).where(THING.c.id == bindparam("wanted")))
ALL = Prepared(select(THING.c.id, THING.c.name).order_by(THING.c.id))
RENAME = Prepared(update(THING).where(THING.c.id == bindparam("wanted")).values(name=bindparam("name")))
DROP = Prepared(delete(THING).where(THING.c.id == bindparam("wanted")).returning(THING.c.name, THING.c.at))
WRONG = Prepared(text("select nothing from nowhere"))
LAMP: dict[str, Any] = {
    "id": 1,
    "name": "路灯 100% $1",
    "at": NOON,
    "facts": {"层": [1, None, "二"]},
    "secret": "13800000000",
    "raw": bytes(range(256)),
    "day": date(2026, 3, 2),
    "share": 0.1,
    "price": Decimal("12.50"),
    "key": UUID(int=7),
    "open": True,
}


class Lost(Exception):
    """What a guard of these tests raises."""


@pytest.fixture
def connection(database: Engine) -> Any:
    """A connection to a database with an empty table of things."""
    THING.metadata.create_all(database)
    with database.connect() as connection:
        yield connection


def test_values_come_back_with_the_types_of_their_columns(connection: Connection) -> None:
    assert ADD.run(connection, LAMP) == 1
    row = BY_ID.first(connection, {"wanted": 1})
    assert row._asdict() == LAMP
    assert {name: type(value) for name, value in row._asdict().items()} == {name: type(value) for name, value in LAMP.items()}


def test_every_column_may_be_nothing(connection: Connection) -> None:
    nothing = dict.fromkeys(LAMP) | {"id": 2, "name": ""}
    ADD.run(connection, nothing)
    assert BY_ID.first(connection, {"wanted": 2})._asdict() == nothing


def test_what_is_written_is_what_sqlalchemy_reads_and_the_other_way_round(connection: Connection) -> None:
    ADD.run(connection, LAMP)
    connection.execute(insert(THING), LAMP | {"id": 2})
    by_sqlalchemy = [row._asdict() for row in connection.execute(select(THING).order_by(THING.c.id))]
    prepared = [BY_ID.first(connection, {"wanted": number})._asdict() for number in (1, 2)]
    assert by_sqlalchemy == prepared == [LAMP, LAMP | {"id": 2}]


def test_personal_data_goes_in_encrypted(connection: Connection) -> None:
    ADD.run(connection, LAMP)
    assert b"138" not in bytes(connection.execute(text("select secret from thing")).scalar_one())


def test_each_way_of_asking_answers_as_its_name_says(connection: Connection) -> None:
    assert ALL.all(connection, {}) == []
    assert ALL.first(connection, {}) is None
    assert ALL.scalar(connection, {}) is None
    BRIEFLY.many(connection, [{"id": number, "name": f"n{number}"} for number in range(3)])
    BRIEFLY.many(connection, [])
    assert ALL.all(connection, {}) == [(0, "n0"), (1, "n1"), (2, "n2")]
    assert ALL.first(connection, {}).name == "n0"
    assert ALL.scalar(connection, {}) == 0
    assert RENAME.run(connection, {"wanted": 2, "name": "new"}) == 1
    assert RENAME.run(connection, {"wanted": 9, "name": "new"}) == 0
    assert DROP.first(connection, {"wanted": 2}) == ("new", None)
    assert Prepared(select(func.count()).select_from(THING)).scalar(connection, {}) == 2


def test_a_name_used_twice_is_given_once(connection: Connection) -> None:
    BRIEFLY.run(connection, {"id": 1, "name": "a"})
    twice = Prepared(select(THING.c.id).where((THING.c.name == bindparam("name")) | (THING.c.name == bindparam("name"))))
    assert twice.all(connection, {"name": "a"}) == [(1,)]


def test_a_missing_value_is_refused_and_one_with_a_default_is_not(connection: Connection) -> None:
    with pytest.raises(KeyError, match="name"):
        BRIEFLY.run(connection, {"id": 1})
    named = Prepared(insert(THING).values(id=bindparam("id"), name=bindparam("name", "plain")))
    named.run(connection, {"id": 1})
    assert ALL.all(connection, {}) == [(1, "plain")]


def test_a_list_of_varying_length_is_left_to_sqlalchemy(connection: Connection) -> None:
    listed = Prepared(select(THING.c.id).where(THING.c.id.in_(bindparam("ids", expanding=True))))
    with pytest.raises(ValueError, match="varying length"):
        listed.all(connection, {"ids": [1]})


def test_a_moment_without_a_zone_and_a_value_without_a_meaning_are_refused(connection: Connection) -> None:
    with pytest.raises(ValueError, match="time zone"):
        ADD.run(connection, LAMP | {"at": NOON.replace(tzinfo=None)})
    with pytest.raises((TypeError, DBAPIError)):
        BRIEFLY.run(connection, {"id": 1, "name": object()})


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_text_that_postgresql_would_cut_off_is_refused(connection: Connection) -> None:
    with pytest.raises(DBAPIError):
        BRIEFLY.run(connection, {"id": 1, "name": "a\0b"})


def test_errors_are_sqlalchemys_and_show_no_values(connection: Connection) -> None:
    BRIEFLY.run(connection, {"id": 1, "name": "13800000000"})
    with pytest.raises(IntegrityError) as twice:
        BRIEFLY.run(connection, {"id": 1, "name": "13800000000"})
    assert "13800000000" not in str(twice.value)
    assert "INSERT INTO thing" in str(twice.value)
    connection.rollback()
    with pytest.raises((ProgrammingError, OperationalError)):
        WRONG.all(connection, {})
    connection.rollback()
    assert ALL.all(connection, {}) == []


def test_a_statement_begins_the_transaction_that_a_rollback_undoes(connection: Connection, database: Engine) -> None:
    BRIEFLY.run(connection, {"id": 1, "name": "a"})
    assert connection.in_transaction()
    connection.rollback()
    BRIEFLY.run(connection, {"id": 2, "name": "b"})
    connection.commit()
    with database.connect().execution_options(read_only=True) as other:  # as a writer it would wait for the first one's turn to end
        assert ALL.all(other, {}) == [(2, "b")]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_read_only_connection_does_not_write(connection: Connection, database: Engine) -> None:
    with database.connect().execution_options(postgresql_readonly=True) as reader:
        assert ALL.all(reader, {}) == []
        with pytest.raises(DBAPIError, match="read-only"):
            BRIEFLY.run(reader, {"id": 1, "name": "a"})


def test_listeners_are_told_of_every_statement(connection: Connection, database: Engine) -> None:
    told: list[tuple[str, str]] = []
    event.listen(database, "before_cursor_execute", lambda _c, _u, text, *_rest: told.append(("before", text[:6])))
    event.listen(database, "after_cursor_execute", lambda _c, _u, text, *_rest: told.append(("after", text[:6])))
    with database.connect() as heard:
        heard.begin()
        told.clear()
        together(heard, [(BRIEFLY, {"id": 1, "name": "a"}), (ALL, {})])
        assert told == [("before", "INSERT"), ("before", "SELECT"), ("after", "INSERT"), ("after", "SELECT")]


def test_statements_sent_together_are_carried_out_in_their_order(connection: Connection) -> None:
    first = {"id": 1, "name": "a"}
    answers = together(connection, [(BRIEFLY, first), (RENAME, {"wanted": 1, "name": "b"}), (ALL, {}), (DROP, {"wanted": 1}), (ALL, {})])
    assert [answer.rows for answer in answers] == [[], [], [(1, "b")], [("b", None)], []]
    assert [answer.touched for answer in answers[:2]] == [1, 1]
    assert together(connection, []) == []


def test_nothing_is_carried_out_after_a_statement_that_fails(connection: Connection) -> None:
    with pytest.raises(IntegrityError):
        together(connection, [(BRIEFLY, {"id": 1, "name": "a"}), (BRIEFLY, {"id": 1, "name": "b"}), (RENAME, {"wanted": 1, "name": "c"})])
    connection.rollback()
    assert ALL.all(connection, {}) == []


def test_many_large_statements_sent_together_arrive(connection: Connection) -> None:
    raw = bytes(1 << 20)
    rows = [dict.fromkeys(LAMP) | {"id": number, "name": "large", "raw": raw} for number in range(12)]
    answers = together(connection, [(ADD, row) for row in rows] + [(BY_ID, {"wanted": number}) for number in range(12)])
    assert [answer.rows[0].raw == raw for answer in answers[12:]] == [True] * 12


def test_a_batch_goes_out_once(connection: Connection) -> None:
    batch = Batch()
    batch.add(BRIEFLY, {"id": 1, "name": "a"})
    batch.guard(RENAME, {"wanted": 1, "name": "b"}, Lost())
    assert ALL.all(connection, {}) == []
    batch.send(connection)
    batch.send(connection)
    assert ALL.all(connection, {}) == [(1, "b")]


def test_a_guard_that_touches_no_row_is_heard_before_what_fails_behind_it(connection: Connection) -> None:
    BRIEFLY.run(connection, {"id": 1, "name": "a"})
    batch = Batch()
    batch.guard(RENAME, {"wanted": 9, "name": "b"}, Lost())
    batch.add(BRIEFLY, {"id": 1, "name": "twice"})
    with pytest.raises(Lost):
        batch.send(connection)


def test_a_statement_is_shared_by_threads_and_connections(database: Engine, connection: Connection) -> None:
    BRIEFLY.run(connection, {"id": 1, "name": "a"})
    connection.commit()
    seen: list[Any] = []

    def look() -> None:
        with database.connect().execution_options(read_only=True) as own:
            for _ in range(20):
                seen.append(ALL.first(own, {}))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [(1, "a")] * 80


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
class TestOnPostgreSQL:
    """What only a server can do to its clients."""

    def test_a_lost_connection_is_given_up_and_the_next_one_works(self, connection: Connection, database: Engine) -> None:
        pid = connection.execute(text("select pg_backend_pid()")).scalar_one()
        with database.connect() as other:
            other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(OperationalError) as lost:
            ALL.all(connection, {})
        assert lost.value.connection_invalidated
        connection.rollback()
        assert ALL.all(connection, {}) == []

    def test_a_connection_lost_between_begin_and_commit_commits_nothing(self, connection: Connection, database: Engine) -> None:
        pid = connection.execute(text("select pg_backend_pid()")).scalar_one()
        BRIEFLY.run(connection, {"id": 1, "name": "a"})
        with database.connect() as other:
            other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(OperationalError):
            together(connection, [(BRIEFLY, {"id": 2, "name": "b"}), (ALL, {})])
        connection.rollback()
        assert ALL.all(connection, {}) == []

    def test_an_interrupted_exchange_gives_the_connection_up(self, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(*_: Any) -> int:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("engine.libpq._wait", interrupted)
            with pytest.raises(KeyboardInterrupt):
                Prepared(text("select pg_sleep(0.1)")).all(connection, {})
        connection.invalidate()
        connection.rollback()
        assert ALL.all(connection, {}) == []

    def test_a_statement_is_prepared_once_a_connection(self, connection: Connection) -> None:
        for _ in range(3):
            ALL.all(connection, {})
        names = "select count(*) from pg_prepared_statements where name like 'bihuan%'"
        assert connection.execute(text(names)).scalar_one() == 1

    def test_a_statement_that_failed_when_it_was_prepared_leaves_the_others_usable(self, connection: Connection) -> None:
        for _ in range(2):
            with pytest.raises(DBAPIError):
                together(connection, [(ALL, {}), (WRONG, {}), (BRIEFLY, {"id": 1, "name": "a"})])
            connection.rollback()
        together(connection, [(ALL, {}), (BRIEFLY, {"id": 1, "name": "a"})])
        assert ALL.all(connection, {}) == [(1, "a")]

    def test_savepoints_and_ordinary_statements_mix_with_prepared_ones(self, connection: Connection) -> None:
        connection.execute(insert(THING), {"id": 1, "name": "a"})
        savepoint = connection.begin_nested()
        BRIEFLY.run(connection, {"id": 2, "name": "b"})
        savepoint.rollback()
        BRIEFLY.run(connection, {"id": 3, "name": "c"})
        assert connection.execute(select(THING.c.id).order_by(THING.c.id)).scalars().all() == [1, 3]
