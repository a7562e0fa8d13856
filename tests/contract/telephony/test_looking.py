"""What the desk looks at: who is offered an agent first, the plan with its working days, and what supervisors do is on record."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, select

from engine import clock
from engine.actor import SYSTEM, Actor
from engine.db import transaction
from processes.deadlines import services as deadlines
from processes.deadlines.models import CalendarDay, CalendarYear
from processes.registry.audit import services as audit
from telephony.calls import happenings as told
from telephony.calls.effects import Effect
from telephony.calls.models import PhoneNotice
from telephony.calls.values import OFFERING, PAGER, TALKING, Call
from telephony.commands import services as commands
from telephony.plan import services as plans
from telephony.seats import services as seats
from telephony.worker.desk import Desk, Outlets
from tests.contract.telephony.conftest import nothing

AGENT, LEADER = Actor("agent1"), Actor("leader1")
NEW_YEAR = datetime(2041, 1, 1, 2, tzinfo=UTC)
"""A Tuesday, and a holiday, of a year whose table nobody has entered yet."""


class Room:
    """A desk, and a telephone."""

    def __init__(self, database: Engine, app: str = "app") -> None:
        self.database = database
        self.desk = Desk(database, "node", app, Outlets(self._make, nothing, nothing, nothing, nothing))

    def beside(self) -> "Room":
        """Another worker of the same exchange."""
        other = Room(self.database, "other")
        self.desk.fellows, other.desk.fellows = ("other",), ("app",)
        return other

    def _make(self, _call: str, effects: Iterable[Effect]) -> None:
        list(effects)

    def second_queue(self) -> None:
        """Calls to 12366 wait in a queue of their own."""
        body = plans.shipped()
        body["queues"]["second"] = {"name": "二线"}
        body["numbers"]["12366"] = {"name": "税务", "start": "queue:second", "human": "queue:second"}
        with transaction(self.database) as session:
            plans.change(session, SYSTEM, body, clock.now())

    def comes_in(self, channel: str, service: str = "12345", number: str = "13900001111") -> str:
        """Somebody calls, and waits."""
        before = set(self.desk.calls)
        self.desk.came_in(channel, number, service)
        (name,) = set(self.desk.calls) - before
        return name

    def sits(self, actor: Actor, *queues: str) -> None:
        """Somebody is ready."""
        with transaction(self.database) as session:
            seats.sign_in(session, actor, f"PJSIP/{actor.id}", queues or ("general",), clock.now())
            seats.ready(session, actor, clock.now())

    def call(self, name: str) -> Call:
        """A call at hand."""
        return self.desk.calls[name].call

    def talks(self) -> str:
        """An agent talks with a citizen."""
        self.sits(AGENT)
        name = self.comes_in("in-1")
        self.desk.look()
        self.desk.happen((name, told.Up(self.call(name).live("agent")[-1].id)))
        assert self.call(name).state == TALKING
        return name

    def ask(self, kind: str, call: str, by: Actor = LEADER, **given: Any) -> None:
        """Something is asked, and done."""
        with transaction(self.database) as session:
            commands.ask(session, by, kind, given, clock.now(), call_id=call)
        self.desk.look()

    def offered(self) -> list[str]:
        """The calls that ring at an agent's."""
        return [name for name, held in self.desk.calls.items() if held.call.state == OFFERING]

    def on_record(self) -> list[tuple[str, str, str, Any]]:
        """What the audit register says, oldest first."""
        with transaction(self.database) as session:
            return [(row.actor, row.action, row.object, row.detail) for row in reversed(audit.entries(session))]


@pytest.fixture
def room(database: Engine) -> Room:
    """On both databases in turn."""
    return Room(database)


def test_whom_a_pagers_contacts_could_not_help_goes_before_those_who_wait_longer(room: Room) -> None:
    room.comes_in("in-1")
    pager = room.comes_in("in-2", "9500013", "02900000001")
    assert room.call(pager).kind == PAGER
    room.sits(AGENT)
    room.desk.look()
    assert room.offered() == [pager]


def test_an_agent_of_several_queues_is_offered_the_oldest_call_of_all_of_them(room: Room) -> None:
    room.second_queue()
    order = [room.comes_in(f"in-{number}", service) for number, service in enumerate(("12366", "12345", "12366"))]
    assert [room.call(name).queue for name in order] == ["second", "general", "second"]
    for number in range(3):
        room.sits(Actor(f"agent{number}"), "general", "second")
        room.desk.look()
        assert set(room.offered()) == set(order[: number + 1])


