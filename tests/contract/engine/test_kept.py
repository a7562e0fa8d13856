"""Instances that stay decoded between their commands: used only as they stand in their row, and never by two commands at once."""

from functools import partial
from threading import Barrier, Thread
from typing import Any, ClassVar

import pytest
from sqlalchemy.orm import Session, sessionmaker

from engine.actor import SYSTEM
from engine.context import Context
from engine.errors import Invalid, StepFailed
from engine.history.verify import verify
from engine.registry import Registry
from engine.runtime.engine import Engine
from engine.runtime.kept import KeptInstances, Standing
from engine.runtime.work import Work
from engine.spiff import codec
from tests.contract.engine import diagrams as draw
from tests.contract.engine.conftest import Publish
from tests.contract.engine.test_commands import AGENT, TWO_TASKS, complete, open_items, start

FIVE = [f"t{number}" for number in range(5)]
LONG = draw.document(
    "long",
    draw.start() + "".join(map(draw.user, FIVE)) + draw.end(),
    "; ".join(f"{one}>{two}" for one, two in zip(["begin", *FIVE], [*FIVE, "finish"], strict=True)),
)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The states that were decoded."""
    states: list[bytes] = []
    plain = codec.decode

    def noted(blob: bytes, *rest: Any) -> Any:
        states.append(blob)
        return plain(blob, *rest)

    monkeypatch.setattr(codec, "decode", noted)
    return states


def test_an_instance_that_this_process_moved_last_is_not_decoded(engine: Engine, publish: Publish, decoded: list[bytes]) -> None:
    publish("long", LONG)
    start(engine, "long")
    for element in FIVE:
        complete(engine, element)
    assert decoded == []
    assert len(engine.kept) == 0  # it has ended


def test_one_that_another_process_moved_is_decoded(
    engine: Engine, sessions: sessionmaker[Session], registry: Registry, publish: Publish, decoded: list[bytes]
) -> None:
    elsewhere = Engine(sessions, registry)
    publish("long", LONG)
    start(engine, "long")
    for place, element in enumerate(FIVE):
        complete((elsewhere, engine)[place % 2], element)
    assert len(decoded) == 5
    assert open_items(engine) == {}


def test_a_claim_does_not_cost_the_next_command_its_instance(engine: Engine, publish: Publish, decoded: list[bytes]) -> None:
    publish("two", TWO_TASKS)
    instance = start(engine, "two")
    item = open_items(engine)["first"]
    engine.transact(AGENT, lambda work: work.claim(instance, item.task_id))
    complete(engine, "first")
    assert decoded == []


def test_a_claim_elsewhere_is_noticed(
    engine: Engine, sessions: sessionmaker[Session], registry: Registry, publish: Publish, decoded: list[bytes]
) -> None:
    publish("two", TWO_TASKS)
    instance = start(engine, "two")
    item = open_items(engine)["first"]
    Engine(sessions, registry).transact(AGENT, lambda work: work.claim(instance, item.task_id))
    complete(engine, "first")
    assert len(decoded) == 1


def test_a_failed_command_leaves_nothing_behind(engine: Engine, publish: Publish, registry: Registry) -> None:
    failing = [True]

    @registry.operation("test.maybe")
    def maybe(_context: Context) -> None:
        """Fails the first time."""
        if failing.pop() if failing else False:
            raise RuntimeError("not now")

    body = draw.start() + draw.user("first") + draw.service("then", "test.maybe") + draw.user("second") + draw.end()
    publish("maybe", draw.document("maybe", body, "begin>first; first>then; then>second; second>finish"))
    start(engine, "maybe")
    with pytest.raises(StepFailed):
        complete(engine, "first", {"said": "once"})
    assert set(open_items(engine)) == {"first"}
    complete(engine, "first", {"said": "twice"})
    with engine.read() as session:
        live = engine.look(session, SYSTEM, open_items(engine)["second"].instance_id)
        assert live is not None
        assert live.flow.last_task.data["first"] == {"said": "twice"}


def test_refused_answers_change_nothing(engine: Engine, publish: Publish, registry: Registry) -> None:
    registry.form_validator = lambda _form, answers, _prefill: (dict(answers), {} if answers else {"outcome": "必填 required"})
    publish("two", TWO_TASKS)
    start(engine, "two")
    with pytest.raises(Invalid):
        complete(engine, "first", {})
    complete(engine, "first", {"outcome": "accept"})
    assert set(open_items(engine)) == {"second"}


def test_what_is_done_and_then_rolled_back_is_not_kept(engine: Engine, publish: Publish) -> None:
    publish("two", TWO_TASKS)
    start(engine, "two")
    item = open_items(engine)["first"]

    def command(work: Work) -> None:
        work.complete(item.instance_id, item.task_id, {})
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.transact(AGENT, command)
    assert len(engine.kept) == 0
    complete(engine, "first")
    assert set(open_items(engine)) == {"second"}


def test_without_a_cache_every_command_decodes(
    sessions: sessionmaker[Session], registry: Registry, publish: Publish, decoded: list[bytes]
) -> None:
    engine = Engine(sessions, registry, kept=0)
    publish("long", LONG)
    start(engine, "long")
    for element in FIVE:
        complete(engine, element)
    assert len(decoded) == 5


def test_who_looks_at_a_form_may_complete_it_without_decoding_again(
    engine: Engine, sessions: sessionmaker[Session], registry: Registry, publish: Publish, decoded: list[bytes]
) -> None:
    publish("two", TWO_TASKS)
    start(Engine(sessions, registry), "two")
    item = open_items(engine)["first"]
    with engine.read() as session:
        engine.task_form(session, AGENT, item.instance_id, item.task_id)
    complete(engine, "first")
    assert len(decoded) == 1


def test_nested_data_that_branches_share_is_the_same_with_and_without_a_cache(
    sessions: sessionmaker[Session], registry: Registry, publish: Publish
) -> None:
    """The library's join merges nested values in place, into whatever other task holds them; a stored instance holds its own."""
    body = draw.start() + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>' + draw.end() + draw.end("finish_beside")
    body += "".join(map(draw.user, ("note", "other", "beside", "after")))
    flows = "begin>fork; fork>note; fork>other; fork>beside; note>join; other>join; join>after; after>finish; beside>finish_beside"
    publish("shared", draw.document("shared", body, flows))
    seen = []
    for kept in (0, 100):
        engine = Engine(sessions, registry, kept=kept)
        instance = start(engine, "shared", f"C{kept}", note={"deep": {"number": 1}})
        complete(engine, "note", {"deep": {"number": 2}})
        complete(engine, "other")
        with engine.read() as session:
            live = engine.look(session, SYSTEM, instance)
            assert live is not None
            data = {task.task_spec.name: task.data["note"] for task in live.flow.live.values() if task.task_spec.manual}
        seen.append(data)
        complete(engine, "beside")
        complete(engine, "after")
    assert seen[0] == seen[1]
    assert seen[1]["beside"] == {"deep": {"number": 1}}


