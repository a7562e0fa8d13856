"""Seats and who is offered a call (T02, T03, T11), on both databases."""

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import Actor
from engine.db import to_micros, transaction
from telephony.calls import happenings as told
from telephony.calls.values import AGENT, ENDED, INBOUND, OFFERING, QUEUED, TALKED, Call
from telephony.plan import services as plans
from telephony.plan.values import Queue
from telephony.seats import services as seats
from telephony.seats.errors import BadSeat, NoSeat, OnACall, SeatLocked, SeatTaken
from telephony.seats.models import BUSY, NOT_READY, OFFLINE, READY, RESERVED, WRAP_UP, Seat, Stint
from telephony.worker import store
from telephony.worker.desk import Desk, Outlets
from telephony.worker.pairing import pair
from tests.contract.telephony.conftest import nothing

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ANNA, BORIS, CARLA = (Actor(name) for name in ("anna", "boris", "carla"))
GENERAL = Queue("综合")
T = TypeVar("T")


class House:
    """A database with seats, and a clock that a test turns."""

    def __init__(self, database: Engine) -> None:
        self.database, self.now = database, NINE

    def do(self, work: Callable[[Session], T], after: float = 0) -> T:
        """Some seconds later, in a transaction."""
        self.now += timedelta(seconds=after)
        with transaction(self.database) as session:
            return work(session)

    def sign_in(self, actor: Actor, *queues: str, ready: bool = True, area: str = "", after: float = 1) -> None:
        """Sit down, and be ready."""
        endpoint = f"PJSIP/{actor.id}"
        self.do(lambda session: seats.sign_in(session, actor, endpoint, queues or ("general",), self.now, area=area), after)
        if ready:
            self.do(lambda session: seats.ready(session, actor, self.now))

    def offer(self, call: Call, queue: Queue = GENERAL, after: float = 1) -> str | None:
        """Who is reserved for a call."""
        found: Any = self.do(lambda session: pair(session, call, queue, "node", self.now), after)
        return None if found is None else found.agent

    def talk(self, call: Call, agent: str, seconds: float, wrap: int = 0) -> None:
        """The agent takes the call and is done with it."""
        self.do(lambda session: seats.engage(session, agent, BUSY, call.id, self.now))
        self.do(lambda session: seats.free(session, agent, call.id, self.now, talked=True, reason="", wrap_seconds=wrap), seconds)

    def state(self, actor: Actor) -> tuple[str, str]:
        """State and reason."""
        with transaction(self.database) as session:
            row = session.get_one(Seat, actor.id)
            return row.state, row.reason


@pytest.fixture
def house(database: Engine) -> House:
    """An empty house, on both databases in turn."""
    return House(database)


def call(number: int = 1, queue: str = "general", caller: str = "13900000001") -> Call:
    """A call that waits."""
    return Call(f"c{number:016d}", INBOUND, to_micros(NINE), state=QUEUED, number=caller, queue=queue)


def test_whoever_was_idle_longest_is_first(house: House) -> None:
    for actor in (BORIS, ANNA, CARLA):
        house.sign_in(actor)
    assert [house.offer(call(number)) for number in range(4)] == ["boris", "anna", "carla", None]


def test_a_seat_of_another_queue_is_never_offered_a_call_and_names_that_resemble_are_not_the_same(house: House) -> None:
    house.sign_in(ANNA, "general_2", "gen")
    house.sign_in(BORIS, "medical")
    assert house.offer(call()) is None
    assert house.offer(call(queue="medical")) == "boris"


def test_the_agent_of_the_last_call_is_first_if_free(house: House) -> None:
    for actor in (ANNA, BORIS):
        house.sign_in(actor)
    before = call(7)
    before.agent, before.state, before.talking, before.ended = "boris", ENDED, to_micros(NINE), to_micros(NINE)

    def keep(session: Session) -> None:
        saving = store.Saving(session, "node", "app")
        saving.add(before)
        saving.send()

    house.do(keep)
    assert house.offer(call(8)) == "boris"
    assert house.offer(call(9)) == "anna"
    assert house.offer(call(10, caller="13900000002")) is None


def test_somebody_of_the_area_goes_before_whoever_was_idle_longer(house: House) -> None:
    house.sign_in(ANNA, area="610400")
    house.sign_in(BORIS, area="610402")
    assert house.offer(call(), Queue("秦都", area="610402")) == "boris"


