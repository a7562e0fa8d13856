"""Messages that come before anybody waits: kept for a while, found by their correlation, purged when their time is over."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from engine.actor import SYSTEM
from engine.jobs import upkeep
from engine.jobs.upkeep import clear_away
from engine.messages.models import InboxMessage
from engine.registry import Registry
from tests.contract.engine import diagrams as draw
from tests.contract.engine.conftest import Publish
from tests.contract.messages.conftest import City

WAITS = draw.document(
    "waits",
    draw.start() + draw.catch("hears", draw.awaited("Go")) + draw.user("went") + draw.end(),
    "begin>hears; hears>went; went>finish",
    messages="Go",
)


def send(city: City, case: str = "C1", lifetime: timedelta | None = None) -> None:
    city.engine.transact(SYSTEM, lambda work: work.send("Go", [f"case_no={case}"], {"case_no": case}, lifetime=lifetime))


def kept(city: City) -> list[timedelta]:
    """For how long the messages of the inbox are still kept."""
    with city.engine.read() as session:
        return [row.expires_at - city.clock.now for row in session.scalars(select(InboxMessage).order_by(InboxMessage.id))]


def test_an_early_message_is_kept_thirty_days_or_as_its_sender_or_the_catalogue_says(
    city: City, publish: Publish, registry: Registry
) -> None:
    publish("waits", WAITS)
    send(city)
    send(city, lifetime=timedelta(hours=2))
    registry.lifetimes["Go"] = timedelta(days=2)
    send(city)
    assert kept(city) == [timedelta(days=30), timedelta(hours=2), timedelta(days=2)]


@pytest.mark.parametrize(("hours", "woken"), [(1, 1), (3, 0)])
def test_a_message_is_found_while_its_time_lasts(city: City, publish: Publish, hours: int, woken: int) -> None:
    publish("waits", WAITS)
    send(city, lifetime=timedelta(hours=2))
    city.clock.advance(hours=hours)
    city.start("waits")
    assert city.waiting() == ({"went": 1} if woken else {})


def test_a_message_for_another_case_is_left_in_the_inbox(city: City, publish: Publish) -> None:
    publish("waits", WAITS)
    send(city, "C2")
    city.start("waits", "C1")
    assert city.waiting() == {}
    city.start("waits", "C2")
    assert city.waiting() == {"went": 1}
    assert kept(city) == []


def test_expired_messages_are_purged_a_batch_at_a_time_and_the_others_stay(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "BATCH", 4)
    for _ in range(6):
        send(city, lifetime=timedelta(hours=1))
    send(city)
    assert not clear_away(city.database, city.clock.now)
    city.clock.advance(hours=1)
    assert [clear_away(city.database, city.clock.now).messages for _ in range(3)] == [4, 2, 0]
    assert len(kept(city)) == 1


def test_with_nothing_to_purge_nothing_is_written(city: City) -> None:
    statements: list[str] = []
    event.listen(city.database, "before_cursor_execute", lambda _c, _u, text, *_rest: statements.append(text))
    clear_away(city.database, city.clock.now)
    assert not [text for text in statements if text.startswith(("DELETE", "UPDATE", "INSERT", "BEGIN IMMEDIATE"))]
