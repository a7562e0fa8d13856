"""One small diagram for each rule of the linter."""

import pytest

from engine.definitions.files import SourceFile
from engine.lint import Finding, run
from tests.unit.engine.diagrams import (
    END,
    HEAD,
    LAYOUT,
    MESSAGES,
    START,
    call,
    catch_message,
    diagram,
    exempt,
    extension,
    flow,
    node,
    road,
    rule_task,
    service,
    simple,
    throw_message,
    timer,
    user,
)
from tests.unit.engine.vocabulary import catalogue


def lint(content: bytes, name: str = "demo.bpmn") -> list[Finding]:
    return run([SourceFile(name, content)], catalogue())


def boundary(inner: str, interrupting: bool = True, on: str = "register", way: str = "") -> str:
    """A boundary event on the first task with a road of its own to an end."""
    event = node("boundaryEvent", "B", inner, attachedToRef=on, cancelActivity=str(interrupting).lower())
    return event + (way or node("endEvent", "E2", name="超时") + road("B", "E2"))


def watched(inner: str, sla: str = "") -> bytes:
    """A task with a timer on it, and perhaps a limit that people see."""
    return diagram(START, user("A", sla=sla), END, road("S", "A", "E"), boundary(inner, interrupting=False, on="A"))


def caught(inner: str, kind: str = "intermediateCatchEvent") -> bytes:
    return diagram(START, node(kind, "C", inner), END, road("S", "C", "E"))


def task(element: str, identifier: str = "A") -> bytes:
    return diagram(START, element, END, road("S", identifier, "E"))


def choice(*flows: str, kind: str = "exclusiveGateway", default: str | None = "f_G_B") -> bytes:
    attributes = {"default": default} if default else {}
    beside = user("A") + user("B")
    return diagram(START, node(kind, "G", **attributes), beside, END, road("S", "G"), *flows, road("A", "E"), road("B", "E"))


def events_after_gateway(*inner: str) -> bytes:
    catches = [node("intermediateCatchEvent", f"C{number}", event) for number, event in enumerate(inner)]
    roads = [road("G", f"C{number}", "E") for number in range(len(inner))]
    return diagram(START, node("eventBasedGateway", "G"), *catches, END, road("S", "G"), *roads)


def sub(inner: str, kind: str = "subProcess", beside: str = "", **attributes: str) -> bytes:
    return diagram(START, node(kind, "P", inner, **attributes), beside, END, road("S", "P", "E"))


INSIDE = node("startEvent", "s1") + user("inside") + node("endEvent", "e1") + road("s1", "inside", "e1")
PAYLOAD = "<spiffworkflow:messagePayload>1</spiffworkflow:messagePayload>"
WATCHED = "<bpmn:conditionalEventDefinition><bpmn:condition>True</bpmn:condition></bpmn:conditionalEventDefinition>"
ESCALATION = '<bpmn:escalationEventDefinition escalationRef="Esc"/>'
OVER_A_LIST = '<bpmn:loopDataInputRef>xs</bpmn:loopDataInputRef><bpmn:inputDataItem id="it"/>'
ZEEBE = b'<zeebe:taskDefinition type="x"/>'
ANSWERED = node("startEvent", "s1") + user("answer", feedback="true") + node("endEvent", "e1") + road("s1", "answer", "e1")
MULTI = "multiInstanceLoopCharacteristics"
THUNDER = '<bpmn:signalEventDefinition signalRef="Sig"/>'
SIGNAL_WITH = 'name="sig">' + extension("<spiffworkflow:payloadExpression>{}</spiffworkflow:payloadExpression>") + "</bpmn:signal>"
NIGHTLY = "R/2026-01-01T02:30:00+08:00/P1D"

