"""What workers owe each other, and themselves, when the database or the exchange was away in the middle of something."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from api.product import Product
from engine import clock
from engine.db import transaction
from telephony.ari.channels import Channels
from telephony.ari.errors import AriError, Gone, Unreachable
from telephony.ari.links import Listener
from telephony.ari.system import Applications
from telephony.calls.models import PhoneCall
from telephony.worker import leases
from telephony.worker.desk import Desk
from telephony.worker.models import PhoneWorker
from tests.fixtures.asterisk.node import Node
from tests.fixtures.phones import Telephones
from tests.telephony.ari.hearing import SECONDS
from tests.telephony.hotline import CITIZEN, HOTLINE, Hotline, leaving, working


def test_workers_whose_database_was_away_do_not_bury_each_other(
    sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        Telephones(exchange) as phones,
        working(sqlite_product, exchange, "bihuan-first") as first,
        working(sqlite_product, exchange, "bihuan-second") as second,
    ):
        hotline = Hotline(sqlite_product, exchange, phones, first)
        both = {first.app, second.app}
        hotline.until(lambda: (first.desk.fellows and second.desk.fellows) or None)
        with database_away(monkeypatch, both) as away:
            began = second._presence._said
            hotline.until(lambda: second._beat - began > 3 * leases.EVERY)
            with transaction(sqlite_product.database) as session:
                session.execute(update(PhoneWorker).values(beat_at=clock.real_now() - 2 * leases.LAPSE))
            away.discard(second.app)
            back = hotline.until(lambda: second._presence._said if second._presence._said > began else None)
            hotline.until(lambda: second._presence._said > back)  # it has looked twice
            away.clear()
        hotline.until(lambda: (first.desk.fellows == (second.app,) and second.desk.fellows == (first.app,)) or None)
        assert first.ended is None


@contextmanager
def database_away(monkeypatch: pytest.MonkeyPatch, apps: set[str]) -> Iterator[set[str]]:
    """Nobody of these can say that it lives."""
    beat, away = leases.beat, set(apps)

    def beats(session: Session, app: str, *more: Any) -> None:
        if app in away:
            raise OperationalError("", {}, Exception("away"))
        beat(session, app, *more)

    with monkeypatch.context() as patch:
        patch.setattr(leases, "beat", beats)
        yield away


def once(truly: Callable[..., None]) -> Callable[..., None]:
    """Done, and the first time the database's answer to the commit is lost."""
    lost = threading.Event()

    def maybe(*given: Any) -> None:
        if not lost.is_set():
            lost.set()
            raise OperationalError("", {}, Exception("the connection was closed"))
        truly(*given)

    return maybe