def test_threads_that_want_the_same_instance_never_share_it(engine: Engine, publish: Publish) -> None:
    publish("two", TWO_TASKS)
    instances = [start(engine, "two", f"C{number}") for number in range(4)]
    together = Barrier(4)
    outcomes: list[str] = []

    def work_through() -> None:
        together.wait()
        for instance in instances:
            try:
                engine.transact(AGENT, partial(Work.record, instance_id=instance, kind="note", data={}))
                task = _first(engine, instance)
                engine.transact(AGENT, partial(Work.complete, instance_id=instance, task_id=task, answers={}))
                outcomes.append("done")
            except Exception as error:
                outcomes.append(type(error).__name__)

    threads = [Thread(target=work_through) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.read() as session:
        assert verify(session).bad == []
    assert outcomes.count("done") <= 8
    assert set(outcomes) <= {"done", "Conflict", "StopIteration", "VersionConflict"}


def _first(engine: Engine, instance: int) -> int:
    with engine.read() as session:
        live = engine.look(session, SYSTEM, instance)
        return next(iter(live.after.people)) if live is not None else next(iter(()))


def test_the_cache_holds_no_more_than_it_may() -> None:
    class Flow:
        tasks: ClassVar[dict[int, None]] = dict.fromkeys(range(10))
        subprocesses: ClassVar[dict[int, Any]] = {}

    kept = KeptInstances(most=3, most_tasks=25)
    for number in range(5):
        kept.put(number, Standing(1, b"h", Flow(), None))  # type: ignore[arg-type]  # as much of a flow as it looks at
    assert len(kept) == 2
    assert kept.take(4, 1, b"h") is not None
    assert kept.take(4, 1, b"h") is None
    assert kept.take(3, 1, b"other") is None
    assert len(kept) == 0
    assert (kept.hits, kept.misses) == (1, 2)
