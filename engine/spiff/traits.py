"""What a task spec does beyond what every one does: read once when a diagram is parsed, since specs never change after that."""

from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent, ThrowingEvent
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.spiff.specs.spiff_task import SpiffBpmnTask

PLAIN_RUN = 1
"""Its tasks have nothing to do when they run."""
PLAIN_END = 2
"""A completed task tells nobody but those who listen to `completed_event` (a multi-instance, while it runs)."""
PLAIN_ENTRY = 4
"""A task that is reached inherits its data and is ready."""
PLAIN_READY = 8
"""A task that gets ready tells nobody, and the spec is in order."""
MERGES = 16
"""A join, which takes the data of its branches in the order in which they ended."""

_ENTRIES = (TaskSpec._update_hook, BpmnTaskSpec._update_hook, SpiffBpmnTask._update_hook)
_ENDS = (TaskSpec._on_complete_hook, BpmnTaskSpec._on_complete_hook, SpiffBpmnTask._on_complete_hook)


def traits_of(spec: Any) -> int:
    """The traits of a parsed spec, as bits. What is not known for certain is left to the library's own hook."""
    kind, found = type(spec), 0
    if _idle(spec) and not (spec.post_assign or _heard(spec.run_event)):
        found |= PLAIN_RUN
    if not _touches_data(spec):
        if kind._on_complete_hook in _ENDS:
            found |= PLAIN_END
        if kind._update_hook in _ENTRIES and not _heard(spec.update_event):
            found |= PLAIN_ENTRY
    if kind._on_ready_hook is TaskSpec._on_ready_hook and _in_order(spec) and not (spec.pre_assign or _heard(spec.ready_event)):
        found |= PLAIN_READY
    if isinstance(spec, UnstructuredJoin):
        found |= MERGES
    return found


def _idle(spec: Any) -> bool:
    hook = type(spec)._run_hook
    if hook in (CatchingEvent._run_hook, ThrowingEvent._run_hook):  # an event of no kind throws nothing and has nothing to reset
        return type(spec.event_definition) is NoneEventDefinition
    return hook is TaskSpec._run_hook


def _touches_data(spec: Any) -> bool:
    return any(
        getattr(spec, name, None)
        for name in ("prescript", "postscript", "io_specification", "data_input_associations", "data_output_associations")
    )


def _in_order(spec: Any) -> bool:
    """The library asks this each time a task gets ready; what is wrong shall be told there and then, as ever."""
    try:
        spec.test()
    except WorkflowException:
        return False
    return True


def _heard(event: Any) -> bool:
    return event.hard_subscribers is not None or event.weak_subscribers is not None
