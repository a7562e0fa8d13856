"""The running workflow: the library's classes with a journal, a step budget, and timers that only the tick fires."""

from collections.abc import Iterable
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import SignalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import StepFailed
from engine.spiff import passing
from engine.spiff.lean import Change, LeanWorkflow, Numbering, check_open, walk
from engine.spiff.patches import install

install()

STEP_BUDGET = 2_000
"""Automatic steps that one command may take in one instance before it is taken for an endless loop."""


class EndlessLoop(StepFailed):
    """流程在自动环节之间空转，已停止。 The process turns in a loop of automatic steps; it was stopped."""

    code = "endless-loop"


def is_timed(task: Task) -> bool:
    """Whether a catching task waits for a clock: a timer, or an event-based gateway, which may hold one."""
    spec = task.task_spec
    return isinstance(spec, CatchingEvent) and isinstance(spec.event_definition, (TimerEventDefinition, MultipleEventDefinition))


class _Waiting(LeanWorkflow):
    """Leaves clocks alone when waiting tasks are refreshed.

    The library re-evaluates every waiting timer whenever any task completes, so a timer that is overdue would
    fire inside somebody else's command, unordered and unrecorded. Here a timer fires only through `Flow.fire`.
    """

    def update_waiting_tasks(self: Any) -> None:
        due: Iterable[Any] = [
            task for task in self.flow.live.values() if task._state == TaskState.WAITING and task.workflow is self and not is_timed(task)
        ]
        if len(due) > 1:  # type: ignore[arg-type]  # a list so far; what one does may change which others wait
            due = (task for task in walk(self.task_tree, TaskState.WAITING) if not is_timed(task))
        for task in due:
            task.task_spec._update(task)


class SubFlow(_Waiting, BpmnSubWorkflow):
    """An embedded sub-process or called process of a running instance."""

    def __init__(self, spec: Any, parent_task_id: int, flow: "Flow", *, deserializing: bool = False) -> None:
        self.flow = flow
        self.rows = {}
        super().__init__(spec, parent_task_id, flow, deserializing=True)
        if not deserializing:
            self.plant()


class Flow(_Waiting, BpmnWorkflow):
    """A running instance.

    `journal` lists every state change since the command began; None outside a command.
    """

    journal: list[Change] | None = None
    running: Task | None = None
    """The automatic task that was begun last: the one to name when a step fails."""

    def __init__(
        self, spec: Any, subprocess_specs: Any, script_engine: Any, numbers: Numbering | None = None, *, deserializing: bool = False
    ) -> None:
        self.flow = self
        self.rows = {}
        self.live: dict[int, Task] = {}
        """Every task of the instance that waits or is ready, its sub-processes' included."""
        self.numbers = numbers or Numbering()
        super().__init__(spec, subprocess_specs, script_engine, deserializing=True)
        if not deserializing:
            self.plant()
        self.passed: dict[str, Any] = {}
        """Elements passed over since the command began, and why."""

    def create_subprocess(self, my_task: Task, spec_name: str) -> SubFlow:
        """Make the sub-workflow of a task with our class."""
        subprocess = SubFlow(self.subprocess_specs[spec_name], my_task.id, self)
        self.subprocesses[my_task.id] = subprocess
        return subprocess

    def delete_subprocess(self, my_task: Task) -> list[Task]:
        """Take a sub-workflow away with its tasks, so that its task can begin anew."""
        removed: list[Task] = super().delete_subprocess(my_task)
        for task in removed:
            self.live.pop(task.id, None)
        return removed

    def refresh_timers(self) -> None:
        """Nothing: see `_Waiting`."""

    def catch(self, event: BpmnEvent) -> None:
        """A thrown message or signal always leaves the instance, so that our router finds who waits for it, the same instance
        included: the library would hand a message to any catch of its name (pitfall 6), and a signal to this instance alone."""
        if isinstance(event.event_definition, (MessageEventDefinition, SignalEventDefinition)):
            self.bpmn_events.append(event)
        else:
            super().catch(event)

    def advance(self) -> None:
        """Take every automatic step until only people, messages and clocks are waited for. Raises `EndlessLoop` or
        `TooManyTokens`."""
        steps = 0

        def count(_task: Task) -> None:
            nonlocal steps
            steps += 1
            if steps > STEP_BUDGET:
                raise EndlessLoop()

        self.do_engine_steps(will_complete_task=count)
        check_open(len(self.live))

    def find(self, task_id: int) -> Task | None:
        """The task with this id in the instance or any of its sub-processes."""
        task = self.tasks.get(task_id)
        if task is None:
            for subprocess in self.subprocesses.values():
                task = subprocess.tasks.get(task_id)
                if task is not None:
                    break
        return task

    def _do_engine_steps(self, will_complete_task: Any = None, did_complete_task: Any = None) -> bool:
        """The library's loop over ready automatic tasks, which walks the whole tree to find them: half of its time."""
        passed_over = passing.wanted(self)

        def step(workflow: Any) -> int:
            ready = self._ready_in(workflow)
            for task in ready:
                if will_complete_task is not None:
                    will_complete_task(task)
                self.running = task
                if not (passed_over and passing.pass_over(self, task)):
                    task.run()
            return len(ready)

        active = self.get_active_subprocesses()
        for subprocess in sorted(active, key=lambda one: one.depth, reverse=True):
            while step(subprocess):
                pass
            parent = self.find(subprocess.parent_task_id)
            if parent is not None:
                parent.task_spec._update(parent)
        return step(self) > 0 or len(self.get_active_subprocesses()) > len(active)

    def _ready_in(self, workflow: Any) -> list[Task]:
        """The automatic tasks of a workflow and those below it that are ready, in the order of the tree."""
        ready = [task for task in self.live.values() if task._state == TaskState.READY and not task.task_spec.manual]
        if workflow is not self:
            ready = [task for task in ready if self._is_within(task.workflow, workflow)]
        if len(ready) < 2:
            return ready
        parent = ready[0].parent
        if parent is not None and all(task.parent is parent for task in ready):
            return sorted(ready, key=lambda task: parent._children.index(task.id))
        return [task for task in workflow.get_tasks(state=TaskState.READY) if not task.task_spec.manual]

    @staticmethod
    def _is_within(inner: Any, outer: Any) -> bool:
        while inner is not None and inner is not outer:
            inner = inner.parent_workflow
        return inner is outer

    def all_tasks(self) -> list[Task]:
        """Every task of the instance, sub-processes included, in the order of their making."""
        tasks = list(self.tasks.values())
        for subprocess in self.subprocesses.values():
            tasks.extend(subprocess.tasks.values())
        return tasks