def test_of_two_workers_calls_the_one_that_waits_longest_comes_first(room: Room) -> None:
    other = room.beside()
    first, second, third = other.comes_in("in-1"), room.comes_in("in-2"), other.comes_in("in-3")
    for agent, expected in (("agent1", ([], [first])), ("agent2", ([second], [first])), ("agent3", ([second], [first, third]))):
        room.sits(Actor(agent))
        room.desk.look()  # before the other one, and once more when it has seen to its own
        other.desk.look()
        room.desk.look()
        assert (room.offered(), other.offered()) == expected


def test_whom_another_workers_pager_call_needs_is_left_to_it_and_who_has_not_its_queue_is_not(room: Room) -> None:
    other = room.beside()
    room.second_queue()
    waiting, pager = room.comes_in("in-1", "12366"), other.comes_in("in-2", "9500013", "02900000001")
    room.sits(Actor("agent1"), "second", other.call(pager).queue)
    room.desk.look()
    assert room.offered() == []
    room.sits(Actor("agent2"), "second")
    other.desk.look()
    room.desk.look()
    assert (room.offered(), other.offered()) == ([waiting], [pager])


def test_a_year_that_is_entered_later_counts_for_the_service_hours_of_a_worker_that_runs(room: Room) -> None:
    assert room.desk.plan().is_open("working_days", NEW_YEAR)
    with transaction(room.database) as session:
        day = CalendarDay(day=date(2041, 1, 1), working=False, name="元旦")
        row = CalendarYear(year=2041, provisional=False, source="国办", loaded_at=clock.now(), loaded_by="admin1", days=[day])
        session.add(row)
    deadlines.forget()  # as by itself after a minute
    room.desk.look()
    assert not room.desk.plan().is_open("working_days", NEW_YEAR)


def test_the_plan_is_made_anew_only_when_it_or_the_calendar_has_changed(room: Room) -> None:
    before = room.desk.plan()
    deadlines.forget()
    room.desk.look()
    assert room.desk.plan() is before
    with transaction(room.database) as session:
        plans.change(session, SYSTEM, plans.shipped(), clock.now())
    room.desk.look()
    assert room.desk.plan().version == before.version + 1


def test_who_listens_whispers_barges_in_takes_over_or_forces_out_is_on_record_with_whose_call_it_was(room: Room) -> None:
    name = room.talks()
    room.sits(LEADER)
    for mode in ("listen", "whisper", "barge"):
        room.ask("supervise", name, mode=mode)
    room.desk.happen((name, told.Up(room.call(name).live("listener")[-1].id)))
    room.ask("take-over", name)
    room.ask("force-out", name)
    about = (f"call:{name}", {"agent": AGENT.id})
    deeds = ["call.listened", "call.whispered", "call.barged", "call.taken_over"]
    assert room.on_record()[:4] == [(LEADER.id, deed, *about) for deed in deeds]
    assert room.on_record()[4][:3] == (LEADER.id, "call.forced_out", f"call:{name}")


def test_what_is_refused_and_what_agents_do_with_their_own_calls_is_no_supervision(room: Room) -> None:
    name = room.comes_in("in-9")
    room.ask("supervise", name, mode="listen")  # nobody talks yet
    room.desk.happen((name, told.Gone("in-9", 16)))
    talks = room.talks()
    room.ask("hold", talks, AGENT)
    assert room.call(talks).held
    assert room.on_record() == []


def test_missed_calls_without_a_number_are_not_of_one_caller(room: Room) -> None:
    for channel, number in (("in-1", ""), ("in-2", "13900001111"), ("in-3", "13900001111")):
        name = room.comes_in(channel, number=number)
        room.desk.happen((name, told.Gone(channel, 16)))
    with transaction(room.database) as session:
        missed = session.scalars(select(PhoneNotice).where(PhoneNotice.message == "CallMissed").order_by(PhoneNotice.id)).all()
        callers = [orjson.loads(row.payload)["caller"] for row in missed]
    assert callers[0] is None
    assert callers[1] is not None
    assert callers[1] == callers[2]


def test_an_emergency_that_waits_is_offered_to_the_next_who_is_ready_though_others_came_before(room: Room) -> None:
    others = [room.comes_in(f"in-{number}") for number in range(3)]
    pager = room.comes_in("in-9", "9500013", "02900000001")
    order: list[str] = []
    for number in range(4):
        room.sits(Actor(f"agent{number}"))
        room.desk.look()
        order += [name for name in room.offered() if name not in order]
    assert order == [pager, *others]
