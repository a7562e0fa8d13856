"""An instance is stored after every command and goes on from its row as if it had never left memory."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine.actor import SYSTEM
from engine.history import expand
from engine.instances.models import Instance
from engine.registry import Registry
from engine.runtime import views
from engine.runtime.engine import Engine
from engine.runtime.work import Work
from engine.timers.models import Timer
from tests.contract.engine import diagrams as draw
from tests.contract.engine.conftest import Publish
from tests.contract.engine.test_commands import complete, open_items, start
from tests.fixtures.clocks import Clock


@pytest.fixture
def engine(sessions: sessionmaker[Session], registry: Registry) -> Engine:
    """An engine that keeps nothing in memory between two commands."""
    return Engine(sessions, registry, kept=0)


def steps(engine: Engine, business_key: str = "C1") -> list[tuple[str, str | None, str | None]]:
    """The case's steps as (type, element, flow)."""
    with engine.read() as session:
        return [(one.type, one.element_id, one.flow_id) for one in expand.read(session, engine.specs, business_key).steps]


def outcome(engine: Engine, instance_id: int) -> str | None:
    """The name of the end event an instance reached."""
    with engine.read() as session:
        return session.get_one(Instance, instance_id).outcome


def fire_next(engine: Engine, clock: Clock) -> str:
    """Travel to the next due timer and fire it; answers its element."""
    with engine.read() as session:
        timer = session.scalars(select(Timer).order_by(Timer.due_at)).first()
    assert timer is not None
    clock.travel(timer.due_at)
    assert engine.transact(SYSTEM, lambda work: work.fire(timer.instance_id, timer.task_id))
    return timer.element_id


def sub_process(element: str, inner: str, flows: str) -> str:
    """An embedded sub-process."""
    drawn = draw.document("x", inner, flows).decode()
    body = drawn[drawn.index('isExecutable="true">') + len('isExecutable="true">') : drawn.index("</bpmn:process>")]
    return f'<bpmn:subProcess id="{element}">{body}</bpmn:subProcess>'


def test_a_parallel_multi_instance_goes_on_after_each_child(engine: Engine, publish: Publish) -> None:
    loop = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    body = draw.start() + draw.user("each").replace("</bpmn:userTask>", f"{loop}</bpmn:userTask>") + draw.user("after") + draw.end()
    publish("many", draw.document("many", body, "begin>each; each>after; after>finish"))
    instance = start(engine, "many")
    for _child in range(3):
        assert set(open_items(engine)) == {"each"}
        complete(engine, "each")
    complete(engine, "after")
    assert outcome(engine, instance) == "办结"


def test_a_withdrawal_interrupts_an_embedded_sub_process_wherever_it_stands(engine: Engine, publish: Publish) -> None:
    inner = '<bpmn:startEvent id="inside"/>' + draw.user("one") + draw.user("two") + draw.end("inner_end")
    body = (
        draw.start()
        + sub_process("handling", inner, "inside>one; one>two; two>inner_end")
        + draw.boundary("withdrawn", "handling", draw.awaited("Go"), interrupting=True)
        + draw.end()
        + draw.end("gone", "撤回")
    )
    publish("inner", draw.document("inner", body, "begin>handling; handling>finish; withdrawn>gone", messages="Go"))
    for position, key in ((0, "C1"), (1, "C2")):
        instance = start(engine, "inner", key)
        if position:
            complete(engine, "one")
        engine.transact(SYSTEM, partial(Work.throw, message="Go", payload={"case_no": key}))
        assert outcome(engine, instance) == "撤回"
        assert open_items(engine) == {}


def test_a_terminate_end_inside_a_sub_process_ends_its_watches_and_the_flow_goes_on(engine: Engine, publish: Publish, clock: Clock) -> None:
    inner = (
        '<bpmn:startEvent id="inside"/><bpmn:parallelGateway id="split"/>'
        + draw.user("handle")
        + draw.catch("red", draw.timer("Duration", '"P7D"'))
        + draw.end("inner_end", inner="<bpmn:terminateEventDefinition/>")
        + draw.end("watch_end")
    )
    flows = "inside>split; split>handle; split>red; handle>inner_end; red>watch_end"
    body = draw.start() + sub_process("handling", inner, flows) + draw.user("after") + draw.end()
    publish("watched", draw.document("watched", body, "begin>handling; handling>after; after>finish"))
    instance = start(engine, "watched")
    complete(engine, "handle")
    with engine.read() as session:
        assert session.scalars(select(Timer)).all() == []
    assert ("cancelled", "red", None) in steps(engine)
    complete(engine, "after")
    assert outcome(engine, instance) == "办结"


