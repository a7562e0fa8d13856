"""The promises of `engine/jobs/port.py`."""

import os
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable

from sqlalchemy.orm import Session, sessionmaker

from tests.contract.jobs.adapters import Adapter, Queue
from tests.contract.jobs.conftest import Put, Queues
from tests.contract.jobs.recorder import PATIENCE, Recorder
from tests.fixtures.host import ROOT


def gated(gate: threading.Event, *tags: str) -> Callable[[str], None]:
    """Work that waits for a gate, all of it or that of some tags."""

    def work(tag: str) -> None:
        if not tags or tag in tags:
            gate.wait(PATIENCE)

    return work


def test_a_job_runs_once_its_transaction_is_committed(queue: Queue, put: Put, adapter: Adapter, sessions: sessionmaker[Session]) -> None:
    ran = Recorder()
    queue.start({"work": ran})
    with sessions() as session:
        queue.put(session, "work", {"tag": "受理"})
        assert [job.args for job in adapter.waiting(session)] == [{"tag": "受理"}]
        assert ran.tags == []
        session.commit()
    assert ran.until(1) == ["受理"]
    assert queue.wait_idle(PATIENCE)
    with sessions() as session:
        assert adapter.waiting(session) == []


def test_a_rollback_leaves_nothing(queue: Queue, put: Put, sessions: sessionmaker[Session]) -> None:
    ran = Recorder()
    with sessions() as session:
        queue.put(session, "work", {"tag": "ghost"})
        queue.put(session, "work", {"tag": "ghost with a key"}, case_id="A", key="timer:1")
        session.rollback()
    put("real", case_id="A", key="timer:1")
    queue.start({"work": ran})
    ran.until(1)
    assert queue.wait_idle(PATIENCE)
    assert ran.tags == ["real"]


def test_jobs_of_a_case_run_one_at_a_time_while_other_cases_go_on(queue: Queue, put: Put) -> None:
    gate = threading.Event()
    ran = Recorder(gated(gate, "A1"))
    for tag, case in (("A1", "A"), ("A2", "A"), ("A3", "A"), ("B1", "B")):
        put(tag, case_id=case)
    queue.start({"work": ran})
    assert sorted(ran.until(2)) == ["A1", "B1"], "the case that is busy holds up its own jobs only"
    gate.set()
    assert [tag for tag in ran.until(4) if tag.startswith("A")] == ["A1", "A2", "A3"]


def test_two_queues_keep_the_order_of_every_case(queues: Queues, sessions: sessionmaker[Session]) -> None:
    first, second = queues(), queues()
    begun: dict[str, list[int]] = defaultdict(list)
    running: set[str] = set()
    overlaps: list[str] = []
    guard = threading.Lock()

    def note(tag: str) -> None:
        case, _dash, number = tag.partition("-")
        with guard:
            begun[case].append(int(number))
            overlaps.extend({case} & running)
            running.add(case)
        with guard:
            running.discard(case)

    ran = Recorder(note)
    with sessions.begin() as session:
        for number in range(60):
            case = f"case{number % 5}"
            first.put(session, "work", {"tag": f"{case}-{number}"}, case_id=case)
    first.start({"work": ran})
    second.start({"work": ran})
    ran.until(60)
    assert first.wait_idle(PATIENCE)
    assert overlaps == []
    assert all(numbers == sorted(numbers) for numbers in begun.values())
    assert sum(map(len, begun.values())) == 60, "each ran once"


def test_a_key_waits_only_once(queue: Queue, put: Put, sessions: sessionmaker[Session]) -> None:
    ran = Recorder()
    put("first", key="timer:7")
    with sessions.begin() as session:
        queue.put(session, "work", {"tag": "beside it"})
        queue.put(session, "work", {"tag": "second"}, key="timer:7")
        queue.put(session, "work", {"tag": "last"})
    queue.start({"work": ran})
    ran.until(3)
    assert queue.wait_idle(PATIENCE)
    assert sorted(ran.tags) == ["beside it", "first", "last"], "a key that waits already spoils nothing else in its transaction"


def test_a_key_put_while_its_job_runs_is_run_again(queue: Queue, put: Put) -> None:
    gate = threading.Event()
    ran = Recorder(gated(gate, "first"))
    put("first", key="case:7", case_id="7")
    queue.start({"work": ran})
    ran.until(1)
    put("again", key="case:7", case_id="7")
    gate.set()
    assert ran.until(2) == ["first", "again"]


