"""The diagrams as people see and edit them: complete, named, in lanes, without crossing lines."""

from itertools import combinations

import orjson
import pytest

from api.product import Product
from engine import lint
from engine.definitions.files import SourceFile
from tests.bpmn.drawings import BPMN, MODELS, SPIFF, SUB_PROCESS, TASKS, Drawing, drawings

ALL = drawings()
FIXED = {
    "complaint": {"register", "link_check", "review", "redispatch", "reply_citizen"},
    "work_order": {"ack", "handle", "return_audit", "result_review"},
    "return_visit": {"visit", "redo_decision"},
    "extension": {"extension_decision"},
    "intake": {"register"},
    "consultation": {"register", "redispatch", "reply_citizen"},
}
each = pytest.mark.parametrize("drawing", ALL, ids=lambda drawing: drawing.key)


def test_every_process_of_the_closed_loop_is_there() -> None:
    assert {drawing.key for drawing in ALL} == {
        "complaint", "consultation", "work_order", "return_visit", "supervision", "supervision_reply",
        "intake", "missed_call", "elderly_emergency", "pressed_again", "device_check",
        "urge", "extension", "supplement", "withdraw", "link", "leader_note", "loop_check", "archive", "daily_anchor", "stuck_case",
    }  # fmt: skip


def test_the_linter_finds_nothing_at_all(sqlite_product: Product) -> None:
    files = [path for path in sorted(MODELS.rglob("*")) if path.suffix in (".bpmn", ".dmn", ".json")]
    found = lint.run([SourceFile(path.name, path.read_bytes()) for path in files], sqlite_product.catalogue)
    assert [(finding.file, finding.element_id, finding.message_en) for finding in found] == []


@each
def test_a_folder_holds_its_process_its_forms_and_a_few_words(drawing: Drawing) -> None:
    folder = drawing.path.parent
    assert folder.name == drawing.key == drawing.process.get("id")
    assert (folder / "README.md").is_file()
    shipped = {orjson.loads(path.read_bytes())["id"]: path.stem for path in folder.glob("forms/*.json")}
    assert shipped.keys() == drawing.forms()
    assert all(identifier == f"{drawing.key}-{stem}" for identifier, stem in shipped.items())


@each
def test_ids_are_those_of_the_contract(drawing: Drawing) -> None:
    ids = drawing.ids()
    assert len(ids) == len(set(ids))
    assert [identifier for identifier in ids if "ack" in identifier and identifier != "ack"] == []
    assert FIXED.get(drawing.key, set()) <= set(ids)


@each
def test_no_parameter_hides_an_element_from_the_engine(drawing: Drawing) -> None:
    parameters = {str(parameter.get("id")) for parameter in drawing.process.iter(SPIFF + "parameter")}
    assert parameters & drawing.nodes.keys() == set()


@each
def test_a_called_process_has_no_id_of_its_caller(drawing: Drawing) -> None:
    called = {str(call.get("calledElement")) for call in drawing.process.iter(BPMN + "callActivity")}
    for other in ALL:
        if other.key in called:
            assert other.nodes.keys() & drawing.nodes.keys() == set()


@each
def test_there_is_one_way_in_and_every_step_and_end_has_a_name(drawing: Drawing) -> None:
    starts = [node.id for node in drawing.nodes.values() if node.tag == BPMN + "startEvent" and node.inside is None]
    assert len(starts) == 1
    gateways = ("exclusiveGateway", "parallelGateway")
    unnamed = [node.id for node in drawing.nodes.values() if not node.name and not node.tag.endswith(gateways)]
    assert unnamed == []


@each
def test_everything_is_drawn_with_its_label(drawing: Drawing) -> None:
    labels = drawing.labels()
    for node in drawing.nodes.values():
        assert node.id in drawing.shapes
        if node.name and node.tag not in TASKS and node.tag != SUB_PROCESS:
            assert node.id in labels, node.id
    for flow in drawing.process.iter(BPMN + "sequenceFlow"):
        assert flow.get("id") in drawing.edges
        assert not flow.get("name") or flow.get("id") in labels
    assert set(drawing.lanes) <= set(drawing.shapes)


@each
def test_every_node_lies_in_its_lane_and_sub_process(drawing: Drawing) -> None:
    lane_of = {}
    for lane, element in drawing.lanes.items():
        for reference in element.iterfind(BPMN + "flowNodeRef"):
            assert reference.text not in lane_of
            lane_of[str(reference.text)] = lane
    assert lane_of.keys() == drawing.nodes.keys()
    for node in drawing.nodes.values():
        box = drawing.box(node.id)
        if node.tag != SUB_PROCESS and node.host is None:
            assert drawing.box(lane_of[node.id]).holds(*box.centre), node.id
        if node.inside:
            around = drawing.box(node.inside)
            assert around.holds(box.x, box.y), node.id
            assert around.holds(box.right, box.bottom), node.id
        if node.host:
            host, (x, y) = drawing.box(node.host), box.centre
            on_border = min(abs(x - host.x), abs(x - host.right), abs(y - host.y), abs(y - host.bottom))
            assert host.holds(x, y), node.id
            assert on_border <= 1, node.id


@each
def test_lines_are_square_and_start_and_end_at_their_shapes(drawing: Drawing) -> None:
    for line in drawing.lines:
        assert all(min(segment.width, segment.height) <= 1 for segment in line.segments), line
        assert drawing.box(line.source).holds(*line.points[0]), line
        assert drawing.box(line.target).holds(*line.points[-1]), line


@each
def test_no_line_runs_through_a_shape(drawing: Drawing) -> None:
    plain = [node for node in drawing.nodes.values() if node.tag != SUB_PROCESS]
    for line in drawing.lines:
        ends = {line.source, line.target}
        own = {node.id for node in plain if node.host in ends or node.id in ends}
        hosts = {drawing.nodes[end].host for end in ends}
        for node in plain:
            shape = drawing.box(node.id).shrunk(2)
            if node.id in ends or (node.id not in own and node.id not in hosts):
                assert not any(segment.meets(shape) for segment in line.segments), (line.source, line.target, node.id)


@each
def test_no_two_lines_cross(drawing: Drawing) -> None:
    for one, other in combinations(drawing.lines, 2):
        crossing = any(part.meets(piece) for part in one.segments for piece in other.segments)
        assert not crossing, (one.source, one.target, other.source, other.target)


@each
def test_every_label_can_be_read(drawing: Drawing) -> None:
    labels = drawing.labels()
    for element, label in labels.items():
        for line in drawing.lines:
            assert not any(segment.meets(label.shrunk(1)) for segment in line.segments), (element, line.source, line.target)
        for node in drawing.nodes.values():
            if node.tag in TASKS:
                assert not drawing.box(node.id).meets(label), (element, node.id)
    for (one, place), (other, elsewhere) in combinations(labels.items(), 2):
        assert not place.shrunk(1).meets(elsewhere), (one, other)
