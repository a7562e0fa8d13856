"""The daily anchors: what the chains of the instances alone cannot show."""

from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from engine.history.anchors import anchor_days, broken_days
from engine.history.models import Anchor, History
from engine.history.verify import verify
from engine.instances.models import Instance
from engine.runtime.engine import Engine
from tests.contract.engine.conftest import Publish
from tests.contract.engine.test_commands import TWO_TASKS, complete, start
from tests.fixtures.clocks import Clock


def test_a_tail_cut_off_together_with_its_head_breaks_the_days_anchor(
    engine: Engine, publish: Publish, sessions: sessionmaker[Session], clock: Clock
) -> None:
    publish("two", TWO_TASKS)
    instance = start(engine, "two")
    complete(engine, "first")
    today = clock.now.date()
    with sessions.begin() as session:
        assert anchor_days(session, clock.now) == []
    clock.advance(days=2)
    with sessions.begin() as session:
        assert anchor_days(session, clock.now) == [today.isoformat(), date.fromordinal(today.toordinal() + 1).isoformat()]
        assert broken_days(session) == []
    with sessions.begin() as session:
        session.execute(delete(History).where(History.instance_id == instance, History.seq == 2))
        first = session.scalars(select(History.hash).where(History.instance_id == instance)).one()
        session.execute(update(Instance).where(Instance.id == instance).values(last_seq=1, last_hash=first))
    with sessions() as session:
        assert verify(session).bad == []
        assert today.isoformat() in broken_days(session)


def test_a_day_is_anchored_once_and_follows_the_day_before(
    engine: Engine, publish: Publish, sessions: sessionmaker[Session], clock: Clock
) -> None:
    publish("two", TWO_TASKS)
    start(engine, "two")
    for _day in range(3):
        clock.advance(days=1)
        with sessions.begin() as session:
            anchor_days(session, clock.now)
    with sessions() as session:
        anchors = session.scalars(select(Anchor).order_by(Anchor.day)).all()
        assert [anchor.rows for anchor in anchors] == [1, 0, 0]
        assert len({anchor.digest for anchor in anchors}) == 3
