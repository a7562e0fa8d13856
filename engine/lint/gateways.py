"""Rules about gateways: choices without an answer, and what the library cannot wait for."""

from collections.abc import Iterator

from engine.definitions.diagram import Flow, Node, Scope
from engine.lint.catalogue import Catalogue
from engine.lint.findings import WARNING, Finding, Rule

COMPLEX = Rule(
    "complex-gateway",
    "不支持复杂网关。",
    "Complex gateways are not supported.",
    "用排他、并行或包容网关的组合代替。",
    "Use exclusive, parallel and inclusive gateways instead.",
)
NO_DEFAULT = Rule(
    "no-default-flow",
    "网关 {id} 没有默认流：条件都不成立时流程会卡住。",
    "The gateway {id} has no default flow: if no condition holds, the process is stuck.",
    "把一条出口设为默认流。",
    "Make one of its flows the default.",
)
BAD_DEFAULT = Rule(
    "bad-default-flow",
    "网关 {id} 的默认流 {flow} 不是它的出口。",
    "The default flow {flow} of the gateway {id} does not leave it.",
    "重新选择默认流。",
    "Choose its default flow again.",
)
NO_CONDITION = Rule(
    "no-condition",
    "从网关 {id} 出发的这条线没有条件，又不是默认流。",
    "This flow leaves the gateway {id} without a condition and is not its default.",
    "写上条件，或设为默认流。",
    "Give it a condition or make it the default.",
)
UNUSED_CONDITION = Rule(
    "unused-condition",
    "默认流上的条件不会被计算。",
    "The condition on a default flow is not evaluated.",
    "删除条件。",
    "Delete the condition.",
    WARNING,
)
EVENT_TARGET = Rule(
    "event-gateway-target",
    "事件网关之后只能是消息、信号或定时的中间捕获事件，或接收任务；{id} 不是。",
    "After an event-based gateway only message, signal and timer catch events and receive tasks may follow; {id} is none.",
    "在网关与 {id} 之间放一个捕获事件。",
    "Put a catch event between the gateway and {id}.",
)
TWO_TIMERS = Rule(
    "event-gateway-timers",
    "事件网关 {id} 之后有 {count} 个定时器，引擎只保留第一个。",
    "{count} timers follow the event-based gateway {id}; the engine keeps the first one only.",
    "只留一个定时器，另一个放进循环或边界事件。",
    "Leave one timer; put the other into a loop or a boundary event.",
)
ONE_ROAD = Rule(
    "event-gateway-road",
    "事件网关 {id} 至少要有两条出口。",
    "The event-based gateway {id} needs two outgoing flows at least.",
    "加上另一个事件，或去掉网关。",
    "Add another event or remove the gateway.",
)
SHARED_TARGET = Rule(
    "event-gateway-shared",
    "事件网关之后的 {id} 还有别的入口。",
    "{id} follows an event-based gateway and has another way in.",
    "让该捕获事件只接在网关之后。",
    "Let the catch event follow the gateway only.",
)
_AWAITED = {"message", "timer", "signal"}


def check(process: Scope, catalogue: Catalogue) -> Iterator[Finding]:
    """Check the gateways of a process and of the sub-processes inside it."""
    for scope in process.all_scopes():
        for node in scope.of_kind("complexGateway"):
            yield COMPLEX.at(node.id)
        for node in scope.of_kind("exclusiveGateway", "inclusiveGateway"):
            yield from _choice(node, scope.outgoing.get(node.id, []))
        for node in scope.of_kind("eventBasedGateway"):
            yield from _event_gateway(scope, node)


def _choice(node: Node, leaving: list[Flow]) -> Iterator[Finding]:
    if node.default is not None and node.default not in {flow.id for flow in leaving}:
        yield BAD_DEFAULT.at(node.id, id=node.id, flow=node.default)
    elif node.default is None and (len(leaving) > 1 or any(flow.condition is not None for flow in leaving)):
        yield NO_DEFAULT.at(node.id, id=node.id)
    for flow in leaving:
        if flow.id == node.default:
            if flow.condition is not None:
                yield UNUSED_CONDITION.at(flow.id)
        elif flow.condition is None and len(leaving) > 1:
            yield NO_CONDITION.at(flow.id, id=node.id)


def _event_gateway(scope: Scope, node: Node) -> Iterator[Finding]:
    targets = [scope.nodes[flow.target] for flow in scope.outgoing.get(node.id, []) if flow.target in scope.nodes]
    if len(targets) < 2:
        yield ONE_ROAD.at(node.id, id=node.id)
    timers = [target for target in targets if "timer" in target.event_kinds]
    if len(timers) > 1:
        yield TWO_TIMERS.at(node.id, id=node.id, count=len(timers))
    for target in targets:
        catches = target.kind == "intermediateCatchEvent" and bool(_AWAITED & set(target.event_kinds))
        if not catches and target.kind != "receiveTask":
            yield EVENT_TARGET.at(target.id, id=target.id)
        if len(scope.incoming.get(target.id, [])) > 1:
            yield SHARED_TARGET.at(target.id, id=target.id)
