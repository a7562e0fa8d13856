"""Cities played for so many days, and histories done again: what the tests and the command line share."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import orjson

from api.demo import city as demo
from api.product import Product
from engine import chance, clock
from tests.crash.house import CITY, TICK, found
from tests.crash.outcome import Lines, differences, first_instance, outcome
from tests.crash.outside import Outside
from tests.fixtures.clocks import MONDAY_MORNING
from tests.fixtures.databases import Databases, Fill
from tests.fixtures.product import built, found_city
from tests.simulation.city import City
from tests.simulation.invariants import violations
from tests.simulation.replay import Replay

ELSEWHERE = ("outside", "incident", "mailbox_message", "received_webhook", "idempotency_key", "clock_offset", "job", "audit_entry")
"""What a history does not tell of: how messages went out and came in, and who looked."""
PUT = ("id", "connector", "business_key", "body", "created_at")
"""What a command says of a delivery; how it fared afterwards is the outbox's business."""
Template = tuple[str, Fill]
MOST = 12
"""Differences that are told."""
Tell = Callable[[str], None]


def _found_offline(url: str) -> None:
    with clock.at(MONDAY_MORNING), clock.run_on(MONDAY_MORNING.timestamp):
        found_city(url)


OFFLINE: Template = ("offline", _found_offline)
"""A demo city on Monday morning whose departments have no system of their own."""


@dataclass(frozen=True, slots=True)
class Midnight:
    """How a city stood at the end of a day, and what was wrong with it."""

    day: int
    told: str
    wrong: list[str]


def days(playing: City, count: int) -> Iterator[Midnight]:
    """Play so many days; each is looked through when it is over."""
    for day in range(1, count + 1):
        playing.play_day()
        book, done = playing.book, playing.mischief.done
        told = (
            f"{len(book.opened)} cases, {playing.closed()} closed, {len(book.completed)} tasks, {book.started} side actions; "
            + ", ".join(f"{times} {what}" for what, times in done.items())
            + f" went wrong, {book.failed} people had to try again"
        )
        yield Midnight(day, told, violations(playing.product, book, playing.memory))


def replayed(databases: Databases, dialect: str, source: Product, of: Template = (CITY, found)) -> tuple[int, list[str]]:
    """Do everything again that a product's history tells, on the empty city that it began `of`; answers how many commands
    there were, and what differs, the first instance that does named before all."""
    with databases.copy(dialect, *of) as url, built(url) as target:
        count = Replay(source, target).run()
        wrong = differences(_told(source), _told(target), most=sys.maxsize)
    with source.engine.read() as session:
        first = first_instance(session, wrong)
    return count, [f"the first that differs: {first}" if first else "no instance differs", *wrong[:MOST]] if wrong else []


def _told(product: Product) -> Lines:
    lines = {table: rows for table, rows in outcome(product, Outside()).items() if table not in ELSEWHERE}
    lines["delivery"] = [str({name: orjson.loads(row)[name] for name in PUT}) for row in lines["delivery"]]
    return lines


def replayed_load(databases: Databases, dialect: str, cases: int, seed: int, tell: Tell) -> tuple[int, list[str]]:
    """The same of a load of random synthetic cases, as `bihuan load` makes them; a seed makes the same ones at any time."""
    ticks = count()
    with (
        chance.seeded(seed),
        clock.run_on(lambda: MONDAY_MORNING.timestamp() + next(ticks) * TICK),
        databases.copy(dialect, *OFFLINE) as url,
        built(url) as source,
    ):
        demo.load_more(source, cases, seed, tell)
        return replayed(databases, dialect, source, OFFLINE)