def test_a_new_call_whose_commit_was_not_confirmed_is_one_call_and_is_served(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = hotline.agent("agent1", "1001")
    monkeypatch.setattr(hotline.worker.desk, "_begun", once(hotline.worker.desk._begun))
    citizen = hotline.calls()
    phone.ringing().answer()
    citizen.until_hears({phone.tone})
    citizen.hangup()
    hotline.nothing_is_left()
    assert [row.outcome for row in hotline.rows()] == ["talked"]


def test_what_follows_from_a_step_whose_commit_was_not_confirmed_is_done(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    citizen, agent, call = hotline.talk()
    hotline.until(lambda: hotline.recorded(call) or None)
    monkeypatch.setattr(hotline.worker.desk, "_moved", once(hotline.worker.desk._moved))
    agent.hangup()
    citizen.until("ended")
    hotline.nothing_is_left()
    hotline.seat_in("agent1", "wrap_up")
    assert [row.outcome for row in hotline.rows()] == ["talked"]


def test_what_was_asked_for_and_whose_commit_was_not_confirmed_is_done(
    hotline: Hotline, exchange: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen, _agent, call = hotline.talk()
    hotline.until(lambda: hotline.recorded(call) or None)
    name = hotline.value(call).recording
    monkeypatch.setattr(hotline.worker.desk, "_moved", once(hotline.worker.desk._moved))
    assert hotline.ask("agent1", "pause", call).state == "done"
    with exchange.ari() as client:
        hotline.until(lambda: client.recordings.live(name).state == "paused" or None)
    citizen.hangup()
    hotline.nothing_is_left()


def test_who_looks_at_many_calls_for_long_says_meanwhile_that_it_lives(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    citizens = [hotline.calls(caller=f"1390000000{number}") for number in range(3)]
    hotline.until(lambda: len([row for row in hotline.rows() if row.state == "queued"]) == len(citizens) or None)
    beat, beats, looked = leases.beat, [0], threading.Event()

    def counted(*given: Any) -> None:
        beat(*given)
        beats[-1] += 1

    def look() -> None:
        beats[:] = [0]
        hotline.worker._resync()
        beats.append(0)
        looked.set()

    with monkeypatch.context() as patch:
        patch.setattr(leases, "beat", counted)
        patch.setattr(leases.Presence, "is_due", lambda *_: True)  # each of them takes so long
        hotline.worker._put(look)
        assert looked.wait(SECONDS)
    assert beats[0] == len(citizens)
    for citizen in citizens:
        citizen.hangup()
    hotline.nothing_is_left()


def test_a_channel_that_is_brought_over_from_where_it_is_already_stays_in_its_call(hotline: Hotline) -> None:
    citizen, agent, call = hotline.talk()
    worker = hotline.worker
    hotline.until(lambda: not worker._unsure or None)
    (leg,) = [each.id for each in hotline.value(call).legs.values() if each.role == "citizen"]
    worker._requests.later(call, lambda: worker._moving.bring_over("bihuan-nobody", call, leg))
    hotline.until(lambda: worker._unsure or None)
    hotline.until(lambda: not worker._unsure or None)
    citizen.until_hears({agent.tone})
    agent.until_hears({citizen.tone})
    agent.hangup()
    citizen.until("ended")
    hotline.nothing_is_left()
    assert [row.outcome for row in hotline.rows()] == ["talked"]


@pytest.mark.parametrize(
    "amiss", ["nothing", "its link comes late", "no answer at first", "the move is dropped", "its database does not confirm"]
)
def test_who_was_claimed_by_a_worker_that_stops_just_then_is_taken_in_by_another(
    sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch, amiss: str
) -> None:
    monkeypatch.setattr(leases, "LAPSE", leases.EVERY * 1.2)
    with Telephones(exchange) as phones:
        claimed = threading.Event()
        with working(sqlite_product, exchange, "bihuan-stops") as stopping, monkeypatch.context() as patch:
            patch.setattr(stopping, "_came_in", lambda *_: claimed.set())
            citizen = phones.city.call(HOTLINE, caller=CITIZEN)
            assert claimed.wait(SECONDS)
        if amiss == "its link comes late":
            link_after_three_beats(monkeypatch)
        elif amiss == "no answer at first":
            first_are_refused(monkeypatch, Applications, "subscribe", [Unreachable, Gone])
        elif amiss == "the move is dropped":
            first_are_refused(monkeypatch, Channels, "move", [None])
        elif amiss == "its database does not confirm":
            not_confirmed(monkeypatch)
        with working(sqlite_product, exchange, f"bihuan-takes-{amiss.replace(' ', '-')}") as worker:
            hotline = Hotline(sqlite_product, exchange, phones, worker)
            citizen.until("up").until_hears_speech()
            assert hotline.call_in("queued").app == worker.app
            citizen.hangup()
            hotline.nothing_is_left()


def test_calls_that_begin_while_a_takeover_waits_for_the_exchange_are_left_alone(
    sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LAPSE", leases.EVERY * 1.2)
    with Telephones(exchange) as phones:
        with leaving(sqlite_product, exchange, phones) as hotline:
            hotline.change_plan(queues={"general": {"name": "久响", "ring_seconds": 60}})
            citizen, agent, call = hotline.talk()
        away = not_confirmed(monkeypatch, refusals=1_000)
        with working(sqlite_product, exchange, "bihuan-lives") as living:
            hotline.worker = living
            hotline.until(lambda: call in living.desk.calls or None)
            phone = hotline.agent("agent2", "1002")
            other = hotline.calls(caller="13900002222")
            rings = phone.ringing()
            assert away
            away.clear()
            hotline.until(lambda: not (living._taking or living._unsure) or None)
            rings.answer()
            other.until_hears({phone.tone})
            citizen.until_hears({agent.tone})
            other.hangup()
            citizen.hangup()
            hotline.nothing_is_left()
            assert {row.outcome for row in hotline.rows()} == {"talked"}


def test_a_call_that_nobody_can_read_keeps_no_other_from_going_on(sqlite_product: Product, exchange: Node) -> None:
    with Telephones(exchange) as phones:
        with working(sqlite_product, exchange, "bihuan-reads") as worker:
            hotline = Hotline(sqlite_product, exchange, phones, worker)
            lost, citizen = hotline.calls(), hotline.calls(caller="13900002222")
            hotline.until(lambda: [row.state for row in hotline.rows()] == ["queued", "queued"] or None)
            (broken,) = [row.id for row in hotline.rows() if row.number == lost.me]
        hotline.write(lambda session, _now: session.execute(update(PhoneCall).where(PhoneCall.id == broken).values(body=b"")))
        with working(sqlite_product, exchange, "bihuan-reads") as worker:
            hotline.worker = worker
            phone = hotline.agent("agent1", "1001")
            phone.ringing().answer()
            citizen.until_hears({phone.tone})
            citizen.hangup()
            hotline.write(lambda session, _now: session.execute(delete(PhoneCall).where(PhoneCall.id == broken)))
            lost.hangup()
            hotline.nothing_is_left()
            assert [row.outcome for row in hotline.rows()] == ["talked"]


def link_after_three_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exchange does not know the next worker's application before that."""
    begins, beat, beats, thrice = Listener._run, leases.beat, itertools.count(1), threading.Event()

    def counted(*given: Any) -> None:
        beat(*given)
        if next(beats) == 3:
            thrice.set()

    def begins_late(link: Listener) -> None:
        assert thrice.wait(SECONDS)
        begins(link)

    monkeypatch.setattr(leases, "beat", counted)
    monkeypatch.setattr(Listener, "_run", begins_late)


def first_are_refused(monkeypatch: pytest.MonkeyPatch, of: type, name: str, refusals: list[type[AriError] | None]) -> None:
    """The first requests of a kind are not carried out; for None the exchange says that they were."""
    truly = getattr(of, name)

    def refused(*given: Any, **more: Any) -> Any:
        if not refusals:
            return truly(*given, **more)
        refusal = refusals.pop(0)
        if refusal is not None:
            raise refusal(status=None, method="POST", path="/", said="")
        return None

    monkeypatch.setattr(of, name, refused)


def not_confirmed(monkeypatch: pytest.MonkeyPatch, refusals: int = 1) -> list[type[AriError] | None]:
    """The database takes over a dead worker's calls, and is away just then; the exchange does not answer when that is tried again. It
    does once what this answers is empty."""
    truly, loads = Desk.load, itertools.count(1)
    away: list[type[AriError] | None] = []

    def load(desk: Desk, **given: bool) -> Any:
        if next(loads) == 2:  # the first is the start's
            away.extend([Unreachable] * refusals)
            raise OperationalError("", {}, Exception("the connection was closed"))
        return truly(desk, **given)

    first_are_refused(monkeypatch, Applications, "get", away)
    monkeypatch.setattr(Desk, "load", load)
    return away
