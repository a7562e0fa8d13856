"""What a deployed diagram calls its elements: names differ from process to process under the same id, so they are asked by version."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.web.i18n import N_
from engine.definitions.diagram import read
from engine.definitions.models import PROCESS, Definition, DefinitionFile
from engine.definitions.xml import parse_safely

KEPT = 128
KINDS = {
    "exclusiveGateway": N_("分支"),
    "parallelGateway": N_("并行"),
    "inclusiveGateway": N_("包容分支"),
    "eventBasedGateway": N_("等待事件"),
    "startEvent": N_("开始"),
    "endEvent": N_("结束"),
    "intermediateCatchEvent": N_("等待"),
    "intermediateThrowEvent": N_("发出消息"),
    "boundaryEvent": N_("边界事件"),
    "serviceTask": N_("自动步骤"),
    "userTask": N_("人工任务"),
    "businessRuleTask": N_("决策"),
    "subProcess": N_("子流程"),
    "callActivity": N_("调用流程"),
}
"""What an element without a name is called."""
BOUNDARY = "boundaryEvent"


@dataclass(frozen=True, slots=True)
class Element:
    """One flow node of a diagram; `kind` is its BPMN tag, `leads_to` are the elements its sequence flows go to."""

    name: str
    kind: str
    leads_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """One version of a process as it is drawn."""

    key: str
    version: int
    name: str
    elements: Mapping[str, Element]

    def name_of(self, element_id: str) -> str:
        """The name an element bears, else what kind of element it is, else its id; a message to translate."""
        element = self.elements.get(element_id)
        return element_id if element is None else element.name or KINDS.get(element.kind, element_id)

    def kind_of(self, element_id: str) -> str:
        """The BPMN tag of an element, empty for one that is not on the diagram."""
        element = self.elements.get(element_id)
        return element.kind if element else ""


def drawn(session: Session, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Drawn]:
    """The diagrams of some versions of processes, by (key, version); one statement, and one more for a file not met before."""
    pairs = set(wanted)
    query = select(Definition).where(Definition.kind == PROCESS, Definition.key.in_(sorted({key for key, _version in pairs})))
    found = [one for one in session.scalars(query) if (one.key, one.version) in pairs]
    return {(one.key, one.version): Drawn(one.key, one.version, one.name, _elements(session, one)) for one in found}


def _elements(session: Session, definition: Definition) -> Mapping[str, Element]:
    known = _known.get(definition.digest)
    if known is None:
        content = session.scalars(select(DefinitionFile.content).where(DefinitionFile.digest == definition.digest)).one()
        known = _read(content)
        if len(_known) >= KEPT:
            _known.clear()
        _known[definition.digest] = known
    return known


def _read(content: bytes) -> Mapping[str, Element]:
    processes = read(parse_safely(content)).processes
    scopes = [scope for process in processes for scope in process.all_scopes()]
    return {
        node.id: Element(node.name, node.kind, tuple(flow.target for flow in scope.outgoing.get(node.id, ())))
        for scope in scopes
        for node in scope.nodes.values()
    }


_known: dict[str, Mapping[str, Element]] = {}
