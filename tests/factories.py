"""Believable rows for tests of rules that start in the middle of a case; whole cases are made by the product's own commands.

`factories.use(session)` names the session in which the rows of this test are made; each row is flushed, none committed.
"""

from datetime import timedelta

from factory.alchemy import SQLAlchemyModelFactory
from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory
from sqlalchemy.orm import Session

from engine import clock
from processes.casefile.models import Case, WorkOrder
from processes.registry.units.models import Unit

DUE_DAYS = 7


class UnitFactory(SQLAlchemyModelFactory):
    """A unit that handles work orders (承办单位)."""

    class Meta:
        model = Unit
        sqlalchemy_session_persistence = "flush"

    code = Sequence(lambda number: f"unit{number}")
    name = Sequence(lambda number: f"第{number}测试局")
    name_en = Sequence(lambda number: f"Test Bureau {number}")
    phone = "029-33210000"


class CaseFactory(SQLAlchemyModelFactory):
    """A complaint that was just opened."""

    class Meta:
        model = Case
        sqlalchemy_session_persistence = "flush"

    case_no = Sequence(lambda number: f"T{number:010d}")
    query_digest = "0" * 32
    category = "complaint"
    channel = "phone"
    title = "人民路路灯不亮"
    content = "人民路与建设路路口的路灯已经三天不亮，夜间行人不安全。"
    opened_by = "agent1"
    opened_at = LazyFunction(clock.now)


class WorkOrderFactory(SQLAlchemyModelFactory):
    """The leading unit's order of a case, dispatched just now, due in seven calendar days."""

    class Meta:
        model = WorkOrder
        sqlalchemy_session_persistence = "flush"
        exclude = ("case",)

    case = SubFactory(CaseFactory)
    case_no = LazyAttribute(lambda order: order.case.case_no)
    number = LazyAttribute(lambda order: f"{order.case_no}-1")
    unit = "water"
    role = "lead"
    dispatched_at = LazyFunction(clock.now)
    original_due_at = LazyAttribute(lambda order: order.dispatched_at + timedelta(days=DUE_DAYS))
    due_at = LazyAttribute(lambda order: order.original_due_at)
    near_at = LazyAttribute(lambda order: order.due_at - timedelta(days=DUE_DAYS) / 5)
    calendar = "C"
    ack_minutes = 30


def use(session: Session) -> None:
    """Make rows in this session from now on."""
    for each in (UnitFactory, CaseFactory, WorkOrderFactory):
        each._meta.sqlalchemy_session = session  # type: ignore[attr-defined]  # an option of the SQLAlchemy flavour
