"""A publication counts for every command that begins after it was acknowledged, whichever process published."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from engine.actor import SYSTEM
from engine.db import configure
from engine.decisions import Decisions
from engine.definitions import bundles
from engine.definitions.files import SourceFile
from engine.definitions.services import deploy, retire
from engine.instances.models import Instance
from engine.registry import Registry
from engine.runtime.engine import Engine
from engine.runtime.work import Work
from tests.contract.engine.elsewhere import publish
from tests.fixtures.host import ROOT
from tests.unit.engine.diagrams import table
from tests.unit.engine.vocabulary import catalogue


class House:
    """One of several processes on a database: an engine and tables of decisions of its own."""

    def __init__(self, url: str) -> None:
        self.database = configure(create_engine(url))
        self.sessions = sessionmaker(self.database, expire_on_commit=False)
        registry = Registry(messages={"Go": "case_no", "Stop": "case_no"})
        self.engine = Engine(self.sessions, registry)
        self.decisions = Decisions(registry)

    def publish(self, number: int, *starts: str) -> None:
        """Publish a version of `case`."""
        with self.sessions.begin() as session:
            publish(session, number, *starts)

    def started(self) -> int:
        """The version that a new instance of `case` takes."""
        instance = self.engine.transact(SYSTEM, lambda work: work.start("case", "C1", {}))
        with self.engine.read() as session:
            return session.get_one(Instance, instance).process_version

    def colour(self) -> str:
        """What the published table says."""
        with self.engine.read() as session:
            return str(self.decisions.evaluate(session, "colour", {"days": 1})["colour"])

    def decide(self, colour: str) -> None:
        """Publish a table that says something else."""
        with self.sessions.begin() as session:
            file = SourceFile("colour.dmn", table(("> 7", '"red"'), ("", f'"{colour}"')))
            assert not deploy(session, [file], SYSTEM.id, catalogue=replace(catalogue(), forms={}), publish=True).refused


@pytest.fixture
def houses(database_url: str, database: Database) -> Iterator[tuple[House, House]]:
    """Two processes on one database."""
    pair = House(database_url), House(database_url)
    yield pair
    for house in pair:
        house.database.dispose()


def selects(house: House, act: Callable[[], object]) -> list[str]:
    """The tables of definitions that something reads."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, text: str, *_rest: object) -> None:
        seen.extend(name for name in ("FROM bundle", "FROM process_definition", "FROM definition_file") if name in text)

    event.listen(house.database, "before_cursor_execute", note)
    act()
    event.remove(house.database, "before_cursor_execute", note)
    return seen


def test_the_next_command_of_another_process_takes_the_new_version(houses: tuple[House, House]) -> None:
    one, other = houses
    for number in range(1, 5):
        one.publish(number)
        assert (other.started(), one.started()) == (number, number)


def test_what_was_published_in_another_process_altogether_is_taken(houses: tuple[House, House], database_url: str) -> None:
    house, _other = houses
    house.publish(1)
    assert house.started() == 1
    subprocess.run([sys.executable, "-m", "tests.contract.engine.elsewhere", database_url, "2"], cwd=ROOT, check=True)
    assert house.started() == 2


class Refused(Exception):
    """What ends a transaction of these tests."""


def test_the_number_of_a_publication_that_was_rolled_back_may_be_given_again(houses: tuple[House, House]) -> None:
    """SQLite does so: whoever has met the first bundle of that number must not take it for the second."""
    house, _other = houses

    def refused(work: Work) -> None:
        publish(work.session, 1)
        work.start("case", "C1", {})
        raise Refused

    with pytest.raises(Refused):
        house.engine.transact(SYSTEM, refused)
    house.publish(2)
    assert house.started() == 2
    with house.engine.read() as session:
        (instance,) = session.scalars(select(Instance))
        assert house.engine.specs.get(session, instance.bundle_id).title("first") == "第2版"


def test_as_long_as_nothing_is_published_nothing_is_read_again(houses: tuple[House, House]) -> None:
    house, _other = houses
    house.publish(1, "Go")
    house.decide("green")
    house.started()
    house.colour()
    assert selects(house, house.started) == []
    assert selects(house, house.colour) == []
    assert selects(house, lambda: house.engine.transact(SYSTEM, lambda work: work.throw("Go", {"case_no": "C2"}))) == []


def test_a_message_starts_what_the_newest_version_says(houses: tuple[House, House]) -> None:
    one, other = houses
    one.publish(1, "Go")
    for message in ("Go", "Stop"):
        other.engine.transact(SYSTEM, lambda work, message=message: work.throw(message, {"case_no": "C1"}))  # type: ignore[misc]  # mypy infers no default of a lambda
    one.publish(2, "Stop")
    for message in ("Go", "Stop"):
        other.engine.transact(SYSTEM, lambda work, message=message: work.throw(message, {"case_no": "C2"}))  # type: ignore[misc]  # mypy infers no default of a lambda
    with other.engine.read() as session:
        query = select(Instance.business_key, Instance.process_version).order_by(Instance.business_key)
        assert [tuple(row) for row in session.execute(query)] == [("C1", 1), ("C2", 2)]


def test_a_decision_is_taken_by_the_newest_table_and_by_the_older_one_when_that_is_retired(houses: tuple[House, House]) -> None:
    one, other = houses
    one.decide("green")
    assert (one.colour(), other.colour()) == ("green", "green")
    one.decide("blue")
    assert (one.colour(), other.colour()) == ("blue", "blue")
    with one.sessions.begin() as session:
        retire(session, "colour", 2, "designer2")
    assert (one.colour(), other.colour()) == ("green", "green")


def test_a_publication_that_is_rolled_back_leaves_nothing_behind(houses: tuple[House, House]) -> None:
    one, other = houses
    one.publish(1)
    assert other.started() == 1
    with one.sessions() as session:
        publish(session, 2)
        assert started_within(session) == 2, "its own transaction sees it"
        session.rollback()
    assert (one.started(), other.started()) == (1, 1)
    one.publish(2)
    assert (one.started(), other.started()) == (2, 2)


def started_within(session: Session) -> int:
    """The version that the current bundle of `case` has for this transaction."""
    return bundles.sources(session, bundles.latest(session, "case")).versions["case"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_command_under_way_may_finish_with_what_it_began_with_but_none_after_it(houses: tuple[House, House]) -> None:
    one, other = houses
    one.publish(1)
    with other.sessions.begin() as session:
        assert started_within(session) == 1
        one.publish(2)
        assert started_within(session) == 1
    assert other.started() == 2
