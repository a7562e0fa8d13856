"""One instance while a command works on it."""

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import EndEvent
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition, SignalEventDefinition
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import Actor
from engine.context import Agenda, Context
from engine.definitions.starts import SIGNAL
from engine.errors import BihuanError, StepFailed
from engine.expressions import ExpressionError, Expressions
from engine.history import steps
from engine.registry import Registry
from engine.runtime.kept import Standing
from engine.spiff import codec, passing, waits
from engine.spiff.lean import Change
from engine.spiff.scripting import ScriptEngine
from engine.spiff.specs import SpecBundle, element_of
from engine.spiff.workflow import Flow

TICK = timedelta(microseconds=1)
"""The library compares due times with a strict less-than (pitfall 2)."""


class UnreadableState(StepFailed):
    """流程实例的状态无法读取，请联系管理员。 The state of the process instance cannot be read; please tell the administrator."""

    code = "unreadable-state"


class Surroundings:
    """What the steps of one command share, whichever instance they are taken in."""

    def __init__(self, session: Session, now: datetime, actor: Actor, agenda: Agenda, registry: Registry, expressions: Expressions) -> None:
        self.session = session
        self.now = now
        self.actor = actor
        self.agenda = agenda
        self.registry = registry
        self.expressions = expressions
        self._turns = itertools.count(1)

    def next_turn(self) -> int:
        """The number of the next turn of this command, counted over all its instances."""
        return next(self._turns)


