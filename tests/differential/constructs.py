"""Every construct of BPMN that the library was tried with, works or not: what it makes of one, our layer must make of it too."""

from collections.abc import Iterator

from tests.differential.drawing import boundary, catch, document, end, gateway, many, over, service, start, sub, throw, user

Drawn = tuple[str, bytes]
CALLED = '<bpmn:process id="Q" isExecutable="true">{}</bpmn:process>'


def every() -> list[Drawn]:
    """Name and file of each."""
    return [*_events(), *_gateways(), *_tasks(), *_sub_processes(), *_event_sub_processes(), *_loops(), *_starts_and_timers(), *_data()]


def _events() -> Iterator[Drawn]:
    for event in ("message", "signal", "error", "escalation", "terminate", "compensate", "cancel"):
        yield f"end {event}", document(start() + user("A") + end(event=event), "S>A; A>E")
    for event in ("message", "signal", "escalation", "compensate", "link"):
        yield f"throw {event}", document(start() + throw("T", event) + user("A") + end(), "S>T; T>A; A>E")
    for event in ("message", "signal", "duration", "date", "cycle", "condition", "link", "error", "escalation"):
        yield f"catch {event}", document(start() + catch("C", event) + user("A") + end(), "S>C; C>A; A>E")
    for event in ("message", "signal", "duration", "date", "cycle", "condition", "error", "escalation", "compensate"):
        for interrupting in (True, False):
            body = start() + user("A", "Z") + boundary("A", event, interrupting=interrupting) + user("C") + end() + end("E2")
            yield f"boundary {event} {interrupting}", document(body, "S>A; A>Z; Z>E; B>C; C>E2")
    yield "link to link", document(start() + throw("T", "link") + catch("C", "link") + user("A") + end(), "S>T; C>A; A>E")


def _gateways() -> Iterator[Drawn]:
    fork = start() + gateway("parallel", "G") + gateway("parallel", "J") + user("A", "B", "C") + end()
    yield "complex", document(start() + gateway("complex", "G") + user("A") + end(), "S>G; G>A; A>E")
    choice = start() + gateway("exclusive", "G") + user("A", "B") + end()
    yield "exclusive, none true", document(choice, "S>G; G>A[x == 8]; G>B[x == 9]; A>E; B>E")
    yield "exclusive, two without a condition", document(choice, "S>G; G>A; G>B; A>E; B>E")
    yield "exclusive, one way", document(start() + gateway("exclusive", "G") + user("A") + end(), "S>G; G>A; A>E")
    looped = start() + user("A") + gateway("exclusive", "G", "G_E") + end()
    yield "exclusive, back in a loop", document(looped, "S>A; A>G; G>A[x == 1]; G>E")
    yield "task, two flows out", document(start() + user("A", "B", "C") + end(), "S>A; A>B; A>C; B>E; C>E")
    yield "task, a condition on its flow", document(start() + user("A", "B") + end(), "S>A; A>B[x == 9]; B>E")
    yield "start, two flows out", document(start() + user("A", "B") + end(), "S>A; S>B; A>E; B>E")
    yield (
        "two flows into a task",
        document(start() + gateway("parallel", "G") + user("A", "B", "C") + end(), "S>G; G>A; G>B; A>C; B>C; C>E"),
    )
    yield "parallel", document(fork, "S>G; G>A; G>B; A>J; B>J; J>C; C>E")
    three = start() + gateway("parallel", "G") + gateway("parallel", "J") + user("A", "B", "D", "C") + end()
    yield "parallel, three ways", document(three, "S>G; G>A; G>B; G>D; A>J; B>J; D>J; J>C; C>E")
    yield "parallel in a loop", document(fork + gateway("exclusive", "L", "L_E"), "S>G; G>A; G>B; A>J; B>J; J>C; C>L; L>G[x == 1]; L>E")
    stuck = start() + gateway("exclusive", "G", "G_B") + gateway("parallel", "J") + user("A", "B", "C") + end()
    yield "parallel after exclusive", document(stuck, "S>G; G>A[x == 0]; G>B; A>J; B>J; J>C; C>E")
    some = start() + gateway("inclusive", "G", "G_D") + gateway("inclusive", "J") + user("A", "B", "D", "C") + end()
    yield "inclusive, two of three", document(some, "S>G; G>A[x == 0]; G>B[x == 0]; G>D; A>J; B>J; D>J; J>C; C>E")
    yield "inclusive, the default", document(some, "S>G; G>A[x == 9]; G>B[x == 9]; G>D; A>J; B>J; D>J; J>C; C>E")
    for first, second in (("message", "duration"), ("signal", "date"), ("duration", "duration"), ("message", "signal")):
        body = start() + gateway("eventBased", "G") + catch("C1", first) + catch("C2", second) + user("A", "B") + end()
        yield f"event gateway {first} {second}", document(body, "S>G; G>C1; G>C2; C1>A; C2>B; A>E; B>E")
    receiving = start() + gateway("eventBased", "G") + '<bpmn:receiveTask id="C1" messageRef="M"/>' + catch("C2", "duration")
    yield "event gateway, receive task", document(receiving + user("A", "B") + end(), "S>G; G>C1; G>C2; C1>A; C2>B; A>E; B>E")


