"""The promises of `engine/jobs/port.py`."""

import os
import signal
import subprocess
import sys
import threading

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from engine.jobs.local import LocalQueue
from engine.jobs.locks import ADVISORY_KEY, NeedsFile, lock_for
from engine.jobs.models import DEAD, Job
from tests.contract.jobs.conftest import Queues
from tests.contract.jobs.recorder import PATIENCE, Recorder
from tests.fixtures.host import ROOT


def put(sessions: sessionmaker[Session], queue: LocalQueue, tag: str, *, case_id: str | None = None, key: str | None = None) -> None:
    with sessions.begin() as session:
        queue.put(session, "work", {"tag": tag}, case_id=case_id, key=key)


def test_a_job_runs_once_its_transaction_is_committed(queue: LocalQueue, sessions: sessionmaker[Session]) -> None:
    ran = Recorder()
    queue.start({"work": ran})
    put(sessions, queue, "受理")
    assert ran.until(1) == ["受理"]
    assert queue.wait_idle(PATIENCE)
    with sessions() as session:
        assert session.scalars(select(Job)).all() == []


def test_a_rollback_leaves_nothing(queue: LocalQueue, sessions: sessionmaker[Session]) -> None:
    ran = Recorder()
    with sessions() as session:
        queue.put(session, "work", {"tag": "ghost"})
        session.rollback()
    put(sessions, queue, "real")
    queue.start({"work": ran})
    ran.until(1)
    assert queue.wait_idle(PATIENCE)
    assert ran.tags == ["real"]


def test_jobs_of_a_case_run_one_at_a_time_while_other_cases_go_on(queue: LocalQueue, sessions: sessionmaker[Session]) -> None:
    gate = threading.Event()
    ran = Recorder(lambda tag: (gate.wait(PATIENCE), None)[1] if tag == "A1" else None)
    for tag, case in (("A1", "A"), ("A2", "A"), ("A3", "A"), ("B1", "B")):
        put(sessions, queue, tag, case_id=case)
    queue.start({"work": ran})
    assert ran.until(2) == ["A1", "B1"], "the case that is busy holds up its own jobs only"
    gate.set()
    assert [tag for tag in ran.until(4) if tag.startswith("A")] == ["A1", "A2", "A3"]


def test_a_key_waits_only_once(queue: LocalQueue, sessions: sessionmaker[Session]) -> None:
    ran = Recorder()
    put(sessions, queue, "first", key="timer:7")
    put(sessions, queue, "second", key="timer:7")
    put(sessions, queue, "last")
    queue.start({"work": ran})
    ran.until(2)
    assert queue.wait_idle(PATIENCE)
    assert sorted(ran.tags) == ["first", "last"]


def test_a_key_put_while_its_job_runs_is_run_again(queue: LocalQueue, sessions: sessionmaker[Session]) -> None:
    gate = threading.Event()
    ran = Recorder(lambda tag: (gate.wait(PATIENCE), None)[1] if tag == "first" else None)
    put(sessions, queue, "first", key="case:7", case_id="7")
    queue.start({"work": ran})
    ran.until(1)
    put(sessions, queue, "again", key="case:7", case_id="7")
    gate.set()
    assert ran.until(2) == ["first", "again"]


def test_a_failing_job_is_tried_again(queue: LocalQueue, sessions: sessionmaker[Session]) -> None:
    ran = Recorder()

    def fail_once(tag: str) -> None:
        ran(tag)
        if len(ran.tags) == 1:
            raise RuntimeError("the first attempt fails")

    put(sessions, queue, "stubborn", case_id="A")
    queue.start({"work": fail_once})
    assert ran.until(2) == ["stubborn", "stubborn"]
    assert queue.wait_idle(PATIENCE)


def test_a_hopeless_job_ends_dead_and_holds_up_nobody(queue: LocalQueue, sessions: sessionmaker[Session]) -> None:
    ran = Recorder()

    def refuse(tag: str) -> None:
        ran(tag)
        if tag == "hopeless":
            raise RuntimeError("张三 13800000000")

    put(sessions, queue, "hopeless", case_id="A")
    put(sessions, queue, "next", case_id="A")
    queue.start({"work": refuse})
    ran.until(4)
    assert queue.wait_idle(PATIENCE)
    assert sorted(ran.tags) == ["hopeless", "hopeless", "hopeless", "next"]
    with sessions() as session:
        job = session.scalars(select(Job)).one()
        assert (job.state, job.attempts, job.error) == (DEAD, 3, "RuntimeError"), "a foreign error's text may hold people's data"