GOOD = {
    "a message start": diagram(node("startEvent", "S", catch_message()), END, road("S", "E")),
    "a signal start": diagram(node("startEvent", "S", THUNDER), END, road("S", "E")),
    "a nightly start": diagram(node("startEvent", "S", timer(f'"{NIGHTLY}"', "timeCycle")), END, road("S", "E")),
    "a start three times": diagram(node("startEvent", "S", timer(f'"{NIGHTLY.replace("R/", "R3/")}"', "timeCycle")), END, road("S", "E")),
    "a start once": diagram(node("startEvent", "S", timer('"2027-01-01T02:30:00+08:00"', "timeDate")), END, road("S", "E")),
    "a signal thrown and caught": diagram(
        START,
        node("intermediateThrowEvent", "T", THUNDER),
        node("intermediateCatchEvent", "C", THUNDER),
        END,
        road("S", "T", "C", "E"),
        head=MESSAGES.replace('name="sig"/>', SIGNAL_WITH.format('{"level": 3}')),
    ),
    "a signal at the border of a task": simple(boundary(THUNDER)),
    "a parameter with the id of a task": diagram(START, user("text"), service("A", text='"x"'), END, road("S", "text", "A", "E")),
    "a parameter with the id of an earlier task": diagram(START, service("A", text='"x"'), user("text"), END, road("S", "A", "text", "E")),
    "a task": simple(),
    "a service task": task(service("A", "wo.close", "closed", work_order="case_no")),
    "an exclusive choice": choice(flow("G", "A", 'value("n") == 1'), flow("G", "B")),
    "a quoted timer": caught(timer('"PT30M"')),
    "a computed timer": caught(timer("due_at()", "timeDate")),
    "a bounded cycle beside a task": watched(timer('"R3/PT30M"', "timeCycle"), sla="PT30M"),
    "a cycle that a function gives": watched(timer("due_at()", "timeCycle"), sla="=due_at()"),
    "a message with its key": caught(catch_message()),
    "a thrown message": diagram(START, node("intermediateThrowEvent", "T", throw_message()), END, road("S", "T", "E")),
    "an event gateway with one timer": events_after_gateway(catch_message(), timer("due_at()", "timeDate")),
    "a sub-process": sub(INSIDE),
    "something urgent": task(user("A", sla="PT1M", priority="urgent")),
    "a group of one unit": task(user("A", groups="unit:water, agent")),
    "computed candidates and time": task(user("A", groups="=value('g')", sla="=due_at()")),
    "a process that starts each night": simple(properties={"startEvery": "R/2026-01-01T02:30:00+08:00/P1D"}),
    "a message that starts it": simple(properties={"startMessages": "WoDone, DueChanged"}),
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD.keys())
def test_a_sound_diagram_has_no_finding(content: bytes) -> None:
    assert [str(finding) for finding in lint(content)] == []


