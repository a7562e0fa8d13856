"""The library as it came, in a process of its own: `python -m tests.differential.reference` repeats walks it is given.

One line of JSON for each walk comes in, one with its outcomes goes out. What the engine does otherwise on purpose is done here,
too, on the library's own classes: thrown messages and signals leave the process for our router, and a timer asks the walk's clock
and fires only when it is told to.
"""

import sys
from base64 import b64decode
from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any

import orjson
from SpiffWorkflow.bpmn.specs.event_definitions import timer
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition, SignalEventDefinition
from SpiffWorkflow.util.task import TaskIterator, TaskState

from engine import clock
from engine.definitions.bundles import BundleSources
from engine.spiff.specs import parse
from tests.differential.walks import STEPS, Walk, script_engine
from tests.differential.worlds import World


class Now(datetime):
    """`datetime` on the walk's clock."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # the library needs a moment, not one of this class
        """The walk's moment."""
        return clock.now().astimezone(tz)


class EndlessLoop(Exception):
    """Told as the engine tells it."""


class Unhurried:
    """Leaves clocks alone when waiting tasks are refreshed; otherwise the library's loop."""

    def update_waiting_tasks(self: Any) -> None:
        """Update what waits, but for clocks."""
        for task in TaskIterator(self.task_tree, state=TaskState.WAITING):
            definition = getattr(task.task_spec, "event_definition", None)
            if not isinstance(definition, timer.TimerEventDefinition | MultipleEventDefinition):
                task.task_spec._update(task)


class StockSub(Unhurried, BpmnSubWorkflow):
    """The library's sub-workflow with its own tasks."""


class Stock(Unhurried, BpmnWorkflow):
    """The library's workflow with its own tasks."""

    def create_subprocess(self, my_task: Any, spec_name: str) -> StockSub:
        """As the library does, of the class above."""
        made = StockSub(self.subprocess_specs[spec_name], parent_task_id=my_task.id, top_workflow=self)
        self.subprocesses[my_task.id] = made
        return made

    def refresh_timers(self) -> None:
        """Nothing."""

    def catch(self, event: BpmnEvent) -> None:
        """Messages and signals leave."""
        if isinstance(event.event_definition, MessageEventDefinition | SignalEventDefinition):
            self.bpmn_events.append(event)
        else:
            super().catch(event)


class StockSide:
    """A workflow of the library's."""

    def __init__(self, sources: BundleSources, world: World) -> None:
        bundle = parse(sources)
        self.workflow = Stock(bundle.spec, bundle.subs, script_engine=script_engine(world))

    def advance(self) -> None:
        """See `Side`."""
        taken = 0

        def count(_task: Any) -> None:
            nonlocal taken
            taken += 1
            if taken > STEPS:
                raise EndlessLoop()

        self.workflow.do_engine_steps(will_complete_task=count)

    def settle(self) -> None:
        """See `Side`."""


def repeat(order: dict[str, Any]) -> list[dict[str, Any]]:
    """The outcomes of a walk; of a diagram that the library refuses, one with the error alone."""
    world = World(order["seed"], order["functions"], order["operations"])
    files = {kind: tuple(b64decode(text) for text in order["sources"][kind]) for kind in ("bpmn", "dmn")}
    sources = BundleSources(**{**order["sources"], **files})
    walk, first = Walk.started(lambda: StockSide(sources, world), world, order["variables"])
    outcomes = [first] if walk is None else [first, *(walk.perform(act) for act in order["acts"])]
    return [asdict(outcome) for outcome in outcomes]


def main() -> None:
    """Repeat walks until the input ends."""
    assert "engine.spiff.patches" not in sys.modules, "the library is not as it came"
    timer.datetime = Now
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(orjson.dumps(repeat(orjson.loads(line))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
