"""Diagrams for walks, drawn from text: elements, and flows as `a>b; b>c[x == 1]; b>d*` (`*` marks the default)."""

from xml.sax.saxutils import escape

NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
)
DECLARED = (
    '<bpmn:message id="M" name="msg"/><bpmn:signal id="SG" name="sig"/><bpmn:error id="ER" name="err" errorCode="E1"/>'
    '<bpmn:escalation id="ES" name="esc" escalationCode="X1"/>'
)
PAYLOAD = '<bpmn:extensionElements><spiffworkflow:messagePayload>{"x": x}</spiffworkflow:messagePayload></bpmn:extensionElements>'
EVENTS = {
    "message": f'<bpmn:messageEventDefinition messageRef="M">{PAYLOAD}</bpmn:messageEventDefinition>',
    "signal": '<bpmn:signalEventDefinition signalRef="SG"/>',
    "error": '<bpmn:errorEventDefinition errorRef="ER"/>',
    "escalation": '<bpmn:escalationEventDefinition escalationRef="ES"/>',
    "compensate": "<bpmn:compensateEventDefinition/>",
    "link": '<bpmn:linkEventDefinition name="L1"/>',
    "terminate": "<bpmn:terminateEventDefinition/>",
    "cancel": "<bpmn:cancelEventDefinition/>",
    "condition": "<bpmn:conditionalEventDefinition><bpmn:condition>x == 1</bpmn:condition></bpmn:conditionalEventDefinition>",
    "duration": '<bpmn:timerEventDefinition><bpmn:timeDuration>"PT1H"</bpmn:timeDuration></bpmn:timerEventDefinition>',
    "date": "<bpmn:timerEventDefinition><bpmn:timeDate>soon()</bpmn:timeDate></bpmn:timerEventDefinition>",
    "cycle": '<bpmn:timerEventDefinition><bpmn:timeCycle>"R3/PT30M"</bpmn:timeCycle></bpmn:timerEventDefinition>',
}


def document(body: str, flows: str = "", more: str = "") -> bytes:
    """A file with the process `P`; `more` may be another process."""
    return (
        f'<bpmn:definitions {NAMESPACES} id="D" targetNamespace="urn:test">{DECLARED}'
        f'<bpmn:process id="P" isExecutable="true">{body}{drawn(flows)}</bpmn:process>{more}</bpmn:definitions>'
    ).encode()


def drawn(flows: str) -> str:
    """Sequence flows."""
    found = []
    for part in filter(None, (part.strip() for part in flows.split(";"))):
        source, _arrow, rest = part.partition(">")
        target, _bracket, condition = rest.rstrip("*]").partition("[")
        inner = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>" if condition else ""
        found.append(f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>')
    return "".join(found)


def start(element: str = "S", event: str | None = None, attributes: str = "") -> str:
    """A start event."""
    return f'<bpmn:startEvent id="{element}" {attributes}>{EVENTS[event] if event else ""}</bpmn:startEvent>'


def end(element: str = "E", event: str | None = None) -> str:
    """An end event."""
    return f'<bpmn:endEvent id="{element}">{EVENTS[event] if event else ""}</bpmn:endEvent>'


def user(*elements: str, inner: str = "") -> str:
    """User tasks."""
    return "".join(f'<bpmn:userTask id="{element}" name="{element}">{inner}</bpmn:userTask>' for element in elements)


def service(element: str, operation: str = "test.answer", result: str = "r", inner: str = "") -> str:
    """A service task."""
    return (
        f'<bpmn:serviceTask id="{element}"><bpmn:extensionElements><spiffworkflow:serviceTaskOperator id="{operation}" '
        f'resultVariable="{result}"><spiffworkflow:parameters/></spiffworkflow:serviceTaskOperator></bpmn:extensionElements>{inner}'
        "</bpmn:serviceTask>"
    )


def gateway(kind: str, element: str, default: str = "") -> str:
    """A gateway: `exclusive`, `parallel`, `inclusive`, `eventBased` or `complex`."""
    marked = f' default="{default}"' if default else ""
    return f'<bpmn:{kind}Gateway id="{element}"{marked}/>'


def catch(element: str, event: str) -> str:
    """An intermediate catch event."""
    return f'<bpmn:intermediateCatchEvent id="{element}">{EVENTS[event]}</bpmn:intermediateCatchEvent>'


def throw(element: str, event: str) -> str:
    """An intermediate throw event."""
    return f'<bpmn:intermediateThrowEvent id="{element}">{EVENTS[event]}</bpmn:intermediateThrowEvent>'


def boundary(host: str, event: str, element: str = "B", *, interrupting: bool = True) -> str:
    """A boundary event."""
    cancels = str(interrupting).lower()
    return f'<bpmn:boundaryEvent id="{element}" attachedToRef="{host}" cancelActivity="{cancels}">{EVENTS[event]}</bpmn:boundaryEvent>'


def sub(element: str, body: str, flows: str, kind: str = "subProcess", attributes: str = "") -> str:
    """A sub-process, a transaction or an ad-hoc sub-process."""
    return f'<bpmn:{kind} id="{element}" {attributes}>{body}{drawn(flows)}</bpmn:{kind}>'


def many(attributes: str = "", inner: str = "<bpmn:loopCardinality>3</bpmn:loopCardinality>") -> str:
    """The mark of a multi-instance."""
    return f"<bpmn:multiInstanceLoopCharacteristics {attributes}>{inner}</bpmn:multiInstanceLoopCharacteristics>"


def over(*, output: bool = False, condition: str = "") -> str:
    """What a multi-instance goes over: the list `xs`, perhaps into `ys`, perhaps only until a condition."""
    into = "<bpmn:loopDataOutputRef>ys</bpmn:loopDataOutputRef>" if output else ""
    item = '<bpmn:outputDataItem id="payload"/>' if output else ""
    until = f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>" if condition else ""
    return f'<bpmn:loopDataInputRef>xs</bpmn:loopDataInputRef>{into}<bpmn:inputDataItem id="it"/>{item}{until}'
