"""A database filled fast with open cases: a few dozen real ones, walked by real commands, and copies of their rows.

A copy gets its own case number, instance ids, delivery ids and moments, and a history chain of its own that verifies; what is sealed
stays as it is. Copies are older than their originals by up to four weeks and their timers are due later by as much, so that
lists have an order and no timer is due at once.
"""

import itertools
import random
import re
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Table, select, text

from api.product import Product
from engine.db import Base, from_micros
from engine.history.chain import GENESIS, Row, digest
from engine.timers.models import Timer
from engine.timers.periodic import NO_INSTANCE
from processes.casefile import titles
from tests.bench import walk
from tests.bench.figures import Timing
from tests.fixtures.databases import SQLITE
from tests.fixtures.product import built

TABLES = (
    *("citizen", "case", "work_order", "instance", "work_item", "timer", "subscription", "history", "submission", "delivery"),
    *("sms_message", "reply_attempt", "satisfaction"),
)
"""Tables with rows of a case, parents before children."""
PAIRS = "title_pair"
"""The table that follows from the titles; a copy's rows are worked out anew."""
MODELS = 48
SPREAD = 28 * 86_400 * 1_000_000
"""Microseconds over which copies are spread."""
LATER = frozenset({"due_at", "near_at", "original_due_at", "soonest"})
MOMENTS = frozenset(
    (
        "at created_at opened_at started_at ended_at closed_at dispatched_at acked_at handled_at first_dispatched_at settled_at queued_at"
    ).split()
)
ISO = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d")
A_MONTH = timedelta(days=30)
CASES_A_BATCH = 2_000
INSTANCES_A_CASE = 3
"""More than any model has. The copies' instance ids lie before all others, so that they never meet those the product gives out."""
SEED = 20261122

Cells = tuple[Any, ...]


