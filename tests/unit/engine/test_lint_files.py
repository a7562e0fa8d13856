"""Any bytes get findings: garbage, huge files, attacks, other vendors' exports."""

import json
import random
import time

import pytest

from engine.definitions.files import SourceFile, read
from engine.definitions.parts import parts
from engine.definitions.xml import XmlRefused, parse_safely
from engine.lint import run
from tests.unit.engine.diagrams import END, START, call, diagram, road, simple, user
from tests.unit.engine.vocabulary import FORM, catalogue

LAUGHS = (
    '<!DOCTYPE d [<!ENTITY a "'
    + "x" * 100
    + '">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefg", "bcdefgh", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        ("empty", b""),
        ("empty", b" \n "),
        ("encoding", bytes(range(128, 256))),
        ("not-xml", b"hello"),
        ("not-xml", b"PK\x03\x04 a zip"),
        ("not-xml", b"<a>"),
        ("not-xml", b"<a><b></a></b>"),
        ("not-xml", b"<a>\x00</a>"),
        ("not-xml", simple()[:-20]),
        ("not-xml", b"<a>" * 5_000 + b"</a>" * 5_000),
        ("not-xml", b'<a b="&x;"/>'),
        ("unknown-file", b"<html><body/></html>"),
        ("unknown-file", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("unknown-file", b'<definitions xmlns="http://www.omg.org/bpmn20"/>'),
        ("too-large", b"<a>" + b" " * 2_000_001 + b"</a>"),
        ("too-large", b'{"components": "' + b" " * 2_000_001 + b'"}'),
        ("too-large", b"<a>" + b"<b/>" * 20_001 + b"</a>"),
        ("doctype", b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
        ("doctype", f"{LAUGHS}<a>&h;</a>".encode()),
        ("doctype", f'{LAUGHS}<a b="&h;"/>'.encode()),
        ("doctype", '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE d []><a/>'.encode("utf-16")),
        ("doctype", "<!DOCTYPE d []><a/>".encode("utf-16-le")),
        ("encoding", b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>'),
        ("encoding", b'<?xml version="1.0" encoding="IBM037"?><a/>'),
        ("encoding", b'<?xml version="1.0" encoding="UTF-8"?><a>\xff</a>'),
        ("not-json", b'{"components": ['),
        ("not-json", b"{" * 100_000),
        ("not-a-form", b"[]"),
        ("not-a-form", b'{"type": "default"}'),
        ("not-a-form", ('{"components": [' + "[" * 60 + "]" * 60 + "]}").encode()),
    ],
)
def test_what_cannot_be_read_is_a_finding_about_the_whole_file(rule: str, content: bytes) -> None:
    began = time.perf_counter()
    (finding,) = run([SourceFile("x.bpmn", content)], catalogue())
    assert (finding.rule, finding.element_id, finding.severity) == (rule, None, "error")
    assert time.perf_counter() - began < 2


def test_no_files_and_too_many_files_are_findings() -> None:
    assert [finding.rule for finding in run([], catalogue())] == ["no-files"]
    assert [finding.rule for finding in run([SourceFile("x", b"")] * 301, catalogue())] == ["too-many-files"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
def test_a_diagram_may_come_in_any_of_the_usual_encodings(encoding: str) -> None:
    declared = {"utf-8-sig": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}.get(encoding, encoding)
    text = simple().decode().replace('encoding="UTF-8"', f'encoding="{declared}"')
    assert run([SourceFile("x.bpmn", text.encode(encoding))], catalogue()) == []
    assert parse_safely(text.encode(encoding)).find(".//{*}endEvent").get("name") == "办结"  # type: ignore[union-attr]  # found, or the test fails


def test_comments_and_processing_instructions_are_left_out() -> None:
    text = simple().decode().replace("<bpmn:startEvent", "<!-- 说明 --><?x y?><bpmn:startEvent")
    assert run([SourceFile("x.bpmn", text.encode())], catalogue()) == []


def test_entities_never_reach_the_tree() -> None:
    with pytest.raises(XmlRefused, match="DOCTYPE"):
        parse_safely(b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>')


CAMUNDA_7 = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:modeler="http://camunda.org/schema/modeler/1.0"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="Definitions_1"
 targetNamespace="http://bpmn.io/schema/bpmn" exporterVersion="5.20.0" modeler:executionPlatform="Camunda Platform">
 <bpmn:process id="loan" name="Loan" isExecutable="true" camunda:historyTimeToLive="180">
  <bpmn:startEvent id="StartEvent_1"><bpmn:outgoing>Flow_1</bpmn:outgoing></bpmn:startEvent>
  <bpmn:userTask id="Activity_1" name="Check" camunda:formKey="embedded:app:forms/check.html" camunda:assignee="${starter}">
   <bpmn:extensionElements><camunda:taskListener class="org.example.L" event="create"/></bpmn:extensionElements>
   <bpmn:incoming>Flow_1</bpmn:incoming><bpmn:outgoing>Flow_2</bpmn:outgoing></bpmn:userTask>
  <bpmn:exclusiveGateway id="Gateway_1"><bpmn:incoming>Flow_2</bpmn:incoming><bpmn:outgoing>Flow_3</bpmn:outgoing>
   <bpmn:outgoing>Flow_4</bpmn:outgoing></bpmn:exclusiveGateway>
  <bpmn:serviceTask id="Activity_2" name="Pay" camunda:type="external" camunda:topic="pay"><bpmn:incoming>Flow_3</bpmn:incoming>
   <bpmn:outgoing>Flow_5</bpmn:outgoing></bpmn:serviceTask>
  <bpmn:endEvent id="Event_1"><bpmn:incoming>Flow_4</bpmn:incoming><bpmn:incoming>Flow_5</bpmn:incoming></bpmn:endEvent>
  <bpmn:sequenceFlow id="Flow_1" sourceRef="StartEvent_1" targetRef="Activity_1"/>
  <bpmn:sequenceFlow id="Flow_2" sourceRef="Activity_1" targetRef="Gateway_1"/>
  <bpmn:sequenceFlow id="Flow_3" sourceRef="Gateway_1" targetRef="Activity_2">
   <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${approved}</bpmn:conditionExpression></bpmn:sequenceFlow>
  <bpmn:sequenceFlow id="Flow_4" sourceRef="Gateway_1" targetRef="Event_1">
   <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${!approved}</bpmn:conditionExpression></bpmn:sequenceFlow>
  <bpmn:sequenceFlow id="Flow_5" sourceRef="Activity_2" targetRef="Event_1"/>
 </bpmn:process>
</bpmn:definitions>"""

ZEEBE = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="Definitions_0" targetNamespace="http://bpmn.io/schema/bpmn">
 <bpmn:process id="order" isExecutable="true">
  <bpmn:startEvent id="Start_1"/>
  <bpmn:serviceTask id="charge"><bpmn:extensionElements><zeebe:taskDefinition type="charge" retries="3"/>
   <zeebe:ioMapping><zeebe:input source="=order.id" target="id"/></zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>
  <bpmn:userTask id="look"><bpmn:extensionElements><zeebe:formDefinition formId="f"/><zeebe:userTask/></bpmn:extensionElements>
  </bpmn:userTask>
  <bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition id="t1">
   <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT30M</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
  <bpmn:exclusiveGateway id="G" default="f5"/>
  <bpmn:endEvent id="done"/><bpmn:endEvent id="Event_2"/>
  <bpmn:sequenceFlow id="f1" sourceRef="Start_1" targetRef="charge"/><bpmn:sequenceFlow id="f2" sourceRef="charge" targetRef="look"/>
  <bpmn:sequenceFlow id="f3" sourceRef="look" targetRef="wait"/><bpmn:sequenceFlow id="f6" sourceRef="wait" targetRef="G"/>
  <bpmn:sequenceFlow id="f4" sourceRef="G" targetRef="done">
   <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=amount &gt; 3</bpmn:conditionExpression></bpmn:sequenceFlow>
  <bpmn:sequenceFlow id="f5" sourceRef="G" targetRef="Event_2"/>
 </bpmn:process>
</bpmn:definitions>"""

SIGNAVIO = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:signavio="http://www.signavio.com"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" exporter="Signavio Process Editor, http://www.signavio.com" exporterVersion="16.2"
 expressionLanguage="http://www.w3.org/1999/XPath" id="sid-7f2b" targetNamespace="http://www.signavio.com" typeLanguage="http://www.w3.org/2001/XMLSchema">
 <collaboration id="sid-col"><extensionElements><signavio:signavioDiagramMetaData metaKey="revisionid" metaValue="1"/></extensionElements>
  <participant id="sid-A" name="Hotline" processRef="sid-proc"/><participant id="sid-B" name="Citizen"/></collaboration>
 <process id="sid-proc" isClosed="false" isExecutable="false" name="Hotline" processType="None">
  <laneSet id="sid-lanes"><lane id="sid-lane" name="Agent"><flowNodeRef>sid-S</flowNodeRef><flowNodeRef>sid-T</flowNodeRef></lane></laneSet>
  <startEvent id="sid-S" name=""><messageEventDefinition id="sid-med"/></startEvent>
  <task completionQuantity="1" id="sid-T" isForCompensation="false" name="Take the call" startQuantity="1"/>
  <dataStoreReference dataStoreRef="sid-ds" id="sid-dsr" name="Registry"/>
  <complexGateway gatewayDirection="Unspecified" id="sid-G"/>
  <endEvent id="sid-E" name=""/>
  <sequenceFlow id="sid-f1" sourceRef="sid-S" targetRef="sid-T"/><sequenceFlow id="sid-f2" sourceRef="sid-T" targetRef="sid-G"/>
  <sequenceFlow id="sid-f3" sourceRef="sid-G" targetRef="sid-E"/>
 </process>
</definitions>"""


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        (CAMUNDA_7, {"no-form", "no-operation", "foreign-expression", "no-default-flow", "vendor-extension", "no-layout"}),
        (ZEEBE, {"no-form", "no-operation", "foreign-expression", "timer-unquoted", "vendor-extension"}),
        (SIGNAVIO, {"no-executable-process", "no-message", "plain-task", "data-store", "complex-gateway"}),
        (SIGNAVIO.replace("sid-proc", "sid proc"), {"no-executable-process", "schema"}),
    ],
    ids=["Camunda 7", "Camunda 8", "Signavio", "Signavio, broken"],
)
def test_other_vendors_files_get_findings_that_name_what_to_change(content: str, rules: set[str]) -> None:
    found = run([SourceFile("vendor.bpmn", content.encode())], catalogue())
    assert rules <= {finding.rule for finding in found}
    assert any(finding.is_error for finding in found)
    assert "not-checked" not in {finding.rule for finding in found}


def test_a_cut_or_garbled_diagram_never_breaks_the_check() -> None:
    chance = random.Random(7)
    whole = diagram(START, user("A"), call("V", "x"), END, road("S", "A", "V", "E")).decode()
    words = [
        "userTask",
        "sequenceFlow",
        'id="A"',
        'sourceRef="S"',
        "extensionElements",
        'isExecutable="true"',
        "bpmn:",
        "S",
        "process",
        '"',
    ]
    for _ in range(150):
        garbled = whole
        for _ in range(chance.randint(1, 3)):
            garbled = garbled.replace(
                chance.choice(words), chance.choice([*words, "", "x", "timerEventDefinition", "subProcess"]), chance.randint(1, 3)
            )
        found = run([SourceFile("x.bpmn", garbled.encode())], catalogue())
        assert "not-checked" not in {finding.rule for finding in found}, garbled


def test_a_diagram_of_many_thousand_elements_is_refused_quickly() -> None:
    tasks = "".join(f'<bpmn:userTask id="t{number}"/>' for number in range(9_000))
    roads = road("S", *(f"t{number}" for number in range(9_000)), "E")
    began = time.perf_counter()
    found = run([SourceFile("x.bpmn", diagram(START, tasks, END, roads))], catalogue())
    assert found[0].rule in ("too-many-nodes", "too-large")
    assert len(found) <= 200
    assert time.perf_counter() - began < 3


def test_a_straight_process_of_300_nodes_still_passes() -> None:
    tasks = [f"t{number}" for number in range(298)]
    content = diagram(START, *map(user, tasks), END, road("S", *tasks, "E"))
    assert run([SourceFile("x.bpmn", content)], catalogue()) == []


def test_a_dense_net_of_gateways_is_checked_quickly() -> None:
    names = [f"g{number}" for number in range(120)]
    gateways = "".join(f'<bpmn:parallelGateway id="{name}"/>' for name in names)
    roads = "".join(road(names[number], names[(number * 7 + step) % 120]) for number in range(120) for step in (1, 2, 3))
    began = time.perf_counter()
    run([SourceFile("x.bpmn", diagram(START, gateways, END, road("S", "g0"), road("g5", "E"), roads))], catalogue())
    assert time.perf_counter() - began < 10


def test_a_hundred_processes_that_call_each_other_are_checked_quickly() -> None:
    files = []
    for number in range(60):
        called = [f"p{number + step}" for step in (1, 2) if number + step < 60]
        calls = "".join(call(f"c_{key}", key) for key in called)
        stops = ["S", *(f"c_{key}" for key in called), "E"]
        files.append(SourceFile(f"{number}.bpmn", diagram(START, calls, END, road(*stops), key=f"p{number}")))
    began = time.perf_counter()
    assert {finding.rule for finding in run(files, catalogue())} <= {"unnamed"}
    assert time.perf_counter() - began < 30


def test_a_form_is_checked_by_the_checker_that_the_catalogue_lends() -> None:
    checked = catalogue()
    object.__setattr__(checked, "form_checker", lambda form: [f"{form['id']} 不对"])
    (finding,) = run([SourceFile("f.json", json.dumps(FORM).encode())], checked)
    assert (finding.rule, finding.message) == ("form", "表单有误：demo-form 不对")


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("bad-key", {"id": "a b"}),
        ("bad-key", {"id": None}),
        ("form-key-twice", {"components": [{"key": "a"}, {"key": "a"}]}),
        ("reserved-name", {"components": [{"key": "due_at"}]}),
        ("bad-name", {"components": [{"key": "a b"}]}),
        ("unknown-value-source", {"components": [{"key": "a", "valuesKey": "nowhere"}]}),
        ("expression", {"components": [{"key": "a", "prefill": "=x.y"}]}),
        ("expression", {"components": [{"key": "a", "hideIf": "=nowhere()"}]}),
    ],
)
def test_what_the_engine_needs_of_a_form_is_checked(rule: str, change: dict[str, object]) -> None:
    found = run([SourceFile("f.form", json.dumps({**FORM, **change}).encode())], catalogue())
    assert rule in {finding.rule for finding in found if finding.is_error}


@pytest.mark.parametrize("component", [None, 1, "x", [], {"key": 5}, {"key": None, "type": {}}, {"key": "a", "valuesKey": 3, "prefill": 4}])
def test_components_of_any_shape_break_nothing(component: object) -> None:
    found = run([SourceFile("f.json", json.dumps({**FORM, "components": [component]}).encode())], catalogue())
    assert "not-checked" not in {finding.rule for finding in found}


def test_what_a_file_defines_and_refers_to() -> None:
    (process,) = parts(read(SourceFile("x.bpmn", simple(properties={"startMessages": "WoDone"}))))
    assert (process.kind, process.key) == ("process", "demo")
    assert process.uses == {"processes": [], "decisions": [], "forms": ["demo-form"], "start_messages": ["WoDone"], "start_every": []}
    assert parts(read(SourceFile("x.bpmn", b"nonsense"))) == []
