"""Calls and elders on both databases: what a call starts, merges and opens."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select, text

from api.product import Product
from engine.actor import SYSTEM, Actor
from engine.context import Context
from engine.runtime.engine import Engine
from engine.runtime.work import Work
from engine.workitems.models import OPEN, WorkItem
from processes.casefile.models import Case
from processes.contacts import services as contacts
from processes.contacts.models import MissedCall
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewContact, NewElder
from tests.fixtures.databases import POSTGRESQL

TIMEOUT, PAUSE = 20.0, 0.02
_WAITING = text(
    "select count(*) from pg_locks join pg_database on pg_database.oid = database"
    " where locktype = 'advisory' and not granted and datname = current_database()"
)
ADMIN = Actor("admin", frozenset({"admin"}), override=True)
ELDER = NewElder("赵奶奶", "029-33219999", "P-9001", "人民路12号", contacts=(NewContact("family", "赵大伟", "13900000001"),))
FILED = {
    "outcome": "file",
    "category": "complaint",
    "channel": "phone",
    "urgency": "normal",
    "caller_name": "王小明",
    "phone": "13800138000",
    "title": "路灯不亮",
    "content": "人民路路灯坏了一周",
}


@pytest.fixture
def engine(product: Product) -> Engine:
    return product.engine


def say(engine: Engine, message: str, call_id: str, **payload: object) -> None:
    engine.transact(SYSTEM, lambda work: work.throw(message, {"call_id": call_id, **payload}))


def open_tasks(engine: Engine, key: str) -> list[WorkItem]:
    with engine.read() as session:
        return list(session.scalars(select(WorkItem).where(WorkItem.business_key == key, WorkItem.state == OPEN)))


def test_a_call_becomes_a_case(engine: Engine) -> None:
    say(engine, "CallReceived", "k1", service="12345", queue="general")
    say(engine, "CallAnswered", "k1", agent="agent1")
    (form,) = open_tasks(engine, "k1")
    assert form.assignee == "agent1"
    engine.transact(ADMIN, lambda work: work.complete(form.instance_id, form.task_id, FILED))
    with engine.read() as session:
        (case_no,) = contacts.cases_of(session, "k1")
        assert session.get_one(Case, case_no).opened_by == "admin"
        assert contacts.code_to_tell(session, "k1")
    assert [task.element_id for task in open_tasks(engine, case_no)] == ["register"]


def test_missed_calls_of_one_caller_are_merged(engine: Engine) -> None:
    for call_id, caller in (("k1", "a1"), ("k2", "a1"), ("k3", "b2"), ("k2", "a1")):
        say(engine, "CallMissed", call_id, queue="general", caller=caller)
    with engine.read() as session:
        rows = {row.call_id: row.merged_into for row in session.scalars(select(MissedCall))}
    assert rows == {"k1": None, "k2": "k1", "k3": None}
    assert [len(open_tasks(engine, call_id)) for call_id in ("k1", "k2", "k3")] == [1, 0, 1]


def test_missed_calls_told_in_one_transaction_are_merged(engine: Engine) -> None:
    def both(work: Work) -> None:
        for call_id in ("k1", "k2"):
            work.throw("CallMissed", {"call_id": call_id, "queue": "general", "caller": "a1"})

    engine.transact(SYSTEM, both)
    assert [len(open_tasks(engine, call_id)) for call_id in ("k1", "k2")] == [1, 0]


@pytest.mark.parametrize(
    ("operation", "message", "said", "task"),
    [
        ("call.missed", "CallMissed", {"queue": "general", "caller": "a1"}, "return_call"),
        ("elder.profile", "PagerPressed", {"device": "P-9001", "key": "2"}, "judge"),
    ],
)
@pytest.mark.parametrize("product", [POSTGRESQL], indirect=True)
def test_of_two_at_the_same_moment_one_is_called_back_and_one_is_an_emergency(
    product: Product, operation: str, message: str, said: dict[str, str], task: str
) -> None:
    begun, over, asked = Event(), Event(), product.registry.operations[operation]

    def slowly(context: Context, /, **parameters: Any) -> Any:
        answer = asked.handler(context, **parameters)
        if not begun.is_set():
            begun.set()
            _until(lambda: over.is_set() or _somebody_waits(product))
        return answer

    def second() -> None:
        assert begun.wait(TIMEOUT)
        say(product.engine, message, "k2", **said)
        over.set()

    product.registry.operations[operation] = replace(asked, handler=slowly)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(copy_context().run, second)
        say(product.engine, message, "k1", **said)
        other.result(TIMEOUT)
    with product.engine.read() as session:
        assert len(session.scalars(select(WorkItem).where(WorkItem.element_id == task, WorkItem.state == OPEN)).all()) == 1


def _until(there: Callable[[], bool]) -> None:
    for _ in range(int(TIMEOUT / PAUSE)):
        if there():
            return
        Event().wait(PAUSE)
    raise AssertionError("it never came")


def _somebody_waits(product: Product) -> bool:
    with product.engine.read() as session:
        return bool(session.scalar(_WAITING))


def test_a_pager_opens_its_elders_case(engine: Engine) -> None:
    engine.transact(SYSTEM, lambda work: elders.enrol(work.session, ELDER, work.now))
    for _ in range(2):
        say(engine, "PagerPressed", "k1", device="P-9001", key="2")
    with engine.read() as session:
        (case_no,) = contacts.cases_of(session, "k1")
        assert session.get_one(Case, case_no).category == "elderly_emergency"
    assert [task.element_id for task in open_tasks(engine, case_no)] == ["judge"]
    say(engine, "PagerPressed", "k2", device="P-9001", key="2")
    say(engine, "PagerPressed", "k3", device="P-9001", key="1")
    with engine.read() as session:
        assert contacts.cases_of(session, "k2") == [case_no] != contacts.cases_of(session, "k3")
    assert sorted(task.element_id for task in open_tasks(engine, case_no)) == ["check_again", "judge"]
