"""A hotline of the shortest diagrams on both databases: the real engine with the real vocabulary, nothing to the outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine as DatabaseEngine
from sqlalchemy import create_engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from engine import crypto
from engine.actor import SYSTEM, Actor
from engine.db import configure
from engine.registry import Registry
from engine.runtime.engine import Engine
from engine.workitems.models import WorkItem
from processes import vocabulary
from processes.actions.services import perform
from processes.cases.services import NewCase, NewCitizen, OpenedCase, open_case
from processes.cases.views import case as case_view
from tests.contract.engine.conftest import put_process
from tests.contract.processes import diagrams
from tests.fixtures.clocks import Clock
from tests.fixtures.databases import DIALECTS, SECRET, SQLITE, Databases, create_tables
from tests.unit.processes.stand import ShippedTables

ADMIN = Actor("admin", frozenset({"admin"}), override=True)
AGENT = Actor("agent1", frozenset({"agent"}))
WATER = Actor("unit_water", frozenset({"unit", "unit:water"}))
URBAN = Actor("unit1", frozenset({"unit", "unit:urban"}))
HOUSING = Actor("unit_housing", frozenset({"unit", "unit:housing"}))
WATER_OA = Actor("unit:water", frozenset({"unit:water"}))
EXEC = Actor("exec1", frozenset({"exec"}))


class Hotline:
    """The engine, and the few gestures that the tests are written in."""

    def __init__(self, engine: Engine, database: DatabaseEngine) -> None:
        self.engine = engine
        self.database = database

    def open(self, category: str = "complaint", **more: Any) -> OpenedCase:
        """Open a case as the agent."""
        new = NewCase(
            category, "phone", **{"title": "小区停水", "content": "从早上起没有水", "citizen": NewCitizen("王小明", "13800138000"), **more}
        )
        return self.engine.transact(AGENT, lambda work: open_case(work, new))

    def dispatched(self, **more: Any) -> str:
        """A complaint that has gone out to the water works and to the city's streets; answers its number."""
        case_no = self.open(**more).case_no
        self.complete(case_no, "register", AGENT)
        return case_no

    def tasks(self, case_no: str) -> list[tuple[str, str]]:
        """The open tasks of a case: element and groups."""
        return [(task["element_id"], ",".join(task["candidate_groups"])) for task in self.view(case_no)["tasks"]]

    def view(self, case_no: str, actor: Actor = ADMIN) -> dict[str, Any]:
        """A case as the API answers it."""
        with self.engine.read() as session:
            return case_view(session, self.engine, actor, case_no)

    def item(self, case_no: str, element: str, group: str | None = None) -> WorkItem:
        """The open task of an element, of one unit if there are several."""
        wanted = (WorkItem.business_key == case_no, WorkItem.element_id == element, WorkItem.state == "open")
        with self.engine.read() as session:
            found = session.scalars(select(WorkItem).where(*wanted)).all()
        return next(item for item in found if group is None or f",{group}," in item.candidate_groups)

    def complete(self, case_no: str, element: str, actor: Actor = SYSTEM, **answers: Any) -> None:
        """Complete the open task of an element; a unit completes its own."""
        group = next((group for group in actor.groups if group.startswith("unit:")), None)
        item = self.item(case_no, element, group)
        self.engine.transact(actor, lambda work: work.complete(item.instance_id, item.task_id, answers))

    def perform(self, case_no: str, actor: Actor, action: str, **body: Any) -> int:
        """Ask for a side action."""
        return self.engine.transact(actor, lambda work: perform(work, case_no, action, body))

    def order(self, case_no: str, unit: str = "water") -> str:
        """The number of a unit's work order."""
        return str(next(order["work_order"] for order in self.view(case_no)["work_orders"] if order["unit"] == unit))


class Statements(list[str]):
    """The statements of one command, without BEGIN and COMMIT."""


def publish_diagrams(url: str) -> None:
    """Make an empty product with the short diagrams published."""
    create_tables(url)
    database = configure(create_engine(url))
    with Session(database) as session, session.begin():
        for key, content in diagrams.ALL.items():
            put_process(session, key, content, start_messages=diagrams.START_MESSAGES.get(key))
    database.dispose()


@contextmanager
def opened(databases: Databases, dialect: str) -> Iterator[Hotline]:
    """A hotline on a database of its own."""
    crypto.use(crypto.Cipher(SECRET))
    with databases.copy(dialect, "short_diagrams", publish_diagrams) as url:
        database = configure(create_engine(url))
        registry = Registry()
        vocabulary.register(registry, ShippedTables(registry))
        yield Hotline(Engine(sessionmaker(database, expire_on_commit=False), registry), database)
        database.dispose()


@pytest.fixture(params=DIALECTS)
def hotline(request: pytest.FixtureRequest, databases: Databases, clock: Clock) -> Iterator[Hotline]:
    """A hotline on an ordinary Monday morning, on both databases in turn."""
    with opened(databases, request.param) as hotline:
        yield hotline


@pytest.fixture
def sqlite_hotline(databases: Databases, clock: Clock) -> Iterator[Hotline]:
    """The same on SQLite alone, for rules that no database can change."""
    with opened(databases, SQLITE) as hotline:
        yield hotline


@pytest.fixture
def statements(hotline: Hotline) -> Statements:
    """Everything that is sent to the database from now on; clear it before the command to count."""
    sent = Statements()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "SAVEPOINT")):
            sent.append(statement)

    event.listen(hotline.database, "before_cursor_execute", note)
    return sent
