"""What a file defines, and what that refers to: the bones of versions and bundles."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.definitions import starts
from engine.definitions.diagram import Diagram, Scope
from engine.definitions.diagram import read as read_diagram
from engine.definitions.files import BpmnFile, DmnFile, FormFile, Read
from engine.definitions.models import DECISION, FORM, PROCESS
from engine.definitions.xml import local_name

PROCESSES, DECISIONS, FORMS, START_MESSAGES, START_EVERY = "processes", "decisions", "forms", "start_messages", "start_every"
KIND_OF = {PROCESSES: PROCESS, DECISIONS: DECISION, FORMS: FORM}


@dataclass(frozen=True, slots=True)
class Part:
    """A process, a decision or a form that a file defines. `uses` is as in the table `process_definition`."""

    kind: str
    key: str
    name: str
    file: str
    content: bytes
    uses: Mapping[str, list[str]] = field(default_factory=dict)


def parts(file: Read) -> list[Part]:
    """What a readable file defines; nothing for one that is not readable."""
    if isinstance(file, BpmnFile):
        diagram = read_diagram(file.root)
        return [_process(diagram, process, file) for process in diagram.executable if process.id]
    if isinstance(file, DmnFile):
        decisions = [child for child in file.root if local_name(child) == "decision" and child.get("id")]
        return [Part(DECISION, d.get("id", ""), d.get("name", "") or d.get("id", ""), file.file, file.content) for d in decisions]
    if isinstance(file, FormFile):
        key = file.form.get("id")
        title = file.form.get("title")
        return [Part(FORM, key, title if isinstance(title, str) else key, file.file, file.content)] if isinstance(key, str) and key else []
    return []


def _process(diagram: Diagram, process: Scope, file: BpmnFile) -> Part:
    called, decided, shown = set(), set(), set()
    begins = starts.read(diagram, process)
    for node in process.all_nodes():
        if node.kind == "callActivity":
            called.add(node.element.get("calledElement", ""))
        if node.kind == "businessRuleTask" and (decision := node.extension("calledDecisionId")) is not None:
            decided.add((decision.text or "").strip())
        if "formKey" in node.properties:
            shown.add(node.properties["formKey"])
    uses = {
        PROCESSES: sorted(called - {""}),
        DECISIONS: sorted(decided - {""}),
        FORMS: sorted(shown - {""}),
        START_MESSAGES: list(begins.messages),
        START_EVERY: [] if begins.every is None else [begins.every],
    }
    return Part(PROCESS, process.id, process.element.get("name", "") or process.id, file.file, file.content, uses)
