"""The worker's desk: what happens to several calls is one commit, after which requests are made, on both databases."""

from collections.abc import Callable, Iterable

import pytest
from sqlalchemy import Engine, event, select, update

from engine.db import transaction
from telephony.calls import happenings as told
from telephony.calls.effects import Effect
from telephony.calls.models import PhoneCall
from telephony.calls.values import Call
from telephony.worker import store
from telephony.worker.desk import Desk, Outlets
from tests.contract.telephony.conftest import nothing

NODE, APP = "node", "app"
CHANNELS = ("100.1", "100.2", "100.3")


class Counter:
    """A database whose commits are counted, and a desk on it."""

    def __init__(self, database: Engine) -> None:
        self.database, self.commits = database, 0
        self.asked: list[str] = []
        self.over: list[str] = []
        event.listen(database, "commit", self._commit)
        self.desk = Desk(database, NODE, APP, Outlets(self._ask, nothing, nothing, nothing, self._over))
        for number, channel in enumerate(CHANNELS):
            self.desk.came_in(channel, f"1390000000{number}", "12345")
        self.calls = list(self.desk.calls)

    def _commit(self, _connection: object) -> None:
        self.commits += 1

    def _ask(self, call: str, effects: Iterable[Effect]) -> None:
        if list(effects):
            self.asked.append(call)

    def _over(self, call: Call) -> None:
        self.over.append(call.id)

    def cost(self, work: Callable[[], None]) -> int:
        """How many commits something takes."""
        before = self.commits
        work()
        return self.commits - before

    def welcomed(self) -> list[tuple[str, told.Happening]]:
        """Each caller has heard what is said first."""
        return [(name, told.Played(self.desk.calls[name].call.playing)) for name in self.calls]

    def states(self) -> list[tuple[str, int]]:
        """Each call's state and version as they stand in its row."""
        with transaction(self.database) as session:
            rows = session.execute(select(PhoneCall.state, PhoneCall.version).order_by(PhoneCall.began_at, PhoneCall.id)).all()
        return [(row.state, row.version) for row in rows]


@pytest.fixture
def counter(database: Engine) -> Counter:
    """Three calls that have come in."""
    return Counter(database)


def test_what_happens_to_several_calls_is_one_commit_and_each_is_asked_for_after_it(counter: Counter) -> None:
    counter.asked.clear()
    happened = counter.welcomed()
    assert counter.cost(lambda: counter.desk.happen(*happened)) == 1
    assert counter.asked == counter.calls
    assert [version for _state, version in counter.states()] == [2, 2, 2]


def test_two_things_that_happen_to_one_call_are_one_version_and_what_follows_its_end_is_not_heard(counter: Counter) -> None:
    call, channel = counter.calls[0], CHANNELS[0]
    counter.desk.happen((call, told.Up(channel)), (call, told.Gone(channel)), (call, told.Key(channel, "1")))
    assert counter.states()[0] == ("ended", 2)
    assert counter.over == [call]
    assert call not in counter.desk.calls


def test_what_changes_nothing_costs_nothing(counter: Counter) -> None:
    assert counter.cost(lambda: counter.desk.happen(("cstranger", told.Up("1")), (counter.calls[0], told.Key("1", "1")))) == 0


def test_when_one_call_is_anothers_nothing_of_the_commit_holds_and_the_rest_can_be_told_alone(counter: Counter) -> None:
    with transaction(counter.database) as session:
        session.execute(update(PhoneCall).where(PhoneCall.id == counter.calls[1]).values(app="other"))
    counter.asked.clear()
    happened = counter.welcomed()
    with pytest.raises(store.Taken):
        counter.desk.happen(*happened)
    assert counter.asked == []
    assert [version for _state, version in counter.states()] == [1, 1, 1]
    assert set(counter.desk.calls) == set(counter.calls)
    counter.desk.happen(happened[0])
    with pytest.raises(store.Taken):
        counter.desk.happen(happened[1])
    counter.desk.happen(happened[2])
    assert [version for _state, version in counter.states()] == [2, 1, 2]
    assert set(counter.desk.calls) == {counter.calls[0], counter.calls[2]}


def test_calls_that_are_handed_over_are_named_and_taken_up_by_whoever_has_them(counter: Counter) -> None:
    counter.desk.happen((counter.calls[0], told.Gone(CHANNELS[0])))  # it is over, and nobody's
    with transaction(counter.database) as session:
        assert store.hand_over(session, NODE, APP, "other") == set(counter.calls[1:])
    other = Desk(counter.database, NODE, "other", Outlets(nothing, nothing, nothing, nothing, nothing))
    assert {call.id for call in other.load()} == set(counter.calls[1:])
    assert other.load() == []


def test_a_step_that_the_database_has_and_we_have_not_is_taken_up_only_by_who_looks_for_it(counter: Counter) -> None:
    behind = Desk(counter.database, NODE, APP, Outlets(nothing, nothing, nothing, nothing, nothing))
    behind.load()
    counter.desk.happen(counter.welcomed()[0])
    assert behind.load() == []
    assert [call.id for call in behind.load(behind=True)] == [counter.calls[0]]
    assert behind.calls[counter.calls[0]] == counter.desk.calls[counter.calls[0]]
    assert behind.load(behind=True) == []


def test_a_row_that_nobody_can_read_is_left_alone(counter: Counter) -> None:
    with transaction(counter.database) as session:
        session.execute(update(PhoneCall).where(PhoneCall.id == counter.calls[0]).values(body=b"of another key"))
    fresh = Desk(counter.database, NODE, APP, Outlets(nothing, nothing, nothing, nothing, nothing))
    assert {call.id for call in fresh.load()} == set(counter.calls[1:])