ERRORS: dict[str, tuple[str, str | None, bytes]] = {
    # the whole file
    "no process": ("no-process", None, f"{HEAD}</bpmn:definitions>".encode()),
    "a process that is not executable": (
        "no-executable-process",
        "demo",
        simple().replace(b'isExecutable="true"', b'isExecutable="false"'),
    ),
    "two processes": (
        "one-process",
        "other",
        simple().replace(b"<bpmndi:BPMNDiagram", b'<bpmn:process id="other" isExecutable="true"/><bpmndi:BPMNDiagram', 1),
    ),
    "an id twice": ("duplicate-id", "register", simple(user("register"))),
    "an element without id": ("missing-id", "demo", simple("<bpmn:userTask/>")),
    "too many nodes": ("too-many-nodes", "demo", simple(*(user(f"t{number}") for number in range(301)))),
    "a data store": ("data-store", "DS", simple('<bpmn:dataStoreReference id="DS" name="库"/>')),
    "a data store at the top": ("data-store", "DS", diagram(START, END, road("S", "E"), head='<bpmn:dataStore id="DS" name="库"/>')),
    "a data association": (
        "data-association",
        "A",
        task(node("userTask", "A", '<bpmn:dataOutputAssociation id="x"><bpmn:targetRef>y</bpmn:targetRef></bpmn:dataOutputAssociation>')),
    ),
    "a choreography": ("unsupported-element", "Ch", diagram(START, END, road("S", "E"), head='<bpmn:choreography id="Ch"/>')),
    "a key with blanks": ("bad-key", "投诉", simple(key="投诉")),
    # names
    "an id that the library has": ("reserved-id", "End", diagram(START, user("End"), END, road("S", "End", "E"))),
    "a start event called Start": ("reserved-id", "Start", diagram(node("startEvent", "Start"), END, road("Start", "E"))),
    "the library's join": ("reserved-id", "demo.EndJoin", task(user("demo.EndJoin"), "demo.EndJoin")),
    "a boundary split": ("reserved-id", "A.BoundaryEventSplit", task(service("A.BoundaryEventSplit"), "A.BoundaryEventSplit")),
    "a task named as a function": ("reserved-name", "due_at", task(user("due_at"), "due_at")),
    "a task named as a built-in": ("reserved-name", "len", task(user("len"), "len")),
    "a service task named as a function": ("reserved-name", "wd", task(service("wd"), "wd")),
    "a result named as a function": ("reserved-name", "A", task(service("A", result="due_at"))),
    "a result that is no name": ("bad-name", "A", task(service("A", result="re-sult"))),
    "a result that is a keyword": ("bad-name", "A", task(service("A", result="class"))),
    "a private result": ("bad-name", "A", task(service("A", result="_x"))),
    "a task that is no name": ("bad-name", "a-b", task(user("a-b"), "a-b")),
    "a result over a task's answers": (
        "variable-clash",
        "B",
        diagram(START, user("A"), service("B", result="A"), END, road("S", "A", "B", "E")),
    ),
    # flows
    "a flow across a sub-process": ("loose-flow", "f_register_inside", simple(node("subProcess", "P", INSIDE), road("register", "inside"))),
    "two flows between two nodes": (
        "twin-flows",
        "x1",
        choice(flow("G", "A", "True", "x1"), flow("G", "A", "False", "x2"), flow("G", "B")),
    ),
    "a flow into the start": ("wrong-flow", "f_register_S", simple(road("register", "S"))),
    "a flow out of an end": ("wrong-flow", "f_E_register", simple(road("E", "register"))),
    "a condition on a task's flow": (
        "ignored-condition",
        "f_A_E",
        diagram(START, user("A"), END, road("S", "A"), flow("A", "E", "x == 1")),
    ),
    "a default on a task": ("ignored-default", "A", task(node("manualTask", "A", default="f_A_E"))),
    "two flows out of a task": ("implicit-fork", "register", simple(user("B"), road("register", "B", "E"))),
    "a task that leads nowhere": (
        "dead-end",
        "B",
        diagram(START, node("parallelGateway", "G"), user("A"), user("B"), END, road("S", "G", "A", "E"), road("G", "B")),
    ),
    "an island": ("unreachable", "Z", simple(user("Z"), road("Z", "E"))),
    "a loop with no way out": (
        "no-way-to-end",
        "A",
        choice(flow("G", "A", "True"), flow("G", "B")).replace(flow("A", "E").encode(), (user("Q") + road("A", "Q", "A")).encode()),
    ),
    "a loop where nothing waits": (
        "endless-loop",
        "G",
        diagram(
            START,
            node("exclusiveGateway", "G", default="f_G_E"),
            node("exclusiveGateway", "H"),
            END,
            road("S", "G", "H", "G"),
            road("G", "E"),
        ).replace(flow("G", "H").encode(), flow("G", "H", "True").encode()),
    ),
    # gateways
    "a complex gateway": ("complex-gateway", "G", choice(flow("G", "A"), flow("G", "B"), kind="complexGateway", default=None)),
    "no default": ("no-default-flow", "G", choice(flow("G", "A", "True"), flow("G", "B", "False"), default=None)),
    "one conditional flow": (
        "no-default-flow",
        "G",
        diagram(START, node("exclusiveGateway", "G"), END, road("S", "G"), flow("G", "E", "True")),
    ),
    "a default that is elsewhere": ("bad-default-flow", "G", choice(flow("G", "A", "True"), flow("G", "B"), default="f_S_G")),
    "a flow without a condition": ("no-condition", "f_G_A", choice(flow("G", "A"), flow("G", "B"))),
    "two timers": ("event-gateway-timers", "G", events_after_gateway(timer('"PT1H"'), timer('"PT2H"'))),
    "a task after an event gateway": (
        "event-gateway-target",
        "A",
        diagram(
            START,
            node("eventBasedGateway", "G"),
            user("A"),
            node("intermediateCatchEvent", "C", timer('"PT1H"')),
            END,
            road("S", "G", "A", "E"),
            road("G", "C", "E"),
        ),
    ),
    "an event gateway with one road": ("event-gateway-road", "G", events_after_gateway(timer('"PT1H"'))),
    "another way into a catch": (
        "event-gateway-shared",
        "C0",
        diagram(
            START,
            node("exclusiveGateway", "X", default="f_X_G"),
            node("eventBasedGateway", "G"),
            node("intermediateCatchEvent", "C0", timer('"PT1H"')),
            node("intermediateCatchEvent", "C1", catch_message()),
            END,
            road("S", "X", "G", "C0", "E"),
            road("G", "C1", "E"),
            flow("X", "C0", "True"),
        ),
    ),
    "an exclusive split into a parallel join": (
        "deadlock",
        "J",
        choice(flow("G", "A", "True"), flow("G", "B")).replace(
            (road("A", "E") + road("B", "E")).encode(), (node("parallelGateway", "J") + road("A", "J") + road("B", "J", "E")).encode()
        ),
    ),
    "a parallel branch that may leave": (
        "deadlock",
        "J",
        diagram(
            START,
            node("parallelGateway", "G"),
            node("parallelGateway", "J"),
            user("A"),
            user("B"),
            END,
            node("endEvent", "E2", name="退出"),
            node("exclusiveGateway", "X", default="f_X_J"),
            road("S", "G", "A", "X", "J", "E"),
            road("G", "B", "J"),
            flow("X", "E2", "True"),
        ),
    ),
    "an interrupted branch before a join": (
        "deadlock",
        "J",
        diagram(
            START,
            node("parallelGateway", "G"),
            node("parallelGateway", "J"),
            user("register"),
            user("B"),
            END,
            boundary(timer('"PT1H"')),
            road("S", "G", "register", "J", "E"),
            road("G", "B", "J"),
        ),
    ),
    # events
    "no start": ("one-start", "demo", diagram(user("A"), END, road("A", "E"))),
    "two starts": ("one-start", "S2", simple(node("startEvent", "S2"), road("S2", "register"))),
    "two types of one start": ("typed-start", "S", diagram(node("startEvent", "S", catch_message() + THUNDER), END, road("S", "E"))),
    "a typed start inside": (
        "typed-start",
        "T",
        sub(INSIDE.replace('id="s1"/>', 'id="T"/>').replace("s1", "T").replace('id="T"></', f'id="T">{THUNDER}</')),
    ),
    "a start by an unknown message": (
        "unknown-message",
        "S",
        diagram(node("startEvent", "S", catch_message("M_alien")), END, road("S", "E")),
    ),
    "a start by no signal": (
        "unknown-reference",
        "S",
        diagram(node("startEvent", "S", "<bpmn:signalEventDefinition/>"), END, road("S", "E")),
    ),
    "a start after a while": ("bad-interval", "S", diagram(node("startEvent", "S", timer('"PT1H"')), END, road("S", "E"))),
    "a start by a computed time": (
        "bad-interval",
        "S",
        diagram(node("startEvent", "S", timer("due_at()", "timeDate")), END, road("S", "E")),
    ),
    "a start by two clocks": (
        "two-intervals",
        "S",
        diagram(node("startEvent", "S", timer(f'"{NIGHTLY}"', "timeCycle")), END, road("S", "E"), properties={"startEvery": NIGHTLY}),
    ),
    "an error start": (
        "typed-start",
        "S",
        diagram(node("startEvent", "S", '<bpmn:errorEventDefinition errorRef="Err"/>'), END, road("S", "E")),
    ),
    "no end": ("no-end", "demo", diagram(START, user("A"), road("S", "A"))),
    "a signal end": ("signal-end", "X", diagram(START, node("endEvent", "X", THUNDER), road("S", "X"))),
    "a signal without a name": ("signal-name", "Sig", caught(THUNDER).replace(b'name="sig"', b'name=" "')),
    "a signal with code": ("expression", "Sig", caught(THUNDER).replace(b'name="sig"/>', SIGNAL_WITH.format("open('x')").encode())),
    "a compensation end": (
        "unsupported-event",
        "X",
        diagram(START, node("endEvent", "X", "<bpmn:compensateEventDefinition/>"), road("S", "X")),
    ),
    "a compensation throw": ("unsupported-event", "C", caught("<bpmn:compensateEventDefinition/>", "intermediateThrowEvent")),
    "a link throw": ("unsupported-event", "C", caught('<bpmn:linkEventDefinition name="L"/>', "intermediateThrowEvent")),
    "a link catch": ("unsupported-event", "C", caught('<bpmn:linkEventDefinition name="L"/>')),
    "an error catch": ("unsupported-event", "C", caught('<bpmn:errorEventDefinition errorRef="Err"/>')),
    "an escalation catch": ("unsupported-event", "C", caught(ESCALATION)),
    "a compensation boundary": ("unsupported-event", "B", simple(boundary("<bpmn:compensateEventDefinition/>"))),
    "two definitions": (
        "several-definitions",
        "X",
        diagram(START, node("endEvent", "X", throw_message() + "<bpmn:terminateEventDefinition/>"), road("S", "X")),
    ),
    "a catch without a type": ("no-definition", "C", caught("")),
    "a boundary without a type": ("no-definition", "B", simple(boundary(""))),
    "a boundary on nothing": ("loose-boundary", "B", simple(boundary(timer('"PT1H"'), on="nowhere"))),
    "an uncaught error end": (
        "uncaught-error",
        "X",
        diagram(START, node("endEvent", "X", '<bpmn:errorEventDefinition errorRef="Err"/>'), road("S", "X")),
    ),
    "a cancel outside a transaction": ("cancel-outside-transaction", "B", simple(boundary("<bpmn:cancelEventDefinition/>"))),
    "an unknown error": ("unknown-reference", "B", simple(boundary('<bpmn:errorEventDefinition errorRef="Nope"/>'))),
    # timers
    "an empty timer": ("timer-empty", "C", caught("<bpmn:timerEventDefinition/>")),
    "an unquoted duration": ("timer-unquoted", "C", caught(timer("PT30M"))),
    "an unquoted date": ("timer-unquoted", "C", caught(timer("2027-01-01T08:00:00+08:00", "timeDate"))),
    "an unquoted cycle": ("timer-unquoted", "B", simple(boundary(timer("R3/PT30M", "timeCycle"), interrupting=False))),
    "words for a duration": ("timer-not-iso", "C", caught(timer('"30 minutes"'))),
    "a number for a duration": ("timer-not-iso", "C", caught(timer("30"))),
    "a duration of a billion months": ("timer-not-iso", "C", caught(timer('"P1000000000M"'))),
    "a duration for a date": ("timer-not-iso", "C", caught(timer('"PT30M"', "timeDate"))),
    "an unbounded cycle": ("timer-unbounded", "B", simple(boundary(timer('"R/PT10M"', "timeCycle"), interrupting=False))),
    "a cycle without end by another name": (
        "timer-unbounded",
        "B",
        simple(boundary(timer('"R-1/PT10M"', "timeCycle"), interrupting=False)),
    ),
    "a cycle of a million": ("timer-unbounded", "B", simple(boundary(timer('"R1000000/PT1S"', "timeCycle"), interrupting=False))),
    "a cycle put together": ("timer-unbounded", "B", simple(boundary(timer('"R" + str(9) + "/PT1S"', "timeCycle"), interrupting=False))),
    "a cycle that interrupts": ("timer-cycle-place", "B", simple(boundary(timer('"R3/PT10M"', "timeCycle")))),
    "a cycle in a catch": ("timer-cycle-place", "C", caught(timer('"R3/PT10M"', "timeCycle"))),
    "a timer with an unknown function": ("expression", "C", caught(timer("nowhere()", "timeDate"))),
    "a timer with code": ("expression", "C", caught(timer('__import__("os").environ["HOME"]'))),
    "an interval without a start": ("bad-interval", "demo", simple(properties={"startEvery": "R/P1D"})),
    "an interval without a zone": ("bad-interval", "demo", simple(properties={"startEvery": "R/2026-01-01T02:30:00/P1D"})),
    # messages
    "no message": ("no-message", "C", caught("<bpmn:messageEventDefinition/>")),
    "an unknown message": ("unknown-message", "C", caught(catch_message("M_alien"))),
    "an unknown start message": ("unknown-message", "demo", simple(properties={"startMessages": "Nope"})),
    "no correlation": ("no-correlation", "C", caught(catch_message(key=None))),
    "an empty correlation": ("no-correlation", "C", caught(catch_message(expression=""))),
    "another key": ("wrong-correlation", "C", caught(catch_message("M_due"))),
    "a throw without payload": ("no-payload", "C", caught(throw_message(payload=None), "intermediateThrowEvent")),
    "a payload without the key": ("no-payload", "C", caught(throw_message(payload='{"x": 1}'), "intermediateThrowEvent")),
    "a payload on the message": (
        "message-extension-place",
        "M1",
        diagram(
            START,
            END,
            road("S", "E"),
            head=f'<bpmn:message id="M1" name="WoDone">{extension(PAYLOAD)}</bpmn:message>',
        ),
    ),
    # activities
    "a script task": ("script-task", "A", task(node("scriptTask", "A", "<bpmn:script>x = 1</bpmn:script>"))),
    "a pre-script": (
        "script-task",
        "A",
        task(node("manualTask", "A", extension("<spiffworkflow:preScript>x = 1</spiffworkflow:preScript>"))),
    ),
    "an event sub-process": ("event-subprocess", "ES", simple(node("subProcess", "ES", INSIDE, triggeredByEvent="true"))),
    "an ad-hoc sub-process": ("ad-hoc-subprocess", "P", sub(user("A"), "adHocSubProcess")),
    "a compensation handler": ("compensation", "K", simple(node("serviceTask", "K", isForCompensation="true"))),
    "a task without a type": ("plain-task", "A", task(node("task", "A"))),
    "a service task without operation": ("no-operation", "A", task(node("serviceTask", "A"))),
    "an unknown operation": ("unknown-operation", "A", task(service("A", "os.system"))),
    "a missing parameter": ("missing-parameter", "A", task(service("A", "wo.close"))),
    "an unknown parameter": ("unknown-parameter", "A", task(service("A", "case.note", colour="1"))),
    "a parameter without type": ("bad-parameter", "A", task(service("A", "case.note", text="1").replace(' type="str"', ""))),
    "a parameter that is code": ("expression", "A", task(service("A", "case.note", text='open("/etc/passwd")'))),
    "a rule task without decision": ("no-decision", "A", task(node("businessRuleTask", "A"))),
    "an unknown decision": ("unknown-decision", "A", task(rule_task("A", "nowhere"))),
    "a call of nothing": ("no-called-process", "A", task(node("callActivity", "A"))),
    "a call of an unknown process": ("unknown-process", "A", task(call("A", "nowhere"))),
    "a call of itself": ("call-cycle", "A", task(call("A", "demo"))),
    "a user task without form": ("no-form", "A", task(user("A", form=None))),
    "an unknown form": ("unknown-form", "A", task(user("A", form="nowhere"))),
    "an unknown group": ("unknown-group", "A", task(user("A", groups="agent, wizards"))),
    "candidates that are code": ("expression", "A", task(user("A", groups="=x.y"))),
    "an sla that is neither a length of time nor an expression": ("bad-sla", "A", task(user("A", sla="4 h"))),
    "a priority of somebody's own": ("bad-priority", "A", task(user("A", priority="1"))),
    "a loop without end": ("bad-loop", "A", task(user("A", inner="<bpmn:standardLoopCharacteristics/>"))),
    "a multi-instance over nothing": ("bad-loop", "A", task(user("A", inner=f"<bpmn:{MULTI}/>"))),
    "a sequence without output": (
        "bad-loop",
        "A",
        task(
            user(
                "A",
                inner=f'<bpmn:{MULTI} isSequential="true">{OVER_A_LIST}</bpmn:{MULTI}>',
            )
        ),
    ),
    # expressions
    "a condition that is code": ("expression", "f_G_A", choice(flow("G", "A", '__import__("os").getuid() == 0'), flow("G", "B"))),
    "an unknown function": ("expression", "f_G_A", choice(flow("G", "A", "nowhere() == 1"), flow("G", "B"))),
    "Camunda 7's language": ("foreign-expression", "f_G_A", choice(flow("G", "A", "${approved}"), flow("G", "B"))),
    "FEEL": ("foreign-expression", "f_G_A", choice(flow("G", "A", "=approved"), flow("G", "B"))),
    "a field that the form has not": ("unknown-field", "f_G_A", choice(flow("G", "A", 'field("A", "colour") == 1'), flow("G", "B"))),
    # the closed loop
    "an end without an answer": ("open-loop", "E", simple(properties={"closedLoop": "true"})),
    # the schema and the library
    "an element out of the schema": ("schema", "register", simple().replace(b"</bpmn:userTask>", b"<bpmn:nonsense/></bpmn:userTask>")),
}


