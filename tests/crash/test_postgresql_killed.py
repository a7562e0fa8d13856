"""PostgreSQL itself is killed with -9 under people at work: what was acknowledged to them is there, once, and moves on."""

import random
from collections.abc import Iterator

import pytest
import requests
from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from engine import crypto
from engine.db import configure
from tests.chaos import audit
from tests.chaos.people import Agent, Journal, Quota
from tests.cluster.postgres import Postgres
from tests.fixtures.databases import SECRET
from tests.fixtures.server import Client, Server

SEED = 20261122
KILLS, PEOPLE, CASES = 6, 3, 18
MOST_BETWEEN_KILLS = 15
STALLED_SECONDS, DONE_SECONDS = 90, 300
A_DAY = 26
"""Hours of the test clock in which the background work must have come to rest."""

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("postgresql killed")]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server of this test's own, durable as in production."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="module")
def server(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The product on it."""
    with Server(tmp_path_factory.mktemp("killed"), postgres.url, BIHUAN_SECRET_KEY=SECRET) as server:
        yield server


@pytest.fixture(scope="module")
def log(postgres: Postgres, server: Server) -> Journal:
    """What a day of work acknowledged on which the database was killed; everybody has done what they could."""
    log, quota, chance = Journal(), Quota(CASES), random.Random(SEED)
    people = [Agent([server], log, quota, f"{SEED}-{number}") for number in range(PEOPLE)]
    for person in people:
        person.start()
    for _ in range(KILLS):
        worked = log.wait_for(chance.randint(1, MOST_BETWEEN_KILLS), STALLED_SECONDS)
        assert worked, f"the work stands still: {log.refused[:3]}\n{server.log[-3000:]}"
        postgres.kill()
        postgres.start()
    for person in people:
        person.join(DONE_SECONDS)
        assert not person.is_alive(), f"{person.name} is not done"
    assert [person.failure for person in people] == [None] * PEOPLE, server.log[-3000:]
    return log


@pytest.fixture
def session(postgres: Postgres, log: Journal) -> Iterator[Session]:
    """The rows as they are after the day."""
    crypto.use(crypto.Cipher(SECRET))
    database = configure(create_engine(postgres.url, poolclass=NullPool)).execution_options(postgresql_readonly=True)
    with Session(database) as session:
        yield session
    database.dispose()


def test_the_kills_hit_people_at_work(log: Journal) -> None:
    assert log.interrupted >= KILLS
    assert len(log.completed) >= CASES
    assert not log.refused


def test_nothing_acknowledged_is_lost_or_doubled(log: Journal, session: Session) -> None:
    assert audit.lost_cases(session, log.opened) == []
    assert audit.twice_started(session) == []
    assert audit.lost_tasks(session, log.completed) == []
    assert audit.open_tasks(session, log.uncertain) == []
    assert audit.unequal_steps(session) == []
    assert audit.broken_chains(session) == []


def test_nothing_is_stuck_a_day_later(server: Server, session: Session) -> None:
    client = server.log_in("admin")
    for _ in range(A_DAY):
        advance(client)
        session.rollback()
        if not audit.unsettled(session):
            break
    assert audit.unsettled(session) == []
    assert audit.stuck_cases(session) == []


def advance(client: Client) -> None:
    """Let an hour pass."""
    answer = client.post("clock/advance", json={"duration": "PT1H"})
    assert answer.status_code == requests.codes.ok, answer.text
