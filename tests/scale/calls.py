"""The screen pop among as many past calls as there are open cases: twenty of them under each number (T07, C26, C28)."""

import random
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median, quantiles
from typing import Any

from sqlalchemy import Engine, func, select, text, update

from api.product import Product
from api.telephony.pop import services as pop
from engine import clock
from engine.db import to_micros
from processes.registry.citizens.models import Citizen
from processes.registry.citizens.services import phone_index
from telephony.calls.models import PhoneCall
from telephony.calls.values import ENDED, INBOUND, TALKED
from tests.bench.figures import MILLI, Figure
from tests.scale.fill import SEED, insert

A_NUMBER = 20
"""Calls under each number."""
LOOKS = 200
POP_MS = 1_000.0
MODEL = "c" + "0" * 16
AGO = timedelta(days=365)
A_BATCH = 50_000


def measured(product: Product, dialect: str, size: int) -> Iterator[Figure]:
    """What is known under a number, over and over: CPU and wall of the statements that the seat's window makes when it rings."""
    places = _fill(product, size)
    numbers = [_number(place) for place in random.Random(SEED + size).sample(places, min(LOOKS, len(places)))]
    _known(product, numbers)
    wall = []
    for number in numbers:
        before = time.perf_counter()
        with product.engine.read() as session:
            found = pop.known(session, number)
        wall.append(time.perf_counter() - before)
        assert (len(found["calls"]), len(found["cases"])) == (A_NUMBER, 1)
    name = f"screen pop, {{}}, {size:,} open cases and calls"
    yield Figure(name.format("median"), dialect, median(wall) * MILLI, "ms", None, POP_MS)
    yield Figure(name.format("p95"), dialect, quantiles(wall, n=20)[-1] * MILLI, "ms", None, POP_MS)


def _number(place: int) -> str:
    return f"139{place:08d}"


def _fill(product: Product, size: int) -> range:
    """Calls of the past year until there are so many; each is a copy of one but for its id, its number and its moment. Answers which
    numbers are new."""
    with product.sessions.begin() as session:
        there = session.scalar(select(func.count()).select_from(PhoneCall)) or 0
        if not there:
            began = clock.now() - AGO
            session.add(
                PhoneCall(
                    id=MODEL,
                    node="node",
                    app="app",
                    kind=INBOUND,
                    state=ENDED,
                    service="12345",
                    queue="general",
                    number=_number(0),
                    number_index=phone_index(_number(0)),
                    agent="agent1",
                    case_no="",
                    outcome=TALKED,
                    began_at=began,
                    queued_at=began,
                    answered_at=began,
                    talking_at=began,
                    ended_at=began,
                    talked_ms=60_000,
                    version=1,
                    body=b"",
                )
            )
    places = range(there // A_NUMBER, size // A_NUMBER)
    _copies(product.database, range(max(there, 1), size), places)
    return places


def _copies(database: Engine, positions: range, places: range) -> None:
    with database.connect() as connection:
        row = dict(connection.execute(text("SELECT * FROM phone_call WHERE id = :id"), {"id": MODEL}).mappings().one())
    row = {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
    chance, year = random.Random(SEED + positions.start), to_micros(clock.now()) - int(row["began_at"])
    indexes = [phone_index(_number(place)) for place in places]
    for first in range(0, len(positions), A_BATCH):
        made: list[tuple[Any, ...]] = []
        for position in positions[first : first + A_BATCH]:
            later = chance.randrange(year)
            moments = {name: value + later for name, value in row.items() if name.endswith("_at")}
            new = {**row, **moments, "id": f"c{position:016x}", "number_index": indexes[position % len(indexes)]}
            made.append(tuple(new.values()))
        insert(database, {"phone_call": made})
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _known(product: Product, numbers: list[str]) -> None:
    """Each of these has called about a case: one of the citizens who are there has this number."""
    with product.sessions.begin() as session:
        citizens = session.scalars(select(Citizen.id).order_by(Citizen.id.desc()).limit(len(numbers))).all()
        for citizen, number in zip(citizens, numbers, strict=True):
            session.execute(update(Citizen).where(Citizen.id == citizen).values(phone_index=phone_index(number)))
