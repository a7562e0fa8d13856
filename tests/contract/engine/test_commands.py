"""What every command promises, on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine as DatabaseEngine
from sqlalchemy import delete, event, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from engine.actor import SYSTEM, Actor
from engine.context import Context
from engine.errors import AlreadyClaimed, Conflict, Forbidden, Invalid, NotFound, StepFailed
from engine.history import expand
from engine.history.models import History
from engine.history.verify import verify
from engine.instances.models import Instance
from engine.messages.models import InboxMessage, Subscription
from engine.outbox.models import Incident
from engine.registry import BpmnError, Registry
from engine.runtime.engine import Engine
from engine.timers.models import Timer
from engine.workitems.models import WorkItem
from tests.contract.engine import diagrams as draw
from tests.contract.engine.conftest import Publish
from tests.fixtures.clocks import Clock

AGENT = Actor("agent1", frozenset({"agent"}))
OTHER = Actor("agent2", frozenset({"agent"}))
STRANGER = Actor("unit_water", frozenset({"unit"}))

TWO_TASKS = draw.document(
    "two", draw.start() + draw.user("first") + draw.user("second") + draw.end(), "begin>first; first>second; second>finish"
)


def start(engine: Engine, key: str, business_key: str = "C1", **variables: Any) -> int:
    """Start an instance and answer its id."""
    return engine.transact(SYSTEM, lambda work: work.start(key, business_key, {"case_no": business_key, **variables}))


def open_items(engine: Engine) -> dict[str, WorkItem]:
    """The open work items by element."""
    with engine.read() as session:
        return {item.element_id: item for item in session.scalars(select(WorkItem).where(WorkItem.state == "open"))}


def complete(engine: Engine, element: str, answers: dict[str, Any] | None = None, actor: Actor = AGENT) -> None:
    """Complete the open task of an element."""
    item = open_items(engine)[element]
    engine.transact(actor, lambda work: work.complete(item.instance_id, item.task_id, answers or {}))


def test_a_completed_task_opens_the_next_and_the_last_one_ends_the_instance(engine: Engine, publish: Publish) -> None:
    publish("two", TWO_TASKS)
    instance = start(engine, "two")
    complete(engine, "first", {"outcome": "accept"})
    assert set(open_items(engine)) == {"second"}
    complete(engine, "second")
    with engine.read() as session:
        row = session.get_one(Instance, instance)
        assert (row.status, row.outcome, row.version, row.last_seq) == ("ended", "办结", 3, 3)
        assert [item.state for item in session.scalars(select(WorkItem).order_by(WorkItem.task_id))] == ["done", "done"]
        assert verify(session).bad == []


def test_a_command_on_one_instance_takes_one_commit_and_at_most_eight_statements(
    engine: Engine, publish: Publish, database: DatabaseEngine
) -> None:
    publish("two", TWO_TASKS)
    start(engine, "two")
    start(engine, "two", "C2")
    item = open_items(engine)["first"]
    engine.specs.get(sessionmaker(database)(), 1)
    statements: list[str] = []
    commits: list[int] = []
    event.listen(database, "before_cursor_execute", lambda _c, _u, text, *_rest: statements.append(text))
    event.listen(database, "commit", lambda _c: commits.append(1))
    engine.transact(AGENT, lambda work: work.complete(item.instance_id, item.task_id, {"x": 1}))
    assert len([text for text in statements if not text.startswith("BEGIN")]) <= 8, statements
    assert len(commits) == 1


def test_a_second_claim_names_who_has_it_and_only_that_person_goes_on(engine: Engine, publish: Publish) -> None:
    publish("two", TWO_TASKS)
    start(engine, "two")
    item = open_items(engine)["first"]
    key = item.instance_id, item.task_id
    engine.transact(AGENT, lambda work: work.claim(*key))
    with pytest.raises(AlreadyClaimed) as refusal:
        engine.transact(OTHER, lambda work: work.claim(*key))
    assert refusal.value.details["claimed_by"] == "agent1"
    with pytest.raises(AlreadyClaimed):
        engine.transact(OTHER, lambda work: work.complete(*key, {}))
    engine.transact(AGENT, lambda work: work.release(*key))
    engine.transact(OTHER, lambda work: work.claim(*key))
    engine.transact(OTHER, lambda work: work.delegate(*key, "agent1"))
    engine.transact(AGENT, lambda work: work.complete(*key, {}))
    with engine.read() as session:
        kinds = list(session.scalars(select(History.type).where(History.instance_id == item.instance_id).order_by(History.seq)))
        assert kinds == ["start", "claim", "release", "claim", "delegate", "complete"]
        assert verify(session).bad == []


def test_who_is_no_candidate_is_refused_and_nothing_changes(engine: Engine, publish: Publish) -> None:
    publish("two", TWO_TASKS)
    start(engine, "two")
    with pytest.raises(Forbidden):
        complete(engine, "first", actor=STRANGER)
    assert set(open_items(engine)) == {"first"}


def test_an_unknown_task_is_not_found_and_a_done_one_a_conflict(engine: Engine, publish: Publish) -> None:
    publish("two", TWO_TASKS)
    start(engine, "two")
    item = open_items(engine)["first"]
    complete(engine, "first")
    with pytest.raises(Conflict):
        engine.transact(AGENT, lambda work: work.complete(item.instance_id, item.task_id, {}))
    with pytest.raises(NotFound):
        engine.transact(AGENT, lambda work: work.complete(item.instance_id, 999, {}))


def test_wrong_answers_leave_the_task_untouched(engine: Engine, publish: Publish, registry: Registry) -> None:
    registry.form_validator = lambda form, answers, prefill: ({}, {"phone": "电话不对"})
    publish("two", TWO_TASKS)
    start(engine, "two")
    with pytest.raises(Invalid) as refusal:
        complete(engine, "first")
    assert refusal.value.errors == {"phone": "电话不对"}
    assert set(open_items(engine)) == {"first"}


def first_cannot_be_completed(engine: Engine, *, because_of: str) -> None:
    """A later step fails: the first task stays open, and there is an incident at the step."""
    with pytest.raises(StepFailed) as failure:
        complete(engine, "first")
    assert failure.value.details["element_id"] == because_of
    assert set(open_items(engine)) == {"first"}
    with engine.read() as session:
        incident = session.scalars(select(Incident)).one()
    assert (incident.element_id, incident.business_key) == (because_of, "C1")
    assert str(incident.id) == failure.value.details["incident"]


@pytest.mark.parametrize("wrong", [4, "soon", "P4", True, ["PT1M"]], ids=str)
def test_a_limit_that_is_none_fails_its_step_with_an_incident(engine: Engine, publish: Publish, registry: Registry, wrong: object) -> None:
    registry.function("limit")(lambda _context: wrong)
    body = draw.start() + draw.user("first") + draw.user("second", "candidateGroups=agent;sla==limit()") + draw.end()
    publish("limited", draw.document("limited", body, "begin>first; first>second; second>finish"))
    start(engine, "limited")
    first_cannot_be_completed(engine, because_of="second")


def test_a_limit_may_be_a_length_of_time(engine: Engine, publish: Publish, registry: Registry, clock: Clock) -> None:
    registry.function("limit")(lambda _context: "PT90M")
    body = draw.start() + draw.user("first", "candidateGroups=agent;sla=PT1M;priority=urgent")
    body += draw.user("second", "candidateGroups=agent;sla==limit()") + draw.end()
    publish("limited", draw.document("limited", body, "begin>first; first>second; second>finish"))
    start(engine, "limited")
    items = []
    for element in ("first", "second"):
        with engine.read() as session:
            items.append(session.scalars(select(WorkItem).where(WorkItem.element_id == element)).one())
        complete(engine, element)
    assert [(item.due_at, item.urgent) for item in items] == [
        (clock.now + timedelta(minutes=1), True),
        (clock.now + timedelta(minutes=90), False),
    ]


def test_a_failing_operation_leaves_nothing_half_done_but_an_incident(engine: Engine, publish: Publish, registry: Registry) -> None:
    @registry.operation("shop.break")
    def broken(context: Context) -> None:
        context.session.add(
            InboxMessage(message="half", correlation="x=1", payload={}, actor="x", received_at=context.now, expires_at=context.now)
        )
        context.session.flush()
        raise RuntimeError("the shop is closed")

    body = draw.start() + draw.user("first") + draw.service("shopping", "shop.break") + draw.end()
    publish("broken", draw.document("broken", body, "begin>first; first>shopping; shopping>finish"))
    start(engine, "broken")
    first_cannot_be_completed(engine, because_of="shopping")
    with engine.read() as session:
        assert session.scalar(select(func.count()).select_from(InboxMessage)) == 0
        assert session.scalar(select(func.count()).select_from(History)) == 1


def test_an_operations_bpmn_error_goes_to_its_boundary_event(engine: Engine, publish: Publish, registry: Registry) -> None:
    @registry.operation("shop.refuse")
    def refuse(context: Context) -> None:
        raise BpmnError("CLOSED")

    error = '<bpmn:errorEventDefinition errorRef="E_closed"/>'
    body = (
        draw.start()
        + draw.service("shopping", "shop.refuse")
        + draw.boundary("closed", "shopping", error, interrupting=True)
        + draw.user("by_hand")
        + draw.end()
        + draw.end("other_end")
    )
    content = draw.document("caught", body, "begin>shopping; shopping>finish; closed>by_hand; by_hand>other_end").replace(
        b"<bpmn:process", b'<bpmn:error id="E_closed" name="closed" errorCode="CLOSED"/><bpmn:process', 1
    )
    publish("caught", content)
    start(engine, "caught")
    assert set(open_items(engine)) == {"by_hand"}


def test_marks_and_answers_reach_history_and_operations(engine: Engine, publish: Publish, registry: Registry) -> None:
    seen: list[Any] = []

    @registry.operation("case.note")
    def note(context: Context, text: str) -> dict[str, int]:
        seen.append((text, dict(context.answers), context.business_key, context.element_id))
        context.marks["flag"] = "超时确认"
        return {"level": 1}

    body = draw.start() + draw.user("first") + draw.service("noting", "case.note", "noted", text='field("first", "word")') + draw.end()
    publish("noting", draw.document("noting", body, "begin>first; first>noting; noting>finish"))
    start(engine, "noting")
    complete(engine, "first", {"word": "hello"})
    assert seen == [("hello", {"word": "hello"}, "C1", "noting")]
    with engine.read() as session:
        steps = expand.read(session, engine.specs, "C1", show=lambda _field, value: value).steps
    flagged = [one for one in steps if one.data and "flag" in one.data]
    assert [(one.element_id, one.flow_id) for one in flagged] == [("noting", "first_to_noting")]
    assert next(one for one in steps if one.type == "complete").data == {"answers": {"word": "hello"}}


def test_an_early_message_waits_in_the_inbox_for_its_catch(engine: Engine, publish: Publish) -> None:
    body = draw.start() + draw.user("first") + draw.catch("waiting", draw.awaited("Go")) + draw.user("second") + draw.end()
    flows = "begin>first; first>waiting; waiting>second; second>finish"
    publish("early", draw.document("early", body, flows, messages="Go"))
    start(engine, "early")
    engine.transact(SYSTEM, lambda work: work.throw("Go", {"case_no": "C1", "word": "早"}))
    engine.transact(SYSTEM, lambda work: work.throw("Go", {"case_no": "C2"}))
    assert set(open_items(engine)) == {"first"}
    complete(engine, "first")
    assert set(open_items(engine)) == {"second"}
    with engine.read() as session:
        assert [row.correlation for row in session.scalars(select(InboxMessage))] == ["case_no=C2"]
        assert list(session.scalars(select(Subscription))) == []


def test_a_message_reaches_only_the_instance_it_is_correlated_with(engine: Engine, publish: Publish) -> None:
    body = draw.start() + draw.catch("waiting", draw.awaited("Go")) + draw.user("second") + draw.end()
    publish("waits", draw.document("waits", body, "begin>waiting; waiting>second; second>finish", messages="Go"))
    start(engine, "waits", "C1")
    start(engine, "waits", "C2")
    engine.transact(SYSTEM, lambda work: work.throw("Go", {"case_no": "C2"}))
    assert [item.business_key for item in open_items(engine).values()] == ["C2"]


def test_one_command_moves_every_instance_it_reaches_in_one_commit(engine: Engine, publish: Publish) -> None:
    parent = draw.start() + draw.throw("send", "Begin", '{"case_no": case_no}') + draw.catch("waiting", draw.awaited("Done")) + draw.end()
    publish("parent", draw.document("parent", parent, "begin>send; send>waiting; waiting>finish", messages="Begin Done"))
    child = draw.start() + draw.throw("answer", "Done", '{"case_no": case_no}') + draw.end()
    publish("child", draw.document("child", child, "begin>answer; answer>finish", messages="Done"), start_messages=["Begin"])
    instance = start(engine, "parent")
    with engine.read() as session:
        assert {row.process_key: row.status for row in session.scalars(select(Instance))} == {"parent": "ended", "child": "ended"}
        steps = expand.read(session, engine.specs, "C1").steps
        order = [(one.definition, one.type, one.element_id) for one in steps if one.type in ("start", "message")]
        assert order == [("parent", "start", None), ("child", "start", None), ("parent", "message", "waiting")]
        assert {one.instance_id for one in steps if one.definition == "parent"} == {instance}
        assert verify(session).bad == []


def test_a_timer_fires_once_in_due_order_with_due_and_fire_time(engine: Engine, publish: Publish, clock: Clock) -> None:
    body = (
        draw.start()
        + draw.user("first")
        + draw.boundary("late", "first", draw.timer("Cycle", '"R2/PT30M"'))
        + draw.end()
        + draw.end("told", "已提醒")
    )
    publish("late", draw.document("late", body, "begin>first; first>finish; late>told"))
    instance = start(engine, "late")
    with engine.read() as session:
        due = session.scalars(select(Timer)).one()
    clock.advance(hours=3)
    assert engine.transact(SYSTEM, lambda work: work.fire(instance, due.task_id)) is True
    assert engine.transact(SYSTEM, lambda work: work.fire(instance, due.task_id)) is False
    with engine.read() as session:
        fired = [one.data for one in expand.read(session, engine.specs, "C1").steps if one.type == "timer"]
        assert [data["due"][11:16] for data in fired if data] == ["01:30", "02:00"]
        assert {data["fired"][11:16] for data in fired if data} == {"04:00"}
        assert list(session.scalars(select(Timer))) == []
    complete(engine, "first")


def test_who_acts_after_an_outage_finds_the_overdue_timers_fired_first(engine: Engine, publish: Publish, clock: Clock) -> None:
    body = (
        draw.start()
        + draw.user("first")
        + draw.boundary("late", "first", draw.timer("Duration", '"PT30M"'))
        + draw.end()
        + draw.end("told")
    )
    publish("late", draw.document("late", body, "begin>first; first>finish; late>told"))
    start(engine, "late")
    clock.advance(hours=1)
    complete(engine, "first")
    with engine.read() as session:
        kinds = [(one.type, one.element_id) for one in expand.read(session, engine.specs, "C1").steps]
    assert kinds.index(("timer", "late")) < kinds.index(("complete", "first"))


def test_every_column_of_history_is_covered_by_the_chain(engine: Engine, publish: Publish, sessions: sessionmaker[Session]) -> None:
    publish("two", TWO_TASKS)
    start(engine, "two")
    complete(engine, "first")
    changes: dict[str, Any] = {
        "actor": "agent9",
        "element_id": "other",
        "type": "claim",
        "flow_id": "f",
        "data": b'{"steps":[["x"]]}',
        "seq": 9,
    }
    for column, value in changes.items():
        with sessions() as session:
            row = session.scalars(select(History).where(History.seq == 2)).one()
            session.execute(update(History).where(History.seq == row.seq).values({column: value}))
            assert verify(session).bad != [], column
            session.rollback()
    with sessions() as session:
        session.execute(delete(History).where(History.seq == 2))
        assert [bad.seq for bad in verify(session).bad] == [2]


def test_a_duration_that_would_hang_the_worker_fails_the_step(engine: Engine, publish: Publish) -> None:
    body = draw.start() + draw.catch("waiting", draw.timer("Duration", "length")) + draw.end()
    publish("long", draw.document("long", body, "begin>waiting; waiting>finish"))
    with pytest.raises(StepFailed):
        start(engine, "long", length="P999999999M")


def test_a_fleeting_message_that_nobody_awaits_is_not_kept(engine: Engine, publish: Publish, registry: Registry) -> None:
    registry.fleeting.add("Go")
    body = draw.start() + draw.throw("send", "Go", '{"case_no": case_no}') + draw.end()
    publish("sends", draw.document("sends", body, "begin>send; send>finish", messages="Go"))
    start(engine, "sends")
    with engine.read() as session:
        assert session.scalars(select(InboxMessage)).all() == []


def test_a_timer_is_due_exactly_its_duration_after_its_command(engine: Engine, publish: Publish) -> None:
    late = draw.boundary("late", "first", draw.timer("Duration", '"PT30M"'))
    body = draw.start() + draw.user("first") + late + draw.end() + draw.end("told")
    publish("exact", draw.document("exact", body, "begin>first; first>finish; late>told"))
    instance = start(engine, "exact")
    with engine.read() as session:
        due = session.scalars(select(Timer.due_at)).one()
        assert (due - session.get_one(Instance, instance).started_at).total_seconds() == 1800
