"""Rules about sequence flows: what the library ignores, drops or can never leave."""

from collections import Counter
from collections.abc import Iterator

from engine.definitions.diagram import ACTIVITIES, SUBPROCESSES, Flow, Node, Scope
from engine.lint.catalogue import Catalogue
from engine.lint.findings import WARNING, Finding, Rule

LOOSE_FLOW = Rule(
    "loose-flow",
    "顺序流的一端不在同一层：{source} → {target}。",
    "The sequence flow has an end that is not at the same level: {source} → {target}.",
    "重新连接；子流程的边界不能穿过。",
    "Connect it again; it cannot cross the border of a sub-process.",
)
TWIN_FLOWS = Rule(
    "twin-flows",
    "{source} 与 {target} 之间有 {count} 条顺序流，引擎分不清走了哪一条。",
    "There are {count} sequence flows between {source} and {target}; the engine cannot tell them apart.",
    "保留一条，条件用 or 合并；确需区分时在中间加网关。",
    "Keep one and join the conditions with “or”, or put a gateway in between.",
)
WRONG_END = Rule(
    "wrong-flow",
    "顺序流不能{what}。",
    "A sequence flow cannot {what_en}.",
    "删除或重新连接这条线。",
    "Delete or reconnect it.",
)
IGNORED_CONDITION = Rule(
    "ignored-condition",
    "从 {source} 出发的顺序流上的条件会被忽略，流程总会走这条线。",
    "The condition on a flow that leaves {source} is ignored: the flow is always taken.",
    "在其后加排他网关，把条件放在网关的出口。",
    "Put an exclusive gateway after it and the condition on the gateway's flow.",
)
IGNORED_DEFAULT = Rule(
    "ignored-default",
    "只有排他和包容网关有默认流，{id} 上的会被忽略。",
    "Only exclusive and inclusive gateways have a default flow; the one of {id} is ignored.",
    "改用排他网关。",
    "Use an exclusive gateway.",
)
FORK = Rule(
    "implicit-fork",
    "{id} 有 {count} 条出口。",
    "{id} has {count} outgoing flows.",
    "并行用并行网关，选择用排他网关。",
    "Use a parallel gateway to do both, an exclusive one to choose.",
)
DEAD_END = Rule(
    "dead-end",
    "{id} 之后没有出口，流程永远不会结束。",
    "Nothing follows {id}, so the process never ends.",
    "连到下一步或结束事件。",
    "Connect it to the next step or to an end event.",
)
NO_WAY_OUT = Rule(
    "no-way-to-end",
    "从 {id} 到不了任何结束事件。",
    "No end event can be reached from {id}.",
    "给循环加一个出口。",
    "Give the loop a way out.",
)
UNREACHABLE = Rule(
    "unreachable",
    "从开始事件到不了 {id}，它会被丢弃。",
    "{id} cannot be reached from the start event and would be dropped.",
    "连上它，或删除它。",
    "Connect it or delete it.",
)
SPIN = Rule(
    "endless-loop",
    "{ids} 构成没有等待的循环，引擎会空转。",
    "{ids} form a loop in which nothing waits: the engine would spin.",
    "在循环中放一个用户任务、定时器或消息。",
    "Put a user task, a timer or a message into the loop.",
)
SPIN_PERHAPS = Rule(
    "automatic-loop",
    "{ids} 构成只有自动步骤的循环；达到步数上限时该步会失败。",
    "{ids} form a loop of automatic steps only; at the limit of steps it fails.",
    "确认次数有上限，例如用计数函数。",
    "Make sure that it is bounded, for instance by a counting function.",
    WARNING,
)

_CHOOSING = ("exclusiveGateway", "inclusiveGateway")
_WORKING = ("serviceTask", "businessRuleTask", "sendTask", "callActivity", "subProcess", "transaction")


def check(process: Scope, catalogue: Catalogue) -> Iterator[Finding]:
    """Check the flows of a process and of the sub-processes inside it."""
    for scope in process.all_scopes():
        for flow in scope.flows:
            yield from _flow(scope, flow)
        for (source, target), count in Counter((flow.source, flow.target) for flow in scope.flows).items():
            if count > 1:
                twin = next(flow for flow in scope.flows if (flow.source, flow.target) == (source, target))
                yield TWIN_FLOWS.at(twin.id, source=source, target=target, count=count)
        for node in scope.nodes.values():
            yield from _node(scope, node)
        yield from _roads(scope)
        yield from _loops(scope)


