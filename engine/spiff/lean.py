"""The library's task and workflow, going the same way in fewer steps. These are subclasses: nothing is patched here.

SpiffWorkflow 3.2.0 makes some forty calls to let a token go from one plain task to the next: hooks that do nothing, events
nobody listens to, checks of a spec that cannot change, lists of children made anew, and after each task a walk over all
tasks to find the few that wait. A `LeanTask` leaves out those hooks that are the library's own empty ones (`traits`), and what
waits or is ready stands in `flow.live`. Every hook that does something is called as ever.

`flow.journal` takes down the state changes of a command as history needs them (the library's logging and event hooks cost
0.6 to 2.2 ms a case), and ids are small integers of the instance's own, where random UUIDs made a state blob three times as long.

Gain (`docs/adr/0010`): with `prediction` and `patches` the steps of a command in less than half the time. That nothing else
changed is what `tests/differential` is for.
"""

from collections.abc import Iterable, Iterator
from copy import copy
from typing import Any

from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import StepFailed
from engine.spiff.traits import MERGES, PLAIN_END, PLAIN_ENTRY, PLAIN_READY, PLAIN_RUN

MOST_OPEN = 1_000
"""Tasks of one instance that may wait or be ready at once. Each carries its own copy of the process data, so a multi-instance over n
elements costs n²: with 1,000 a command takes a second, in which nobody else can write to SQLite; with 10,000 a minute."""

Change = tuple[Task, int, int]
"""A task, its old and its new state (bits of `TaskState`)."""

PREDICTED, DEFINITE, FINISHED = TaskState.PREDICTED_MASK, TaskState.DEFINITE_MASK, TaskState.FINISHED_MASK
UNFINISHED = TaskState.NOT_FINISHED_MASK
OPEN = TaskState.WAITING | TaskState.READY

SHARED = frozenset({str, int, float, bool, type(None)})
"""Kinds of values that may stand in two tasks' data at once, since nothing can change them."""


class TooManyTokens(StepFailed):
    """流程同时进行的环节过多，已停止。 Too many steps of the process would be open at once; it was stopped."""

    code = "too-many-tokens"


def check_open(count: int) -> None:
    """Refuse more open tasks than an instance may have. Raises `TooManyTokens`."""
    if count > MOST_OPEN:
        raise TooManyTokens(
            f"流程同时进行的环节超过 {MOST_OPEN} 个，已停止。 Over {MOST_OPEN} steps of the process would be open at once; it was stopped."
        )


class Numbering:
    """Hands out the next task id of one instance; also the order in which the tasks of joins ended."""

    __slots__ = ("next",)

    def __init__(self, first: int = 1) -> None:
        self.next = first

    def take(self) -> int:
        """The next number."""
        taken = self.next
        self.next += 1
        return taken


class LeanTask(Task):
    """A task of our workflows. Whoever makes one puts it into its workflow's table and among its parent's children."""

    thread_id = 0
    triggered = False
    last_state_change = 0
    """Only for the tasks of joins that have ended: the library sorts them by it."""

    def __init__(self, number: int, workflow: Any, parent: int | None, state: int, spec: Any) -> None:
        self.id = number
        self.workflow = workflow
        self._parent = parent
        self._children: list[int] = []
        self._state = state
        self.task_spec = spec
        self.data: dict[str, Any] = {}
        self.internal_data: dict[str, Any] = {}

    @property
    def children(self) -> list[Any]:
        """This task's child tasks."""
        return list(map(self.workflow.tasks.get, self._children))

    def _set_state(self, value: int) -> None:
        old = self._state
        if value == old:
            return
        self._state = value
        flow = self.workflow.flow
        if value & OPEN:
            flow.live[self.id] = self
        elif old & OPEN:
            flow.live.pop(self.id, None)
        if value >= TaskState.WAITING:
            if flow.journal is not None:
                flow.journal.append((self, old, value))
            if value & FINISHED and self.task_spec.traits & MERGES:
                self.last_state_change = flow.numbers.take()

    def _add_child(self, task_spec: Any, state: int = TaskState.MAYBE) -> "LeanTask":
        if self._state & PREDICTED and not state & PREDICTED:
            raise WorkflowException("Attempt to add non-predicted child to predicted task", task_spec=self.task_spec)
        workflow = self.workflow
        number = workflow.flow.numbers.take()
        task = workflow.tasks[number] = LeanTask(number, workflow, self.id, state, task_spec)
        self._children.append(number)
        if state & OPEN:
            workflow.flow.live[number] = task
            check_open(len(workflow.flow.live))  # before the next of a long list is copied, not when the minute is over
            if state == TaskState.READY:
                task._ready()
        return task

    def _inherit_data(self) -> None:
        if self.data:
            super()._inherit_data()
        else:
            inherited = self.workflow.tasks[self._parent].data
            self.data = {key: value if type(value) in SHARED else own(value) for key, value in inherited.items()}

    def _ready(self) -> None:
        if not self._state & (TaskState.COMPLETED | TaskState.CANCELLED):
            self._set_state(TaskState.READY)
            if not self.task_spec.traits & PLAIN_READY:
                self.task_spec._on_ready(self)

    def run(self) -> bool | None:
        """Execute the task; see `Task.run`."""
        if self.task_spec.traits & PLAIN_RUN:
            self.complete()
            return True
        done: bool | None = super().run()
        return done

    def complete(self) -> None:
        """Mark the task complete and let its children go on."""
        self._set_state(TaskState.COMPLETED)
        spec, workflow = self.task_spec, self.workflow
        if not spec.traits & PLAIN_END or spec.completed_event.hard_subscribers is not None:
            spec._on_complete_hook(self)
        for child in list(map(workflow.tasks.get, self._children)):
            if not child._state & FINISHED:
                follows = child.task_spec
                if follows.traits & PLAIN_ENTRY and not child._state & PREDICTED:
                    child._inherit_data()
                    child._ready()
                else:
                    follows._update(child)
        workflow._task_completed_notify(self)

    def is_descendant_of(self, task: Task) -> bool:
        """Whether another task is an ancestor of this one."""
        tasks = self.workflow.tasks
        above = tasks.get(self._parent)
        while above is not None and above is not task:
            above = tasks.get(above._parent)
        return above is not None

    def __iter__(self) -> Iterator[Any]:
        return walk(self)


