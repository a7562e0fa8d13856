"""A failed step is an incident; what an administrator may do about it depends on what had set the step off."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine.actor import SYSTEM
from engine.context import Context
from engine.errors import Invalid, NotFound, StepFailed
from engine.history.verify import verify
from engine.instances.models import Instance
from engine.jobs.upkeep import clear_away
from engine.messages.models import InboxMessage
from engine.outbox import incidents, settling
from engine.outbox.settling import AlreadyHandled, NotPossible
from engine.registry import BpmnError
from engine.runtime.kept import KeptInstances
from engine.timers import periodic
from engine.timers.models import Timer
from tests.contract.engine import diagrams as draw
from tests.contract.engine.conftest import Publish
from tests.contract.incidents.conftest import ADMIN, Workshop

ASKED = draw.document(
    "asked",
    draw.start() + draw.user("first") + draw.service("machine", "shop.work", "made") + draw.user("second") + draw.end(),
    "begin>first; first>machine; machine>second; second>finish",
)
TIMED = draw.document(
    "timed",
    draw.start()
    + draw.user("first")
    + draw.boundary("late", "first", draw.timer("Duration", '"PT30M"'))
    + draw.service("machine", "shop.work")
    + draw.user("told")
    + draw.end()
    + draw.end("told_end"),
    "begin>first; first>finish; late>machine; machine>told; told>told_end",
)
CAUGHT = draw.document(
    "caught",
    draw.start() + draw.catch("hears", draw.awaited("Go")) + draw.service("machine", "shop.work") + draw.user("second") + draw.end(),
    "begin>hears; hears>machine; machine>second; second>finish",
    messages="Go",
)

AT_ONCE = draw.document("at_once", draw.start() + draw.service("machine", "shop.work") + draw.end(), "begin>machine; machine>finish")


def test_an_incident_knows_its_place_its_cause_and_what_set_it_off(shop: Workshop, publish: Publish) -> None:
    publish("asked", ASKED)
    instance = shop.start("asked")
    shop.broken = RuntimeError("王小明 13800138000")
    with pytest.raises(StepFailed):
        shop.complete("first")
    found = shop.incident()
    assert (found.kind, found.place, found.element_id, found.cause) == ("step", "asked", "machine", "RuntimeError")
    assert (found.origin, found.origin_instance_id, found.instance_id, found.business_key) == ("task", instance, instance, "C1")
    assert "13800138000" not in found.message + found.message_en
    assert found.trace is not None
    assert "13800138000" in found.trace


def test_the_same_failure_again_is_the_same_incident_counted(shop: Workshop, publish: Publish) -> None:
    publish("asked", ASKED)
    shop.start("asked")
    shop.broken = RuntimeError()
    first = shop.clock.now
    for minute in range(3):
        shop.clock.travel(first + timedelta(minutes=minute))
        with pytest.raises(StepFailed):
            shop.complete("first")
    found = shop.incident()
    assert (found.times, found.created_at, found.last_at) == (3, first, shop.clock.now)


def test_after_a_skip_the_person_submits_again_and_the_flow_goes_on_behind_the_step(shop: Workshop, publish: Publish) -> None:
    publish("asked", ASKED)
    instance = shop.start("asked")
    shop.broken = RuntimeError()
    with pytest.raises(StepFailed):
        shop.complete("first")
    with pytest.raises(Invalid):
        shop.settle("skip", "")
    shop.settle("skip", "机器停用，已电话通知")
    assert shop.incident().state == "skipped"
    shop.complete("first", {"outcome": "accept"})
    assert shop.waiting() == {"second"}
    assert shop.worked == 0
    told = [(step.type, step.element_id, step.actor, (step.data or {}).get("reason")) for step in shop.history()]
    assert ("skip", "machine", "admin", "机器停用，已电话通知") in told
    assert ("completed", "machine", "agent1", "机器停用，已电话通知") in told
    with shop.engine.read() as session:
        assert verify(session).bad == []
        live = shop.engine.look(session, ADMIN, instance)
        assert live is not None
        (task,) = (task for task in live.flow.all_tasks() if task.task_spec.name == "second")
        assert task.data["made"] is None


def test_a_skip_is_used_up_by_one_token(shop: Workshop, publish: Publish) -> None:
    body = draw.start() + draw.user("first") + draw.service("machine", "shop.work") + draw.user("second") + draw.end()
    body += '<bpmn:exclusiveGateway id="again" default="again_to_finish"/>'
    flows = 'begin>first; first>machine; machine>second; second>again; again>finish; again>first[second["outcome"] == "again"]'
    publish("round", draw.document("round", body, flows))
    shop.start("round")
    shop.broken = RuntimeError()
    with pytest.raises(StepFailed):
        shop.complete("first")
    shop.settle("skip")
    shop.complete("first")
    shop.complete("second", {"outcome": "again"})
    with pytest.raises(StepFailed):
        shop.complete("first")
    assert [one.state for one in shop.incidents()] == ["skipped", "open"]


def test_a_failed_timer_waits_for_an_administrator_and_holds_nobody_up(shop: Workshop, publish: Publish) -> None:
    publish("timed", TIMED)
    instance = shop.start("timed")
    shop.broken = RuntimeError()
    shop.clock.advance(minutes=31)
    shop.tick()
    found = shop.incident()
    assert (found.origin, found.origin_instance_id, found.element_id, found.times) == ("timer", instance, "machine", 1)
    shop.clock.advance(minutes=1)
    shop.tick()
    assert shop.incident().times == 1
    assert [step.type for step in shop.history()][-1] == "failed"
    shop.complete("first")
    assert shop.instance(instance).status == "ended"


def test_a_retried_timer_fires_at_once_and_what_fails_again_is_the_same_incident(shop: Workshop, publish: Publish) -> None:
    publish("timed", TIMED)
    shop.start("timed")
    shop.broken = RuntimeError()
    shop.clock.advance(minutes=31)
    shop.tick()
    shop.settle("retry")
    assert shop.incident().state == "retried"
    shop.tick()
    assert (shop.incident().state, shop.incident().times) == ("open", 2)
    shop.broken = None
    shop.settle("retry")
    shop.tick()
    assert shop.waiting() == {"first", "told"}
    assert shop.incident().state == "retried"


def test_a_skipped_step_of_a_timer_is_passed_over_at_once(shop: Workshop, publish: Publish) -> None:
    publish("timed", TIMED)
    shop.start("timed")
    shop.broken = RuntimeError()
    shop.clock.advance(minutes=31)
    shop.tick()
    shop.settle("skip")
    shop.tick()
    assert shop.waiting() == {"first", "told"}
    assert len(shop.incidents()) == 1


def test_a_person_who_runs_into_an_overdue_timer_that_fails_can_go_on_as_soon_as_it_is_set_aside(shop: Workshop, publish: Publish) -> None:
    publish("timed", TIMED)
    shop.start("timed")
    shop.broken = RuntimeError()
    shop.clock.advance(minutes=31)
    with pytest.raises(StepFailed):
        shop.complete("first")
    assert shop.incident().origin == "timer"
    shop.tick()
    assert shop.incident().times == 2
    shop.complete("first")


def test_a_message_whose_step_failed_is_sent_again_by_retry_and_skip(shop: Workshop, publish: Publish) -> None:
    publish("caught", CAUGHT)
    shop.start("caught")
    shop.broken = RuntimeError()
    with pytest.raises(StepFailed):
        shop.engine.transact(SYSTEM, lambda work: work.send("Go", ["case_no=C1"], {"case_no": "C1"}))
    assert shop.incident().origin == "message"
    with pytest.raises(StepFailed):
        shop.settle("retry")
    assert (shop.incident().state, shop.incident().times) == ("open", 2)
    shop.settle("skip")
    assert shop.waiting() == {"second"}
    with shop.engine.read() as session:
        assert session.scalars(select(InboxMessage)).all() == []


def test_a_message_that_its_sender_sent_again_is_not_sent_twice(shop: Workshop, publish: Publish) -> None:
    publish("caught", CAUGHT)
    shop.start("caught")
    shop.broken = RuntimeError()

    def send() -> None:
        shop.engine.transact(SYSTEM, lambda work: work.send("Go", ["case_no=C1"], {"case_no": "C1"}))

    with pytest.raises(StepFailed):
        send()
    shop.broken = None
    send()
    assert shop.settle("retry").state == "resolved"
    with shop.engine.read() as session:
        assert session.scalars(select(InboxMessage)).all() == []


@pytest.mark.parametrize(
    ("flows", "element"),
    [
        ('begin>first; first>fork; fork>second[no_such == "x"]; fork>finish[no_such == "y"]; second>finish', "fork"),
        ("begin>first; first>second; second>finish", "second"),
    ],
    ids=["a gateway", "a person's task"],
)
def test_what_cannot_be_passed_over_says_why(shop: Workshop, publish: Publish, flows: str, element: str) -> None:
    groups = "candidateGroups==no_such" if element == "second" else "candidateGroups=agent"
    gateway = '<bpmn:exclusiveGateway id="fork"/>' if element == "fork" else ""
    publish("stuck", draw.document("stuck", draw.start() + draw.user("first") + gateway + draw.user("second", groups) + draw.end(), flows))
    shop.start("stuck")
    with pytest.raises(StepFailed):
        shop.complete("first")
    assert (shop.incident().element_id, shop.incident().cause) == (element, "expression")
    with pytest.raises(NotPossible) as refusal:
        shop.settle("skip")
    assert "网关" in refusal.value.message


def test_of_two_branches_the_one_that_failed_is_named(shop: Workshop, publish: Publish) -> None:
    body = draw.start() + draw.user("first") + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
    body += draw.service("machine", "shop.work") + draw.service("other", "shop.rest") + draw.end()
    publish("both", draw.document("both", body, "begin>first; first>fork; fork>machine; fork>other; machine>join; other>join; join>finish"))

    @shop.engine.registry.operation("shop.rest")
    def rest(context: Context) -> None: ...

    shop.start("both")
    shop.broken = BpmnError("JAMMED")
    with pytest.raises(StepFailed):
        shop.complete("first")
    assert (shop.incident().element_id, shop.incident().cause) == ("machine", "uncaught-error")


def test_a_process_that_cannot_start_leaves_nothing_to_retry_and_one_incident(shop: Workshop, publish: Publish) -> None:
    publish("at_once", AT_ONCE)
    shop.broken = RuntimeError()
    for _ in range(3):
        with pytest.raises(StepFailed):
            shop.start("at_once")
    found = shop.incident()
    assert (found.origin, found.instance_id, found.times) == ("start", None, 3)
    assert {action: choice.possible for action, choice in settling.choices(found).items()} == {
        "retry": False,
        "skip": False,
        "cancel": True,
    }
    assert shop.settle("cancel", "已告知话务员重录").state == "cancelled"


def test_periodic_work_that_failed_is_started_now_or_left_out(shop: Workshop, publish: Publish) -> None:
    publish("at_once", AT_ONCE)
    interval = f"R/{shop.clock.now.isoformat()}/P1D"
    shop.engine.transact(SYSTEM, lambda work: periodic.schedule(work.session, "at_once", interval, work.now))
    shop.broken = RuntimeError()
    shop.clock.advance(days=1)
    shop.tick()
    assert shop.incident().origin == "periodic"
    with pytest.raises(StepFailed):
        shop.settle("retry")
    assert (shop.incident().state, shop.incident().times) == ("open", 2)
    shop.broken = None
    shop.settle("retry")
    assert shop.worked == 1
    with shop.engine.read() as session:
        assert session.scalars(select(Timer)).one().due_at > shop.clock.now


def test_cancelling_ends_the_instance_and_settles_its_other_incidents(shop: Workshop, publish: Publish) -> None:
    outcomes: list[str] = []
    shop.engine.registry.on_instance_ended.append(lambda _context, outcome: outcomes.append(outcome))
    publish("timed", TIMED)
    instance = shop.start("timed")
    shop.broken = RuntimeError()
    shop.clock.advance(minutes=31)
    shop.tick()
    shop.settle("cancel", "重复登记")
    row = shop.instance(instance)
    assert (row.status, row.outcome, outcomes) == ("ended", "已终止", ["已终止"])
    assert shop.waiting() == set()
    assert [(step.type, step.element_id) for step in shop.history()][-2:] == [("cancelled", "first"), ("cancelled", "late")]
    with shop.engine.read() as session:
        assert verify(session).bad == []
        assert session.scalars(select(Timer)).all() == []
    with pytest.raises(AlreadyHandled):
        shop.settle("retry")


def test_the_whole_case_can_be_cancelled(shop: Workshop, publish: Publish) -> None:
    publish("asked", ASKED)
    failing, beside, elsewhere = shop.start("asked"), shop.start("asked"), shop.start("asked", "C2")
    shop.broken = RuntimeError()
    with pytest.raises(StepFailed):
        shop.complete("first", instance=failing)
    shop.settle("cancel", "市民撤诉", whole_case=True)
    assert [shop.instance(one).status for one in (failing, beside, elsewhere)] == ["ended", "ended", "live"]


def test_an_instance_that_cannot_be_read_is_an_incident_and_everything_else_goes_on(shop: Workshop, publish: Publish) -> None:
    publish("timed", TIMED)
    poisoned, sound = shop.start("timed"), shop.start("timed", "C2")
    with shop.sessions.begin() as session:
        session.execute(update(Instance).where(Instance.id == poisoned).values(state=b"\x00 not json"))
    shop.engine.kept = KeptInstances()  # as a process meets it that has not worked on it
    shop.clock.advance(minutes=31)
    shop.tick()
    found = shop.incident()
    assert (found.instance_id, found.business_key, found.cause, found.place) == (poisoned, "C1", "unreadable-state", "timed")
    assert shop.waiting() == {"first", "told"}
    assert shop.worked == 1
    with pytest.raises(StepFailed):
        shop.complete("first", instance=poisoned)
    shop.complete("first", instance=sound)


def test_what_time_has_settled_is_closed_by_itself(shop: Workshop, publish: Publish) -> None:
    publish("asked", ASKED)
    shop.start("asked")
    shop.broken = RuntimeError()
    with pytest.raises(StepFailed):
        shop.complete("first")
    assert not clear_away(shop.database, shop.clock.now)
    assert shop.incident().state == "open"
    shop.broken = None
    shop.complete("first")
    assert clear_away(shop.database, shop.clock.now).incidents == 1
    assert shop.incident().state == "resolved"


def test_incidents_are_grouped_by_place_and_cause(shop: Workshop, publish: Publish) -> None:
    publish("asked", ASKED)
    for case in ("C1", "C2", "C3"):
        instance = shop.start("asked", case)
        shop.broken = KeyError(case) if case == "C3" else RuntimeError(case)
        for _ in range(2 if case == "C1" else 1):
            with pytest.raises(StepFailed):
                shop.complete("first", instance=instance)
        shop.clock.advance(minutes=1)
    with shop.engine.read() as session:
        groups = incidents.groups(session, incidents.Wanted())
        assert [(group.cause, group.count, group.cases, group.times) for group in groups] == [
            ("RuntimeError", 2, 2, 3),
            ("KeyError", 1, 1, 1),
        ]
        assert groups[0].last - groups[0].first == groups[1].first - groups[0].last
        assert [one.business_key for one in incidents.found(session, incidents.Wanted(group=groups[0].key))] == ["C1", "C2"]
        assert incidents.groups(session, incidents.Wanted(cause="KeyError", kind="delivery")) == []
        assert set(incidents.of_cases(session, ["C2", "C3", "C4"])) == {"C2", "C3"}


def test_nobody_is_asked_about_an_incident_that_does_not_exist(shop: Workshop) -> None:
    with pytest.raises(NotFound):
        shop.settle("retry", incident_id=4711)
