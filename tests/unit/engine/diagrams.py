"""Small BPMN and DMN files for tests, written as a person would say them."""

from collections.abc import Mapping
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="Defs" targetNamespace="http://test">'
)
LAYOUT = '<bpmndi:BPMNDiagram id="D1"><bpmndi:BPMNPlane id="P1"/></bpmndi:BPMNDiagram>'
MESSAGES = (
    '<bpmn:message id="M_done" name="WoDone"/><bpmn:message id="M_due" name="DueChanged"/><bpmn:message id="M_alien" name="Alien"/>'
    '<bpmn:signal id="Sig" name="sig"/><bpmn:error id="Err" name="oa" errorCode="OA"/><bpmn:escalation id="Esc" escalationCode="UP"/>'
)
END = '<bpmn:endEvent id="E" name="办结"/>'
START = '<bpmn:startEvent id="S"/>'


def diagram(*elements: str, key: str = "demo", properties: Mapping[str, str] | None = None, head: str = MESSAGES) -> bytes:
    """A whole file with one executable process."""
    inside = extension(_properties(properties)) if properties else ""
    process = f'<bpmn:process id="{key}" isExecutable="true">{inside}{"".join(elements)}</bpmn:process>'
    return f"{HEAD}{head}{process}{LAYOUT}</bpmn:definitions>".encode()


def simple(*middle: str, key: str = "demo", properties: Mapping[str, str] | None = None) -> bytes:
    """start → register → end, with more elements beside."""
    return diagram(START, user("register"), END, road("S", "register", "E"), *middle, key=key, properties=properties)


def extension(inner: str) -> str:
    """Extension elements."""
    return f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>"


def user(identifier: str, form: str | None = "demo-form", groups: str = "agent", inner: str = "", **properties: str) -> str:
    """A user task."""
    found = {"formKey": form, "candidateGroups": groups, **properties}
    listed = _properties({name: value for name, value in found.items() if value})
    return f'<bpmn:userTask id="{identifier}" name="{identifier}">{extension(listed)}{inner}</bpmn:userTask>'


def service(identifier: str, operation: str = "case.note", result: str = "", **parameters: str) -> str:
    """A service task."""
    listed = "".join(f'<spiffworkflow:parameter id="{name}" type="str" value={quoteattr(value)}/>' for name, value in parameters.items())
    variable = f' resultVariable="{result}"' if result else ""
    operator = (
        f'<spiffworkflow:serviceTaskOperator id="{operation}"{variable}>'
        f"<spiffworkflow:parameters>{listed}</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
    )
    return f'<bpmn:serviceTask id="{identifier}">{extension(operator)}</bpmn:serviceTask>'


def rule_task(identifier: str, decision: str) -> str:
    """A business rule task."""
    called = f"<spiffworkflow:calledDecisionId>{decision}</spiffworkflow:calledDecisionId>"
    return f'<bpmn:businessRuleTask id="{identifier}">{extension(called)}</bpmn:businessRuleTask>'


def call(identifier: str, process: str) -> str:
    """A call activity."""
    return f'<bpmn:callActivity id="{identifier}" calledElement="{process}"/>'


def node(kind: str, identifier: str, inner: str = "", **attributes: str) -> str:
    """Any element."""
    listed = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f'<bpmn:{kind} id="{identifier}"{listed}>{inner}</bpmn:{kind}>'


def flow(source: str, target: str, condition: str | None = None, identifier: str | None = None) -> str:
    """A sequence flow; its id is `f_source_target` unless one is given."""
    inner = "" if condition is None else f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>"
    identifier = identifier or f"f_{source}_{target}"
    return f'<bpmn:sequenceFlow id="{identifier}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


def road(*stops: str) -> str:
    """Sequence flows from stop to stop."""
    return "".join(flow(source, target) for source, target in pairwise(stops))


def exempt(identifier: str, name: str) -> str:
    """An end event that owes the citizen no answer."""
    return f'<bpmn:endEvent id="{identifier}" name="{name}">{extension(_properties({"feedback": "exempt"}))}</bpmn:endEvent>'


def timer(text: str, kind: str = "timeDuration") -> str:
    """A timer's event definition."""
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{escape(text)}</bpmn:{kind}></bpmn:timerEventDefinition>"


def catch_message(ref: str = "M_done", key: str | None = "case_no", expression: str = "case_no") -> str:
    """A message event definition that catches."""
    if key is None:
        return f'<bpmn:messageEventDefinition messageRef="{ref}"/>'
    correlation = (
        f"<spiffworkflow:processVariableCorrelation><spiffworkflow:propertyId>{key}</spiffworkflow:propertyId>"
        f"<spiffworkflow:expression>{escape(expression)}</spiffworkflow:expression></spiffworkflow:processVariableCorrelation>"
    )
    return f'<bpmn:messageEventDefinition messageRef="{ref}">{extension(correlation)}</bpmn:messageEventDefinition>'


def throw_message(ref: str = "M_done", payload: str | None = '{"case_no": case_no}') -> str:
    """A message event definition that throws."""
    inner = "" if payload is None else extension(f"<spiffworkflow:messagePayload>{escape(payload)}</spiffworkflow:messagePayload>")
    return f'<bpmn:messageEventDefinition messageRef="{ref}">{inner}</bpmn:messageEventDefinition>'


def table(
    *rows: tuple[str, str],
    decision: str = "colour",
    policy: str = 'hitPolicy="UNIQUE"',
    source: str = "days",
    output: str = "colour",
    extra: str = "",
) -> bytes:
    """A decision table of one input and one output; rows are (condition, answer)."""
    listed = "".join(
        f'<rule id="r{number}"><inputEntry id="i{number}"><text>{escape(condition)}</text></inputEntry>'
        f'<outputEntry id="o{number}"><text>{escape(answer)}</text></outputEntry></rule>'
        for number, (condition, answer) in enumerate(rows, 1)
    )
    return (
        f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="Dm" name="d" namespace="http://test">'
        f'<decision id="{decision}" name="{decision}"><decisionTable id="dt" {policy}>'
        f'<input id="in1"><inputExpression id="ie1"><text>{escape(source)}</text></inputExpression></input>'
        f'<output id="out1" name="{output}"/>{extra}{listed}</decisionTable></decision></definitions>'
    ).encode()


def _properties(found: Mapping[str, str]) -> str:
    listed = "".join(f'<spiffworkflow:property name="{name}" value={quoteattr(value)}/>' for name, value in found.items())
    return f"<spiffworkflow:properties>{listed}</spiffworkflow:properties>"