@pytest.mark.parametrize(("rule", "element_id", "content"), ERRORS.values(), ids=ERRORS.keys())
def test_what_the_engine_would_do_wrongly_is_refused(rule: str, element_id: str | None, content: bytes) -> None:
    findings = [finding for finding in lint(content) if finding.is_error]
    assert (rule, element_id) in [(finding.rule, finding.element_id) for finding in findings]
    for finding in findings:
        assert finding.file == "demo.bpmn"
        assert finding.message
        assert finding.message_en
        assert finding.remedy
        assert finding.remedy_en


WARNINGS: dict[str, tuple[str, str | None, bytes]] = {
    "no layout": ("no-layout", None, simple().replace(LAYOUT.encode(), b"")),
    "a vendor's attribute": ("vendor-extension", "register", simple().replace(b'name="register"', b'name="register" camunda:formKey="x"')),
    "a vendor's element": ("vendor-extension", "register", simple().replace(b"<spiffworkflow:prop", ZEEBE + b"<spiffworkflow:prop", 1)),
    "a task without a name": ("unnamed", "register", simple().replace(b' name="register"', b"")),
    "an end without a name": ("unnamed", "E", simple().replace('name="办结"'.encode(), b"")),
    "a property nobody knows": ("unknown-property", "register", simple().replace(b'name="candidateGroups"', b'name="candidateGroup"')),
    "a task for anybody": ("no-candidates", "A", task(user("A", groups=""))),
    "a condition on the default": ("unused-condition", "f_G_B", choice(flow("G", "A", "True"), flow("G", "B", "False"))),
    "a date without zone": ("timer-no-zone", "C", caught(timer('"2027-01-01T08:00:00"', "timeDate"))),
    "a transaction": ("transaction", "P", sub(INSIDE, "transaction")),
    "a timer on a task whose limit nobody sees": ("unseen-limit", "A", watched(timer('"PT30M"', "timeDuration"))),
    "a message beside a task": ("message-boundary-once", "B", simple(boundary(catch_message(), interrupting=False))),
    "a condition event": ("conditional-event", "C", caught(WATCHED)),
    "an escalation nobody catches": ("uncaught-escalation", "X", diagram(START, node("endEvent", "X", ESCALATION), road("S", "X"))),
    "a loop of automatic steps": (
        "automatic-loop",
        "G",
        diagram(START, node("exclusiveGateway", "G", default="f_G_E"), service("A"), END, road("S", "A", "G", "E"), flow("G", "A", "True")),
    ),
    "an unknown task": ("unknown-task", "f_G_A", choice(flow("G", "A", 'field("elsewhere", "x") == 1'), flow("G", "B"))),
    "a field that is kept": ("kept-field", "f_G_A", choice(flow("G", "A", 'field("A", "phone") == 1'), flow("G", "B"))),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "element_id", "content"), WARNINGS.values(), ids=WARNINGS.keys())
