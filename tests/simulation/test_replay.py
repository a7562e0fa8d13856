"""Histories done again give the stored states; what differs is noticed and named. `make replay` does so with ten thousand cases."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from api.demo import city as demo
from api.product import Product
from engine.timers.models import Timer
from engine.timers.periodic import NO_INSTANCE
from tests.crash.house import CITY, House, found
from tests.crash.points import Watch
from tests.fixtures.databases import DIALECTS, SQLITE, Databases
from tests.fixtures.product import built
from tests.simulation import runs
from tests.simulation.replay import NotReplayable, records

SEED, LOADED = 20261122, 20
AGAIN = f"make replay CASES={LOADED} SEED={SEED}"

pytestmark = pytest.mark.xdist_group("replayed histories")


@pytest.fixture
def loaded(databases: Databases) -> Iterator[Product]:
    """A city with a load of random cases, some of them under way."""
    with databases.copy(SQLITE, *runs.OFFLINE) as url, built(url) as product:
        demo.load_more(product, LOADED, SEED, lambda _line: None)
        yield product


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_load_of_random_cases_comes_out_the_same(databases: Databases, dialect: str) -> None:
    commands, wrong = runs.replayed_load(databases, dialect, LOADED, SEED, lambda _line: None)
    assert wrong == [], f"{AGAIN} DATABASE={dialect}"
    assert commands > 3 * LOADED


class Late(House):
    """A house whose background work comes late, each job at a moment of its own, as the clock goes."""

    def before_job(self) -> None:
        """A millisecond later."""
        self.travel(self.clock.now + timedelta(milliseconds=1))


def test_timers_that_one_command_fired_come_out_the_same(databases: Databases) -> None:
    with databases.copy(SQLITE, CITY, found) as url:
        with Late(url, Watch(), SEED) as house:
            for name in "ab":
                house.open(name)
                house.do(name, "register")
                house.do(name, "review")
            house.travel(house.clock.now + timedelta(days=9))
            house.settle()
        with built(url) as product:
            with product.engine.read() as session:
                fired = Counter(record.at for record in records(session) if record.timers())
            _commands, wrong = runs.replayed(databases, SQLITE, product)
    assert max(fired.values()) >= len("ab"), "no command has fired timers of several instances"
    assert wrong == []


def test_a_state_that_no_history_tells_is_named(databases: Databases, loaded: Product) -> None:
    with loaded.engine.read() as session:
        timer = session.scalars(select(Timer).where(Timer.instance_id != NO_INSTANCE).order_by(Timer.instance_id)).first()
    assert timer is not None
    with loaded.sessions.begin() as session:
        session.execute(text("UPDATE timer SET due_at = due_at + 1 WHERE instance_id = :instance"), {"instance": timer.instance_id})
    _commands, wrong = runs.replayed(databases, SQLITE, loaded, runs.OFFLINE)
    assert f" {timer.instance_id} of {timer.business_key}" in wrong[0]


def test_a_history_that_leaves_something_out_cannot_be_done_again(databases: Databases, loaded: Product) -> None:
    with loaded.sessions.begin() as session:
        session.execute(text("DELETE FROM history WHERE type = 'complete' AND element_id = 'register'"))
    with pytest.raises(NotReplayable):
        runs.replayed(databases, SQLITE, loaded, runs.OFFLINE)
