"""A town whose hotline runs on the shipped diagrams: the real engine and vocabulary, and time that moves when it is told to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import select

from api.product import Product
from connectors.sms.models import SmsMessage
from engine import crypto
from engine.actor import SYSTEM, Actor
from engine.context import Context
from engine.history.models import Submission
from engine.instances.models import Instance
from engine.registry import OperationHandler
from engine.runtime.engine import Engine
from engine.timers.firing import TimerFirer
from engine.timers.models import WAITING, Timer
from engine.workitems.models import OPEN, WorkItem
from processes.actions.services import perform
from processes.casefile.models import Case, CaseEntry, Satisfaction, WorkOrder
from processes.cases.services import NewCase, NewCitizen, open_case
from tests.fixtures.clocks import Clock
from tests.fixtures.filling import answers

ADMIN = Actor("admin", frozenset({"admin"}), override=True)
OPEN_LINE: Final = {"available": True}
AGENT = Actor("agent1", frozenset({"agent"}))
CALLER = NewCitizen("王小明", "13800138000")


class Town:
    """The gestures of the hotline's people; every command is stored and restored by the engine."""

    def __init__(self, product: Product, clock: Clock) -> None:
        self.engine: Engine = product.engine
        self._registry = product.registry
        self._fire = TimerFirer(product.engine)
        self._clock = clock
        self._calls: list[tuple[str, dict[str, Any]]] = []

    def call(
        self,
        category: str = "complaint",
        *,
        kind: str = "complaint",
        class_l1: str = "urban",
        citizen: NewCitizen | None = CALLER,
        **more: Any,
    ) -> str:
        """A citizen calls; answers the case's number."""
        new = NewCase(
            category,
            "phone",
            "路灯不亮",
            "人民路路灯坏了一周",
            citizen,
            variables={"kind": kind, "class_l1": class_l1, "urgency": "normal", "reply_pref": "phone"},
            **more,
        )
        return self.engine.transact(AGENT, lambda work: open_case(work, new)).case_no

    def registered(self, **more: Any) -> str:
        """A call that was registered, up to the review before dispatch."""
        case_no = self.call(**more)
        self.do(case_no, "register")
        return case_no

    def dispatched(self, **more: Any) -> str:
        """A complaint that has gone out to its unit or units (`assist`)."""
        assist = more.pop("assist", [])
        case_no = self.registered(**more)
        self.do(case_no, "review", assist=assist)
        return case_no

    def answered(self, **more: Any) -> str:
        """A complaint that its unit has handled and the centre found good."""
        case_no = self.dispatched(**more)
        self.do(case_no, "ack")
        self.do(case_no, "handle")
        self.do(case_no, "result_review")
        return case_no

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self._clock.now

    def start(self, process_key: str) -> None:
        """The clock starts a process that belongs to no case."""
        self.engine.transact(SYSTEM, lambda work: work.start(process_key, "", {}))

    def message(self, name: str, **payload: Any) -> None:
        """A message from the telephone."""
        self.engine.transact(SYSTEM, lambda work: work.throw(name, payload))

    def exchange(self, operation: str, **answer: Any) -> None:
        """There is an exchange, and what it answers to an operation."""

        def perform(_context: Context, /, **parameters: Any) -> dict[str, Any]:
            self._calls.append((operation, parameters))
            return {**OPEN_LINE, **answer}

        self._registry.operations[operation] = replace(self._registry.operations[operation], handler=perform)

    def telephone(self, operation: str, handler: OperationHandler) -> None:
        """The telephone's own operation, where the others have no telephone."""
        self._registry.operations[operation] = replace(self._registry.operations[operation], handler=handler)

    def called(self, operation: str) -> list[dict[str, Any]]:
        """What the exchange was asked for."""
        return [parameters for name, parameters in self._calls if name == operation]

    def do(self, case_no: str, element: str, *, by_unit: str | None = None, by: Actor = ADMIN, **chosen: Any) -> None:
        """Complete the open task of an element in the ordinary way, but for what is `chosen`."""
        item = next(item for item in self._items(case_no, element) if by_unit is None or f"unit:{by_unit}" in item.candidate_groups)
        with self.engine.read() as session:
            _row, form = self.engine.task_form(session, by, item.instance_id, item.task_id)
        filled = answers(form.schema["components"], form.prefill, **chosen)
        self.engine.transact(by, lambda work: work.complete(item.instance_id, item.task_id, filled))

    def prefill(self, case_no: str, element: str) -> Mapping[str, Any]:
        """What the form of an open task begins with."""
        (item,) = self._items(case_no, element)
        with self.engine.read() as session:
            return self.engine.task_form(session, ADMIN, item.instance_id, item.task_id)[1].prefill

    def choices(self, case_no: str, element: str, key: str) -> list[str]:
        """The labels that a field of an open task offers."""
        (item,) = self._items(case_no, element)
        with self.engine.read() as session:
            form = self.engine.task_form(session, ADMIN, item.instance_id, item.task_id)[1].schema
        return [value["label"] for field in form["components"] if field["key"] == key for value in field["values"]]

    def submissions(self, case_no: str) -> str:
        """Everything that was typed in about the case, as text."""
        query = select(Submission.body).join(Instance, Instance.id == Submission.instance_id).where(Instance.business_key == case_no)
        with self.engine.read() as session:
            return " ".join(crypto.current().open(body).decode() for body in session.scalars(query))

    def assignees(self, case_no: str) -> dict[str, str | None]:
        """Who has each open task."""
        return {item.element_id: item.assignee for item in self._items(case_no)}

    def data(self, case_no: str) -> str:
        """All process data of the case, as text."""
        with self.engine.read() as session:
            found = session.scalars(select(Instance.state).where(Instance.business_key == case_no)).all()
        return " ".join(str(orjson.loads(state)) for state in found)

    def entries(self, case_no: str, kind: str) -> list[str | None]:
        """What was written into the case later, of one kind."""
        with self.engine.read() as session:
            return list(session.scalars(select(CaseEntry.text).where(CaseEntry.case_no == case_no, CaseEntry.kind == kind)))

    def ask(self, case_no: str, action: str, /, **body: Any) -> int:
        """Start a side action."""
        return self.engine.transact(ADMIN, lambda work: perform(work, case_no, action, body))

    def tasks(self, case_no: str) -> list[str]:
        """The elements of the case's open tasks, by name."""
        return sorted(item.element_id for item in self._items(case_no))

    def wait(self, **how_long: float) -> None:
        """Let time pass; what comes due on the way happens at its moment, in order."""
        target = self._clock.now + timedelta(**how_long)
        while (due := self._next(target)) is not None:
            self._clock.travel(max(due.due_at, self._clock.now))
            self._fire([(due.instance_id, due.task_id, due.due_at.isoformat())])
        self._clock.travel(target)

    def instances(self, case_no: str) -> list[tuple[str, str]]:
        """Every instance of the case: process and outcome (`live` while it runs), oldest first."""
        with self.engine.read() as session:
            found = session.scalars(select(Instance).where(Instance.business_key == case_no).order_by(Instance.id)).all()
            return [(one.process_key, one.outcome or one.status) for one in found]

    def outcome(self, case_no: str) -> str | None:
        """How the case came out; None while anything of it runs."""
        with self.engine.read() as session:
            case = session.get_one(Case, case_no)
            return case.outcome if case.status == "closed" else None

    def told(self, case_no: str, side: str | None = None) -> list[str]:
        """The templates of the messages about the case, to one side or to all, in order."""
        wanted = select(SmsMessage).where(SmsMessage.case_no == case_no).order_by(SmsMessage.at, SmsMessage.id)
        with self.engine.read() as session:
            return [one.template for one in session.scalars(wanted) if side in (None, one.side)]

    def order(self, case_no: str, unit: str | None = None) -> WorkOrder:
        """The newest work order of the case, or of one unit."""
        wanted = select(WorkOrder).where(WorkOrder.case_no == case_no, *([] if unit is None else [WorkOrder.unit == unit]))
        with self.engine.read() as session:
            return session.scalars(wanted.order_by(WorkOrder.number.desc())).first()  # type: ignore[return-value]  # there is one, or the test fails

    def flags(self, case_no: str) -> list[str | None]:
        """The marks on the case."""
        with self.engine.read() as session:
            return list(session.scalars(select(CaseEntry.label).where(CaseEntry.case_no == case_no, CaseEntry.kind == "flag")))

    def visits(self, case_no: str) -> list[str]:
        """The results of the visits, in order."""
        with self.engine.read() as session:
            return list(session.scalars(select(Satisfaction.result).where(Satisfaction.case_no == case_no).order_by(Satisfaction.id)))

    def until(self, moment: datetime) -> None:
        """Let time pass until a moment that is still to come."""
        self.wait(seconds=(moment - self.now).total_seconds())

    def timers(self, case_no: str) -> dict[str, datetime]:
        """What the case waits for by the clock: element and due moment."""
        wanted = (
            select(Timer).join(Instance, Instance.id == Timer.instance_id).where(Instance.business_key == case_no, Timer.state == WAITING)
        )
        with self.engine.read() as session:
            return {timer.element_id: timer.due_at for timer in session.scalars(wanted)}

    def _items(self, case_no: str, element: str | None = None) -> list[WorkItem]:
        wanted = select(WorkItem).where(WorkItem.business_key == case_no, WorkItem.state == OPEN).order_by(WorkItem.created_at)
        with self.engine.read() as session:
            return [item for item in session.scalars(wanted) if element in (None, item.element_id)]

    def _next(self, until: datetime) -> Timer | None:
        due = (
            select(Timer).where(Timer.state == WAITING, Timer.instance_id != 0, Timer.due_at <= until).order_by(Timer.due_at, Timer.task_id)
        )
        with self.engine.read() as session:
            return session.scalars(due.limit(1)).first()
