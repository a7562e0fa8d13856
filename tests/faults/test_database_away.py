"""The database is away, or held by somebody else: people are told to come back, nothing is half done, all goes on by itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import event, make_url, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from api.product import Product
from api.trouble import AGAIN_AFTER
from engine.outbox.models import DONE, Delivery
from engine.runtime.engine import MANY_AT_ONCE
from tests.chaos import audit
from tests.cluster.postgres import Postgres
from tests.crash.house import CITY, found
from tests.faults.conftest import get, new_case, post, queue_of, said
from tests.fixtures.databases import SQLITE, Databases
from tests.fixtures.product import built

CREATED, OK, CONFLICT, AWAY = 201, 200, 409, 503
PATIENCE_MS = 20
"""How long SQLite waits for a lock here; half a minute in production."""
SETTLE_SECONDS = 60


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server of this module's own, with the city on it."""
    with Postgres() as server:
        found(server.url)
        yield server


def told_to_come_back(answer: TestResponse) -> bool:
    """Whether an answer says what is the matter and when to ask again."""
    told = (answer.status_code, answer.headers.get("Retry-After"), said(answer)["type"])
    return told == (AWAY, AGAIN_AFTER, "urn:bihuan:problem:database-away") and "请稍后再试" in said(answer)["detail"]


def told_to_wait(answer: TestResponse) -> bool:
    """Whether an answer says that others were quicker, all the time."""
    return answer.status_code == CONFLICT and said(answer)["detail"] == MANY_AT_ONCE


def test_postgresql_is_away_for_a_while(postgres: Postgres) -> None:
    with built(postgres.url) as product:
        first = post(product, "cases", new_case("第一件"), "agent1")
        assert first.status_code == CREATED
        product.queue.start(product.handlers)
        assert queue_of(product).wait_idle(SETTLE_SECONDS)
        postgres.stop()
        assert told_to_come_back(post(product, "cases", new_case("第二件"), "agent1", key="second"))
        assert told_to_come_back(get(product, f"/api/v1/cases/{said(first)['case_no']}"))
        assert get(product, "/healthz").status_code == OK
        assert get(product, "/readyz").status_code == AWAY
        postgres.start()
        opened = [said(first)["case_no"], insisted(product, "cases", new_case("第二件"), "second")]
        settled(product, opened)
        readiness = get(product, "/readyz")
        assert readiness.status_code == OK, readiness.json
        product.queue.stop()


def test_a_page_says_so_too(postgres: Postgres) -> None:
    with built(postgres.url) as product:
        postgres.stop()
        answer = get(product, "/cases")
        postgres.start()
        assert (answer.status_code, answer.headers.get("Retry-After"), answer.mimetype) == (AWAY, AGAIN_AFTER, "text/html")
        assert "数据库暂时不可用" in answer.text
        assert get(product, "/cases").status_code == OK


def test_somebody_else_holds_the_sqlite_file(databases: Databases) -> None:
    with databases.copy(SQLITE, CITY, found) as url, built(url) as product, impatient(product):
        first = post(product, "cases", new_case("第一件"), "agent1")
        assert first.status_code == CREATED
        product.queue.start(product.handlers)
        with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as stranger:
            stranger.execute("BEGIN IMMEDIATE")
            assert told_to_wait(post(product, "cases", new_case("第二件"), "agent1", key="second"))
            assert get(product, f"/api/v1/cases/{said(first)['case_no']}").status_code == OK
            stranger.execute("ROLLBACK")
        opened = [said(first)["case_no"], insisted(product, "cases", new_case("第二件"), "second")]
        settled(product, opened)
        product.queue.stop()


@contextmanager
def impatient(product: Product) -> Iterator[None]:
    """Wait a moment for a lock, not half a minute."""

    def limit(connection: object, _record: object) -> None:
        connection.execute(f"pragma busy_timeout = {PATIENCE_MS}")  # type: ignore[attr-defined]  # the driver's own

    product.database.dispose()
    event.listen(product.database, "connect", limit)
    yield
    event.remove(product.database, "connect", limit)


def insisted(product: Product, path: str, body: object, key: str) -> str:
    """Ask again with the same key, as people are told to; answers the case's number."""
    for _ in range(20):
        answer = post(product, path, body, "agent1", key)
        if answer.status_code == CREATED:
            number: str = said(answer)["case_no"]
            return number
        assert told_to_come_back(answer) or told_to_wait(answer), answer.json
    raise AssertionError("the database did not come back")


def settled(product: Product, opened: list[str]) -> None:
    """The background work has taken itself up and done everything; the cases are there, each once and whole."""
    for number in opened:
        assert post(product, f"cases/{number}/actions/urge", {"text": "请尽快处理"}).status_code == CREATED
    queue_of(product).dispatch()
    assert queue_of(product).wait_idle(SETTLE_SECONDS)
    with Session(product.database) as session:
        assert set(session.scalars(select(Delivery.state))) == {DONE}
        assert audit.lost_cases(session, opened) == []
        assert audit.twice_started(session) == []
        assert audit.broken_chains(session) == []