def test_what_is_doubtful_is_a_warning_and_refuses_nothing(rule: str, element_id: str | None, content: bytes) -> None:
    findings = lint(content)
    assert [str(finding) for finding in findings if finding.is_error] == []
    assert (rule, element_id) in [(finding.rule, finding.element_id) for finding in findings]


def test_a_caught_error_end_is_sound() -> None:
    error = '<bpmn:errorEventDefinition errorRef="Err"/>'
    inside = node("startEvent", "s1") + user("inside") + node("endEvent", "e1", error) + road("s1", "inside", "e1")
    beside = node("boundaryEvent", "B", error, attachedToRef="P") + node("endEvent", "E2", name="失败") + road("B", "E2")
    assert [str(finding) for finding in lint(sub(inside, beside=beside))] == []


def test_parallel_branches_that_join_are_sound_and_so_are_alternatives_that_meet() -> None:
    fork = node("parallelGateway", "G") + node("parallelGateway", "J") + user("A") + user("B")
    assert [str(finding) for finding in lint(diagram(START, fork, END, road("S", "G", "A", "J", "E"), road("G", "B", "J")))] == []
    inside = node("exclusiveGateway", "X", default="f_X_M") + node("exclusiveGateway", "M") + user("C")
    roads = road("S", "G", "A", "X", "M", "J", "E") + flow("X", "C", "True") + road("C", "M") + road("G", "B", "J")
    assert [str(finding) for finding in lint(diagram(START, fork, inside, END, roads))] == []