def own(value: Any) -> Any:
    """A value as it goes into another task's data: lists, dictionaries and sets copied, one level deep, as the library does."""
    kind = type(value)
    if kind is dict or kind is list:
        return value.copy()
    return copy(value) if isinstance(value, dict | list | set) else value


def walk(
    first: Any,
    state: int = TaskState.ANY_MASK,
    spec_name: str | None = None,
    end_at_spec: str | None = None,
    *,
    subprocesses: Any = None,
    skip_subprocesses: bool = False,
) -> Iterator[Any]:
    """The tasks below one, itself first, in the order and with the pruning of the library's iterators but without their depth
    limit of 1,000; with `subprocesses` it goes down into these."""
    floor = TaskState.MAYBE if state & PREDICTED else TaskState.FUTURE if state & DEFINITE else TaskState.COMPLETED
    pending = [first]
    while pending:
        task = pending.pop()
        at, name = task._state, task.task_spec.name
        inner = subprocesses.get(task.id) if subprocesses else None
        if (at >= floor or inner is not None) and name != end_at_spec:
            if task._children:
                pending.extend(map(task.workflow.tasks.get, reversed(task._children)))
            if inner is not None and not skip_subprocesses and not (at >= FINISHED and state <= FINISHED):
                pending.append(inner.task_tree)
        if at & state and (spec_name is None or name == spec_name):
            yield task


_WALKED = frozenset({"state", "spec_name", "end_at_spec", "skip_subprocesses"})


class LeanWorkflow:
    """What our workflow and sub-workflows share. `rows` are the finished rows of the last blob (`engine.spiff.codec`)."""

    flow: Any
    rows: dict[int, list[Any]]

    def plant(self: Any) -> None:
        """Begin: make the start with all that is predicted after it."""
        start, number = self.spec.start, self.flow.numbers.take()
        self.task_tree = self.tasks[number] = LeanTask(number, self, None, TaskState.FUTURE, start)
        start._predict(self.task_tree, mask=UNFINISHED)
        self.task_tree._ready()

    def get_tasks_iterator(self: Any, first_task: Any = None, **kwargs: Any) -> Iterable[Any]:
        """See `Workflow.get_tasks_iterator`."""
        if _WALKED.issuperset(kwargs):
            return walk(first_task or self.task_tree, subprocesses=self.flow.subprocesses, **kwargs)
        beside: Any = super()  # the library's class, whose mixin this is
        found: Iterable[Any] = beside.get_tasks_iterator(first_task, **kwargs)
        return found

    def _remove_task(self: Any, task_id: int) -> None:
        tasks, live = self.tasks, self.flow.live
        tasks[tasks[task_id]._parent]._children.remove(task_id)
        pending = [task_id]
        while pending:
            task = tasks.pop(pending.pop())
            pending.extend(task._children)
            task._children = []
            live.pop(task.id, None)

    def collect_log_extras(self, _extras: Any = None) -> dict[str, Any]:
        """Nothing: nobody reads the library's log, and collecting for it costs 8 % of the engine's time."""
        return {}
