"""A task's form as one person sees it: choices filled in, declared prefills evaluated, long texts kept out of process data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.task import Task

from engine.runtime.live import LiveInstance

RECORD = "record"
"""`"keep": "record"` in a component: its answer goes to the submission and the domain's tables, not to process data."""


@dataclass(frozen=True, slots=True)
class TaskForm:
    """A form with every `values` filled in, and the values it declares for this task."""

    schema: Mapping[str, Any]
    prefill: Mapping[str, Any]


def task_form(live: LiveInstance, task: Task, form_key: str | None) -> TaskForm:
    """The form of an open task: every field, all prefills evaluated."""
    return _form(live, task, form_key, answers=None)


def answered_form(live: LiveInstance, task: Task, form_key: str | None, answers: Mapping[str, Any]) -> TaskForm:
    """The form that a submission is checked against; only fields it leaves out need their prefill."""
    return _form(live, task, form_key, answers)


def _form(live: LiveInstance, task: Task, form_key: str | None, answers: Mapping[str, Any] | None) -> TaskForm:
    schema = live.bundle.forms.get(form_key or "")
    if schema is None:
        return TaskForm({"id": form_key or "", "type": "default", "components": []}, {})
    components = _filled(live, task, schema.get("components", []))
    prefill = {
        component["key"]: _declared(live, task, component["prefill"])
        for component in components
        if "prefill" in component and not (answers is not None and (component.get("readonly") or component["key"] in answers))
    }
    return TaskForm({**schema, "components": components}, prefill)


def _filled(live: LiveInstance, task: Task, components: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The components with their choices; a source that several of them name is asked once."""
    sources, context = live.around.registry.value_sources, live.context_of(task)
    named = {component["valuesKey"] for component in components if "valuesKey" in component}
    choices = {source: list(sources[source](context)) for source in sorted(named)}
    return [{**one, "values": choices[one["valuesKey"]]} if "valuesKey" in one else one for one in components]


def _declared(live: LiveInstance, task: Task, declared: Any) -> Any:
    return live.evaluate(task, declared[1:]) if isinstance(declared, str) and declared.startswith("=") else declared


def kept_answers(schema: Mapping[str, Any], clean: Mapping[str, Any]) -> dict[str, Any]:
    """What of a form's answers goes to process data: every key, null for those kept in the record."""
    recorded = {component.get("key") for component in schema.get("components", []) if component.get("keep") == RECORD}
    return {key: None if key in recorded else value for key, value in clean.items()}
