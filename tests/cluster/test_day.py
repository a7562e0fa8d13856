"""E17: no single point of failure. Two web nodes, three workers and their PostgreSQL die at any moment, and nothing is lost or doubled."""

import os
import random
import sys
from collections.abc import Iterator
from time import monotonic

import pytest
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.orm import Session

from engine import crypto
from engine.db import configure
from tests.chaos import audit
from tests.cluster import checks
from tests.cluster.day import Day, live, settle
from tests.cluster.nodes import Cluster, running
from tests.cluster.postgres import Postgres
from tests.fixtures.databases import SECRET
from tests.fixtures.gateway import Gateway, gateway

CASES = int(os.environ.get("CLUSTER_CASES", "24"))
KILLS = int(os.environ.get("CLUSTER_KILLS", str(max(6, CASES // 20))))
SEED = int(os.environ.get("CLUSTER_SEED", str(random.SystemRandom().randrange(1_000_000))))
BUSY = 503
BUSY_ANSWERS = 0.05
"""The share of requests to the outside that are put off."""

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("cluster")]


@pytest.fixture(scope="module")
def outside() -> Iterator[Gateway]:
    """The receiver of everything that goes out."""
    chance = random.Random(SEED)
    with gateway() as receiver:
        receiver.answers.extend(BUSY if chance.random() < BUSY_ANSWERS else 202 for _ in range(CASES * 60))
        yield receiver


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """The cluster's database server."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="module")
def cluster(postgres: Postgres, outside: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two web nodes and three workers."""
    with running(tmp_path_factory.mktemp("cluster"), postgres.url, outside) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Iterator[Engine]:
    """The rows, as somebody sees them who is no part of the product."""
    crypto.use(crypto.Cipher(SECRET))
    engine = configure(create_engine(postgres.url, poolclass=NullPool))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def day(cluster: Cluster, postgres: Postgres, database: Engine) -> Day:
    """The day, lived and settled."""
    sys.stdout.write(f"{CASES} cases, {KILLS} kills, CLUSTER_SEED={SEED}\n")  # shown when a test fails, and by `make cluster`
    began = monotonic()
    day = live(cluster, postgres, database, CASES, KILLS, SEED)
    lived = monotonic()
    assert settle(database, day), f"it does not come to rest (seed {SEED})"
    sys.stdout.write(
        f"worked {lived - began:.0f} s, at rest {monotonic() - lived:.0f} s later; killed {dict(day.kills)}; "
        f"{len(day.log.completed)} tasks acknowledged, {day.log.interrupted} requests unanswered, "
        f"{len(cluster.gateway.accepted)} deliveries taken\n"
    )
    return day


@pytest.fixture
def session(day: Day, database: Engine) -> Iterator[Session]:
    """The rows after the day."""
    with Session(database) as session:
        yield session


def test_the_kills_hit_people_at_work(day: Day) -> None:
    assert set(day.kills) == {"web", "worker", "postgres"}
    assert day.kills["postgres"] == 1
    assert day.log.interrupted
    assert not day.log.refused


def test_every_case_ends(day: Day, session: Session) -> None:
    assert sorted(day.log.ended) == sorted(day.log.opened)
    assert len(day.log.opened) == CASES
    assert checks.not_ended(session, day.log.opened) == []


def test_no_acknowledged_command_is_lost_or_doubled(day: Day, session: Session) -> None:
    assert audit.lost_cases(session, day.log.opened) == []
    assert audit.twice_started(session) == []
    assert len(set(day.log.completed)) == len(day.log.completed)
    assert audit.lost_tasks(session, day.log.completed) == []
    assert audit.open_tasks(session, day.log.uncertain) == []
    assert audit.unequal_steps(session) == []


def test_every_timer_fires_exactly_once(day: Day, session: Session) -> None:
    assert checks.timers_fired(session) > 0
    assert checks.fired_twice(session) == []
    assert checks.never_fired(session, day.due) == []


def test_every_delivery_arrives_once_in_effect(cluster: Cluster, session: Session) -> None:
    assert len(cluster.gateway.accepted) > CASES
    assert checks.wrong_deliveries(session, cluster.gateway) == []


def test_the_histories_verify(session: Session) -> None:
    assert audit.broken_chains(session) == []


def test_nothing_is_left_over(session: Session) -> None:
    assert audit.stuck_cases(session) == []
    assert checks.incidents(session) == []


def test_every_process_ends_within_ten_seconds(cluster: Cluster, day: Day) -> None:
    everybody = [*cluster.workers, *cluster.web]
    # one after the other: it is the contract of one process, and two cores would have a dozen end at once
    assert [node.stop() for node in everybody] == [0] * len(everybody)