def _tasks() -> Iterator[Drawn]:
    send = '<bpmn:sendTask id="A" messageRef="M"/><bpmn:receiveTask id="B" messageRef="M"/>'
    yield "send and receive", document(start() + send + end(), "S>A; A>B; B>E")
    for name, task in (
        ("service", service("A")),
        ("service that fails", service("A", "test.fail")),
        ("service without an operation", '<bpmn:serviceTask id="A"/>'),
        ("rule without a table", '<bpmn:businessRuleTask id="A"/>'),
        ("manual", '<bpmn:manualTask id="A"/>'),
        ("abstract", '<bpmn:task id="A"/>'),
        ("call of nothing", '<bpmn:callActivity id="A" calledElement="nope"/>'),
        ("script", '<bpmn:scriptTask id="A"><bpmn:script>x = 1</bpmn:script></bpmn:scriptTask>'),
        ("id with a dash", ""),
    ):
        element = "A" if task else "A-1"
        yield name, document(start() + (task or user(element)) + end(), f"S>{element}; {element}>E")
    failing = start() + service("A", "test.fail") + boundary("A", "error") + user("C", "D") + end() + end("E2")
    yield "service that fails, caught", document(failing, "S>A; A>D; D>E; B>C; C>E2")
    yield "no end", document(start() + user("A"), "S>A")
    yield "out of reach", document(start() + user("A", "Z") + end(), "S>A; A>E; Z>E")


def _sub_processes() -> Iterator[Drawn]:
    def inside(last: str, boundary_event: str | None, *, interrupting: bool = True, kind: str = "subProcess") -> bytes:
        body = sub("P1", start("s") + user("A") + last, "s>A; A>e", kind)
        if boundary_event is None:
            return document(start() + body + user("Z") + end(), "S>P1; P1>Z; Z>E")
        on_it = boundary("P1", boundary_event, interrupting=interrupting)
        return document(start() + body + on_it + user("Z", "C") + end() + end("E2"), "S>P1; P1>Z; Z>E; B>C; C>E2")

    yield "sub-process", inside(end("e"), None)
    yield "sub-process, error caught", inside(end("e", "error"), "error")
    yield "sub-process, error not caught", inside(end("e", "error"), None)
    yield "sub-process, message", inside(end("e"), "message")
    yield "sub-process, timer beside it", inside(end("e"), "duration", interrupting=False)
    yield "sub-process, terminate", inside(end("e", "terminate"), None)
    yield "transaction, cancel", inside(end("e", "cancel"), "cancel", kind="transaction")
    thrown = sub("P1", start("s") + throw("T", "escalation") + user("A") + end("e"), "s>T; T>A; A>e")
    on_it = boundary("P1", "escalation", interrupting=False)
    yield "escalation", document(start() + thrown + on_it + user("Z", "C") + end() + end("E2"), "S>P1; P1>Z; Z>E; B>C; C>E2")
    both = start("s") + gateway("parallel", "g") + user("A", "A2") + end("e", "terminate") + end("e2")
    yield (
        "terminate beside a task",
        document(start() + sub("P1", both, "s>g; g>A; g>A2; A>e; A2>e2") + user("Z") + end(), "S>P1; P1>Z; Z>E"),
    )
    at_top = start() + gateway("parallel", "g") + sub("P1", start("s") + user("A2") + end("e2"), "s>A2; A2>e2")
    yield "terminate above a sub-process", document(at_top + user("A") + end("e", "terminate") + end(), "S>g; g>A; g>P1; A>e; P1>E")
    called = CALLED.format(sub("Q1", start("q") + user("A") + end("qe"), "q>A; A>qe").partition(">")[2].rpartition("</")[0])
    yield "call", document(start() + '<bpmn:callActivity id="K" calledElement="Q"/>' + user("Z") + end(), "S>K; K>Z; Z>E", called)


