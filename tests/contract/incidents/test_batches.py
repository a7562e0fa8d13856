"""One action on a whole group of incidents: in the background, a part at a time, with its progress."""

import pytest
from sqlalchemy import select

from engine.errors import Invalid, StepFailed
from engine.jobs.local import LocalQueue
from engine.jobs.models import Job
from engine.outbox import batches
from engine.outbox.batches import SETTLE_INCIDENTS, BatchRunning, NothingOpen, Settler
from engine.outbox.models import IncidentBatch
from tests.contract.engine.conftest import Publish
from tests.contract.incidents.conftest import ADMIN, Workshop
from tests.contract.incidents.test_steps import AT_ONCE, TIMED


class Floor:
    """The background work of a workshop, a job at a time."""

    def __init__(self, shop: Workshop) -> None:
        self.shop, self.queue = shop, LocalQueue(shop.database)
        self.settler = Settler(shop.engine, self.queue)

    def begin(self, group: str, action: str, reason: str = "机器修好了") -> int:
        return self.shop.engine.transact(ADMIN, lambda work: batches.begin(work, self.queue, group, action, reason).id)

    def run_one(self) -> bool:
        """Run the oldest job; False when there is none."""
        with self.shop.sessions.begin() as session:
            job = session.scalars(select(Job).order_by(Job.id).limit(1)).one_or_none()
            if job is None:
                return False
            assert job.kind == SETTLE_INCIDENTS
            session.delete(job)
        self.settler(**job.args)
        return True

    def batch(self) -> IncidentBatch:
        with self.shop.engine.read() as session:
            return session.scalars(select(IncidentBatch).order_by(IncidentBatch.id.desc()).limit(1)).one()


@pytest.fixture
def floor(shop: Workshop, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> Floor:
    """Seven cases whose timers failed by the same cause, settled two at a time."""
    monkeypatch.setattr(batches, "PART", 2)
    publish("timed", TIMED)
    for number in range(7):
        shop.start("timed", f"C{number}")
    shop.broken = RuntimeError()
    shop.clock.advance(minutes=31)
    shop.tick()
    return Floor(shop)


def test_a_group_is_retried_part_by_part(floor: Floor) -> None:
    group = floor.shop.incidents()[0].group_key
    floor.shop.broken = None
    floor.begin(group, "retry", "")
    progress = []
    while floor.run_one():
        progress.append((floor.batch().done, floor.batch().state))
    assert progress == [(2, "running"), (4, "running"), (6, "running"), (7, "running"), (7, "done")]
    floor.shop.tick()
    assert floor.shop.worked == 7
    assert {(one.state, one.closed_by) for one in floor.shop.incidents()} == {("retried", "admin")}


def test_what_fails_again_or_comes_later_is_left_for_the_next_batch(floor: Floor) -> None:
    group = floor.shop.incidents()[0].group_key
    floor.begin(group, "skip", "机器停用")
    floor.run_one()
    floor.shop.start("timed", "later")
    floor.shop.clock.advance(minutes=31)
    floor.shop.tick()
    while floor.run_one():
        pass
    assert (floor.batch().done, floor.batch().failed, floor.batch().state) == (7, 0, "done")
    assert [one.business_key for one in floor.shop.incidents() if one.state == "open"] == ["later"]


def test_a_part_that_runs_twice_settles_nothing_twice(floor: Floor) -> None:
    number = floor.begin(floor.shop.incidents()[0].group_key, "skip", "机器停用")
    for _ in range(12):
        floor.settler(number)
    assert (floor.batch().done, floor.batch().state) == (7, "done")
    assert [step.type for step in floor.shop.history("C3")].count("skip") == 1


def test_somebody_who_was_faster_does_not_stop_the_rest(floor: Floor) -> None:
    floor.begin(floor.shop.incidents()[0].group_key, "retry")
    floor.shop.settle("cancel", "重复登记", incident_id=floor.shop.incidents()[1].id)
    while floor.run_one():
        pass
    assert (floor.batch().done, floor.batch().total, floor.batch().state) == (6, 7, "done")


def test_what_cannot_be_done_is_counted_as_refused(floor: Floor, publish: Publish) -> None:
    publish("at_once", AT_ONCE)
    with pytest.raises(StepFailed):
        floor.shop.start("at_once")
    floor.begin(floor.shop.incidents()[-1].group_key, "skip", "越过它")
    while floor.run_one():
        pass
    assert (floor.batch().failed, floor.batch().done, floor.batch().state) == (1, 0, "done")


def test_one_batch_of_a_group_at_a_time_with_a_reason_and_something_to_do(floor: Floor) -> None:
    group = floor.shop.incidents()[0].group_key
    with pytest.raises(Invalid):
        floor.begin(group, "cancel", "")
    floor.begin(group, "retry")
    with pytest.raises(BatchRunning):
        floor.begin(group, "retry")
    floor.shop.clock.advance(minutes=11)
    floor.begin(group, "retry")
    with pytest.raises(NothingOpen):
        floor.begin("nothing", "retry")
