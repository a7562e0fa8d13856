"""Killed with -9 at any moment and started again: no step lost or doubled, and no case stuck."""

import random
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from engine import crypto
from engine.db import configure
from tests.chaos import audit
from tests.chaos.people import CONFLICT, NOT_FOUND, OK, Agent, Journal, Person, Quota, Timekeeper
from tests.fixtures.databases import SECRET
from tests.fixtures.filling import answers
from tests.fixtures.server import Client, Server

SEED = 12345
KILLS = 50
AGENTS = 3
MOST_BETWEEN_KILLS = 12
STALLED_SECONDS = 60
SETTLE_ROUNDS = 40
"""Hours of the test clock in which the background work must have come to rest."""
MOST_STEPS = 60
"""More steps than any case of the diagrams needs."""

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("chaos")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this test's own."""
    with Server(tmp_path_factory.mktemp("chaos"), BIHUAN_SECRET_KEY=SECRET) as server:
        yield server


@pytest.fixture(scope="module")
def journal(server: Server) -> Journal:
    """What a day of work acknowledged on which the server was killed fifty times; it runs and is settled again now."""
    journal, chance = Journal(), random.Random(SEED)
    without_end = Quota(sys.maxsize)
    people: list[Person] = [Agent([server], journal, without_end, f"{SEED}-{number}") for number in range(AGENTS)]
    people.append(Timekeeper([server], journal, str(SEED)))
    for person in people:
        person.start()
    for _ in range(KILLS):
        worked = journal.wait_for(chance.randint(1, MOST_BETWEEN_KILLS), STALLED_SECONDS)
        failures = [repr(person.failure) for person in people if person.failure]
        assert not failures, server.log[-2000:]
        assert worked, f"the work stands still: {journal.refused[:3]}\n{server.log[-2000:]}"
        server.kill()
        server.start()
    for person in people:
        person.give_up()
    for person in people:
        person.join(STALLED_SECONDS)
        assert not person.is_alive(), f"{person.name} got no answer"
        assert person.failure is None
    return journal


@pytest.fixture
def session(server: Server, journal: Journal) -> Iterator[Session]:
    """The rows as they are after the day."""
    crypto.use(crypto.Cipher(SECRET))
    database = configure(create_engine(server.database_url, poolclass=NullPool)).execution_options(read_only=True)
    with Session(database) as session:
        yield session
    database.dispose()


def test_the_kills_hit_people_at_work(journal: Journal) -> None:
    assert journal.interrupted >= KILLS
    assert len(journal.completed) >= KILLS
    assert not journal.refused


def test_no_acknowledged_case_is_lost_or_doubled(journal: Journal, session: Session) -> None:
    assert audit.lost_cases(session, journal.opened) == []
    assert audit.twice_started(session) == []


def test_every_acknowledged_step_is_in_the_history_exactly_once(journal: Journal, session: Session) -> None:
    assert len(set(journal.completed)) == len(journal.completed)
    assert audit.lost_tasks(session, journal.completed) == []
    assert audit.open_tasks(session, journal.uncertain) == []
    assert audit.unequal_steps(session) == []


def test_the_history_chains_verify(session: Session) -> None:
    assert audit.broken_chains(session) == []


def test_no_case_is_stuck(session: Session) -> None:
    assert audit.stuck_cases(session) == []


def test_every_case_can_still_be_carried_to_its_end(server: Server, journal: Journal, session: Session) -> None:
    client = server.log_in("admin")
    for case_no in journal.opened:
        _carry(client, case_no)
    left = [case_no for case_no in journal.opened if _case(client, case_no)["status"] != "closed"]
    assert left == []
    settled = any(not _advanced(client, session) for _ in range(SETTLE_ROUNDS))
    assert settled, audit.unsettled(session)


def _carry(client: Client, case_no: str) -> None:
    for _ in range(MOST_STEPS):
        case = _case(client, case_no)
        if case["status"] == "closed":
            return
        if not case["tasks"]:
            client.post("clock/advance", json={"duration": "P1D"}).raise_for_status()
            continue
        found = client.get(f"tasks/{case['tasks'][0]['id']}")
        if found.status_code == NOT_FOUND:  # a timer that fired just then has taken it away
            continue
        task = found.json()
        done = client.post(f"tasks/{task['id']}/complete", json={"data": answers(task["form"]["components"], task["data"])})
        if done.status_code not in (NOT_FOUND, CONFLICT):  # likewise
            assert done.status_code == OK, f"{case_no} {task['element_id']}: {done.text}"


def _case(client: Client, case_no: str) -> dict[str, Any]:
    answer = client.get(f"cases/{case_no}")
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _advanced(client: Client, session: Session) -> list[str]:
    """What is unsettled after one more hour."""
    client.post("clock/advance", json={"duration": "PT1H"}).raise_for_status()
    session.rollback()
    return audit.unsettled(session)