def models(url: str) -> list[str]:
    """Make the cases that are copied: a third wait for their review, a third for the unit's confirmation, a third for its answer."""
    with built(url) as product:
        walk.open_cases(product, MODELS, Timing([], []))
        with product.engine.read() as session:
            cases = sorted(session.scalars(text('SELECT case_no FROM "case"')))
        for tasks_done, part in enumerate((cases, cases[MODELS // 3 :], cases[2 * MODELS // 3 :])):
            for item in walk.open_items(product, part):
                walk.complete(product, item, Timing([], []))
            assert tasks_done < 3
        _settle(product)
    return cases


def _settle(product: Product) -> None:
    """The models' messages count as sent, and the night's work is a month away: a million deliveries that wait, or a look at every
    case in the midst of it, would be another measurement."""
    with product.database.begin() as connection:
        connection.exec_driver_sql("UPDATE delivery SET state = 'done', attempts = 1, settled_at = created_at")
    with product.sessions.begin() as session:
        for timer in session.scalars(select(Timer).where(Timer.instance_id == NO_INSTANCE)):
            timer.due_at += A_MONTH


def copies(database: Engine, cases: list[str], wanted: int) -> None:
    """Add copies of the model cases until there are so many open cases."""
    rows = _model_rows(database, cases)
    with database.connect() as connection:
        present = connection.scalar(text('SELECT count(*) FROM "case"')) or 0
        citizens = connection.scalar(text("SELECT max(id) FROM citizen")) or 0
        earliest = connection.scalar(text("SELECT min(id) FROM instance")) or 0
        moments = set(connection.scalars(text('SELECT opened_at FROM "case"')))
    first_instance = earliest - INSTANCES_A_CASE * max(0, wanted - present)
    copier = _Copier(rows, random.Random(SEED + present), citizens + 1, first_instance, moments)
    numbers = iter(range(present, wanted))
    while batch := list(itertools.islice(numbers, CASES_A_BATCH)):
        made: dict[str, list[Cells]] = defaultdict(list)
        for position in batch:
            for table, cells in copier.copy(cases[position % len(cases)], position):
                made[table].append(cells)
        insert(database, made)
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


class _Copier:
    def __init__(
        self,
        rows: dict[str, dict[str, list[dict[str, Any]]]],
        chance: random.Random,
        first_citizen: int,
        first_instance: int,
        moments: set[int],
    ) -> None:
        self._rows = rows
        self._chance = chance
        self._citizens = itertools.count(first_citizen)
        self._instances = itertools.count(first_instance)
        self._moments = moments
        """When the cases were opened that there are: no two at once, so that each has rows of its own for its title."""

    def copy(self, model: str, position: int) -> Iterator[tuple[str, Cells]]:
        """The rows of one copy: table and cells in the order of its columns."""
        case_no = f"{model[:10]}{position:08d}"
        shift = self._shift(self._rows[model]["case"][0]["opened_at"])
        instances: dict[int, int] = {}
        heads: dict[int, tuple[int, bytes]] = {}
        citizen = next(self._citizens)
        deliveries: dict[str, str] = {}
        of = self._rows[model]
        for row in of.get("instance", ()):
            instances[row["id"]] = next(self._instances)
        histories = []
        for row in of.get("history", ()):
            new = self._changed(row, model, case_no, shift, instances, citizen, deliveries)
            new["prev_hash"] = heads.get(new["instance_id"], (0, GENESIS))[1]
            new["hash"] = digest(Row(**{**new, "at": from_micros(new["at"]), "hash": b""}))
            heads[new["instance_id"]] = new["seq"], new["hash"]
            histories.append(new)
        for table in TABLES:
            if table == "history":
                yield from ((table, tuple(new.values())) for new in histories)
                continue
            for row in of.get(table, ()):
                new = self._changed(row, model, case_no, shift, instances, citizen, deliveries)
                if table == "citizen":
                    new["id"], new["phone_index"] = citizen, secrets.token_hex(16)
                elif table == "instance":
                    new["id"] = instances[row["id"]]
                    new["last_seq"], new["last_hash"] = heads[new["id"]]
                elif table == "delivery":
                    new["id"] = deliveries.setdefault(row["id"], f"msg_{secrets.token_hex(16)}")
                elif "id" in new:
                    del new["id"]
                elif table == "case":
                    yield from ((PAIRS, (pair, new["opened_at"])) for pair in titles.pairs(new["title"]))
                yield table, tuple(new.values())

    def _shift(self, opened_at: int) -> int:
        while (moment := opened_at - (shift := self._chance.randrange(SPREAD))) in self._moments:
            pass
        self._moments.add(moment)
        return shift

    def _changed(
        self, row: dict[str, Any], model: str, case_no: str, shift: int, instances: dict[int, int], citizen: int, deliveries: dict[str, str]
    ) -> dict[str, Any]:
        new = dict(row)
        for name, value in row.items():
            if value is None:
                continue
            if name == "instance_id":
                new[name] = instances[value]
            elif name == "citizen_id":
                new[name] = citizen
            elif name == "delivery_id":
                new[name] = deliveries.setdefault(value, f"msg_{secrets.token_hex(16)}")
            elif name in LATER:
                new[name] = value + shift
            elif name in MOMENTS:
                new[name] = value - shift
            elif isinstance(value, str):
                new[name] = value.replace(model, case_no)
            elif isinstance(value, bytes) and name in ("state", "data"):
                new[name] = value.replace(model.encode(), case_no.encode())
            if name == "state" and isinstance(value, bytes):
                new[name] = moved(new[name], lambda moment: moment + timedelta(microseconds=shift))
        return new


def moved(state: bytes, move: Callable[[datetime], datetime]) -> bytes:
    """An instance's state with every moment in it moved: a timer's due time stands in its row and in the state alike."""
    return ISO.sub(lambda found: move(datetime.fromisoformat(found[0].decode())).isoformat().encode(), state)


def columns(table: str) -> list[str]:
    """The names of a table's columns in their order, without a running number that the database gives out."""
    found: Table = Base.metadata.tables[table]
    given = table in ("citizen", "instance", "delivery", "phone_call")
    return [column.name for column in found.columns if given or column.name != "id"]


def _model_rows(database: Engine, cases: Iterable[str]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Every row of the models as the driver gives it: case → table → rows."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {case: defaultdict(list) for case in cases}
    with database.connect() as connection:
        by_instance = {row[0]: row[1] for row in connection.exec_driver_sql("SELECT id, business_key FROM instance")}
        by_citizen: dict[int, list[str]] = defaultdict(list)
        for case_no, citizen in connection.exec_driver_sql('SELECT case_no, citizen_id FROM "case"'):
            by_citizen[citizen].append(case_no)
        for table in TABLES:
            order = "instance_id, seq" if table == "history" else "1"
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table}" ORDER BY {order}').mappings():  # noqa: S608  names of our own
                cells = {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
                owners = by_citizen[int(cells["id"])] if table == "citizen" else [_owner(cells, by_instance)]
                for owner in owners:
                    if owner in found:
                        found[owner][table].append(cells)
    return found


def _owner(cells: dict[str, Any], by_instance: dict[int, str]) -> str:
    for name in ("case_no", "business_key"):
        if cells.get(name):
            return str(cells[name])
    return by_instance.get(cells.get("instance_id", 0), "")


def insert(database: Engine, made: dict[str, list[Cells]]) -> None:
    """Put rows in as fast as the database takes them: table → cells in the order of its columns, parents before children."""
    tables = sorted(made, key=(*TABLES, PAIRS, *made).index)
    if database.dialect.name == SQLITE:
        with sqlite3.connect(str(database.url.database), isolation_level=None) as file:
            file.execute("PRAGMA synchronous = off")
            file.execute("BEGIN IMMEDIATE")
            for table in tables:
                names = columns(table)
                marks = ",".join("?" * len(names))
                file.executemany(f'INSERT INTO "{table}" ({",".join(map(_quoted, names))}) VALUES ({marks})', made[table])  # noqa: S608  names of our own
            file.execute("COMMIT")
        file.close()
        return
    with database.begin() as connection:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # the models' keys hold, so their copies' do
            for table in tables:
                with cursor.copy(f'COPY "{table}" ({",".join(map(_quoted, columns(table)))}) FROM STDIN') as copy:
                    for cells in made[table]:
                        copy.write_row(cells)


def _quoted(name: str) -> str:
    return f'"{name}"'