def test_a_failing_job_is_tried_again(queue: Queue, put: Put) -> None:
    ran = Recorder()

    def fail_once(tag: str) -> None:
        ran(tag)
        if len(ran.tags) == 1:
            raise RuntimeError("the first attempt fails")

    put("stubborn", case_id="A")
    queue.start({"work": fail_once})
    assert ran.until(2) == ["stubborn", "stubborn"]
    assert queue.wait_idle(PATIENCE)


def test_a_hopeless_job_ends_dead_and_holds_up_nobody(queue: Queue, put: Put, adapter: Adapter, sessions: sessionmaker[Session]) -> None:
    ran = Recorder()

    def refuse(tag: str) -> None:
        ran(tag)
        if tag == "hopeless":
            raise RuntimeError("张三 13800000000")

    put("hopeless", case_id="A")
    put("next", case_id="A")
    queue.start({"work": refuse})
    ran.until(4)
    assert queue.wait_idle(PATIENCE)
    assert sorted(ran.tags) == ["hopeless", "hopeless", "hopeless", "next"]
    with sessions() as session:
        assert adapter.dead(session) == [3]


def test_a_job_that_waits_for_its_next_attempt_does_not_hold_up_its_case(
    queue: Queue, put: Put, adapter: Adapter, sessions: sessionmaker[Session]
) -> None:
    gate = threading.Event()
    ran = Recorder(gated(gate, "failing"))

    def fail_first(tag: str) -> None:
        ran(tag)
        if tag == "failing" and ran.tags.count("failing") == 1:
            raise RuntimeError

    put("failing", case_id="A")
    put("second", case_id="A")
    put("third", case_id="A")
    queue.start({"work": fail_first})
    ran.until(1)
    gate.set()
    ran.until(4)
    assert queue.wait_idle(PATIENCE)
    assert sorted(ran.tags) == ["failing", "failing", "second", "third"]
    assert [tag for tag in ran.tags if tag != "failing"] == ["second", "third"]


def test_a_failed_job_gives_way_to_a_newer_one_with_its_key(queue: Queue, put: Put) -> None:
    gate = threading.Event()
    ran = Recorder()

    def fail_first(tag: str) -> None:
        ran(tag)
        if tag == "old":
            gate.wait(PATIENCE)
            raise RuntimeError

    put("old", key="case:7")
    queue.start({"work": fail_first})
    ran.until(1)
    put("new", key="case:7", case_id="7")
    gate.set()
    ran.until(2)
    assert queue.wait_idle(PATIENCE)
    assert ran.tags.count("new") == 1


def test_a_slow_kind_does_not_hold_up_another(queue: Queue, sessions: sessionmaker[Session]) -> None:
    gate = threading.Event()
    slow, quick = Recorder(gated(gate)), Recorder()
    with sessions.begin() as session:
        for number in range(20):
            queue.put(session, "slow", {"tag": str(number)})
        queue.put(session, "quick", {"tag": "timer"})
    queue.start({"slow": slow, "quick": quick})
    assert quick.until(1) == ["timer"]
    gate.set()
    slow.until(20)


def test_killed_in_the_middle_a_job_is_run_again_by_the_next_process(queue: Queue, put: Put, adapter: Adapter, database_url: str) -> None:
    put("half done", case_id="A")
    put("after it", case_id="A")
    command = [sys.executable, "-m", "tests.contract.jobs.endless", adapter.name, database_url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "half done"
        os.kill(process.pid, signal.SIGKILL)
    ran = Recorder()
    queue.start({"work": ran})
    assert ran.until(2) == ["half done", "after it"]
    assert queue.wait_idle(PATIENCE)


def test_stopping_lets_the_running_job_end_and_writes_it_down(
    queue: Queue, put: Put, adapter: Adapter, sessions: sessionmaker[Session]
) -> None:
    gate = threading.Event()
    ran = Recorder(gated(gate))
    put("last", case_id="A")
    put("for somebody else", case_id="A")
    queue.start({"work": ran})
    ran.until(1)
    stopping = threading.Thread(target=queue.stop)
    stopping.start()
    gate.set()
    stopping.join(PATIENCE)
    assert not queue.active.is_set()
    with sessions() as session:
        assert [job.args["tag"] for job in adapter.waiting(session)] == ["for somebody else"]


def test_a_queue_that_was_stopped_can_be_started_again(queue: Queue, put: Put) -> None:
    ran = Recorder()
    queue.start({"work": ran})
    assert queue.active.wait(PATIENCE)
    queue.stop()
    put("later")
    queue.start({"work": ran})
    assert ran.until(1) == ["later"]
