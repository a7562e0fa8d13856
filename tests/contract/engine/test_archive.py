"""Cases that ended long ago, packed and put back."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from engine.db import Base, tables
from engine.history import archive, expand
from engine.history.anchors import anchor_days, broken_days
from engine.history.models import Archive, History, Submission
from engine.history.verify import verify
from engine.instances.models import Instance
from engine.runtime.engine import Engine
from engine.workitems.models import WorkItem
from tests.contract.engine.conftest import Publish
from tests.contract.engine.test_commands import TWO_TASKS, complete, start
from tests.fixtures.clocks import Clock

KEPT = timedelta(days=180)
HOT: tuple[type[Base], ...] = (Instance, History, Submission, WorkItem)


def rows(session: Session) -> dict[str, list[Any]]:
    """Everything in the tables that are packed."""
    return {table.name: list(session.execute(select(table).order_by(*table.primary_key)).all()) for table in tables(*HOT)}


def ended_case(engine: Engine, business_key: str) -> int:
    """A case of two instances, both ended."""
    first = start(engine, "two", business_key)
    for element in ("first", "second"):
        complete(engine, element, {"text": f"答复 {business_key}"})
    start(engine, "two", business_key)
    for element in ("first", "second"):
        complete(engine, element)
    return first


def test_a_case_that_ended_long_ago_is_packed_and_comes_back_as_it_was(
    engine: Engine, publish: Publish, sessions: sessionmaker[Session], clock: Clock
) -> None:
    publish("two", TWO_TASKS)
    first = ended_case(engine, "C1")
    with sessions() as session:
        before = rows(session)
    clock.advance(days=181)
    with sessions.begin() as session:
        assert archive.pack(session, clock.now - KEPT, 10, clock.now) == 1
    with sessions() as session:
        assert all(not left for left in rows(session).values())
        assert archive.is_packed(session, "C1")
        assert (archive.case_of(session, first), archive.case_of(session, first - 1)) == ("C1", None)
        assert (verify(session).instances, verify(session).rows, verify(session, "C1").bad) == (2, 6, [])
    with sessions.begin() as session:
        assert archive.unpack(session, "C1")
        assert not archive.unpack(session, "C1")
    with sessions() as session:
        assert rows(session) == before
        assert archive.case_of(session, first) is None


def test_what_was_done_for_a_packed_case_is_packed_with_it(
    engine: Engine, publish: Publish, sessions: sessionmaker[Session], clock: Clock
) -> None:
    publish("two", TWO_TASKS)
    ended_case(engine, "C1")
    for _since in range(2):
        clock.advance(days=181)
        with sessions.begin() as session:
            assert archive.pack(session, clock.now - KEPT, 10, clock.now) == 1
        ended_case(engine, "C1")
    with sessions() as session:
        assert (verify(session, "C1").instances, verify(session, "C1").bad) == (6, [])


def test_the_steps_of_a_packed_case_are_read_without_putting_it_back(
    engine: Engine, publish: Publish, sessions: sessionmaker[Session], clock: Clock
) -> None:
    publish("two", TWO_TASKS)
    ended_case(engine, "C1")
    with sessions() as session:
        before = expand.read(session, engine.specs, "C1").steps
        assert expand.read_packed(session, engine.specs, "C1") == []
    clock.advance(days=181)
    with sessions.begin() as session:
        archive.pack(session, clock.now - KEPT, 10, clock.now)
    with sessions() as session:
        assert expand.read_packed(session, engine.specs, "C1") == before
        assert archive.is_packed(session, "C1")


def test_what_is_younger_or_still_moves_stays(engine: Engine, publish: Publish, sessions: sessionmaker[Session], clock: Clock) -> None:
    publish("two", TWO_TASKS)
    ended_case(engine, "OLD")
    ended_case(engine, "MOVES")
    start(engine, "two", "MOVES")
    clock.advance(days=100)
    ended_case_later = start(engine, "two", "OPEN")
    clock.advance(days=81)
    with sessions.begin() as session:
        assert archive.pack(session, clock.now - KEPT, 10, clock.now) == 1
    with sessions() as session:
        assert list(session.scalars(select(Archive.business_key))) == ["OLD"]
        assert ended_case_later in session.scalars(select(Instance.id)).all()


def test_a_change_in_the_archive_shows_in_the_chain_and_in_the_days_anchor(
    engine: Engine, publish: Publish, sessions: sessionmaker[Session], clock: Clock
) -> None:
    publish("two", TWO_TASKS)
    ended_case(engine, "C1")
    ended_case(engine, "C2")
    day = clock.now.date().isoformat()
    clock.advance(days=181)
    with sessions.begin() as session:
        anchor_days(session, clock.now)
        archive.pack(session, clock.now - KEPT, 1, clock.now)
    with sessions() as session:
        assert broken_days(session) == []
    with sessions.begin() as session:
        packed = session.scalars(select(Archive)).one()
        content = archive._content(packed.body)
        content["history"].pop()
        session.execute(update(Archive).values(body=archive._packed(content)))
    with sessions() as session:
        assert [bad.business_key for bad in verify(session).bad] == [packed.business_key]
        assert broken_days(session) == [day]
