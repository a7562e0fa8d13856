"""The places where SpiffWorkflow 3.2.0 itself is changed, each with its reason. Pinned to exactly that version.

What the library must do otherwise:

1. Time: its timers ask `datetime.now`; they shall ask our clock, or a simulation could not travel.
2. Durations: it walks a duration's months one by one, so `P999999999M` out of process data would hang a worker; one of more
   than a hundred years is refused.

What it shall do in less time; outside our own workflows (`engine.spiff.lean`) it does it as it came:

3. Prediction: see `engine.spiff.prediction`.
4. Walks over the tree for which a join asks: by our iterator, and the end of a process, which only asks whether anything is
   left, by a look through the task table: about a fifth of the time of a command's steps (docs/adr/0010, as the next two).
5. Copies of the data between a process and its sub-process: a plain copy of JSON, not `deepcopy`: about 8 %.
6. Decision cells: what a cell asks is worked out once, not with a regular expression and two compilations each time: about 12 %.

`install()` is called once, by `engine.spiff.workflow`.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, tzinfo
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions import timer as spiff_timer
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskIterator

from engine import clock
from engine.spiff import prediction
from engine.spiff.lean import SHARED, LeanTask, walk

VERSION = "3.2.0"
LONGEST_MONTHS = 1_200


class _ClockDatetime(datetime):
    """`datetime` as the library's timer module sees it."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # the library needs a moment, not one of this class
        return clock.now().astimezone(tz)


_plain_parse = spiff_timer.TimerEventDefinition.parse_iso_duration


def _parse_iso_duration(expression: str) -> dict[str, float]:
    parsed: dict[str, float] = _plain_parse(expression)
    if parsed.get("years", 0) * 12 + parsed.get("months", 0) > LONGEST_MONTHS:
        raise ValueError(f"{expression} is longer than a hundred years")
    return parsed


def _walk(first: Any, **wanted: Any) -> Iterator[Any]:
    found: Iterator[Any] = walk(first, **wanted) if type(first) is LeanTask else TaskIterator(first, **wanted)
    return found


def _left(first: Any, state: int, end_at_spec: str) -> Iterator[Any]:
    """The unfinished tasks of a workflow in any order, without those after its end."""
    if type(first) is not LeanTask:
        yield from TaskIterator(first, state=state, end_at_spec=end_at_spec)
        return
    tasks = first.workflow.tasks
    for task in tasks.values():
        if task._state & state and (task._parent is None or tasks[task._parent].task_spec.name != end_at_spec):
            yield task


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        return {key: item if type(item) in SHARED else _copied(item) for key, item in value.items()}
    if kind is list:
        return [_copied(item) for item in value]
    return value if kind in SHARED else deepcopy(value)


_INPUT = "dmninputexpr"
_QUESTION_MARK = re.compile(r"""(\?)(?=(?:[^'"]|['"][^'"]*['"])*$)""")


def _decide(_engine: Any, asked: str, cell: str | None, task: Any) -> Any:
    """In place of `DMNEngine.evaluate`."""
    if cell is None:
        return True
    text, takes_input = _question(asked, cell)
    script = task.workflow.script_engine
    return script.evaluate(task, text, {_INPUT: script.evaluate(task, asked)} if takes_input else None)


@lru_cache(maxsize=4_096)
def _question(asked: str, cell: str) -> tuple[str, bool]:
    """The expression that a cell stands for, and whether it names its input. Raises `SyntaxError`."""
    text = _QUESTION_MARK.sub(_INPUT, cell)
    if _INPUT in text:
        return text, True
    compile(asked.strip(), "<input>", "eval")
    try:
        compile(text.strip(), "<cell>", "eval")
    except SyntaxError:  # half a comparison
        compile(f"v {text}", "<cell>", "eval")
        return asked + text, False
    return f"({asked}) == ({text})", False


def install() -> None:
    """Apply the changes once. Raises `RuntimeError` on another version of the library."""
    if TaskSpec._predict is prediction.predict:
        return
    installed = version("SpiffWorkflow")
    if installed != VERSION:
        raise RuntimeError(f"SpiffWorkflow {VERSION} is needed, {installed} is installed")
    spiff_timer.datetime = _ClockDatetime
    spiff_timer.TimerEventDefinition.parse_iso_duration = staticmethod(_parse_iso_duration)
    TaskSpec.traits = 0
    TaskSpec._predict = prediction.predict
    for module, name, ours in (
        ("specs.Join", "TaskIterator", _walk),
        ("workflow", "TaskIterator", _walk),
        ("bpmn.specs.control", "TaskIterator", _left),
        ("bpmn.specs.mixins.subworkflow_task", "deepcopy", _copied),
    ):
        setattr(import_module(f"SpiffWorkflow.{module}"), name, ours)
    DMNEngine.evaluate = _decide
