"""Calls and elders on both databases: what a call starts, merges and opens."""

import pytest
from sqlalchemy import select

from api.product import Product
from engine.actor import SYSTEM, Actor
from engine.runtime.engine import Engine
from engine.workitems.models import OPEN, WorkItem
from processes.casefile.models import Case
from processes.contacts import services as contacts
from processes.contacts.models import MissedCall
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewContact, NewElder

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


def test_a_pager_opens_its_elders_case(engine: Engine) -> None:
    engine.transact(SYSTEM, lambda work: elders.enrol(work.session, ELDER, work.now))
    for _ in range(2):
        say(engine, "PagerPressed", "k1", device="P-9001", key="2")
    with engine.read() as session:
        (case_no,) = contacts.cases_of(session, "k1")
        assert session.get_one(Case, case_no).category == "elderly_emergency"
    assert [task.element_id for task in open_tasks(engine, case_no)] == ["judge"]
