"""Every expression that stands in a process, with the element that people know it by."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from engine.definitions.diagram import Node, Scope
from engine.definitions.xml import BPMN, SPIFF, local_name

TIMER = "timer"
EVALUATED_PROPERTIES = ("candidateGroups", "assignee", "sla")
_LOOP_TEXTS = ("loopCardinality", "completionCondition", "loopCondition")


@dataclass(frozen=True, slots=True)
class Text:
    """An expression at an element; `where` tells a timer's, which the timer rules judge, from the others."""

    element_id: str
    text: str
    where: str


def expressions_of(process: Scope) -> Iterator[Text]:
    """The expressions of a process and of the sub-processes inside it."""
    for scope in process.all_scopes():
        for flow in scope.flows:
            if flow.condition is not None:
                yield Text(flow.id, flow.condition, "condition")
        for node in scope.nodes.values():
            yield from _of_node(node)


def _of_node(node: Node) -> Iterator[Text]:
    for parameter in node.element.iterfind(f"{BPMN}extensionElements/{SPIFF}serviceTaskOperator//{SPIFF}parameter"):
        if parameter.get("value") is not None:
            yield Text(node.id, parameter.get("value", ""), "parameter")
    for name in EVALUATED_PROPERTIES:
        value = node.properties.get(name, "")
        if value.startswith("="):
            yield Text(node.id, value[1:], name)
    for event in node.events:
        yield from _of_event(node, event)
    if node.kind in ("sendTask", "receiveTask"):
        yield from _of_message(node)
    for loop in node.element:
        if local_name(loop).endswith("LoopCharacteristics"):
            for child in loop:
                if local_name(child) in _LOOP_TEXTS:
                    yield Text(node.id, content(child), "loop")


def _of_event(node: Node, event: etree._Element) -> Iterator[Text]:
    if local_name(event) == "messageEventDefinition":
        yield from _of_message(node)
    for child in event:
        if local_name(child) in ("timeDate", "timeDuration", "timeCycle"):
            yield Text(node.id, content(child), TIMER)
        if local_name(child) == "condition":
            yield Text(node.id, content(child), "condition")


def _of_message(node: Node) -> Iterator[Text]:
    for payload in node.element.iter(SPIFF + "messagePayload"):
        yield Text(node.id, content(payload), "payload")
    for correlation in node.element.iter(SPIFF + "processVariableCorrelation"):
        expression = correlation.find(SPIFF + "expression")
        if expression is not None:
            yield Text(node.id, content(expression), "correlation")


def content(element: etree._Element) -> str:
    """All the text inside an element, without blanks around it."""
    return "".join(str(part) for part in element.itertext()).strip()
