"""Diagrams from anybody: what cannot run is refused with findings, what can is published by a second person."""

import json

import pytest
import requests

from tests.acceptance.hotline import Hotline

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
 xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="urn:test">{messages}
<bpmn:process id="stranger" isExecutable="{executable}"><bpmn:startEvent id="begin"/>{node}<bpmn:endEvent id="finish" name="{outcome}"/>
<bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="it"/><bpmn:sequenceFlow id="f2" sourceRef="it" targetRef="finish"/>{beside}
</bpmn:process></bpmn:definitions>"""
TASK = """<bpmn:userTask id="it" name="看"><bpmn:extensionElements><spiffworkflow:properties>
<spiffworkflow:property name="formKey" value="{form}"/><spiffworkflow:property name="candidateGroups" value="agent"/>
</spiffworkflow:properties></bpmn:extensionElements></bpmn:userTask>"""
CATCH = '<bpmn:intermediateCatchEvent id="it">{}</bpmn:intermediateCatchEvent>'
TIMER = "<bpmn:timerEventDefinition><bpmn:{0}>{1}</bpmn:{0}></bpmn:timerEventDefinition>"
BOUNDARY = '<bpmn:boundaryEvent id="beside" attachedToRef="it" cancelActivity="false">{}</bpmn:boundaryEvent>'
FORM = json.dumps(
    {"id": "stranger-it", "type": "default", "title": "表", "components": [{"key": "note", "label": "备注", "type": "textfield"}]}
)


def diagram(node: str = TASK.format(form="stranger-it"), beside: str = "", outcome: str = "完", executable: str = "true") -> str:
    """A process of one node, with whatever stands beside it."""
    return DOCUMENT.format(node=node, beside=beside, outcome=outcome, executable=executable, messages='<bpmn:message id="m" name="Zork"/>')


def send(hotline: Hotline, *files: str, who: str = "designer1", dry_run: bool = False) -> requests.Response:
    """Upload files: diagrams and forms."""
    parts = [("files", (f"file-{number}", content.encode())) for number, content in enumerate(files)]
    return hotline[who].post("process-definitions", params={"dry_run": "1"} if dry_run else {}, files=parts)


BROKEN = {
    "no XML": ("garbage", None),
    "empty": ("", None),
    "huge": ("<a>" + "x" * 5_000_000 + "</a>", None),
    "deep": ("<a>" * 20_000 + "</a>" * 20_000, None),
    "a DOCTYPE": ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>', None),
    "another language": ("<html/>", None),
    "no form": ("[]", None),
    "a script": (diagram('<bpmn:scriptTask id="it"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>'), "it"),
    "a missing form": (diagram(TASK.format(form="nope")), "it"),
    "an unquoted timer": (diagram(CATCH.format(TIMER.format("timeDuration", "PT30M"))), "it"),
    "an unbounded cycle": (diagram(beside=BOUNDARY.format(TIMER.format("timeCycle", '"R/PT10M"'))), "beside"),
    "an event sub-process": (diagram(beside='<bpmn:subProcess id="beside" triggeredByEvent="true"/>'), "beside"),
    "an unknown message": (diagram(CATCH.format('<bpmn:messageEventDefinition messageRef="m"/>')), "it"),
    "no operation": (diagram('<bpmn:serviceTask id="it" camunda:class="x.Y"/>'), "it"),
    "an unknown process": (diagram('<bpmn:callActivity id="it" calledElement="nope"/>'), "it"),
    "a complex gateway": (diagram('<bpmn:complexGateway id="it"/>'), "it"),
    "a data store": (diagram(beside='<bpmn:dataStoreReference id="beside"/>'), "beside"),
    "nothing executable": (diagram(executable="false"), "stranger"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_answered_with_findings(hotline: Hotline, what: str) -> None:
    content, element = BROKEN[what]
    files = (content, FORM) if element else (content,)
    answer = send(hotline, *files)
    assert answer.status_code == 422
    errors = [finding for finding in answer.json()["findings"] if finding["severity"] == "error"]
    assert element in {finding["element_id"] for finding in errors}
    assert all(finding["file"] and finding["rule"] and finding["message"] for finding in errors)
    assert hotline["admin"].get("process-definitions/stranger").status_code == 404, "nothing was kept"


def test_a_new_version_is_published_by_a_second_person_and_running_cases_stay(hotline: Hotline) -> None:
    assert send(hotline, diagram(), FORM, dry_run=True).status_code == 200
    assert hotline["admin"].get("process-definitions/stranger").status_code == 404, "a dry run keeps nothing"
    assert send(hotline, diagram(), FORM, who="agent1").status_code == 403
    assert send(hotline, diagram(outcome="一"), FORM).status_code == 201
    address = "process-definitions/stranger/versions/{}/publish"
    assert hotline["designer1"].post(address.format(1)).status_code == 403, "not one's own"
    assert hotline["agent1"].post(address.format(1)).status_code == 403
    assert hotline["designer2"].post("process-definitions/stranger-it/versions/1/publish").status_code == 200
    assert hotline["designer2"].post(address.format(1)).status_code == 200
    running = hotline.opened("stranger")["case_no"]
    assert send(hotline, diagram(outcome="二"), FORM, who="designer2").json()["definitions"][0]["version"] == 2
    assert hotline["designer1"].post(address.format(2)).status_code == 200
    later = hotline.opened("stranger")["case_no"]
    assert [hotline.case(case_no)["instances"][0]["version"] for case_no in (running, later)] == [1, 2]
    for case_no, outcome in ((running, "一"), (later, "二")):
        hotline.walk(case_no)
        assert hotline.case(case_no)["outcome"] == outcome