def test_an_inclusive_join_waits_for_what_was_taken() -> None:
    fork = node("inclusiveGateway", "G", default="f_G_B") + node("inclusiveGateway", "J") + user("A") + user("B")
    roads = road("S", "G") + flow("G", "A", "True") + road("G", "B", "J", "E") + road("A", "J")
    assert [str(finding) for finding in lint(diagram(START, fork, END, roads))] == []


def test_a_watch_without_an_end_may_run_beside_a_branch_that_stops_all() -> None:
    watch = node("intermediateCatchEvent", "W", timer("due_at()", "timeDate")) + user("look")
    stop = node("endEvent", "T", "<bpmn:terminateEventDefinition/>", name="办结")
    inside = START + node("parallelGateway", "G") + user("A") + watch + stop + road("S", "G", "A", "T") + road("G", "W", "look", "W")
    assert [str(finding) for finding in lint(diagram(inside))] == []
    assert "no-way-to-end" in {finding.rule for finding in lint(diagram(inside.replace("<bpmn:terminateEventDefinition/>", "")))}


CLOSED = {"closedLoop": "true"}


@pytest.mark.parametrize(
    ("beside", "open_ends"),
    [
        (user("answer", feedback="true") + road("register", "answer", "E"), []),
        (user("answer") + road("register", "answer", "E"), ["E"]),
        (
            user("answer", feedback="true")
            + node("exclusiveGateway", "X", default="f_X_answer")
            + road("register", "X", "answer", "E")
            + flow("X", "E", "True"),
            ["E"],
        ),
        (
            user("answer", feedback="true")
            + node("boundaryEvent", "B", timer('"P1D"'), attachedToRef="answer")
            + node("endEvent", "E2", name="放弃")
            + road("register", "answer", "E")
            + road("B", "E2"),
            ["E2"],
        ),
        (
            user("answer", feedback="true")
            + node("boundaryEvent", "B", timer('"P1D"'), attachedToRef="register", cancelActivity="false")
            + node("endEvent", "E2", name="提醒")
            + road("register", "answer", "E")
            + road("B", "E2"),
            [],
        ),
        (
            node("subProcess", "P", ANSWERED) + road("register", "P", "E"),
            [],
        ),
        (
            exempt("E2", "并案")
            + node("exclusiveGateway", "X", default="f_X_answer")
            + user("answer", feedback="true")
            + road("register", "X", "answer", "E")
            + flow("X", "E2", "True"),
            [],
        ),
    ],
)  # fmt: skip
def test_every_way_to_an_end_of_a_closed_loop_goes_by_an_answer(beside: str, open_ends: list[str]) -> None:
    content = diagram(START, user("register"), END, road("S", "register"), beside, properties=CLOSED)
    errors = [finding for finding in lint(content) if finding.is_error]
    assert [finding.element_id for finding in errors if finding.rule == "open-loop"] == open_ends
    assert {finding.rule for finding in errors} <= {"open-loop"}