def test_a_called_process_shows_in_history_under_its_own_definition(engine: Engine, publish: Publish) -> None:
    visit = draw.start().replace("begin", "visit_begin") + draw.user("visit") + draw.end("visited", "满意")
    inner = draw.document("return_visit", visit, "visit_begin>visit; visit>visited")
    called = '<bpmn:callActivity id="call_visit" calledElement="return_visit"/>'
    caller = draw.document("caller", draw.start() + called + draw.end(), "begin>call_visit; call_visit>finish")
    process = caller[caller.index(b"<bpmn:process") : caller.index(b"</bpmn:definitions>")]
    publish("caller", inner.replace(b"</bpmn:definitions>", process + b"</bpmn:definitions>"))
    instance = start(engine, "caller")
    complete(engine, "visit")
    assert outcome(engine, instance) == "办结"


def test_a_deadline_that_moves_is_a_loop_that_reads_it_again(engine: Engine, publish: Publish, registry: Registry, clock: Clock) -> None:
    limits = [clock.now.replace(day=9).isoformat()]
    registry.function("due_at")(lambda context: limits[-1])
    body = (
        draw.start()
        + '<bpmn:eventBasedGateway id="watch"/>'
        + draw.catch("due", draw.timer("Date", "due_at()"))
        + draw.catch("moved", draw.awaited("Go"))
        + draw.end("over", "超期")
    )
    publish("moving", draw.document("moving", body, "begin>watch; watch>due; watch>moved; moved>watch; due>over", messages="Go"))
    instance = start(engine, "moving")
    for day in (14, 20):
        limits.append(clock.now.replace(day=day).isoformat())
        engine.transact(SYSTEM, lambda work: work.throw("Go", {"case_no": "C1"}))
        with engine.read() as session:
            assert [timer.due_at.day for timer in session.scalars(select(Timer))] == [day]
    assert fire_next(engine, clock) == "watch"
    assert clock.now.day == 20
    assert outcome(engine, instance) == "超期"
    assert steps(engine).count(("completed", "moved", "watch_to_moved")) == 2


def test_a_loop_leaves_each_visit_and_the_road_taken_in_history(engine: Engine, publish: Publish) -> None:
    body = draw.start() + draw.user("handle") + '<bpmn:exclusiveGateway id="good" default="good_to_finish"/>' + draw.end()
    flows = 'begin>handle; handle>good; good>handle[field("handle", "again") == True]; good>finish'
    publish("again", draw.document("again", body, flows))
    start(engine, "again")
    complete(engine, "handle", {"again": True})
    complete(engine, "handle", {"again": False})
    waits = [flow for kind, element, flow in steps(engine) if (kind, element) == ("waiting", "handle")]
    assert waits == ["begin_to_handle", "good_to_handle"]
    assert steps(engine)[-1] == ("completed", "finish", "good_to_finish")


def test_a_running_case_stays_on_its_version_and_a_new_one_takes_the_new(engine: Engine, publish: Publish) -> None:
    first = draw.document("two", draw.start() + draw.user("first") + draw.end(), "begin>first; first>finish")
    second = draw.document("two", draw.start() + draw.user("other") + draw.end("finish", "新结局"), "begin>other; other>finish")
    publish("two", first)
    old = start(engine, "two")
    publish("two", second, version=2)
    new = start(engine, "two", "C2")
    complete(engine, "first")
    complete(engine, "other")
    assert (outcome(engine, old), outcome(engine, new)) == ("办结", "新结局")
    with engine.read() as session:
        assert [session.get_one(Instance, one).process_version for one in (old, new)] == [1, 2]


def test_tokens_and_variables_show_where_an_instance_stands(engine: Engine, publish: Publish) -> None:
    publish(
        "two",
        draw.document(
            "two", draw.start() + draw.user("first") + draw.user("second") + draw.end(), "begin>first; first>second; second>finish"
        ),
    )
    instance = start(engine, "two", urgency="特急")
    complete(engine, "first", {"outcome": "accept"})
    with engine.read() as session:
        live = engine.look(session, SYSTEM, instance)
        assert live is not None
        assert [token.element_id for token in views.tokens(live)] == ["second"]
        assert views.variables(live) == {"case_no": "C1", "urgency": "特急", "first": {"outcome": "accept"}}


@pytest.mark.parametrize("value", ["x" * 2000, {"a": [1, {"b": None}]}, 3.5, True, None, ["甲", "乙"]])
def test_process_data_comes_back_as_it_was(engine: Engine, publish: Publish, value: Any) -> None:
    publish(
        "two",
        draw.document(
            "two", draw.start() + draw.user("first") + draw.user("second") + draw.end(), "begin>first; first>second; second>finish"
        ),
    )
    instance = start(engine, "two", value=value)
    complete(engine, "first")
    with engine.read() as session:
        live = engine.look(session, SYSTEM, instance)
        assert live is not None
        assert views.variables(live)["value"] == value