class LiveInstance:
    """An instance's workflow, its stored head, and what this command has done to it so far."""

    def __init__(self, around: Surroundings, bundle: SpecBundle, instance_id: int, business_key: str) -> None:
        self.around = around
        self.bundle = bundle
        self.id = instance_id
        self.business_key = business_key
        self.version = 0
        self.seq = 0
        self.last_hash = bytes(32)
        self.next_hash = self.last_hash
        """The head of its history once this command is committed."""
        self.started_at = around.now
        self.is_new = True
        self.before = waits.Waits(frozenset(), {}, frozenset())
        self.after = self.before
        self.steps: list[steps.Step] = []
        self.turns: list[tuple[int, int]] = []
        self.extra: dict[str, Any] = {}
        self.submission: bytes | None = None
        self.answers: Mapping[str, Any] = {}
        self.unclaimed: set[int] = set()
        """Tasks that this command completed and that nobody had claimed."""
        self.outcome: str | None = None
        self.script_engine = ScriptEngine(around.expressions, around.registry, self.context_of)
        self.flow: Flow
        self._marks: dict[str, dict[str, Any]] = {}

    def begin(self, variables: Mapping[str, Any]) -> None:
        """Make a new workflow with its start variables; nothing is taken yet."""
        self.flow = Flow(self.bundle.spec, self.bundle.subs, self.script_engine)
        self.flow.task_tree.data.update(variables)

    def restore(self, row: Any, kept: Standing | None = None) -> None:
        """Take over a stored instance (a row of `instance`), as it was `kept` or else out of its state."""
        self.is_new = False
        self.version, self.seq, self.last_hash = row.version, row.last_seq, bytes(row.last_hash)
        self.started_at = row.started_at
        if kept is not None:
            self.flow, self.before, self.after = kept.flow, kept.waits, kept.waits
            self.flow.script_engine = self.script_engine
            return
        try:
            self.flow = codec.decode(row.state, self.bundle, self.script_engine)
            self.before = self.after = waits.read(self.flow)
        except Exception as error:  # whatever broke the state, everything else must go on
            facts: dict[str, Any] = {"instance_id": self.id, "business_key": self.business_key, "process_key": self.bundle.process_key}
            raise UnreadableState(None, **facts) from error

    def standing(self) -> Standing:
        """The instance as it stands once what was done is committed, for the next command; nothing is done with this one after it."""
        codec.settle(self.flow)
        self.flow.script_engine = None
        if self.steps:
            return Standing(self.version + 1, self.next_hash, self.flow, self.after)
        return Standing(self.version, self.last_hash, self.flow, self.after)

    @property
    def ended(self) -> bool:
        """Whether the instance has reached its end."""
        return bool(self.flow.completed)

    def context_of(self, task: Task) -> Context:
        """The surroundings of a task's step."""
        around = self.around
        element = element_of(task) or task.task_spec.name
        marks = self._marks.setdefault(element, {})
        case = (self.id, self.bundle.process_key, self.business_key)
        return Context(around.session, around.now, around.actor, around.agenda, *case, element, task.data, self.answers, marks)

    def evaluate(self, task: Task, text: str, *, at: datetime | None = None) -> Any:
        """The value of a property's expression in a task's data; as of the moment `at`, else of now."""
        around = self.around
        return around.expressions.evaluate(text, task.data, lambda: self.context_of(task)._replace(now=at or around.now))

    def take(self, first: steps.Step, act: Callable[[], None]) -> list[Any]:
        """Do `act()`, then every automatic step; answers the messages thrown out of the instance.

        Whatever goes wrong in a step is a `StepFailed` that names the element, but for errors meant for the person
        who gave the command.
        """
        journal: list[Change] = []
        self.flow.journal = journal
        self.flow.running = None
        try:
            act()
            self.flow.advance()
            self.after = waits.read(self.flow)
        except (StepFailed, ExpressionError) as error:
            raise self._failed(journal, error) from error
        except (BihuanError, OperationalError):
            raise  # what the database cannot do now is not the step's fault
        except Exception as error:
            raise self._failed(journal, error) from error
        finally:
            self.flow.journal = None
        for element, why in self.flow.passed.items():
            self._marks.setdefault(element, {}).update(why)
        self.flow.passed.clear()
        taken = [first, *self._marked(steps.of(journal, self.bundle))]
        self.steps.extend(taken)
        self.turns.append((self.around.next_turn(), len(taken)))
        if self.ended:
            self.outcome = self._outcome(journal)
        return list(self.flow.get_events())

    def complete(self, task: Task, first: steps.Step, element: str, answers: Mapping[str, Any], kept: Mapping[str, Any]) -> list[Any]:
        """Complete a user task: `kept` goes to process data under the element's id, `answers` to its operations."""
        self.answers = answers

        def act() -> None:
            task.data[element] = dict(kept)
            task.run()

        return self.take(first, act)

    def fire(self, task: Task, due: datetime, first: steps.Step) -> list[Any]:
        """Fire one due timer, exactly once."""

        def act() -> None:
            with clock.at(due + TICK):
                task.task_spec._update(task)

        return self.take(first, act)

    def catch(self, task: Task, message: str, payload: Mapping[str, Any], first: steps.Step) -> list[Any]:
        """Hand a message, or a signal (`signal:<name>`), to one task that waits for it."""
        name = message.removeprefix(SIGNAL)
        definition = MessageEventDefinition(name) if name == message else SignalEventDefinition(name)

        def act() -> None:
            event = BpmnEvent(definition, payload=dict(payload))
            task.task_spec.catch(task, event)
            task.task_spec._update(task)

        return self.take(first, act)

    def _marked(self, taken: list[steps.Step]) -> list[steps.Step]:
        """Put the operations' marks on the steps of their elements."""
        if not any(self._marks.values()):
            return taken
        for position, packed in enumerate(taken):
            kind, element, flow, definition, _data = steps.unpack(packed)
            marks = self._marks.get(element or "") if kind == "completed" else None
            if marks:
                taken[position] = steps.step(kind, element, flow, definition, dict(marks))
                marks.clear()
        return taken

    def _outcome(self, journal: list[Change]) -> str:
        for task, _old, new in reversed(journal):
            if new == TaskState.COMPLETED and task.workflow is self.flow and isinstance(task.task_spec, EndEvent):
                return self.bundle.title(element_of(task) or "")
        return ""

    def _failed(self, journal: list[Change], error: Exception) -> StepFailed:
        if isinstance(error, StepFailed) and "element_id" in error.details:
            return error
        running = self.flow.running
        if running is not None and passing.may_be_passed(running):
            return self.failed(element_of(running), error, skippable=not self.is_new)
        return self.failed(next((element_of(task) for task, _old, _new in reversed(journal) if element_of(task)), None), error)

    def failed(self, element: str | None, error: Exception, *, skippable: bool = False) -> StepFailed:
        """The failure of a step of this instance, with what an incident needs to know of it."""
        # a foreign exception's text may hold anything, personal data too: people get its kind, operators the trace
        cause = error.message if isinstance(error, BihuanError) else f"程序出错 the program failed ({type(error).__name__})"
        title = self.bundle.title(element or "")
        return StepFailed(
            f"环节「{title}」执行失败，任务仍然保留，已记为异常事件：{cause}。 "
            f"The step {title} failed; the task stays open, an incident is recorded: {cause}",
            element_id=element,
            element=title,
            instance_id=None if self.is_new else self.id,
            business_key=self.business_key,
            process_key=self.bundle.process_key,
            cause=cause,
            skippable=skippable,
        )
