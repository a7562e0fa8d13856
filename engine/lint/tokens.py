"""Deadlocks: a parallel join that waits for a branch which was never taken.

The scope is played as a net of tokens on sequence flows, with every choice open. Only one token that is not before a
join is moved at a time, in all the ways it can go: moves of other tokens do not touch it, so no deadlock is missed.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import TypeAlias

from engine.definitions.diagram import Flow, Node, Scope
from engine.lint.catalogue import Catalogue
from engine.lint.findings import Finding, Rule

DEADLOCK = Rule(
    "deadlock",
    "并行汇合 {id} 可能永远等不到所有分支（从排他选择进入并行汇合）。",
    "The parallel join {id} may wait for ever for a branch that was not taken (an exclusive choice leads into it).",
    "选择之后用排他网关汇合；并行汇合只接并行分支。",
    "Join after a choice with an exclusive gateway; let a parallel join end parallel branches only.",
)

MAX_MARKINGS = 4_000
MAX_TOKENS = 40
MAX_SUBSETS = 4
Marking: TypeAlias = frozenset[tuple[str, int]]


def check(process: Scope, catalogue: Catalogue) -> Iterator[Finding]:
    """Play a process and the sub-processes inside it; a scope too large to play through is passed over."""
    for scope in process.all_scopes():
        joins = [node for node in scope.of_kind("parallelGateway") if len(scope.incoming.get(node.id, [])) > 1]
        if joins:
            for identifier in sorted(_Play(scope).stuck_joins()):
                yield DEADLOCK.at(identifier, id=identifier)


class _Play:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._flows = {flow.id: flow for flow in scope.flows if flow.source in scope.nodes and flow.target in scope.nodes}

    def stuck_joins(self) -> set[str]:
        """The parallel joins that hold tokens in a marking from which nothing moves."""
        stuck: set[str] = set()
        first = [_marking(Counter(flow.id for flow in self._leaving(start))) for start in self._scope.of_kind("startEvent")]
        seen, waiting = set(first), first
        while waiting and len(seen) <= MAX_MARKINGS:
            marking = waiting.pop()
            after = self._after(marking)
            if not after and marking:
                stuck |= {self._flows[flow].target for flow, _ in marking}
            for next_marking in after or []:
                if next_marking not in seen and sum(count for _, count in next_marking) <= MAX_TOKENS:
                    seen.add(next_marking)
                    waiting.append(next_marking)
        return {identifier for identifier in stuck if self._scope.nodes[identifier].kind == "parallelGateway"}

    def _after(self, marking: Marking) -> list[Marking]:
        tokens = Counter(dict(marking))
        for flow_id in sorted(tokens):
            target = self._scope.nodes[self._flows[flow_id].target]
            if self._is_join(target):
                continue
            if target.kind == "endEvent" and "terminate" in target.event_kinds:
                return [frozenset()]
            rest = tokens - Counter([flow_id])
            return [_marking(rest + Counter(produced)) for produced in self._ways(target)]
        return self._after_joins(tokens)

    def _after_joins(self, tokens: Counter[str]) -> list[Marking]:
        before: dict[str, list[str]] = {}
        for flow_id in sorted(tokens):
            before.setdefault(self._flows[flow_id].target, []).append(flow_id)
        for identifier, arrived in before.items():
            node = self._scope.nodes[identifier]
            wanted = {flow.id for flow in self._scope.incoming[identifier]}
            if node.kind == "inclusiveGateway" or wanted <= set(arrived):
                rest = tokens - Counter(arrived)
                return [_marking(rest + Counter(produced)) for produced in self._ways(node)]
        return []

    def _ways(self, node: Node) -> list[list[str]]:
        """The sets of flows on which a node may put tokens."""
        leaving = [flow.id for flow in self._leaving(node)]
        if node.kind in ("exclusiveGateway", "eventBasedGateway"):
            return [[flow] for flow in leaving] or [[]]
        if node.kind == "inclusiveGateway":
            sizes = range(1, len(leaving) + 1) if len(leaving) <= MAX_SUBSETS else (1, len(leaving))
            return [list(chosen) for size in sizes for chosen in combinations(leaving, size)] or [[]]
        ways = [leaving]
        for boundary in self._scope.boundaries.get(node.id, []):
            beside = [flow.id for flow in self._leaving(boundary)]
            ways.append(beside if boundary.interrupting else leaving + beside)
        return ways

    def _leaving(self, node: Node) -> list[Flow]:
        return [flow for flow in self._scope.outgoing.get(node.id, []) if flow.id in self._flows]

    def _is_join(self, node: Node) -> bool:
        return node.kind in ("parallelGateway", "inclusiveGateway") and len(self._scope.incoming.get(node.id, [])) > 1


def _marking(tokens: Counter[str]) -> Marking:
    return frozenset(tokens.items())