def test_a_failed_job_gives_way_to_a_newer_one_with_its_key(queue: LocalQueue, sessions: sessionmaker[Session]) -> None:
    gate = threading.Event()
    ran = Recorder()

    def fail_first(tag: str) -> None:
        ran(tag)
        if tag == "old":
            gate.wait(PATIENCE)
            raise RuntimeError

    put(sessions, queue, "old", key="case:7")
    queue.start({"work": fail_first})
    ran.until(1)
    put(sessions, queue, "new", key="case:7", case_id="7")
    gate.set()
    ran.until(2)
    assert queue.wait_idle(PATIENCE)
    assert ran.tags.count("new") == 1


def test_a_slow_kind_does_not_hold_up_another(queue: LocalQueue, sessions: sessionmaker[Session]) -> None:
    gate = threading.Event()
    slow, quick = Recorder(lambda tag: (gate.wait(PATIENCE), None)[1]), Recorder()
    with sessions.begin() as session:
        for number in range(20):
            queue.put(session, "slow", {"tag": str(number)})
        queue.put(session, "quick", {"tag": "timer"})
    queue.start({"slow": slow, "quick": quick})
    assert quick.until(1) == ["timer"]
    gate.set()
    slow.until(20)


def test_killed_in_the_middle_a_job_is_run_again_by_the_next_process(
    queue: LocalQueue, sessions: sessionmaker[Session], database_url: str
) -> None:
    put(sessions, queue, "half done", case_id="A")
    put(sessions, queue, "after it", case_id="A")
    command = [sys.executable, "-m", "tests.contract.jobs.endless", database_url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "half done"
        os.kill(process.pid, signal.SIGKILL)
    ran = Recorder()
    queue.start({"work": ran})
    assert ran.until(2) == ["half done", "after it"]
    assert queue.wait_idle(PATIENCE)


def test_one_process_runs_the_jobs_and_another_takes_over_when_it_ends(queues: Queues, sessions: sessionmaker[Session]) -> None:
    first, second = queues(), queues()
    by_first, by_second = Recorder(), Recorder()
    first.start({"work": by_first})
    assert first.active.wait(PATIENCE)
    second.start({"work": by_second})
    put(sessions, second, "while both are up")
    assert by_first.until(1) == ["while both are up"]
    assert not second.active.is_set()
    first.stop()
    put(sessions, second, "alone")
    assert by_second.until(1) == ["alone"]
    assert by_first.tags == ["while both are up"]


def test_stopping_lets_the_running_job_end_and_writes_it_down(queues: Queues, sessions: sessionmaker[Session]) -> None:
    gate = threading.Event()
    ran = Recorder(lambda tag: (gate.wait(PATIENCE), None)[1])
    queue = queues()
    put(sessions, queue, "last")
    queue.start({"work": ran})
    ran.until(1)
    stopping = threading.Thread(target=queue.stop)
    stopping.start()
    gate.set()
    stopping.join(PATIENCE)
    with sessions() as session:
        assert session.scalars(select(Job)).all() == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_runner_whose_lock_connection_dies_takes_it_again(queue: LocalQueue, sessions: sessionmaker[Session]) -> None:
    ran = Recorder()
    queue.start({"work": ran})
    assert queue.active.wait(PATIENCE)
    with sessions.begin() as session:
        holder = "select pid from pg_locks where locktype = 'advisory' and (classid::bigint << 32) + objid::bigint = :key"
        killed = session.execute(text(f"select pg_terminate_backend(({holder}))"), {"key": ADVISORY_KEY}).scalar()
    assert killed
    put(sessions, queue, "afterwards")
    assert ran.until(1) == ["afterwards"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_locks_of_one_database_exclude_each_other(database: Engine) -> None:
    first, second = lock_for(database), lock_for(database)
    assert first.acquire()
    assert not second.acquire()
    assert first.held()
    assert not second.held()
    first.release()
    assert second.acquire()
    second.release()


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(NeedsFile):
        LocalQueue(create_engine("sqlite://"))
