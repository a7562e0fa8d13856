"""What starts a process by itself: the type of its start event, or its properties `startMessages` and `startEvery`.

The engine starts every process at a plain start event (pitfall 12 of `engine.md`); a start event with a type is drawn for
people, read here for the router and the timer table, and `plain` strips it before the library sees the file.
"""

import ast
from dataclasses import dataclass

from lxml import etree

from engine.definitions.diagram import Diagram, Scope, listed, properties
from engine.definitions.xml import BPMN, local_name

SIGNAL = "signal:"
"""What stands before a signal's name where a bundle names the messages that start it."""
TYPES = ("message", "signal", "timer")
"""Types of start events that start a process."""


@dataclass(frozen=True, slots=True)
class Starts:
    """Names of messages (a signal's with `signal:` before it), and the interval or moment of the timer table."""

    messages: tuple[str, ...]
    every: str | None


def read(diagram: Diagram, process: Scope) -> Starts:
    """What starts a process of a diagram. A timer that is no literal counts as none; the linter refuses it."""
    own = properties(process.element)
    messages, every = listed(own.get("startMessages", "")), own.get("startEvery")
    for start in process.of_kind("startEvent"):
        for event, kind in zip(start.events, start.event_kinds, strict=True):
            if kind == "message":
                messages.append(diagram.messages.get(event.get("messageRef", ""), ""))
            elif kind == "signal":
                messages.append(SIGNAL + diagram.signals.get(event.get("signalRef", ""), ""))
            elif kind == "timer":
                every = literal(event)
    return Starts(tuple(dict.fromkeys(name for name in messages if name.removeprefix(SIGNAL))), every)


def literal(timer: etree._Element) -> str | None:
    """The text of a start timer's date or cycle, which is a quoted expression; None for anything else."""
    times = [child for child in timer if local_name(child) in ("timeDate", "timeCycle")]
    try:
        value = ast.literal_eval((times[0].text or "").strip()) if len(times) == 1 else None
    except (ValueError, SyntaxError):
        return None
    return value if isinstance(value, str) else None


def plain(root: etree._Element) -> None:
    """Take the types off the start events of a file's processes, not of the sub-processes inside them."""
    for process in root.iterchildren(f"{BPMN}process"):
        for start in process.iterchildren(f"{BPMN}startEvent"):
            for event in [child for child in start if local_name(child).endswith("EventDefinition")]:
                start.remove(event)
