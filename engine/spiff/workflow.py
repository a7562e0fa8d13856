"""The running workflow: the library's classes with a journal, a step budget, and timers that only the tick fires."""

from typing import Any

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
from engine.spiff.patches import install

install()

Change = tuple[Task, int, int]
"""A task, its old and its new state (bits of `TaskState`)."""

STEP_BUDGET = 2_000
"""Automatic steps that one command may take in one instance before it is taken for an endless loop."""


class EndlessLoop(StepFailed):
    """流程在自动环节之间空转，已停止。 The process turns in a loop of automatic steps; it was stopped."""

    code = "endless-loop"


def is_timed(task: Task) -> bool:
    """Whether a catching task waits for a clock: a timer, or an event-based gateway, which may hold one."""
    spec = task.task_spec
    return isinstance(spec, CatchingEvent) and isinstance(spec.event_definition, (TimerEventDefinition, MultipleEventDefinition))


class _Waiting:
    """Leaves clocks alone when waiting tasks are refreshed.

    The library re-evaluates every waiting timer whenever any task completes, so a timer that is overdue would
    fire inside somebody else's command, unordered and unrecorded. Here a timer fires only through `Flow.fire`.
    """

    def update_waiting_tasks(self: Any) -> None:
        for task in [task for task in self.tasks.values() if task._state == TaskState.WAITING]:
            if task._state == TaskState.WAITING and task.id in self.tasks and not is_timed(task):
                task.task_spec._update(task)


class SubFlow(_Waiting, BpmnSubWorkflow):  # type: ignore[misc]
    """An embedded sub-process or called process of a running instance."""


class Flow(_Waiting, BpmnWorkflow):  # type: ignore[misc]
    """A running instance.

    `journal` lists every state change since the command began; None outside a command.
    """

    journal: list[Change] | None = None

    def create_subprocess(self, my_task: Task, spec_name: str) -> SubFlow:
        """Make the sub-workflow of a task with our class."""
        subprocess = SubFlow(self.subprocess_specs[spec_name], parent_task_id=my_task.id, top_workflow=self)
        self.subprocesses[my_task.id] = subprocess
        return subprocess

    def refresh_timers(self) -> None:
        """Nothing: see `_Waiting`."""

    def catch(self, event: BpmnEvent) -> None:
        """A thrown message always leaves the instance, so that our router correlates it, even to the same instance: the
        library would hand it to any catch of that name (pitfall 6)."""
        if isinstance(event.event_definition, MessageEventDefinition):
            self.bpmn_events.append(event)
        else:
            super().catch(event)

    def advance(self) -> None:
        """Take every automatic step until only people, messages and clocks are waited for. Raises `EndlessLoop`."""
        steps = 0

        def count(_task: Task) -> None:
            nonlocal steps
            steps += 1
            if steps > STEP_BUDGET:
                raise EndlessLoop()

        self.do_engine_steps(will_complete_task=count)

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
        """The library's loop over ready automatic tasks. It walks the whole tree to find them, half of the engine's time;
        a look through the task table finds the same, and the tree's order matters only when there are several."""

        def step(workflow: Any) -> int:
            ready = [task for task in workflow.tasks.values() if task._state == TaskState.READY and not task.task_spec.manual]
            if len(ready) > 1:
                ready = [task for task in workflow.get_tasks(state=TaskState.READY) if not task.task_spec.manual]
            for task in ready:
                if will_complete_task is not None:
                    will_complete_task(task)
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

    def all_tasks(self) -> list[Task]:
        """Every task of the instance, sub-processes included, in the order of their making."""
        tasks = list(self.tasks.values())
        for subprocess in self.subprocesses.values():
            tasks.extend(subprocess.tasks.values())
        return tasks
