"""The five places where SpiffWorkflow 3.2.0 is changed, each with its reason. Pinned to exactly that version.

1. Time: its timers ask `datetime.now`; they shall ask our clock, or a simulation could not travel.
2. Task ids: random UUIDs make a state blob three times as long; inside `numbering()` ids are small integers.
3. The journal: every state change passes `Task._set_state`; the workflow's journal takes it down there, for the
   history (logging and event hooks cost 0.6 to 2.2 ms a case, this costs nothing measurable).
4. Log extras: built on every change although nobody logs, 8 % of the engine's time; now only when INFO is on.
5. Durations: the library walks a duration's months one by one, so `P999999999M` out of process data would hang a worker;
   one of more than a hundred years is refused.

`install()` is called once, by `engine.spiff.workflow`; outside `numbering()` and without a journal the library behaves
as it came.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, tzinfo
from importlib.metadata import version
from typing import Any
from uuid import UUID, uuid4

import SpiffWorkflow.task as spiff_task
import SpiffWorkflow.workflow as spiff_workflow
from SpiffWorkflow.bpmn.specs.event_definitions import timer as spiff_timer
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task

from engine import clock

VERSION = "3.2.0"


class Numbering:
    """Hands out the next task id of one instance."""

    __slots__ = ("next",)

    def __init__(self, first: int = 1) -> None:
        self.next = first

    def take(self) -> int:
        """The next id."""
        taken = self.next
        self.next += 1
        return taken


_numbering: ContextVar[Numbering | None] = ContextVar("numbering", default=None)


@contextmanager
def numbering(numbers: Numbering) -> Iterator[None]:
    """Within this context new tasks get their ids from `numbers`."""
    token = _numbering.set(numbers)
    try:
        yield
    finally:
        _numbering.reset(token)


def _new_id() -> int | UUID:
    numbers = _numbering.get()
    return uuid4() if numbers is None else numbers.take()


class _ClockDatetime(datetime):
    """`datetime` as the library's timer module sees it."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return clock.now().astimezone(tz)


_plain_set_state = Task._set_state


def _set_state(task: Any, value: int) -> None:
    old = task._state
    if value != old:
        if spiff_task.logger.isEnabledFor(logging.INFO):
            _plain_set_state(task, value)
        else:
            task._state = value
        journal = getattr(task.workflow.top_workflow, "journal", None)
        if journal is not None:
            journal.append((task, old, value))


def _only_when_logging(plain: Any, logger: logging.Logger) -> Any:
    def collect_log_extras(self: Any, dct: dict[str, Any] | None = None) -> dict[str, Any]:
        extras: dict[str, Any] = plain(self, dct) if logger.isEnabledFor(logging.INFO) else {}
        return extras

    return collect_log_extras


LONGEST_MONTHS = 1_200
_plain_parse = spiff_timer.TimerEventDefinition.parse_iso_duration


def _parse_iso_duration(expression: str) -> dict[str, float]:
    parsed: dict[str, float] = _plain_parse(expression)
    if parsed.get("years", 0) * 12 + parsed.get("months", 0) > LONGEST_MONTHS:
        raise ValueError(f"{expression} is longer than a hundred years")
    return parsed


def install() -> None:
    """Apply the changes once. Raises `RuntimeError` on another version of the library."""
    if getattr(Task, "_bihuan", False):
        return
    installed = version("SpiffWorkflow")
    if installed != VERSION:
        raise RuntimeError(f"SpiffWorkflow {VERSION} is needed, {installed} is installed")
    spiff_timer.datetime = _ClockDatetime
    spiff_timer.TimerEventDefinition.parse_iso_duration = staticmethod(_parse_iso_duration)
    spiff_task.uuid4 = _new_id
    Task._set_state = _set_state
    Task.collect_log_extras = _only_when_logging(Task.collect_log_extras, spiff_task.logger)
    for owner in (spiff_workflow.Workflow, BpmnSubWorkflow):
        owner.collect_log_extras = _only_when_logging(owner.collect_log_extras, spiff_workflow.logger)
    Task._bihuan = True
