"""The shipped diagrams as drawings: shapes, lines and labels with their places."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from lxml import etree

from tests.fixtures.host import ROOT

MODELS = ROOT / "bpmn-models"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DI = "{http://www.omg.org/spec/DD/20100524/DI}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
TASKS = frozenset(BPMN + name for name in ("userTask", "serviceTask", "businessRuleTask", "callActivity"))
SUB_PROCESS = BPMN + "subProcess"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the drawing, in pixels from its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.x <= x <= self.right and self.y <= y <= self.bottom

    def meets(self, other: "Box") -> bool:
        """Whether two rectangles have more than their borders in common."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def shrunk(self, margin: float) -> "Box":
        """The rectangle without a margin on every side."""
        return Box(self.x + margin, self.y + margin, self.width - 2 * margin, self.height - 2 * margin)


@dataclass(frozen=True, slots=True)
class Node:
    """A flow node: `inside` is the sub-process around it, `host` the activity a boundary event sits on."""

    id: str
    tag: str
    name: str
    inside: str | None
    host: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A sequence flow with its way points."""

    id: str
    source: str
    target: str
    points: tuple[tuple[float, float], ...]

    @property
    def segments(self) -> Iterator[Box]:
        """Its straight parts, as rectangles a pixel thick."""
        for (x, y), (to_x, to_y) in pairwise(self.points):
            yield Box(min(x, to_x), min(y, to_y), max(abs(x - to_x), 1), max(abs(y - to_y), 1))


class Drawing:
    """One file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key = path.stem
        self.root = etree.parse(path).getroot()
        self.process = next(self.root.iter(BPMN + "process"))
        self.shapes = {str(shape.get("bpmnElement")): shape for shape in self.root.iter(BPMNDI + "BPMNShape")}
        self.edges = {str(edge.get("bpmnElement")): edge for edge in self.root.iter(BPMNDI + "BPMNEdge")}
        self.nodes = {node.id: node for node in self._nodes(self.process, None)}
        self.lines = [self._line(flow) for flow in self.process.iter(BPMN + "sequenceFlow") if flow.get("id") in self.edges]
        self.lanes = {str(lane.get("id")): lane for lane in self.process.iter(BPMN + "lane")}

    def box(self, element: str) -> Box:
        """Where an element is drawn."""
        return _bounds(self.shapes[element])

    def labels(self) -> dict[str, Box]:
        """Every label that stands outside its shape, by the element's id."""
        found = {}
        for element, drawn in (self.shapes | self.edges).items():
            label = drawn.find(BPMNDI + "BPMNLabel")
            if label is not None:
                found[element] = _bounds(label)
        return found

    def ids(self) -> list[str]:
        """The ids of the diagram's elements, without those of the drawing and of operations' parameters."""
        return [str(element.get("id")) for element in self.process.iter() if element.tag.startswith(BPMN) and element.get("id")]

    def forms(self) -> set[str]:
        """The forms that its user tasks show."""
        keys = self.process.iterfind(f".//{BPMN}userTask//{SPIFF}property[@name='formKey']")
        return {str(key.get("value")) for key in keys}

    def _nodes(self, scope: etree._Element, inside: str | None) -> Iterator[Node]:
        for element in scope:
            identifier = element.get("id")
            if identifier is None or element.tag in (BPMN + "sequenceFlow", BPMN + "laneSet"):
                continue
            if element.tag.removeprefix(BPMN).endswith(("Event", "Task", "Gateway", "subProcess", "callActivity")):
                yield Node(identifier, element.tag, element.get("name", ""), inside, element.get("attachedToRef"))
                if element.tag == SUB_PROCESS:
                    yield from self._nodes(element, identifier)

    def _line(self, flow: etree._Element) -> Line:
        points = self.edges[flow.get("id", "")].iterfind(DI + "waypoint")
        places = tuple((float(point.get("x", "nan")), float(point.get("y", "nan"))) for point in points)
        return Line(flow.get("id", ""), flow.get("sourceRef", ""), flow.get("targetRef", ""), places)


def _bounds(element: etree._Element) -> Box:
    bounds = element.find(DC + "Bounds")
    assert bounds is not None
    return Box(*(float(bounds.get(name, "nan")) for name in ("x", "y", "width", "height")))


def drawings() -> list[Drawing]:
    """Every diagram of `bpmn-models/`."""
    return [Drawing(path) for path in sorted(MODELS.glob("*/*.bpmn"))]