def test_a_called_process_in_the_same_upload_is_known_with_its_tasks() -> None:
    caller = diagram(
        START, call("A", "visit"), node("exclusiveGateway", "G", default="f_G_E"), END, node("endEvent", "E2", name="重办"),
        road("S", "A", "G", "E"), flow("G", "E2", 'field("register", "outcome") == "redo"'),
    )  # fmt: skip
    assert run([SourceFile("a.bpmn", caller), SourceFile("b.bpmn", simple(key="visit"))], catalogue()) == []


def test_processes_that_call_each_other_round_are_refused() -> None:
    first = diagram(START, call("A", "b"), END, road("S", "A", "E"), key="a")
    second = diagram(START, call("A", "a"), END, road("S", "A", "E"), key="b")
    findings = run([SourceFile("a.bpmn", first), SourceFile("b.bpmn", second)], catalogue())
    assert [(finding.file, finding.rule) for finding in findings] == [("a.bpmn", "call-cycle"), ("b.bpmn", "call-cycle")]


def test_a_sub_process_with_the_id_of_one_in_a_called_process_is_refused_by_the_library() -> None:
    caller = diagram(START, node("subProcess", "P", INSIDE), call("A", "visit"), END, road("S", "P", "A", "E"))
    called = diagram(START, node("subProcess", "P", INSIDE), END, road("S", "P", "E"), key="visit")
    findings = run([SourceFile("a.bpmn", caller), SourceFile("b.bpmn", called)], catalogue())
    assert [(finding.file, finding.rule) for finding in findings] == [("a.bpmn", "engine-refuses")]


def test_two_files_with_one_key_are_refused() -> None:
    findings = run([SourceFile("a.bpmn", simple()), SourceFile("b.bpmn", simple())], catalogue())
    assert [(finding.file, finding.rule, finding.element_id) for finding in findings] == [("b.bpmn", "same-key", "demo")]


def test_a_finding_is_one_line_for_the_command_line() -> None:
    (finding,) = lint(caught(timer("PT30M")))
    assert str(finding).startswith("demo.bpmn:C: timer-unquoted: 定时器的 PT30M 没有引号")
    assert finding.as_dict()["severity"] == "error"
