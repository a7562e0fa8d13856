"""The closed loop (E03): every way to an end of a category's process goes by an answer to the citizen.

A process that has the property `closedLoop="true"` promises it. The steps that answer the citizen (or visit again) carry the
property `feedback="true"`; an end that owes no answer (无效来电, 并案) carries `feedback="exempt"`.
"""

from collections.abc import Iterator

from engine.definitions.diagram import SUBPROCESSES, Scope, properties
from engine.lint.catalogue import Catalogue
from engine.lint.findings import Finding, Rule

NO_FEEDBACK = Rule(
    "open-loop",
    "可以不经过任何答复或回访就到达结束事件 {id}。",
    "The end event {id} can be reached without any answer to the citizen.",
    '在路上加答复或回访步骤（属性 feedback="true"），或在该结束事件上写 feedback="exempt"。',
    'Put an answering step (property feedback="true") on the way, or write feedback="exempt" on the end event.',
)


def check(process: Scope, catalogue: Catalogue) -> Iterator[Finding]:
    """Check a process that promises a closed loop; others are left alone."""
    if properties(process.element).get("closedLoop") == "true":
        for identifier in _ends_without_answer(process):
            yield NO_FEEDBACK.at(identifier, id=identifier)


def _ends_without_answer(scope: Scope) -> list[str]:
    """The ends of a scope that a token reaches with no answer on its way."""
    reached: set[str] = set()
    waiting = [start.id for start in scope.of_kind("startEvent")]
    while waiting:
        identifier = waiting.pop()
        if identifier in reached:
            continue
        reached.add(identifier)
        boundaries = scope.boundaries.get(identifier, [])
        # an interrupting event cuts a step short before it has answered; the others start roads beside the case
        waiting.extend(boundary.id for boundary in boundaries if boundary.interrupting)
        if not _answers(scope, identifier):
            waiting.extend(flow.target for flow in scope.outgoing.get(identifier, []) if flow.target in scope.nodes)
    ends = [node for node in scope.of_kind("endEvent") if node.id in reached and "error" not in node.event_kinds]
    return [node.id for node in ends if node.properties.get("feedback") != "exempt"]


def _answers(scope: Scope, identifier: str) -> bool:
    node = scope.nodes[identifier]
    if node.properties.get("feedback") == "true":
        return True
    inside = scope.children.get(identifier)
    return node.kind in SUBPROCESSES and inside is not None and bool(inside.nodes) and not _ends_without_answer(inside)
