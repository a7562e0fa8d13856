"""Connections of the pool that the database ended while they rested."""

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from api import pool_check
from tests.contract.api.conftest import Desk, found_desk
from tests.fixtures.databases import POSTGRESQL, Databases
from tests.fixtures.product import built


def test_a_connection_that_the_database_ended_is_replaced_before_it_is_used(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    with databases.copy(POSTGRESQL, "desk", found_desk) as url, built(url) as product:
        desk = Desk(product)
        opened = desk.open_case()
        assert product.database.pool.checkedin() > 0  # type: ignore[attr-defined]  # a pool that counts, unlike `NullPool`
        other = create_engine(url, poolclass=NullPool)
        with other.connect() as connection:
            ended = connection.execute(
                text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name and pid <> pg_backend_pid()"),
                {"name": make_url(url).database},
            )
            assert ended.rowcount > 0
        monkeypatch.setattr(pool_check, "REST", 0.0)
        assert desk["agent1"].get(f"cases/{opened['case_no']}").status_code == 200


def test_a_connection_that_just_worked_is_not_asked_again(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_check, "REST", 60.0)
    with databases.copy(POSTGRESQL, "desk", found_desk) as url, built(url) as product:
        asked: list[object] = []
        product.database.dialect.do_ping = asked.append  # type: ignore[method-assign,assignment]  # a list in place of the driver's question
        for _ in range(3):
            with product.engine.read() as session:
                session.execute(text("select 1"))
        assert asked == []