def _flow(scope: Scope, flow: Flow) -> Iterator[Finding]:
    source, target = scope.nodes.get(flow.source), scope.nodes.get(flow.target)
    if source is None or target is None:
        yield LOOSE_FLOW.at(flow.id, source=flow.source or "?", target=flow.target or "?")
        return
    if target.kind == "startEvent":
        yield WRONG_END.at(flow.id, what="进入开始事件", what_en="enter a start event")
    if target.kind == "boundaryEvent":
        yield WRONG_END.at(flow.id, what="进入边界事件", what_en="enter a boundary event")
    if source.kind == "endEvent":
        yield WRONG_END.at(flow.id, what="离开结束事件", what_en="leave an end event")
    if flow.condition is not None and source.kind not in _CHOOSING:
        yield IGNORED_CONDITION.at(flow.id, source=source.id)


def _node(scope: Scope, node: Node) -> Iterator[Finding]:
    leaving = scope.outgoing.get(node.id, [])
    if len(leaving) > 1 and not node.kind.endswith("Gateway") and node.kind != "endEvent":
        yield FORK.at(node.id, id=node.id, count=len(leaving))
    if node.default is not None and node.kind not in _CHOOSING:
        yield IGNORED_DEFAULT.at(node.id, id=node.id)
    if not leaving and node.kind != "endEvent" and not _stands_alone(node):
        yield DEAD_END.at(node.id, id=node.id)


def _roads(scope: Scope) -> Iterator[Finding]:
    starts = scope.of_kind("startEvent")
    reached = set().union(*(scope.reachable(start.id) for start in starts)) if starts else set()
    ends = {node.id for node in scope.of_kind("endEvent")}
    for node in scope.nodes.values():
        if node.id not in reached:
            if starts and not _stands_alone(node):
                yield UNREACHABLE.at(node.id, id=node.id)
        elif scope.outgoing.get(node.id) and not ends & scope.reachable(node.id) and not _is_cut_off(scope, node):
            yield NO_WAY_OUT.at(node.id, id=node.id)


def _is_cut_off(scope: Scope, node: Node) -> bool:
    """Whether a watch without an end of its own runs beside a branch whose terminate end stops the whole scope."""
    stops = {end.id for end in scope.of_kind("endEvent") if "terminate" in end.event_kinds}
    for split in scope.nodes.values():
        beside = [boundary.id for boundary in scope.boundaries.get(split.id, []) if not boundary.interrupting]
        if split.kind not in ("parallelGateway", "inclusiveGateway") and not beside:
            continue
        branches = [scope.reachable(start) for start in (*beside, *(flow.target for flow in scope.outgoing.get(split.id, [])))]
        for number, branch in enumerate(branches):
            if node.id in branch and any(stops & other for other in branches[:number] + branches[number + 1 :]):
                return True
    return False


def _loops(scope: Scope) -> Iterator[Finding]:
    automatic = [node.id for node in scope.nodes.values() if not waits(scope, node)]
    told: set[str] = set()
    for identifier in automatic:
        if identifier in told:
            continue
        waiting = frozenset(scope.nodes.keys() - set(automatic))
        inside = scope.reachable(identifier, waiting)
        loop = {one for one in inside if one != identifier and identifier in scope.reachable(one, waiting)}
        if loop or identifier in scope.steps.get(identifier, []):
            loop.add(identifier)
            told |= loop
            works = any(scope.nodes[one].kind in _WORKING for one in loop)
            first = next(one for one in scope.nodes if one in loop)
            ids = ", ".join(one for one in scope.nodes if one in loop)
            yield (SPIN_PERHAPS if works else SPIN).at(first, ids=ids)


def waits(scope: Scope, node: Node) -> bool:
    """Whether a token rests at a node until a person, a message or the clock moves it."""
    if node.kind in SUBPROCESSES:
        inside = scope.children.get(node.id)
        return inside is not None and any(waits(inner, one) for inner in inside.all_scopes() for one in inner.nodes.values())
    if node.kind in ("intermediateCatchEvent", "boundaryEvent"):
        return bool({"message", "timer", "signal", "conditional"} & set(node.event_kinds))
    return node.kind in ("userTask", "manualTask", "task", "receiveTask", "eventBasedGateway", "callActivity")


def _stands_alone(node: Node) -> bool:
    """Event sub-processes and compensation handlers have no flows; other rules speak of them."""
    return node.kind in ACTIVITIES and (node.element.get("triggeredByEvent") == "true" or node.element.get("isForCompensation") == "true")
