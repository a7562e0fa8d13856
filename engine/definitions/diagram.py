"""A BPMN file as a graph: processes and sub-processes as scopes, with their nodes, sequence flows and extensions.

Reads any well-formed file without judging it; the linter does.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from engine.definitions.xml import BPMN, SPIFF, local_name

TASKS = frozenset(
    ["task", "userTask", "manualTask", "scriptTask", "serviceTask", "businessRuleTask", "sendTask", "receiveTask", "callActivity"]
)
SUBPROCESSES = frozenset(["subProcess", "transaction", "adHocSubProcess"])
ACTIVITIES = TASKS | SUBPROCESSES
EVENTS = frozenset(["startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"])
GATEWAYS = frozenset(["exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"])
FLOW_NODES = ACTIVITIES | EVENTS | GATEWAYS
EVENT_DEFINITION = "EventDefinition"


@dataclass(frozen=True, eq=False)
class Node:
    """A flow node. `kind` is the BPMN tag (`userTask`)."""

    element: etree._Element
    kind: str
    id: str
    name: str

    @cached_property
    def events(self) -> tuple[etree._Element, ...]:
        """The event definitions inside an event."""
        return tuple(child for child in self.element if _is_bpmn(child) and local_name(child).endswith(EVENT_DEFINITION))

    @cached_property
    def event_kinds(self) -> tuple[str, ...]:
        """The kinds of its event definitions: `timer`, `message`, …"""
        return tuple(local_name(event).removesuffix(EVENT_DEFINITION) for event in self.events)

    @cached_property
    def properties(self) -> dict[str, str]:
        """The `spiffworkflow:properties` of the node."""
        return properties(self.element)

    @property
    def attached_to(self) -> str:
        """The activity a boundary event sits on."""
        return self.element.get("attachedToRef", "")

    @property
    def interrupting(self) -> bool:
        """Whether a boundary event cancels its activity."""
        return self.element.get("cancelActivity", "true").lower() == "true"

    @property
    def default(self) -> str | None:
        """The default sequence flow."""
        return self.element.get("default")

    def extension(self, tag: str) -> etree._Element | None:
        """The first `spiffworkflow:<tag>` among the node's own extension elements."""
        return self.element.find(f"{BPMN}extensionElements/{SPIFF}{tag}")


@dataclass(frozen=True, eq=False)
class Flow:
    """A sequence flow; `condition` is None without a condition."""

    element: etree._Element
    id: str
    source: str
    target: str
    condition: str | None


@dataclass(eq=False)
class Scope:
    """A process or an embedded sub-process: what its parser sees at one level."""

    element: etree._Element
    id: str
    parents: tuple["Scope", ...] = ()
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    children: dict[str, "Scope"] = field(default_factory=dict)

    @cached_property
    def outgoing(self) -> Mapping[str, list[Flow]]:
        """The flows that leave each node."""
        table: dict[str, list[Flow]] = defaultdict(list)
        for flow in self.flows:
            table[flow.source].append(flow)
        return table

    @cached_property
    def incoming(self) -> Mapping[str, list[Flow]]:
        """The flows that enter each node."""
        table: dict[str, list[Flow]] = defaultdict(list)
        for flow in self.flows:
            table[flow.target].append(flow)
        return table

    @cached_property
    def boundaries(self) -> Mapping[str, list[Node]]:
        """The boundary events on each activity."""
        table: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes.values():
            if node.kind == "boundaryEvent":
                table[node.attached_to].append(node)
        return table

    @cached_property
    def steps(self) -> Mapping[str, list[str]]:
        """Where a token may go next from each node, boundary events of an activity included."""
        table: dict[str, list[str]] = defaultdict(list)
        for flow in self.flows:
            if flow.source in self.nodes and flow.target in self.nodes:
                table[flow.source].append(flow.target)
        for activity, events in self.boundaries.items():
            table[activity].extend(event.id for event in events)
        return table

    def of_kind(self, *kinds: str) -> list[Node]:
        """The nodes of some kinds at this level, in the order of the file."""
        return [node for node in self.nodes.values() if node.kind in kinds]

    def all_scopes(self) -> Iterator["Scope"]:
        """This scope and all inside it."""
        yield self
        for child in self.children.values():
            yield from child.all_scopes()

    def all_nodes(self) -> Iterator[Node]:
        """The nodes of this scope and of all inside it."""
        for scope in self.all_scopes():
            yield from scope.nodes.values()

    def reachable(self, start: str, without: frozenset[str] = frozenset()) -> set[str]:
        """The nodes a token can come to from `start`, itself included, never entering `without`."""
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            node = waiting.pop()
            if node not in seen and node not in without:
                seen.add(node)
                waiting.extend(self.steps.get(node, []))
        return seen


@dataclass(eq=False)
class Diagram:
    """A BPMN file."""

    root: etree._Element
    processes: list[Scope]

    @cached_property
    def executable(self) -> list[Scope]:
        """The processes that say they can be executed."""
        return [process for process in self.processes if process.element.get("isExecutable") == "true"]

    @cached_property
    def messages(self) -> dict[str, str]:
        """The name of each `message` by its id."""
        return self._named("message")

    @cached_property
    def signals(self) -> dict[str, str]:
        """The name of each `signal` by its id."""
        return self._named("signal")

    @cached_property
    def errors(self) -> dict[str, str]:
        """The code of each `error` by its id."""
        return {element.get("id", ""): element.get("errorCode", "") for element in self.root.iter(BPMN + "error")}

    @cached_property
    def escalations(self) -> dict[str, str]:
        """The code of each `escalation` by its id."""
        return {element.get("id", ""): element.get("escalationCode", "") for element in self.root.iter(BPMN + "escalation")}

    def _named(self, tag: str) -> dict[str, str]:
        return {element.get("id", ""): element.get("name", "") for element in self.root.iter(BPMN + tag)}


def read(root: etree._Element) -> Diagram:
    """The graph of a BPMN file's root element."""
    return Diagram(root, [_scope(element, ()) for element in root.iterchildren(BPMN + "process")])


def properties(element: etree._Element) -> dict[str, str]:
    """The `spiffworkflow:properties` of a process or a node."""
    found = element.iterfind(f"{BPMN}extensionElements/{SPIFF}properties/{SPIFF}property")
    return {item.get("name", ""): item.get("value", "") for item in found}


def listed(text: str) -> list[str]:
    """The parts of a comma list, without blanks."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _scope(element: etree._Element, parents: tuple[Scope, ...]) -> Scope:
    scope = Scope(element, element.get("id", ""), parents)
    for child in element:
        if not _is_bpmn(child):
            continue
        kind, identifier = local_name(child), child.get("id", "")
        if kind in FLOW_NODES:
            scope.nodes[identifier] = Node(child, kind, identifier, child.get("name", "").strip())
        if kind in SUBPROCESSES:
            scope.children[identifier] = _scope(child, (*parents, scope))
        if kind == "sequenceFlow":
            condition = child.find(BPMN + "conditionExpression")
            text = None if condition is None else "".join(str(part) for part in condition.itertext()).strip()
            scope.flows.append(Flow(child, identifier, child.get("sourceRef", ""), child.get("targetRef", ""), text))
    return scope


def _is_bpmn(element: etree._Element) -> bool:
    return element.tag.startswith(BPMN)
