"""A process started by its typed start event: through the gate, by message, by signal, by the timer table."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from engine.actor import SYSTEM
from engine.definitions.files import SourceFile
from engine.definitions.services import deploy, retire
from engine.errors import Invalid
from engine.timers import periodic
from engine.timers.models import Timer
from engine.timers.periodic import Interval
from tests.contract.messages.conftest import City
from tests.fixtures.clocks import MONDAY_MORNING
from tests.unit.engine.diagrams import END, catch_message, diagram, node, road, timer, user
from tests.unit.engine.vocabulary import catalogue

NIGHT = MONDAY_MORNING.replace(hour=18, minute=30)
THUNDER = '<bpmn:signalEventDefinition signalRef="Sig"/>'


def bring(city: City, trigger: str, title: str = "查夜") -> None:
    """Deploy and publish, through the linter, a process with a typed start event."""
    content = diagram(node("startEvent", "S", trigger), user("check"), END, road("S", "check", "E"), key="round")
    file = SourceFile("round.bpmn", content.replace(b'id="round"', f'id="round" name="{title}"'.encode()))
    form = SourceFile("demo-form.json", b'{"id": "demo-form", "title": "x", "type": "default", "components": []}')
    world = replace(catalogue(), forms={})
    done = city.engine.transact(SYSTEM, lambda work: deploy(work.session, [file, form], SYSTEM.id, catalogue=world, publish=True))
    assert not done.refused, done.findings


def due(city: City) -> list[datetime]:
    with city.engine.read() as session:
        return list(session.scalars(select(Timer.due_at)))


def test_a_message_start_gets_the_payload_as_its_variables(city: City) -> None:
    bring(city, catch_message())
    city.engine.transact(SYSTEM, lambda work: work.send("WoDone", ["case_no=C7"], {"case_no": "C7"}))
    (started,) = city.instances("round")
    assert started.business_key == "C7"
    assert city.waiting() == {"check": 1}


def test_a_signal_start_is_set_off_by_the_broadcast(city: City) -> None:
    bring(city, THUNDER)
    city.engine.transact(SYSTEM, lambda work: work.broadcast("sig", {"case_no": "C8"}))
    assert [one.business_key for one in city.instances("round")] == ["C8"]


def test_a_cycle_starts_night_after_night_and_what_was_missed_is_not_made_up_for(city: City) -> None:
    bring(city, timer(f'"R/{NIGHT.isoformat()}/P1D"', "timeCycle"))
    assert due(city) == [NIGHT]
    for _ in range(2):
        city.clock.advance(days=1)
        city.run()
    assert city.waiting() == {"check": 2}
    city.clock.advance(days=5)
    city.run()
    assert city.waiting() == {"check": 3}
    assert due(city) == [NIGHT + timedelta(days=7)]


def test_a_bounded_cycle_ends_and_a_new_version_does_not_begin_it_anew(city: City) -> None:
    cycle = timer(f'"R3/{NIGHT.isoformat()}/P1D"', "timeCycle")
    bring(city, cycle)
    city.clock.advance(days=1)
    city.run()
    bring(city, cycle, "查夜二")
    assert due(city) == [NIGHT + timedelta(days=1)]
    for _ in range(4):
        city.clock.advance(days=1)
        city.run()
    assert city.waiting() == {"check": 3}
    assert due(city) == []


def test_a_date_starts_once_and_one_that_has_passed_never(city: City) -> None:
    moment = timer(f'"{NIGHT.isoformat()}"', "timeDate")
    bring(city, moment)
    city.clock.advance(days=1)
    city.run()
    city.run()
    assert city.waiting() == {"check": 1}
    bring(city, moment, "查夜二")
    assert due(city) == []


def test_who_is_retired_starts_no_more(city: City) -> None:
    bring(city, timer(f'"R/{NIGHT.isoformat()}/P1D"', "timeCycle"))
    city.engine.transact(SYSTEM, lambda work: retire(work.session, "round", 1, "designer2"))
    assert due(city) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P1D",
        "R/P1D",
        "R0/2026-01-01T00:00:00+08:00/P1D",
        "R/2026-01-01T00:00:00/P1D",
        "2026-01-01",
        "R/x/P1D",
        "R/2026-01-01T00:00:00+08:00/PT0S",
    ],
)
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        periodic.parse(text)


@pytest.mark.parametrize(
    ("interval", "hours", "coming"),
    [
        (Interval(MONDAY_MORNING, "PT1H"), -1, (0, None)),
        (Interval(MONDAY_MORNING, "PT1H"), 0, (1, None)),
        (Interval(MONDAY_MORNING, "PT1H", 3), 0.5, (1, 2)),
        (Interval(MONDAY_MORNING, "PT1H", 3), 1.5, (2, 1)),
        (Interval(MONDAY_MORNING, "PT1H", 3), 2, None),
        (Interval(MONDAY_MORNING), -1, (0, 1)),
        (Interval(MONDAY_MORNING), 0, None),
    ],
)
def test_the_next_moment_lies_behind_now(interval: Interval, hours: float, coming: tuple[int, int | None] | None) -> None:
    found = interval.next(MONDAY_MORNING + timedelta(hours=hours))
    assert found == (None if coming is None else (MONDAY_MORNING + timedelta(hours=coming[0]), coming[1]))
