"""A signal reaches every task that waits for it, in whatever instance, once."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import event, func, select

from engine.actor import SYSTEM
from engine.context import Context
from engine.errors import StepFailed
from engine.history.verify import verify
from engine.jobs.dispatch import requeue_orphans
from engine.jobs.upkeep import clear_away
from engine.messages.models import InboxMessage, SignalBroadcast, SignalReceipt, Subscription
from engine.outbox import settling
from engine.outbox.models import Incident
from engine.registry import Registry
from tests.contract.engine import diagrams as draw
from tests.contract.engine.conftest import Publish
from tests.contract.messages.conftest import AGENT, City

RAIN = '<bpmn:signalEventDefinition signalRef="S_rain"/>'
WIND = '<bpmn:signalEventDefinition signalRef="S_wind"/>'


def document(key: str, body: str, flows: str) -> bytes:
    """A file that declares two signals; rain carries its level."""
    extensions = "<spiffworkflow:payloadExpression>{'level': level}</spiffworkflow:payloadExpression>"
    extensions += "<spiffworkflow:variableName>rain</spiffworkflow:variableName>"
    declared = f'<bpmn:signal id="S_rain" name="RainStorm"><bpmn:extensionElements>{extensions}</bpmn:extensionElements></bpmn:signal>'
    declared += '<bpmn:signal id="S_wind" name="Wind"/>'
    return draw.document(key, body, flows).replace(b"<bpmn:process", declared.encode() + b"<bpmn:process", 1)


def thrower(definition: str = RAIN) -> bytes:
    """Warns once somebody says so, then goes on."""
    body = draw.start() + draw.user("watch") + f'<bpmn:intermediateThrowEvent id="warn">{definition}</bpmn:intermediateThrowEvent>'
    return document("weather", body + draw.user("after") + draw.end(), "begin>watch; watch>warn; warn>after; after>finish")


CATCHER = document(
    "pump",
    draw.start() + draw.catch("hears", RAIN) + draw.user("pumping") + draw.end(),
    "begin>hears; hears>pumping; pumping>finish",
)


def test_a_signal_reaches_every_instance_that_waits_and_none_that_comes_later(city: City, publish: Publish) -> None:
    publish("weather", thrower())
    publish("pump", CATCHER)
    for number in range(3):
        city.start("pump", f"P{number}")
    city.start("weather", level=3)
    city.complete("watch")
    city.start("pump", "late")
    assert city.waiting() == {"after": 1}
    assert city.run() == 3
    assert city.waiting() == {"after": 1, "pumping": 3}
    assert city.run() == 0
    with city.engine.read() as session:
        assert verify(session).bad == []
        assert session.scalars(select(Subscription.message)).all() == ["signal:RainStorm"]
        assert session.scalar(select(func.count()).select_from(SignalReceipt)) == 0
        assert session.scalar(select(func.count()).select_from(InboxMessage)) == 0
    told = [(step.type, step.element_id, step.actor, step.data) for step in city.history("P0") if step.type == "signal"]
    assert told == [("signal", "hears", "agent1", {"signal": "RainStorm", "payload": {"level": 3}})]


def test_what_is_broadcast_lands_in_the_signals_variable(city: City, publish: Publish) -> None:
    publish("weather", thrower())
    publish("pump", CATCHER)
    pump = city.start("pump")
    city.start("weather", "W", level=5)
    city.complete("watch")
    city.run()
    with city.engine.read() as session:
        live = city.engine.look(session, SYSTEM, pump)
        assert live is not None
        (task,) = (task for task in live.flow.all_tasks() if task.task_spec.name == "pumping")
        assert task.data["rain"] == {"level": 5}


def test_another_signal_moves_nobody(city: City, publish: Publish) -> None:
    publish("weather", thrower(WIND))
    publish("pump", CATCHER)
    city.start("pump")
    city.start("weather")
    city.complete("watch")
    assert city.run() == 0
    assert city.waiting() == {"after": 1}


def test_the_throwing_instance_hears_itself_in_the_same_command(city: City, publish: Publish) -> None:
    body = (
        draw.start() + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>' + draw.catch("hears", WIND) + draw.user("watch")
    )
    body += f'<bpmn:intermediateThrowEvent id="warn">{WIND}</bpmn:intermediateThrowEvent>' + draw.user("both") + draw.end()
    flows = "begin>fork; fork>hears; hears>join; fork>watch; watch>warn; warn>join; join>both; both>finish"
    publish("echo", document("echo", body, flows))
    city.start("echo")
    city.complete("watch")
    assert city.waiting() == {"both": 1}


@pytest.mark.parametrize(("interrupting", "left"), [(True, {"after": 1, "rescued": 1}), (False, {"after": 1, "digging": 1, "rescued": 1})])
def test_a_signal_at_the_border_of_a_task(city: City, publish: Publish, interrupting: bool, left: dict[str, int]) -> None:
    body = draw.start() + draw.user("digging") + draw.boundary("flood", "digging", WIND, interrupting=interrupting)
    body += draw.user("rescued") + draw.end() + draw.end("out")
    publish("weather", thrower(WIND))
    publish("site", document("site", body, "begin>digging; digging>finish; flood>rescued; rescued>out"))
    city.start("site", "S")
    city.start("weather")
    city.complete("watch")
    city.run()
    assert city.waiting() == left


def test_a_signal_is_one_way_out_of_an_event_based_gateway(city: City, publish: Publish) -> None:
    body = draw.start() + '<bpmn:eventBasedGateway id="which"/>' + draw.catch("storm", WIND)
    body += draw.catch("calm", draw.timer("Duration", '"PT1H"')) + draw.user("wet") + draw.user("dry") + draw.end()
    flows = "begin>which; which>storm; which>calm; storm>wet; calm>dry; wet>finish; dry>finish"
    publish("weather", thrower(WIND))
    publish("fair", document("fair", body, flows))
    city.start("fair", "F")
    city.start("weather")
    city.complete("watch")
    city.run()
    assert city.waiting() == {"after": 1, "wet": 1}


def test_a_signal_starts_the_processes_whose_start_event_names_it(city: City, publish: Publish) -> None:
    publish("weather", thrower())
    begins = f'<bpmn:startEvent id="begin">{RAIN}</bpmn:startEvent>'
    crisis = document("crisis", begins + draw.user("meet") + draw.end(), "begin>meet; meet>finish")
    publish("crisis", crisis, start_messages=["signal:RainStorm"])
    city.start("weather", level=4)
    city.complete("watch")
    assert city.waiting() == {"after": 1, "meet": 1}
    with city.engine.read() as session:
        live = city.engine.look(session, SYSTEM, city.instances("crisis")[0].id)
        assert live is not None
        assert live.flow.task_tree.data == {"level": 4}


def test_a_broadcast_to_a_thousand_costs_its_thrower_a_few_statements_and_its_receivers_come_in_batches(
    city: City, publish: Publish, database: Database
) -> None:
    publish("weather", thrower())
    publish("pump", CATCHER)
    for number in range(1_000):
        city.start("pump", f"P{number}")
    city.start("weather", "W", level=1)
    statements: list[str] = []
    event.listen(database, "before_cursor_execute", lambda _c, _u, text, *_rest: statements.append(text))
    city.complete("watch")
    assert len([text for text in statements if "INTO" in text.upper()]) <= 6
    assert len(city.dispatch()) == 100
    assert city.waiting() == {"after": 1}


def test_a_receiver_that_fails_holds_up_nobody_and_can_be_retried(city: City, publish: Publish, registry: Registry) -> None:
    broken = True

    @registry.operation("pump.prime")
    def prime(context: Context) -> None:
        if broken and context.business_key == "P1":
            raise RuntimeError("no water")

    body = draw.start() + draw.catch("hears", RAIN) + draw.service("prime", "pump.prime") + draw.user("pumping") + draw.end()
    publish("weather", thrower())
    publish("pump", document("pump", body, "begin>hears; hears>prime; prime>pumping; pumping>finish"))
    for number in range(3):
        city.start("pump", f"P{number}")
    city.start("weather", "W", level=1)
    city.complete("watch")
    city.run()
    assert city.waiting() == {"after": 1, "pumping": 2}
    with city.engine.read() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.origin, incident.business_key, incident.element_id) == ("signal", "P1", "prime")
    assert city.run() == 0
    broken = False
    city.engine.transact(AGENT, lambda work: settling.settle(work, incident.id, "retry"))
    city.run()
    assert city.waiting() == {"after": 1, "pumping": 3}


def test_a_receipt_whose_job_ran_twice_or_whose_task_has_gone_moves_nothing(city: City, publish: Publish) -> None:
    publish("weather", thrower())
    publish("pump", CATCHER)
    city.start("pump")
    city.start("weather", "W", level=1)
    city.complete("watch")
    ((kind, args),) = city.dispatch()
    city.handlers[kind](**args)
    city.handlers[kind](**args)
    assert city.waiting() == {"after": 1, "pumping": 1}
    assert [step.type for step in city.history()].count("signal") == 1


def test_a_lost_receipt_is_taken_up_again_and_a_finished_broadcast_is_cleared_away(city: City, publish: Publish) -> None:
    publish("weather", thrower())
    publish("pump", CATCHER)
    city.start("pump")
    city.start("weather", "W", level=1)
    city.complete("watch")
    assert len(city.dispatch()) == 1
    city.clock.advance(hours=2)
    assert clear_away(city.database, city.clock.now).broadcasts == 0
    with city.sessions.begin() as session:
        assert requeue_orphans(session, city.clock.now, timedelta(minutes=2)) == 1
    assert city.run() == 1
    assert clear_away(city.database, city.clock.now).broadcasts == 1
    with city.engine.read() as session:
        assert session.scalars(select(SignalBroadcast)).all() == []


def test_what_a_signal_carries_has_to_be_a_dictionary(city: City, publish: Publish) -> None:
    publish("weather", thrower().replace(b"{'level': level}", b"level"))
    city.start("weather", level=3)
    with pytest.raises(StepFailed, match="signal"):
        city.complete("watch")
    assert city.waiting() == {"watch": 1}
