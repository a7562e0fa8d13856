"""A day on which everything dies at some time: the people's work, the clock, the kills, and how it comes to rest."""

import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Thread

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from engine.instances.models import LIVE, Instance
from engine.outbox.models import PENDING, Delivery
from engine.timers.models import FAILED, Timer
from tests.chaos.people import Agent, Journal, Quota
from tests.cluster import clock
from tests.cluster.nodes import Cluster, Node
from tests.cluster.postgres import Postgres

PEOPLE = 6
COMMANDS = 10
"""About so many of a case are acknowledged: the kills are spread over all of them."""
GLANCE = 30
"""Commands between two looks while nobody is to be killed any more."""
STALLED_SECONDS = 120
STEP = timedelta(minutes=31)
"""The clock goes on by this much now and then: reminders, lamps and retries of deliveries come due."""
SETTLING_SECONDS = 180
STARTS = 10
LOOK = 0.2
"""Seconds between two looks at what is left to do."""
FUTURE = timedelta(days=400)

DueTime = tuple[int, str, datetime]
"""An instance, an element of its diagram, and when its timer is due."""


@dataclass
class Day:
    """What happened, as somebody saw it who is no part of the product."""

    seed: int
    log: Journal = field(default_factory=Journal)
    kills: Counter[str] = field(default_factory=Counter)
    due: set[DueTime] = field(default_factory=set)
    """Every timer that waited when the clock was moved past it."""


def live(cluster: Cluster, postgres: Postgres, database: Engine, cases: int, kills: int, seed: int) -> Day:
    """Have people carry `cases` to their ends while nodes are killed `kills` times and PostgreSQL crashes once, halfway."""
    day, chance = Day(seed), random.Random(seed)
    quota = Quota(cases)
    people = [Agent(cluster.web, day.log, quota, f"{seed}-{number}") for number in range(PEOPLE)]
    for person in people:
        person.start()
    starting: dict[int, Thread] = {}
    kinds = chance.sample(["web", "worker"], 2)  # one of each, whatever the dice say of the others
    most_between = max(2, 2 * cases * COMMANDS * 3 // (kills * 4))  # done with three quarters of the work behind
    for kill in range(kills):
        worked = day.log.wait_for(chance.randint(1, most_between), STALLED_SECONDS)
        _require_well(people)
        if not any(person.is_alive() for person in people):
            break
        assert worked, f"the work stands still (seed {seed}): {day.log.refused[:3]}"
        if kill == kills // 2:
            postgres.crash()
            day.kills["postgres"] += 1
        _move_clock(database, day)
        _kill_one(cluster, chance, starting, day, kinds.pop() if kinds else "")
    while any(person.is_alive() for person in people):
        day.log.wait_for(GLANCE, 1.0)
        _require_well(people)
        _move_clock(database, day)
    for thread in starting.values():
        thread.join(STALLED_SECONDS)
    _require_well(people)
    return day


def settle(database: Engine, day: Day) -> bool:
    """Move the clock past everything that still waits; whether all of it was done."""
    pause = Event()
    for _ in range(int(SETTLING_SECONDS / LOOK)):
        with Session(database) as session:
            if not _left(session):
                return True
        _move_clock(database, day)
        pause.wait(LOOK)
    return False


def _kill_one(cluster: Cluster, chance: random.Random, starting: dict[int, Thread], day: Day, kind: str) -> None:
    """Kill a node, of a kind if there is one to kill, that is not just being started, and start it again beside what goes on."""
    able = [number for number in range(len(cluster.nodes)) if number not in starting or not starting[number].is_alive()]
    webs_up = [number for number in able if number < len(cluster.web)]
    if len(webs_up) == 1:
        able.remove(webs_up[0])  # somebody must be left to ask, or the day stands still and nothing is tried
    if not able:
        return
    number = chance.choice([number for number in able if kind == _kind(cluster, number)] or able)
    node = cluster.nodes[number]
    node.kill()
    day.kills[_kind(cluster, number)] += 1
    starting[number] = Thread(target=_start, args=(node,), daemon=True)
    starting[number].start()


def _kind(cluster: Cluster, number: int) -> str:
    return "web" if number < len(cluster.web) else "worker"


def _start(node: Node) -> None:
    """Start a node as a supervisor does: again when it ends at once, because the database was just away."""
    for _ in range(STARTS - 1):
        with suppress(AssertionError):
            node.start()
            return
    node.start()


def _move_clock(database: Engine, day: Day) -> None:
    """Let half an hour pass, and remember which timers it takes with it."""
    with Session(database) as session:
        until = clock.now(database) + STEP
        due = session.execute(
            select(Timer.instance_id, Timer.element_id, Timer.due_at).where(Timer.instance_id != 0, Timer.due_at <= until)
        )
        day.due |= {(instance, element, at) for instance, element, at in due}
    clock.advance(database, STEP)


def _left(session: Session) -> bool:
    """Whether anything of the cases is still to be done; periodic work has no end."""
    deliveries = session.scalar(select(func.count()).select_from(Delivery).where(Delivery.state.in_(PENDING))) or 0
    timers = session.scalar(select(func.count()).select_from(Timer).where(Timer.instance_id != 0, Timer.state != FAILED)) or 0
    alive = session.scalar(select(func.count()).select_from(Instance).where(Instance.status == LIVE)) or 0
    jobs = session.scalar(text("select count(*) from procrastinate_jobs where status in ('todo', 'doing')")) or 0
    embedded = session.scalar(text("select count(*) from job where state in ('todo', 'doing')")) or 0
    return bool(deliveries or timers or alive or jobs or embedded)


def _require_well(people: list[Agent]) -> None:
    failures = [repr(person.failure) for person in people if person.failure]
    assert not failures, failures
