"""What the embedded queue promises beside the port: one runner for each database, and the others stand by."""

import threading

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from engine.jobs.local import LocalQueue
from engine.jobs.locks import ADVISORY_KEY, NeedsFile, WorkerPresence, lock_for
from engine.jobs.models import DEAD, DOING, Job
from engine.jobs.port import DELIVER, FIRE_TIMER
from tests.contract.jobs.adapters import Queue
from tests.contract.jobs.conftest import Put, Queues
from tests.contract.jobs.recorder import PATIENCE, Recorder, soon

EMBEDDED = pytest.mark.parametrize("adapter", ["embedded-sqlite", "embedded-postgresql"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("adapter", ["embedded-postgresql"], indirect=True)

KILL_THE_HOLDER = text(
    # other tests' databases of the same server have holders of their own
    "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and (classid::bigint << 32) + objid::bigint = :key"
    " and database = (select oid from pg_database where datname = current_database())"
)


@EMBEDDED
def test_one_process_runs_the_jobs_and_another_takes_over_when_it_ends(queues: Queues, sessions: sessionmaker[Session]) -> None:
    first, second = queues(), queues()
    by_first, by_second = Recorder(), Recorder()
    first.start({"work": by_first})
    assert first.active.wait(PATIENCE)
    second.start({"work": by_second})
    with sessions.begin() as session:
        second.put(session, "work", {"tag": "while both are up"})
    assert by_first.until(1) == ["while both are up"]
    assert not second.active.is_set()
    first.stop()
    with sessions.begin() as session:
        second.put(session, "work", {"tag": "alone"})
    assert by_second.until(1) == ["alone"]
    assert by_first.tags == ["while both are up"]


@EMBEDDED
def test_a_foreign_errors_text_is_not_kept_since_it_may_hold_peoples_data(queue: Queue, put: Put, sessions: sessionmaker[Session]) -> None:
    def refuse(tag: str) -> None:
        raise RuntimeError("张三 13800000000")

    put("hopeless")
    queue.start({"work": refuse})
    assert queue.wait_idle(PATIENCE)
    with sessions() as session:
        job = session.scalars(select(Job)).one()
        assert (job.state, job.error) == (DEAD, "RuntimeError")


@ON_POSTGRESQL
def test_a_runner_whose_lock_connection_dies_takes_it_again(queue: Queue, put: Put, sessions: sessionmaker[Session]) -> None:
    ran = Recorder()
    queue.start({"work": ran})
    assert queue.active.wait(PATIENCE)
    with sessions.begin() as session:
        killed = session.execute(KILL_THE_HOLDER, {"key": ADVISORY_KEY}).scalar()
    assert killed
    put("afterwards")
    assert ran.until(1) == ["afterwards"]


@ON_POSTGRESQL
def test_two_locks_of_one_database_exclude_each_other(database: Engine) -> None:
    first, second = lock_for(database), lock_for(database)
    assert first.acquire()
    assert not second.acquire()
    assert first.held()
    assert not second.held()
    first.release()
    assert soon(second.acquire), "the server notices a closed connection a little later"
    second.release()


@ON_POSTGRESQL
def test_an_embedded_runner_stands_by_while_a_worker_of_a_cluster_lives(database: Engine) -> None:
    runner, worker, another = lock_for(database), WorkerPresence(database), WorkerPresence(database)
    assert runner.acquire()
    worker.announce()
    another.announce()
    assert not runner.held()
    runner.release()
    assert not runner.acquire()
    worker.withdraw()
    assert not runner.acquire()
    another.withdraw()
    assert soon(runner.acquire)
    runner.release()


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(NeedsFile):
        LocalQueue(create_engine("sqlite://"))


@EMBEDDED
def test_messages_wait_their_turn_while_many_timers_are_due(queue: Queue, sessions: sessionmaker[Session]) -> None:
    sent, fired, go_on = Recorder(), Recorder(), threading.Event()

    def fire(timers: list[str]) -> None:
        fired(timers[0])
        assert go_on.wait(PATIENCE)

    def send(delivery_id: str) -> None:
        sent(delivery_id)
        assert go_on.wait(PATIENCE)

    with sessions.begin() as session:
        for number in range(3):
            queue.put(session, FIRE_TIMER, {"timers": [f"timers {number}"]})
    queue.start({FIRE_TIMER: fire, DELIVER: send})
    assert fired.until(1) == ["timers 0"]
    with sessions.begin() as session:
        for number in range(6):
            queue.put(session, DELIVER, {"delivery_id": f"message {number}"})
    assert sent.until(1) == ["message 0"]
    with sessions() as session:
        assert soon(lambda: _doing(session, DELIVER) == 1)
        assert _doing(session, FIRE_TIMER) == 2
    go_on.set()
    assert queue.wait_idle(PATIENCE)
    assert len(sent.tags) == 6
    assert fired.tags == ["timers 0", "timers 1", "timers 2"]


def _doing(session: Session, kind: str) -> int:
    session.rollback()
    return len(session.scalars(select(Job).where(Job.kind == kind, Job.state == DOING)).all())
