"""Steps that an administrator has decided to pass over (跳过), and timers set aside until somebody has looked at them.

Both are marks in the instance's own state: the first is used up by the next token that comes to the element, the second
keeps a timer whose step failed from failing again in everybody else's command.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import ThrowingEvent
from SpiffWorkflow.dmn.specs.business_rule_task_mixin import BusinessRuleTaskMixin
from SpiffWorkflow.spiff.specs.defaults import ServiceTask
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.specs import element_of

if TYPE_CHECKING:
    from engine.spiff.workflow import Flow

PASSED = "passed_over"
"""Key in the internal data of an instance's first task: element → why the next token passes it over."""
ASIDE = "set_aside"
"""Key in the internal data of a task whose timer waits for an administrator."""


def may_be_passed(task: Task | None) -> bool:
    """Whether the step of a task that is about to run, or failed while it ran, could be left out.

    A service task, a decision table and what an event throws can: the flow goes on behind them by itself. A gateway must know its
    way, a person's task needs the person, and an event that is waited for has not happened.
    """
    if task is None or not task.has_state(TaskState.READY | TaskState.ERROR):
        return False
    return isinstance(task.task_spec, ServiceTask | BusinessRuleTaskMixin | ThrowingEvent)


def mark(flow: "Flow", element: str, why: Mapping[str, Any]) -> None:
    """Have the next token that comes to an element pass it over; `why` goes to the history with it."""
    flow.task_tree.internal_data.setdefault(PASSED, {})[element] = dict(why)


def wanted(flow: "Flow") -> bool:
    """Whether any element of an instance is to be passed over."""
    return PASSED in flow.task_tree.internal_data


def pass_over(flow: "Flow", task: Task) -> bool:
    """Complete a ready task without doing it, if its element is marked; whether it was. What it would have given is None."""
    marks: dict[str, Any] = flow.task_tree.internal_data.get(PASSED, {})
    element = element_of(task)
    if element not in marks or not may_be_passed(task):
        return False
    flow.passed[element] = marks.pop(element)
    if not marks:
        del flow.task_tree.internal_data[PASSED]
    task.data.update(dict.fromkeys(_results(task.task_spec)))
    task.complete()
    return True


def _results(spec: Any) -> list[str]:
    if isinstance(spec, BusinessRuleTaskMixin):
        return [output.name for output in spec.dmnEngine.decision_table.outputs]
    variable = getattr(spec, "result_variable", None) or "spiff__"
    return [] if variable.startswith("spiff__") else [variable]