def _event_sub_processes() -> Iterator[Drawn]:
    for event in ("message", "signal", "duration", "error", "escalation", "condition", "compensate"):
        for interrupting in ("true", "false"):
            begins = start("s", event, f'isInterrupting="{interrupting}"')
            inner = sub("P1", begins + user("B") + end("e"), "s>B; B>e", attributes='triggeredByEvent="true"')
            yield f"event sub-process {event} {interrupting}", document(start() + user("A") + end() + inner, "S>A; A>E")


def _loops() -> Iterator[Drawn]:
    sequential = 'isSequential="true"'
    for name, mark in (
        ("parallel, number", many()),
        ("sequential, number", many(sequential)),
        ("parallel, list", many("", over())),
        ("sequential, list", many(sequential, over())),
        ("parallel, list into list", many("", over(output=True))),
        ("sequential, list into list", many(sequential, over(output=True))),
        ("parallel, until", many("", over(condition="it == 1"))),
        ("camunda", many('xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:collection="xs"', "")),
        (
            "loop",
            '<bpmn:standardLoopCharacteristics loopMaximum="3"><bpmn:loopCondition>x == 0</bpmn:loopCondition>'
            "</bpmn:standardLoopCharacteristics>",
        ),
    ):
        yield f"many users: {name}", document(start() + user("A", inner=mark) + user("Z") + end(), "S>A; A>Z; Z>E")
        yield f"many services: {name}", document(start() + service("A", inner=mark) + user("Z") + end(), "S>A; A>Z; Z>E")
    inner = many("", over()) + start("s") + user("A") + end("e")
    yield "many sub-processes", document(start() + sub("P1", inner, "s>A; A>e") + user("Z") + end(), "S>P1; P1>Z; Z>E")
    for ordering in ("", 'ordering="Sequential"'):
        body = "<bpmn:completionCondition>x == 1</bpmn:completionCondition>" + user("A", "B")
        adhoc = sub("H", body, "", "adHocSubProcess", ordering)
        yield f"ad hoc {ordering}", document(start() + adhoc + end(), "S>H; H>E")


def _starts_and_timers() -> Iterator[Drawn]:
    for event in ("message", "signal", "duration", "condition", "error"):
        yield f"start {event}", document(start(event=event) + user("A") + end(), "S>A; A>E")
    yield "two starts", document(start() + start("S2", "message") + user("A") + end(), "S>A; S2>A; A>E")
    for name, text in (("without quotes", "PT30M"), ("not a duration", '"30 minutes"'), ("of a thousand years", '"P1000Y"')):
        timer = f"<bpmn:timerEventDefinition><bpmn:timeDuration>{text}</bpmn:timeDuration></bpmn:timerEventDefinition>"
        waits = f'<bpmn:intermediateCatchEvent id="C">{timer}</bpmn:intermediateCatchEvent>'
        if name != "of a thousand years":  # refused by a patch, on purpose
            yield f"timer {name}", document(start() + waits + end(), "S>C; C>E")


def _data() -> Iterator[Drawn]:
    held = '<bpmn:dataObject id="r"/><bpmn:dataObjectReference id="ref" dataObjectRef="r"/>'
    out = '<bpmn:dataOutputAssociation id="o"><bpmn:targetRef>ref</bpmn:targetRef></bpmn:dataOutputAssociation>'
    yield "data object", document(held + start() + service("A", inner=out) + user("B") + end(), "S>A; A>B; B>E")
    notes = '<bpmn:textAnnotation id="t"><bpmn:text>hi</bpmn:text></bpmn:textAnnotation><bpmn:group id="g"/>'
    joined = '<bpmn:association id="as" sourceRef="A" targetRef="t"/>'
    yield "notes", document(notes + joined + start() + user("A") + end(), "S>A; A>E")
    repair = '<bpmn:serviceTask id="R" isForCompensation="true"/><bpmn:association id="as" sourceRef="B" targetRef="R"/>'
    yield "compensation", document(start() + user("A") + boundary("A", "compensate") + repair + end(), "S>A; A>E")