def test_who_missed_a_call_and_is_ready_again_gets_it_only_if_nobody_else_is_there(house: House) -> None:
    for actor in (ANNA, BORIS):
        house.sign_in(actor)
    waiting = call()
    waiting.tried = ["anna"]
    assert house.offer(waiting) == "boris"
    assert house.offer(waiting) == "anna"


def test_who_rests_and_dials_all_the_same_rests_on_after_the_call(house: House) -> None:
    house.sign_in(ANNA)
    house.do(lambda session: seats.not_ready(session, ANNA, "meal", house.now))
    house.talk(call(1), "anna", 30)
    assert house.state(ANNA) == (NOT_READY, "meal")
    house.do(lambda session: seats.ready(session, ANNA, house.now))
    house.talk(call(2), "anna", 30)
    assert house.state(ANNA) == (READY, "")


class Rush:
    """Callers who come, wait, talk and go at a desk; it keeps lists of its own of who waits and who is idle, the longest first."""

    def __init__(self, house: House, skills: Mapping[str, Sequence[str]]) -> None:
        self.dice, self.skills = random.Random(20261122), skills
        self.waiting: list[str] = []
        self.idle, self.over, self.waited = list(skills), list[Call](), set[str]()
        self.diary: list[tuple[datetime, int, Callable[[], None]]] = []
        self.entries = itertools.count()
        for agent, queues in skills.items():
            house.sign_in(Actor(agent), *queues)
        body = plans.shipped()
        body["queues"] |= {name: {"name": name, "wrap_seconds": 0} for name in ("general", "medical")}
        body["numbers"]["120"] = {"name": "120", "start": "queue:medical", "human": "queue:medical"}
        house.do(lambda session: plans.change(session, ANNA, body, house.now))
        self.desk = Desk(house.database, "node", "app", Outlets(nothing, nothing, nothing, nothing, self.over.append))

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Something happens then."""
        heapq.heappush(self.diary, (clock.now() + timedelta(seconds=seconds), next(self.entries), work))

    def go_on(self) -> None:
        """The next thing happens; afterwards whoever waits longest is offered to whoever of the queue is idle longest."""
        moment, _entry, work = heapq.heappop(self.diary)
        with clock.at(moment):
            work()
            free, calls, offers = self.idle.copy(), self.desk.calls, {}
            for name in self.waiting:
                agent = next((agent for agent in free if calls[name].call.queue in self.skills[agent]), None)
                if agent is not None:
                    free.remove(agent)
                    offers[name] = agent
            self.desk.look()
            assert {name: calls[name].call.agent for name in self.waiting if calls[name].call.state == OFFERING} == offers
            self.idle, self.waiting = free, [name for name in self.waiting if name not in offers]
            self.waited.update(self.waiting)
            for name, agent in offers.items():
                self.later(self.dice.uniform(0.2, 1), partial(self.answer, name, agent))

    def come(self, number: int) -> None:
        """Somebody calls."""
        self.desk.came_in(f"{number}.1", f"139{number:08d}", "120" if self.dice.random() < 0.3 else "12345")
        self.waiting.append(self.desk.channels.call(f"{number}.1"))

    def answer(self, name: str, agent: str) -> None:
        """The agent answers."""
        self.desk.happen((name, told.Up(self.desk.calls[name].call.live(AGENT)[0].id)))
        self.later(self.dice.uniform(1, 5), partial(self.hang_up, name, agent))

    def hang_up(self, name: str, agent: str) -> None:
        """Both go."""
        self.desk.happen(*((name, told.Gone(leg.id)) for leg in self.desk.calls[name].call.live()))
        self.idle.append(agent)


def test_a_thousand_calls_all_reach_somebody_who_can_and_are_shared_fairly(house: House) -> None:
    skills = {f"agent{number}": ("general",) if number % 2 else ("general", "medical") for number in range(10)}
    rush, many = Rush(house, skills), 1000
    with clock.at(house.now):
        for number in range(many):
            rush.later(rush.dice.uniform(0, many * 0.4), partial(rush.come, number))
    while rush.diary:
        rush.go_on()
    assert Counter(call.outcome for call in rush.over) == {TALKED: many}
    assert all(call.queue in skills[str(call.agent)] for call in rush.over)
    assert many / 5 < len(rush.waited) < many - many / 5, "often several wait, often several are idle"


def test_the_stints_of_a_shift_add_up_to_it(house: House) -> None:
    house.sign_in(ANNA, after=0)
    begun = house.now
    waiting = call()
    assert house.offer(waiting, after=10) == "anna"
    house.talk(waiting, "anna", 60, wrap=15)
    house.do(lambda session: seats.end_wrap_ups(session, house.now), 20)
    house.do(lambda session: seats.not_ready(session, ANNA, "meal", house.now), 5)
    house.do(lambda session: seats.sign_out(session, ANNA, house.now), 1800)
    with transaction(house.database) as session:
        stints = session.scalars(select(Stint).order_by(Stint.since, Stint.id)).all()
    told = [(stint.state, (stint.until - stint.since).total_seconds()) for stint in stints]
    assert told == [(NOT_READY, 0), (READY, 10), (RESERVED, 0), (BUSY, 60), (WRAP_UP, 20), (READY, 5), (NOT_READY, 1800)]
    assert stints[0].since == begun
    assert all(one.until == after.since for one, after in itertools.pairwise(stints))
    assert house.state(ANNA)[0] == OFFLINE


def test_wrap_up_ends_by_itself_or_when_the_agent_says_so(house: House) -> None:
    house.sign_in(ANNA)
    waiting = call()
    assert house.offer(waiting) == "anna"
    house.talk(waiting, "anna", 5, wrap=15)
    house.do(lambda session: seats.end_wrap_ups(session, house.now), 14)
    assert house.state(ANNA)[0] == WRAP_UP
    house.do(lambda session: seats.ready(session, ANNA, house.now))
    assert house.state(ANNA)[0] == READY


def test_a_locked_seat_gets_no_calls_and_one_with_a_call_is_locked_after_it(house: House) -> None:
    house.sign_in(ANNA)
    waiting = call()
    assert house.offer(waiting) == "anna"
    house.do(lambda session: seats.lock(session, "anna", house.now, on=True))
    assert house.state(ANNA)[0] == RESERVED
    house.talk(waiting, "anna", 5, wrap=15)
    assert house.state(ANNA) == (NOT_READY, "forced")
    with pytest.raises(SeatLocked):
        house.do(lambda session: seats.ready(session, ANNA, house.now))
    house.do(lambda session: seats.lock(session, "anna", house.now, on=False))
    house.do(lambda session: seats.ready(session, ANNA, house.now))
    assert house.offer(call(2)) == "anna"


def test_a_call_that_is_over_frees_no_seat_that_has_another_by_now(house: House) -> None:
    house.sign_in(ANNA)
    assert house.offer(call(1)) == "anna"
    house.do(lambda session: seats.free(session, "anna", call(2).id, house.now, talked=False, reason="no-answer", wrap_seconds=0))
    assert house.state(ANNA)[0] == RESERVED


def test_what_a_seat_may_not_do_is_refused(house: House) -> None:
    with pytest.raises(NoSeat):
        house.do(lambda session: seats.ready(session, ANNA, house.now))
    with pytest.raises(BadSeat):
        house.do(lambda session: seats.sign_in(session, ANNA, "1001; rm", ("general",), house.now))
    house.sign_in(ANNA)
    with pytest.raises(SeatTaken) as taken:
        house.do(lambda session: seats.sign_in(session, BORIS, "PJSIP/anna", ("general",), house.now))
    assert taken.value.details["claimed_by"] == "anna"
    with pytest.raises(BadSeat):
        house.do(lambda session: seats.not_ready(session, ANNA, "no-answer", house.now))
    assert house.offer(call()) == "anna"
    for refused in (seats.sign_out, seats.ready):
        with pytest.raises(OnACall):
            house.do(partial(refused, actor=ANNA, now=house.now))


def test_a_telephone_that_is_gone_makes_its_agent_unready(house: House) -> None:
    house.sign_in(ANNA)
    house.sign_in(BORIS)
    there, lost = {"PJSIP/anna", "PJSIP/boris"}, {"PJSIP/anna", "PJSIP/nobody"}
    house.do(lambda session: seats.seen(session, "node", there, (), house.now))
    house.do(lambda session: seats.seen(session, "another", (), there, house.now))  # they were never there
    assert house.state(ANNA)[0] == READY
    house.do(lambda session: seats.seen(session, "node", (), lost, house.now))
    assert house.state(ANNA) == (NOT_READY, "unreachable")
    assert house.state(BORIS)[0] == READY


def test_a_call_is_offered_to_telephones_of_its_own_exchange(house: House) -> None:
    house.sign_in(ANNA)
    house.sign_in(BORIS)
    house.do(lambda session: seats.seen(session, "another", {"PJSIP/anna"}, (), house.now))
    assert house.offer(call()) == "boris"
    assert house.offer(call(2)) is None
