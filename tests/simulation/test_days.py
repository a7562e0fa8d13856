"""Days of a city with everything going wrong: at every midnight nothing is lost, doubled, stuck or lit in a wrong colour."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import make_url

from tests.crash.house import CITY, found
from tests.crash.starts import quick_starts
from tests.fixtures.databases import SQLITE, Databases
from tests.fixtures.host import ROOT
from tests.fixtures.product import built
from tests.simulation import runs
from tests.simulation.city import City
from tests.simulation.invariants import violations
from tests.simulation.mischief import Rates
from tests.simulation.runs import Midnight

SEED, CALLS, DAYS = 20261122, 10, 4
RATES = Rates(death=0.002, operation=0.01, conflict=0.03)
AGAIN = f"make simulate-days N={DAYS} CALLS={CALLS} SEED={SEED}"

pytestmark = pytest.mark.xdist_group("simulated days")


@dataclass(frozen=True, slots=True)
class Played:
    """A city after its days."""

    url: str
    city: City
    midnights: list[Midnight]


@pytest.fixture(scope="module")
def played(databases: Databases) -> Iterator[Played]:
    """The days of a city; its database stands as they left it."""
    with databases.copy(SQLITE, CITY, found) as url:
        with quick_starts(), City(url, SEED, CALLS, RATES) as city:
            midnights = list(runs.days(city, DAYS))
        yield Played(url, city, midnights)


def test_nothing_is_lost_doubled_or_stuck_at_any_midnight(played: Played) -> None:
    for midnight in played.midnights:
        assert midnight.wrong == [], f"day {midnight.day}: {midnight.told}; {AGAIN}"


def test_a_good_deal_went_wrong_meanwhile(played: Played) -> None:
    assert len(played.midnights) == DAYS
    done = played.city.mischief.done
    assert all(done.values()), done
    assert played.city.deaths == done["deaths"]
    assert any(", 0 closed" not in midnight.told for midnight in played.midnights)


def test_doing_again_what_its_history_tells_gives_the_stored_state(databases: Databases, played: Played) -> None:
    with built(played.url) as product:
        commands, wrong = runs.replayed(databases, SQLITE, product)
    assert wrong == [], AGAIN
    assert commands > len(played.city.book.completed)


def test_the_same_seed_gives_the_same_days_in_whatever_order_sets_are() -> None:
    command = [sys.executable, "-m", "tests.simulation", "days", "2", "--calls", str(CALLS), "--seed", str(SEED)]
    told = [
        subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": order}, capture_output=True, text=True, check=True).stdout
        for order in ("1", "2")
    ]
    assert told[0] == told[1]


WRONGS = {
    "a task is open again": "UPDATE work_item SET state = 'open' WHERE rowid = (SELECT min(rowid) FROM work_item WHERE state = 'done')",
    "a timer is gone": "DELETE FROM timer WHERE rowid = (SELECT min(rowid) FROM timer WHERE instance_id != 0)",
    "a subscription is gone": "DELETE FROM subscription WHERE rowid = (SELECT min(rowid) FROM subscription)",
    "a record was changed": "UPDATE history SET actor = 'nobody' WHERE rowid = (SELECT max(rowid) FROM history)",
    "a delivery never came": "DELETE FROM mailbox_message WHERE rowid = (SELECT min(rowid) FROM mailbox_message)",
    "a delivery is not ours": "DELETE FROM delivery WHERE rowid = (SELECT min(rowid) FROM delivery WHERE state = 'done')",
    "an order began before its process": "UPDATE work_order SET dispatched_at = dispatched_at - 1",
    "a limit moved by itself": "UPDATE work_order SET due_at = due_at + 1",
    "a case was opened twice": "UPDATE instance SET process_key = 'complaint' WHERE process_key = 'work_order'",
    "a case has nothing and nobody": "UPDATE instance SET business_key = '' WHERE status = 'live'",
    "a job is left": "INSERT INTO job (kind, args, state, attempts, ready_at) VALUES ('fire_timer', '{}', 'dead', 5, 0)",
}


@pytest.mark.parametrize("wrong", WRONGS)
def test_what_is_wrong_is_noticed(played: Played, wrong: str) -> None:
    with done_by_hand(played.url, WRONGS[wrong]), built(played.url) as product:
        assert violations(product, played.city.book, played.city.memory)


@contextmanager
def done_by_hand(url: str, statement: str) -> Iterator[None]:
    """What somebody does to the database past the product, undone afterwards."""
    with closing(sqlite3.connect(str(make_url(url).database))) as connection, closing(sqlite3.connect(":memory:")) as kept:
        connection.backup(kept)
        assert connection.execute(statement).rowcount > 0
        connection.commit()
        try:
            yield
        finally:
            kept.backup(connection)
