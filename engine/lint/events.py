"""Rules about events: which kinds work where, and errors that nobody catches (the table in `engine.md`)."""

from collections.abc import Iterator

from lxml import etree

from engine.definitions import starts as starting
from engine.definitions.diagram import ACTIVITIES, Diagram, Node, Scope
from engine.lint.catalogue import Catalogue
from engine.lint.findings import WARNING, Finding, Rule

NO_START = Rule(
    "one-start",
    "{id} 有 {count} 个开始事件，应恰好有一个。",
    "{id} has {count} start events; it needs exactly one.",
    "保留一个普通开始事件；由消息启动的流程在流程属性 startMessages 中写消息名。",
    "Keep one plain start event; a process that messages start names them in its property startMessages.",
)
TYPED_START = Rule(
    "typed-start",
    "开始事件 {id} 的类型（{kind}）在这里不会启动任何东西。",
    "The type of the start event {id} ({kind}) starts nothing here.",
    "流程可以由消息、信号或定时启动（只能一种）；子流程的开始事件不带类型。",
    "A process may be started by a message, a signal or a timer, one of them; the start event inside a sub-process has no type.",
)
NO_END = Rule(
    "no-end",
    "{id} 没有结束事件，永远不会结束。",
    "{id} has no end event and never ends.",
    "加上结束事件。",
    "Add an end event.",
)
UNSUPPORTED_EVENT = Rule(
    "unsupported-event",
    "{id}：这里的{kind}事件会被忽略或拒绝。",
    "{id}: a {kind} event is ignored or refused here.",
    "改用消息、定时或错误事件，补偿改为服务任务。",
    "Use a message, timer or error event; draw compensation as a service task.",
)
SEVERAL = Rule(
    "several-definitions",
    "{id} 有 {count} 个事件定义，引擎只会正确处理一个。",
    "{id} has {count} event definitions; the engine handles only one rightly.",
    "先抛出消息，再用普通或终止结束事件。",
    "Throw the message first, then use a plain or a terminate end event.",
)
NO_DEFINITION = Rule(
    "no-definition",
    "事件 {id} 没有类型，流程会直接穿过。",
    "The event {id} has no type: the flow passes straight through.",
    "选择消息、定时等类型，或删除它。",
    "Choose a type such as message or timer, or delete it.",
)
LOOSE_BOUNDARY = Rule(
    "loose-boundary",
    "边界事件 {id} 没有附着在同一层的活动上。",
    "The boundary event {id} sits on no activity of its level.",
    "把它拖到一个任务或子流程的边上。",
    "Drag it onto the border of a task or a sub-process.",
)
UNCAUGHT_ERROR = Rule(
    "uncaught-error",
    "错误结束事件 {id} 没有外层的错误边界事件接住，流程会照常继续。",
    "No error boundary event around the error end event {id} catches it: the flow would go on as if nothing happened.",
    "在所在子流程上加同一错误的边界事件，或改为普通结束。",
    "Put a boundary event for the same error on the enclosing sub-process, or make it a plain end.",
)
UNCAUGHT_ESCALATION = Rule(
    "uncaught-escalation",
    "升级事件 {id} 没有外层的边界事件接住，不会有任何作用。",
    "No boundary event around {id} catches the escalation: it does nothing.",
    "在所在子流程上加同一升级的边界事件。",
    "Put a boundary event for the same escalation on the enclosing sub-process.",
    WARNING,
)
CANCEL_OUTSIDE = Rule(
    "cancel-outside-transaction",
    "取消事件 {id} 只能用于事务子流程。",
    "The cancel event {id} works in a transaction only.",
    "改用终止或错误事件。",
    "Use a terminate or an error event.",
)
UNKNOWN_REFERENCE = Rule(
    "unknown-reference",
    "{id} 引用的{kind} {ref} 不在文件中。",
    "{id} refers to the {kind} {ref}, which is not in the file.",
    "重新选择。",
    "Choose it again.",
)
SIGNAL_END = Rule(
    "signal-end",
    "信号结束事件 {id} 不会发出信号：引擎忽略它。",
    "The signal end event {id} sends nothing: the engine ignores it.",
    "先画一个抛出该信号的中间事件，再接普通结束事件。",
    "Draw an intermediate event that throws the signal, then a plain end.",
)
CONDITIONAL = Rule(
    "conditional-event",
    "条件事件 {id} 只在本实例有动作时才重新判断。",
    "The conditional event {id} is looked at again only when something moves this instance.",
    "改用消息或定时器。",
    "Use a message or a timer.",
    WARNING,
)

