"""What an administrator may do to an instance whose step failed. Each is a step of its own in the instance's history."""

from collections.abc import Callable, Mapping
from typing import Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict
from engine.history.steps import step
from engine.runtime.work import Work
from engine.spiff import passing
from engine.spiff.specs import element_of

CANCELLED = "已终止"
"""The outcome of an instance that an administrator has ended."""
SKIPPED = "跳过"
"""The mark in the history of a step that was passed over."""


def pass_over(work: Work, instance_id: int, element_id: str, why: Mapping[str, Any]) -> None:
    """Have the next token that comes to an element pass it over (跳过); `why` stands in the history now and when it happens.

    Raises `Conflict` when the instance has ended.
    """
    live = work.standing(instance_id)
    if live is None:
        raise Conflict("流程已经结束。 The process has ended.", state="ended")
    mark = {"flag": SKIPPED, **why}
    live.take(step("skip", element_id, data=dict(why)), lambda: passing.mark(live.flow, element_id, mark))


def cancel(work: Work, instance_id: int, why: Mapping[str, Any]) -> bool:
    """End an instance where it stands (终止): nothing is thrown, only the listeners are told. False when it has ended already."""
    live = work.standing(instance_id)
    if live is None:
        return False
    live.take(step("cancel", data=dict(why)), lambda: live.flow.cancel())
    live.outcome = CANCELLED
    return True


def set_aside(work: Work, instance_id: int, task_id: int, why: Mapping[str, Any]) -> bool:
    """Have a timer whose step failed wait for `resume`, so that it does not fail again in everybody else's command.

    False when the timer no longer stands.
    """
    return _about_timer(work, "failed", instance_id, task_id, why, lambda task: task.internal_data.update({passing.ASIDE: True}))


def resume(work: Work, instance_id: int, task_id: int, why: Mapping[str, Any]) -> bool:
    """Have a timer that was set aside wait for the tick again, which finds it due; False when it no longer stands."""
    return _about_timer(work, "retry", instance_id, task_id, why, lambda task: task.internal_data.pop(passing.ASIDE, None))


def _about_timer(work: Work, kind: str, instance_id: int, task_id: int, why: Mapping[str, Any], act: Callable[[Task], Any]) -> bool:
    live = work.standing(instance_id)
    task = None if live is None else live.flow.find(task_id)
    if live is None or task is None or task._state != TaskState.WAITING:
        return False
    live.take(step(kind, element_of(task), data=dict(why)), lambda: act(task))
    return True
