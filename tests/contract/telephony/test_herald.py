"""What calls tell the processes is told exactly once, and what cannot be told is an incident that people can send again."""

from typing import Any

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.product import Product
from engine.db import transaction
from engine.errors import VersionConflict
from engine.instances.models import Instance
from engine.outbox.models import Incident
from engine.workitems.models import WorkItem
from telephony.calls.models import PhoneNotice
from telephony.worker.herald import Herald

NODE, CALL = "node", "c0123456789abcdef"


def tell(product: Product, message: str, **payload: Any) -> None:
    """Something that a call's step has written."""
    with transaction(product.database) as session:
        session.add(PhoneNotice(node=NODE, call_id=CALL, message=message, payload=orjson.dumps({"call_id": CALL, **payload})))


def left(session: Session) -> list[str]:
    """What is not told yet."""
    return [row.message for row in session.scalars(select(PhoneNotice).order_by(PhoneNotice.id))]


def test_a_message_is_told_once_and_by_its_own_node_alone(sqlite_product: Product) -> None:
    tell(sqlite_product, "CallReceived", service="12345", queue="general")
    other = Herald(sqlite_product.engine, sqlite_product.database, "another")
    assert other.tell_all() == 0
    herald = Herald(sqlite_product.engine, sqlite_product.database, NODE)
    assert herald.tell_all() == 1
    assert herald.tell_all() == 0
    with sqlite_product.engine.read() as session:
        (instance,) = session.scalars(select(Instance).where(Instance.business_key == CALL)).all()
        assert instance.process_key == "intake"


def test_what_a_lost_exchange_has_left_behind_is_told_by_another(sqlite_product: Product) -> None:
    tell(sqlite_product, "CallReceived", service="12345", queue="general")
    other = Herald(sqlite_product.engine, sqlite_product.database, "another")
    other.speak_for(frozenset({NODE}))
    assert other.tell_all() == 1
    with sqlite_product.engine.read() as session:
        assert left(session) == []


def test_who_answers_before_the_call_was_told_has_its_form_all_the_same(sqlite_product: Product) -> None:
    tell(sqlite_product, "CallReceived", service="12345", queue="general")
    tell(sqlite_product, "CallAnswered", agent="agent1")
    assert Herald(sqlite_product.engine, sqlite_product.database, NODE).tell_all() == 2
    with sqlite_product.engine.read() as session:
        (form,) = session.scalars(select(WorkItem).where(WorkItem.business_key == CALL)).all()
        assert (form.element_id, form.assignee) == ("register", "agent1")


@pytest.mark.parametrize(("agent", "has"), [("agent1", "agent1"), ("expert1", None), ("nobody", None)])
def test_who_answers_a_pager_has_its_emergency_if_they_may(sqlite_product: Product, agent: str, has: str | None) -> None:
    tell(sqlite_product, "PagerPressed", device="", key="2")
    tell(sqlite_product, "CallAnswered", agent=agent)
    herald = Herald(sqlite_product.engine, sqlite_product.database, NODE)
    herald.tell_all()
    with sqlite_product.engine.read() as session:
        (judge,) = session.scalars(select(WorkItem).where(WorkItem.element_id == "judge")).all()
        assert judge.assignee == has
    tell(sqlite_product, "CallAnswered", agent="team_leader1")
    herald.tell_all()
    with sqlite_product.engine.read() as session:
        (judge,) = session.scalars(select(WorkItem).where(WorkItem.element_id == "judge")).all()
        assert judge.assignee == (has or "team_leader1"), "who has it keeps it"
        assert left(session) == []


def test_what_no_process_can_take_is_an_incident_and_stops_nothing_else(sqlite_product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(sqlite_product, "CallAnswered", agent=None)
    tell(sqlite_product, "CallReceived", service="12345", queue="general")
    tried: list[str] = []
    throw = type(sqlite_product.engine).transact

    def conflict_once(engine: Any, actor: Any, command: Any, **more: Any) -> Any:
        tried.append("")
        if len(tried) <= 2:  # both together, then the first alone
            raise VersionConflict
        return throw(engine, actor, command, **more)

    herald = Herald(sqlite_product.engine, sqlite_product.database, NODE)
    monkeypatch.setattr(type(sqlite_product.engine), "transact", conflict_once)
    assert herald.tell_all() == 2
    with sqlite_product.engine.read() as session:
        assert left(session) == ["CallAnswered"]
    herald.tell_all()
    with sqlite_product.engine.read() as session:
        assert left(session) == []


def test_a_message_that_nobody_knows_is_an_incident(sqlite_product: Product) -> None:
    tell(sqlite_product, "CallReceived")
    with transaction(sqlite_product.database) as session:
        session.execute(select(PhoneNotice)).scalar_one().payload = orjson.dumps({"queue": "general"})
    herald = Herald(sqlite_product.engine, sqlite_product.database, NODE)
    herald.tell_all()
    with sqlite_product.engine.read() as session:
        assert left(session) == []
        assert session.scalars(select(Incident)).all() != []
