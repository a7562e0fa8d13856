"""Small BPMN files for the engine's tests, written as short as BPMN allows."""

NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
)


def document(key: str, body: str, flows: str, *, messages: str = "", properties: str = "") -> bytes:
    """A file with one process; `flows` are `"a>b b>c"`, with a condition `"a>b[x == 1]"` or the default mark `"a>b*"`."""
    declared = "".join(f'<bpmn:message id="M_{name}" name="{name}"/>' for name in messages.split())
    extensions = _properties(properties)
    extensions = f"<bpmn:extensionElements>{extensions}</bpmn:extensionElements>" if extensions else ""
    return (
        f'<bpmn:definitions {NAMESPACES} id="D_{key}" targetNamespace="urn:test">{declared}'
        f'<bpmn:process id="{key}" name="{key}" isExecutable="true">{extensions}{body}{_flows(flows)}</bpmn:process></bpmn:definitions>'
    ).encode()


def start() -> str:
    """The none start event `begin`."""
    return '<bpmn:startEvent id="begin"/>'


def end(element: str = "finish", name: str = "办结", inner: str = "") -> str:
    """An end event; `inner` may be a terminate definition."""
    return f'<bpmn:endEvent id="{element}" name="{name}">{inner}</bpmn:endEvent>'


def user(element: str, properties: str = "candidateGroups=agent", name: str = "") -> str:
    """A user task with properties `a=b;c=d`."""
    return (
        f'<bpmn:userTask id="{element}" name="{name or element}"><bpmn:extensionElements>{_properties(properties)}'
        f"</bpmn:extensionElements></bpmn:userTask>"
    )


def service(element: str, operation: str, result: str = "", **parameters: str) -> str:
    """A service task with an operation and its parameters' expressions."""
    listed = "".join(f'<spiffworkflow:parameter id="{name}" type="str" value=\'{value}\'/>' for name, value in parameters.items())
    named = f' resultVariable="{result}"' if result else ""
    return (
        f'<bpmn:serviceTask id="{element}"><bpmn:extensionElements><spiffworkflow:serviceTaskOperator id="{operation}"{named}>'
        f"<spiffworkflow:parameters>{listed}</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
        f"</bpmn:extensionElements></bpmn:serviceTask>"
    )


def timer(kind: str, text: str) -> str:
    """A timer definition: kind `Duration`, `Date` or `Cycle`."""
    return f"<bpmn:timerEventDefinition><bpmn:time{kind}>{text}</bpmn:time{kind}></bpmn:timerEventDefinition>"


def awaited(message: str, key: str = "case_no", variable: str = "received") -> str:
    """A message definition for a catch, correlated by a variable of the same name as the key."""
    return (
        f'<bpmn:messageEventDefinition messageRef="M_{message}"><bpmn:extensionElements><spiffworkflow:messageVariable>{variable}'
        f"</spiffworkflow:messageVariable><spiffworkflow:processVariableCorrelation><spiffworkflow:propertyId>{key}</spiffworkflow:propertyId>"
        f"<spiffworkflow:expression>{key}</spiffworkflow:expression></spiffworkflow:processVariableCorrelation></bpmn:extensionElements>"
        f"</bpmn:messageEventDefinition>"
    )


def catch(element: str, definition: str) -> str:
    """An intermediate catch event."""
    return f'<bpmn:intermediateCatchEvent id="{element}">{definition}</bpmn:intermediateCatchEvent>'


def throw(element: str, message: str, payload: str) -> str:
    """An intermediate throw event of a message; `payload` is an expression giving a dict."""
    return (
        f'<bpmn:intermediateThrowEvent id="{element}"><bpmn:messageEventDefinition messageRef="M_{message}"><bpmn:extensionElements>'
        f"<spiffworkflow:messagePayload>{payload}</spiffworkflow:messagePayload></bpmn:extensionElements></bpmn:messageEventDefinition>"
        f"</bpmn:intermediateThrowEvent>"
    )


def boundary(element: str, host: str, definition: str, *, interrupting: bool = False) -> str:
    """A boundary event."""
    cancels = str(interrupting).lower()
    return f'<bpmn:boundaryEvent id="{element}" attachedToRef="{host}" cancelActivity="{cancels}">{definition}</bpmn:boundaryEvent>'


def _properties(text: str) -> str:
    pairs = [part.partition("=") for part in text.split(";") if part]
    listed = "".join(f"<spiffworkflow:property name='{name}' value='{value}'/>" for name, _equals, value in pairs)
    return f"<spiffworkflow:properties>{listed}</spiffworkflow:properties>" if pairs else ""


def _flows(text: str) -> str:
    out = []
    for part in text.split("; "):
        source, _arrow, rest = part.strip().partition(">")
        target, _bracket, condition = rest.partition("[")
        expression = condition.rstrip("]")
        inner = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{expression}</bpmn:conditionExpression>' if expression else ""
        out.append(f'<bpmn:sequenceFlow id="{source}_to_{target}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>')
    return "".join(out)