_WORKING = {
    "startEvent": set[str](),
    "endEvent": {"message", "error", "escalation", "terminate", "cancel"},
    "intermediateCatchEvent": {"message", "signal", "timer", "conditional"},
    "intermediateThrowEvent": {"message", "signal", "escalation"},
    "boundaryEvent": {"cancel", "error", "escalation", "message", "signal", "timer", "conditional"},
}
_REFERENCES = {"error": "errors", "escalation": "escalations", "signal": "signals"}


def check(diagram: Diagram, process: Scope, catalogue: Catalogue) -> Iterator[Finding]:
    """Check the events of a process and of the sub-processes inside it."""
    for scope in process.all_scopes():
        if scope.element.get("triggeredByEvent") == "true":
            continue  # refused as a whole by the activity rules
        yield from _starts_and_ends(diagram, scope)
        for node in scope.nodes.values():
            if node.kind in _WORKING and node.kind != "startEvent":
                yield from _event(diagram, scope, node)


def _starts_and_ends(diagram: Diagram, scope: Scope) -> Iterator[Finding]:
    if scope.element.tag.endswith("adHocSubProcess"):
        return
    starts = scope.of_kind("startEvent")
    if len(starts) != 1:
        yield NO_START.at(starts[1].id if len(starts) > 1 else scope.id, id=scope.id, count=len(starts))
    for start in starts:
        if start.events and (scope.parents or len(start.events) > 1 or start.event_kinds[0] not in starting.TYPES):
            yield TYPED_START.at(start.id, id=start.id, kind=", ".join(start.event_kinds))
        elif start.events:
            yield from _definition(diagram, scope, start, start.events[0], start.event_kinds[0])
    if scope.nodes and not scope.of_kind("endEvent"):
        yield NO_END.at(scope.id, id=scope.id)


def _event(diagram: Diagram, scope: Scope, node: Node) -> Iterator[Finding]:
    for kind in node.event_kinds:
        if kind == "signal" and node.kind == "endEvent":
            yield SIGNAL_END.at(node.id, id=node.id)
        elif kind not in _WORKING[node.kind]:
            yield UNSUPPORTED_EVENT.at(node.id, id=node.id, kind=kind)
    if len(node.events) > 1:
        yield SEVERAL.at(node.id, id=node.id, count=len(node.events))
    if not node.events and node.kind in ("intermediateCatchEvent", "boundaryEvent"):
        yield NO_DEFINITION.at(node.id, id=node.id)
    if node.kind == "boundaryEvent":
        host = scope.nodes.get(node.attached_to)
        if host is None or host.kind not in ACTIVITIES:
            yield LOOSE_BOUNDARY.at(node.id, id=node.id)
        elif "cancel" in node.event_kinds and host.kind != "transaction":
            yield CANCEL_OUTSIDE.at(node.id, id=node.id)
    for event, kind in zip(node.events, node.event_kinds, strict=True):
        yield from _definition(diagram, scope, node, event, kind)


def _definition(diagram: Diagram, scope: Scope, node: Node, event: etree._Element, kind: str) -> Iterator[Finding]:
    if kind in _REFERENCES:
        ref = event.get(kind + "Ref")
        known = getattr(diagram, _REFERENCES[kind])
        # a signal is known by its name alone
        if (kind == "signal" and not known.get(ref or "")) or (ref is not None and ref not in known):
            yield UNKNOWN_REFERENCE.at(node.id, id=node.id, kind=kind, ref=ref or "")
    if node.kind == "endEvent" and kind == "error" and not _caught(diagram, scope, event, kind):
        yield UNCAUGHT_ERROR.at(node.id, id=node.id)
    if node.kind in ("endEvent", "intermediateThrowEvent") and kind == "escalation" and not _caught(diagram, scope, event, kind):
        yield UNCAUGHT_ESCALATION.at(node.id, id=node.id)
    if node.kind == "endEvent" and kind == "cancel" and not scope.element.tag.endswith("transaction"):
        yield CANCEL_OUTSIDE.at(node.id, id=node.id)
    if kind == "conditional":
        yield CONDITIONAL.at(node.id, id=node.id)


def _caught(diagram: Diagram, scope: Scope, event: etree._Element, kind: str) -> bool:
    codes = getattr(diagram, _REFERENCES[kind])
    thrown = codes.get(event.get(kind + "Ref", ""))
    inner = scope
    for outer in reversed(scope.parents):
        for boundary in outer.boundaries.get(inner.id, []):
            for caught, caught_kind in zip(boundary.events, boundary.event_kinds, strict=True):
                ref = caught.get(kind + "Ref")
                if caught_kind == kind and (ref is None or codes.get(ref) == thrown):
                    return True
        inner = outer
    return False
