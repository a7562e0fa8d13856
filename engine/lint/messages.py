"""Rules about messages: known names, correlation at every catch, a payload that carries the key (pitfall 6)."""

import ast
from collections.abc import Iterator

from lxml import etree

from engine.definitions.diagram import Diagram, Node, Scope, listed, properties
from engine.definitions.xml import BPMN, SPIFF
from engine.lint.catalogue import Catalogue
from engine.lint.findings import WARNING, Finding, Rule
from engine.lint.names import repeated
from engine.lint.texts import content

NO_MESSAGE = Rule(
    "no-message",
    "{id} 没有选择消息。",
    "{id} names no message.",
    "在属性面板中选择消息。",
    "Choose the message in the properties panel.",
)
UNKNOWN_MESSAGE = Rule(
    "unknown-message",
    "没有登记名为 {name} 的消息。",
    "No message {name} is registered.",
    "可用的消息：{known}。",
    "The messages that exist: {known}.",
)
NO_CORRELATION = Rule(
    "no-correlation",
    "{id} 接收消息 {name} 却没有写关联键，任何实例的消息都会被它收下。",
    "{id} catches the message {name} without a correlation: it would take anybody's.",
    "在消息事件上加 processVariableCorrelation，键为 {key}。",
    "Add a processVariableCorrelation with the key {key} to the message event.",
)
WRONG_KEY = Rule(
    "wrong-correlation",
    "消息 {name} 按 {key} 关联，{id} 写的是 {found}。",
    "The message {name} is correlated by {key}; {id} says {found}.",
    "把关联键改为 {key}。",
    "Make {key} the key.",
)
NO_PAYLOAD = Rule(
    "no-payload",
    "{id} 抛出消息 {name}，但内容中没有关联键 {key}。",
    "{id} throws the message {name} with no {key} in its payload.",
    '写上 messagePayload，例如 {{"{key}": {key}}}。',
    'Give it a messagePayload, such as {{"{key}": {key}}}.',
)
MISPLACED = Rule(
    "message-extension-place",
    "消息 {id} 的内容和变量写在了消息上，应写在事件上。",
    "The payload or variable of the message {id} stands on the message; it belongs to the event.",
    "移到事件的 messageEventDefinition 中。",
    "Move it into the event's messageEventDefinition.",
)
ONCE = Rule(
    "message-boundary-once",
    "非中断的消息边界事件 {id} 只触发一次。",
    "The non-interrupting message boundary event {id} fires once only.",
    "需要多次时，另画一个由消息启动的小流程。",
    "If it must fire again, draw a small process that the message starts.",
    WARNING,
)

_EXTENSIONS = (SPIFF + "messagePayload", SPIFF + "messageVariable")
_CATCHING = ("intermediateCatchEvent", "boundaryEvent", "receiveTask")
_THROWING = ("intermediateThrowEvent", "endEvent", "sendTask")


def check(diagram: Diagram, process: Scope, catalogue: Catalogue) -> Iterator[Finding]:
    """Check the messages of a process, its `startMessages` included."""
    for name in listed(properties(process.element).get("startMessages", "")):
        yield from _known(process.id, name, catalogue)
    for message in diagram.root.iterchildren(BPMN + "message"):
        if any(element.tag in _EXTENSIONS for element in message.iter()):
            yield MISPLACED.at(message.get("id"), id=message.get("id", ""))
    for node in process.all_nodes():
        for holder in _holders(node):
            yield from _use(diagram, node, holder, catalogue)


def _holders(node: Node) -> list[etree._Element]:
    if node.kind in ("sendTask", "receiveTask"):
        return [node.element]
    return [event for event, kind in zip(node.events, node.event_kinds, strict=True) if kind == "message"]


def _use(diagram: Diagram, node: Node, holder: etree._Element, catalogue: Catalogue) -> Iterator[Finding]:
    name = diagram.messages.get(holder.get("messageRef", ""))
    if not name:
        yield NO_MESSAGE.at(node.id, id=node.id)
        return
    yield from _known(node.id, name, catalogue)
    key = catalogue.messages.get(name)
    if key is None:
        return
    if node.kind in _CATCHING:
        yield from _catch(node, holder, name, key)
    elif node.kind in _THROWING:
        yield from _throw(node, holder, name, key)
    if node.kind == "boundaryEvent" and not node.interrupting:
        yield ONCE.at(node.id, id=node.id)


def _known(element_id: str, name: str, catalogue: Catalogue) -> Iterator[Finding]:
    if name not in catalogue.messages:
        yield UNKNOWN_MESSAGE.at(element_id, name=name, known=", ".join(sorted(catalogue.messages)))


def _catch(node: Node, holder: etree._Element, name: str, key: str) -> Iterator[Finding]:
    found = [_property(correlation) for correlation in holder.iter(SPIFF + "processVariableCorrelation")]
    if not found or not all(expression for _, expression in found):
        yield NO_CORRELATION.at(node.id, id=node.id, name=name, key=key)
    elif [property_id for property_id, _ in found] != [key] or repeated([property_id for property_id, _ in found]):
        yield WRONG_KEY.at(node.id, id=node.id, name=name, key=key, found=", ".join(property_id for property_id, _ in found))


def _property(correlation: etree._Element) -> tuple[str, str]:
    property_id, expression = correlation.find(SPIFF + "propertyId"), correlation.find(SPIFF + "expression")
    return "" if property_id is None else content(property_id), "" if expression is None else content(expression)


def _throw(node: Node, holder: etree._Element, name: str, key: str) -> Iterator[Finding]:
    payload = next((content(element) for element in holder.iter(SPIFF + "messagePayload")), "")
    if not payload or _lacks(payload, key):
        yield NO_PAYLOAD.at(node.id, id=node.id, name=name, key=key)


def _lacks(payload: str, key: str) -> bool:
    """Whether a payload is written out as a dict and has not the key; one that is computed may have it."""
    try:
        body = ast.parse(payload, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False  # the expression rules speak of it
    if not isinstance(body, ast.Dict):
        return not isinstance(body, ast.Name | ast.Subscript | ast.Call | ast.IfExp)
    return key not in {part.value for part in body.keys if isinstance(part, ast.Constant)}
