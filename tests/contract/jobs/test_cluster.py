"""What the cluster's queue promises beside the port: any number of workers, and each comes back by itself."""

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from engine.jobs import cluster_rows
from engine.jobs.local import LocalQueue
from tests.contract.jobs.adapters import ADAPTERS, QUICK, Adapter, Queue
from tests.contract.jobs.conftest import Put, Queues
from tests.contract.jobs.recorder import PATIENCE, Recorder, soon
from tests.contract.jobs.test_queue import gated

pytestmark = pytest.mark.parametrize("adapter", ["cluster-postgresql"], indirect=True)
AGAIN = 5


@pytest.fixture
def embedded(database: Engine) -> Iterator[Queue]:
    """An embedded queue on the same database, as a web node has it."""
    queue = ADAPTERS["embedded-postgresql"].make(database)
    yield queue
    queue.stop()


def test_two_workers_run_different_cases_at_the_same_time(queues: Queues, put: Put) -> None:
    gate = threading.Event()
    by_first, by_second = Recorder(gated(gate)), Recorder(gated(gate))
    first, second = queues(), queues()
    first.start({"work": by_first})
    second.start({"work": by_second})
    assert first.active.wait(PATIENCE)
    assert second.active.wait(PATIENCE)
    for number in range(8):
        put(str(number), case_id=str(number))
    assert len(by_first.until(4)) == len(by_second.until(4)) == 4
    gate.set()
    assert first.wait_idle(PATIENCE)


def test_a_worker_whose_connections_are_all_cut_comes_back(queue: Queue, put: Put, sessions: sessionmaker[Session]) -> None:
    ran = Recorder()
    queue.start({"work": ran})
    put("before")
    ran.until(1)
    assert queue.wait_idle(PATIENCE)
    with sessions.begin() as session:
        others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        assert session.scalars(text(others)).all()
    for _ in range(AGAIN):  # the pool from which jobs are put has dead connections, too: each is met once at most
        with suppress(OperationalError):
            put("afterwards")
            break
    assert ran.until(2) == ["before", "afterwards"]
    assert queue.wait_idle(PATIENCE)


def test_a_job_whose_end_could_not_be_written_down_does_not_block_its_case(queue: Queue, put: Put, sessions: sessionmaker[Session]) -> None:
    """Only the connection over which the end is told dies; the worker's heartbeat goes on."""

    def cut(tag: str) -> None:
        if tag == "cut off" and ran.tags == ["cut off"]:
            with sessions.begin() as session:
                pooled = (
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%fetch_job%'"
                )
                session.execute(text(pooled + " and pid <> pg_backend_pid()"))

    ran = Recorder(cut)
    put("cut off", case_id="A")
    put("next", case_id="A")
    queue.start({"work": ran})
    ran.until(2)
    assert queue.wait_idle(PATIENCE)
    assert ran.tags[0] == "cut off"
    assert ran.tags[-1] == "next"


def test_a_worker_that_hangs_at_the_end_is_left_behind_and_its_job_given_back(
    queues: Queues, put: Put, adapter: Adapter, sessions: sessionmaker[Session]
) -> None:
    gate = threading.Event()
    ran = Recorder(gated(gate, "hanging"))
    first = queues()
    put("hanging", case_id="A")
    first.start({"work": ran})
    ran.until(1)
    first.stop()

    def given_back() -> bool:
        with sessions() as session:
            return [job.args["tag"] for job in adapter.waiting(session)] == ["hanging"]

    assert soon(given_back)
    gate.set()


def test_what_a_dead_worker_was_doing_gives_way_to_a_newer_job_with_its_key(
    put: Put, adapter: Adapter, sessions: sessionmaker[Session]
) -> None:
    put("old", key="timer:7")
    put("other", key="timer:8")
    with sessions.begin() as session:
        session.execute(text("update procrastinate_jobs set status = 'doing'"))
    put("new", key="timer:7")
    with sessions.begin() as session:
        assert cluster_rows.take_up_again(session, QUICK.dead) == 2
        assert [job.args["tag"] for job in adapter.waiting(session)] == ["other", "new"]


def test_web_nodes_leave_the_work_to_workers_and_take_it_back_when_the_last_one_ends(
    queue: Queue, embedded: Queue, sessions: sessionmaker[Session]
) -> None:
    by_node, by_worker = Recorder(), Recorder()
    embedded.start({"work": by_node})
    assert embedded.active.wait(PATIENCE)
    queue.start({"work": by_worker})
    assert queue.active.wait(PATIENCE)
    assert soon(lambda: not embedded.active.is_set())
    with sessions.begin() as session:
        queue.put(session, "work", {"tag": "for the workers"})
    assert by_worker.until(1) == ["for the workers"]
    queue.stop()
    assert embedded.active.wait(PATIENCE)
    with sessions.begin() as session:
        embedded.put(session, "work", {"tag": "for the node"})
    assert by_node.until(1) == ["for the node"]


def test_a_worker_takes_over_what_an_embedded_runner_left(queue: Queue, database: Engine, sessions: sessionmaker[Session]) -> None:
    left = LocalQueue(database)
    with sessions.begin() as session:
        for number in range(3):
            left.put(session, "work", {"tag": str(number)}, case_id="A", key=f"timer:{number}")
    ran = Recorder()
    queue.start({"work": ran})
    assert ran.until(3) == ["0", "1", "2"]
    assert queue.wait_idle(PATIENCE)
    with sessions() as session:
        assert session.execute(text("select count(*) from job")).scalar() == 0
