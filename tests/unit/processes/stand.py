"""A stand on which the hotline's vocabulary is tried without any process: a database, a case, and an agenda that only notes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from engine.actor import SYSTEM, Actor
from engine.context import Context
from engine.decisions.tables import DecisionTable, read_tables
from engine.definitions.xml import parse_safely
from engine.expressions import Expressions
from engine.prepared import Prepared
from engine.registry import Registry
from processes import vocabulary
from processes.casefile.models import Case, WorkOrder
from tests.fixtures.clocks import Clock
from tests.fixtures.host import ROOT
from tests.unit.processes import lamp_tables

CASE_NO = "TS20260302AAAAAAAA"


class ShippedTables:
    """The decision tables of `bpmn-models/common`, decided by without a database; the lamps' are the tests' own until theirs ship."""

    def __init__(self, registry: Registry, folder: Path = ROOT / "bpmn-models" / "common") -> None:
        self._expressions = Expressions(registry)
        self._tables: dict[str, DecisionTable] = dict(lamp_tables.own().tables)
        for path in sorted(folder.glob("*.dmn")):
            self._tables |= read_tables(parse_safely(path.read_bytes()))

    def evaluate(self, _session: Session, decision_id: str, facts: Mapping[str, Any], /) -> Mapping[str, Any]:
        """The outputs of the first row that matches."""
        return self._tables[decision_id].decide(self._expressions, facts)


@dataclass
class Notebook:
    """An agenda that notes what it is asked for, and writes at once what a command writes at its end."""

    session: Session
    started: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    thrown: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def start(self, process_key: str, business_key: str, variables: Mapping[str, Any]) -> int:
        """Note a start; instances are numbered from 1001."""
        self.started.append((process_key, business_key, dict(variables)))
        return 1000 + len(self.started)

    def throw(self, message: str, payload: Mapping[str, Any]) -> None:
        """Note a message."""
        self.thrown.append((message, dict(payload)))

    def deliver(self, connector: str, business_key: str, body: Mapping[str, Any], *, key: str | None = None) -> str:
        """Nothing here delivers."""
        raise AssertionError((connector, business_key, body, key))

    def write(self, statement: Prepared, values: Mapping[str, Any]) -> None:
        """Write a row."""
        statement.run(self.session.connection(), values)


class Stand:
    """One case, and its vocabulary to call."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self.session = session
        self.clock = clock
        self.notebook = Notebook(session)
        self.registry = Registry()
        self.tables = ShippedTables(self.registry)
        self.marks: dict[str, Any] = {}
        vocabulary.register(self.registry, self.tables)

    # what `actions.services.perform` and its like take for a command's unit of work
    actor: Actor = SYSTEM

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.clock.now

    def start(self, process_key: str, business_key: str, variables: Mapping[str, Any]) -> int:
        """Note a start."""
        return self.notebook.start(process_key, business_key, variables)

    def case(self, case_no: str = CASE_NO, **facts: Any) -> Case:
        """Put a case into the database."""
        row = {
            "query_digest": "0" * 32,
            "category": "complaint",
            "channel": "phone",
            "title": "小区停水",
            "content": "从早上起没有水",
            "opened_by": "agent1",
            "opened_at": self.now,
            **facts,
        }
        case = Case(case_no=case_no, **row)
        self.session.add(case)
        self.session.flush()
        return case

    def dispatch(self, lead: str = "water", assist: str = "", *, days: int = 7, calendar: str = "C", **more: Any) -> list[str]:
        """Make work orders due in some days; answers their numbers."""
        plan = self.call("wo.plan", lead=lead, assist=assist, due_days=days, calendar=calendar, ack_minutes=30)
        made = self.call("wo.create", lead=plan["lead"], assist=plan["assist"], due=plan["due"], calendar=calendar, ack_minutes=30, **more)
        return [order["work_order"] for order in made]

    def order(self, number: str) -> WorkOrder:
        """A work order as it stands in the database."""
        self.session.expire_all()
        return self.session.get_one(WorkOrder, number)

    def context(
        self,
        *,
        case_no: str = CASE_NO,
        process: str = "complaint",
        instance: int = 1,
        variables: Mapping[str, Any] | None = None,
        answers: Mapping[str, Any] | None = None,
        actor: Actor = SYSTEM,
    ) -> Context:
        """The surroundings of one step, in a command that has read nothing yet."""
        self.session.flush()
        self.session.info.clear()
        return Context(
            session=self.session,
            now=self.now,
            actor=actor,
            agenda=self.notebook,
            instance_id=instance,
            process_key=process,
            business_key=case_no,
            element_id="step",
            variables=variables or {},
            answers=answers or {},
            marks=self.marks,
        )

    def call(
        self,
        operation: str,
        /,
        *,
        given: Mapping[str, Any] | None = None,
        variables: Mapping[str, Any] | None = None,
        instance: int = 1,
        by: Actor = SYSTEM,
        of: str = CASE_NO,
        **parameters: Any,
    ) -> Any:
        """Call an operation as a diagram would; `given` are the answers of the form just submitted."""
        context = self.context(case_no=of, variables=variables, answers=given, instance=instance, actor=by)
        result = self.registry.operations[operation].handler(context, **parameters)
        self.session.flush()
        return result

    def ended(self, outcome: str, *, process: str = "work_order", instance: int = 1) -> None:
        """Tell the listeners that a process instance of the case has ended."""
        for listener in self.registry.on_instance_ended:
            listener(self.context(process=process, instance=instance), outcome)

    def ask(self, function: str, /, *arguments: Any, of: str = CASE_NO, instance: int = 1, **variables: Any) -> Any:
        """Call a function as an expression would."""
        context = self.context(case_no=of, variables=variables, instance=instance)
        return self.registry.functions[function].handler(context, *arguments)
