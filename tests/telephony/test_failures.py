"""Links that are cut, workers and exchanges that die: no leg, bridge or agent is left over, and calls go on where they can."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from api.product import Product
from engine.db import transaction
from telephony.ari import snapshot
from telephony.ari.links import Receiver
from telephony.ari.messages import StasisStart
from telephony.blacklist import services as blacklist
from telephony.calls import effects
from telephony.calls.happenings import Elapsed, Gone, Happening, Tapped
from telephony.calls.models import PhoneCall
from telephony.recordings.archive import Archive, path_of
from telephony.recordings.models import Recording
from telephony.worker import claims, leases, requests, unserved
from telephony.worker import worker as worker_module
from telephony.worker.desk import Told
from telephony.worker.moving import Moving
from telephony.worker.worker import Worker
from tests.fixtures.asterisk.node import KEPT, Node
from tests.fixtures.phones import Telephones
from tests.telephony.ari.cable import Cable
from tests.telephony.ari.hearing import SECONDS, listening
from tests.telephony.hotline import CITIZEN, HOTLINE, Hotline, Watched, leaving, opened, working
from tests.telephony.test_processes import processes

HALF_A_SECOND = 25
"""Packets of voice."""
UNCLAIMED = "not claimed within 500ms"
"""As the exchange says it of a call that nobody takes at first."""


def test_who_hung_up_while_no_worker_was_there_is_found_by_the_next(sqlite_product: Product, exchange: Node) -> None:
    with Telephones(exchange) as phones:
        with working(sqlite_product, exchange, "bihuan-again") as worker:
            hotline = Hotline(sqlite_product, exchange, phones, worker)
            citizen, agent, call = hotline.talk()
        citizen.until_hears({agent.tone})  # a call goes on without a worker
        citizen.hangup()
        with working(sqlite_product, exchange, "bihuan-again") as worker:
            hotline.worker = worker
            agent.until("ended")
            assert hotline.call_in("ended").id == call
            hotline.seat_in("agent1", "wrap_up")
            hotline.nothing_is_left()


def test_who_hangs_up_while_the_link_comes_up_is_found_a_beat_later(
    sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Telephones(exchange) as phones:
        with working(sqlite_product, exchange, "bihuan-up") as worker:
            hotline = Hotline(sqlite_product, exchange, phones, worker)
            citizen, agent, _call = hotline.talk()
        with exchange.ari() as client:
            views = [snapshot.take(client)]  # the citizen is there still
        citizen.hangup()
        truly = snapshot.take
        monkeypatch.setattr(snapshot, "take", lambda ari: views.pop() if views else truly(ari))
        monkeypatch.setattr(Worker, "_ask_for_channels", lambda _worker: None)  # which would find it, too, but much later
        with working(sqlite_product, exchange, "bihuan-up") as worker:
            hotline.worker = worker
            agent.until("ended")
            hotline.nothing_is_left()
    assert not views


def test_a_call_goes_on_under_the_worker_that_is_started_again(sqlite_product: Product, exchange: Node) -> None:
    with Telephones(exchange) as phones:
        with working(sqlite_product, exchange, "bihuan-goes-on") as worker:
            hotline = Hotline(sqlite_product, exchange, phones, worker)
            citizen, agent, call = hotline.talk()
        with working(sqlite_product, exchange, "bihuan-goes-on") as worker:
            hotline.worker = worker
            assert hotline.ask("agent1", "hold", call).state == "done"
            agent.until_silent()
            citizen.hangup()
            agent.until("ended")
            hotline.nothing_is_left()


@pytest.mark.parametrize("lost", [effects.Tap, Tapped, effects.Record])
def test_a_recording_that_a_worker_died_before_asking_for_is_begun_by_the_next(
    sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch, lost: type[effects.Effect | Happening]
) -> None:
    with Telephones(exchange) as phones:
        with monkeypatch.context() as patch, working(sqlite_product, exchange, "bihuan-asks") as worker:
            forgets(patch, worker, lost)
            hotline = Hotline(sqlite_product, exchange, phones, worker)
            citizen, _agent, call = hotline.talk()
            hotline.until(lambda: (hotline.value(call).recording if lost is effects.Record else hotline.value(call).tap) or None)
            assert not hotline.recorded(call)
        with working(sqlite_product, exchange, "bihuan-asks") as worker:
            hotline.worker = worker
            hotline.until(lambda: hotline.recorded(call) or None)
            citizen.hangup()
            hotline.nothing_is_left()


def test_what_was_to_be_left_out_of_a_recording_when_the_worker_died_is_left_out_by_the_next(
    sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Telephones(exchange) as phones, exchange.ari() as client:
        with monkeypatch.context() as patch, working(sqlite_product, exchange, "bihuan-pauses") as worker:
            hotline = Hotline(sqlite_product, exchange, phones, worker)
            citizen, _agent, call = hotline.talk()
            hotline.until(lambda: hotline.recorded(call) or None)
            forgets(patch, worker, effects.PauseRecording)
            assert hotline.ask("agent1", "pause", call).state == "done"
        assert hotline.recorded(call)
        with working(sqlite_product, exchange, "bihuan-pauses") as worker:
            hotline.worker = worker
            hotline.until(lambda: client.recordings.live(hotline.value(call).recording).state == "paused" or None)
            citizen.hangup()
            hotline.nothing_is_left()


def test_a_supervisor_whose_worker_died_on_the_way_into_the_call_hears_it_by_the_next(
    sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Telephones(exchange) as phones:
        with monkeypatch.context() as patch, working(sqlite_product, exchange, "bihuan-hears") as worker:
            hotline = Hotline(sqlite_product, exchange, phones, worker)
            citizen, agent, call = hotline.talk()
            hotline.until(lambda: hotline.recorded(call) or None)
            listener = hotline.agent("supervisor1", "1003")
            forgets(patch, worker, Tapped)
            assert hotline.ask("supervisor1", "supervise", call, mode="listen").state == "done"
            ear = listener.ringing()
            ear.answer()
            hotline.until(lambda: any(each.tap for each in hotline.value(call).ears.values()) or None)
        with working(sqlite_product, exchange, "bihuan-hears") as worker:
            hotline.worker = worker
            ear.until_hears({citizen.tone, agent.tone})
            citizen.hangup()
            hotline.nothing_is_left()


def forgets(patch: pytest.MonkeyPatch, worker: Watched, lost: type[effects.Effect | Happening]) -> None:
    """From now on a worker does not get to this, as one that dies just before it."""
    make, happen = requests.make, worker.desk.happen
    patch.setattr(requests, "make", lambda request, *place: None if isinstance(request, lost) else make(request, *place))
    patch.setattr(worker.desk, "happen", lambda *news: happen(*[each for each in news if not isinstance(each[1], lost)]))


def test_calls_end_and_agents_are_free_when_the_exchange_has_died(sqlite_product: Product, mortal_exchange: Node) -> None:
    with opened(sqlite_product, mortal_exchange) as hotline:
        hotline.talk()
        waiting = hotline.calls(caller="13900002222")
        waiting.until("up")
        hotline.call_in("queued")
        mortal_exchange.kill()
        mortal_exchange.start()
        hotline.nothing_is_left()
        hotline.seat_in("agent1", "wrap_up")
        assert {row.outcome for row in hotline.rows()} == {"talked", "abandoned"}


@pytest.mark.parametrize("killed", [True, False])
def test_a_worker_that_is_killed_or_stopped_leaves_its_calls_to_the_one_that_lives(
    sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch, killed: bool
) -> None:
    monkeypatch.setattr(leases, "LAPSE", leases.EVERY * 1.2)
    with Telephones(exchange) as phones:
        with leaving(sqlite_product, exchange, phones) as hotline:
            citizen, agent, call = hotline.talk()
            hotline.until(lambda: hotline.recorded(call) or None)
            name = hotline.value(call).recording
            if killed:
                monkeypatch.setattr(leases, "give_up", lambda *_: None)
        monkeypatch.undo()
        monkeypatch.setattr(leases, "LAPSE", leases.EVERY * 1.2)
        with working(sqlite_product, exchange, "bihuan-lives") as living:
            hotline.worker = living
            hotline.until(lambda: next(iter(living.desk.calls), None))
            citizen.until_hears({agent.tone})
            assert hotline.ask("agent1", "hold", call).state == "done"
            agent.until_silent()
            hotline.until(lambda: not living._unsure or None)  # the last look that would find a recording over
            citizen.hangup()
            agent.until("ended")
            hotline.nothing_is_left()
    with transaction(sqlite_product.database) as session:
        assert session.get(Recording, name) is not None


def test_a_telephone_that_rings_when_its_worker_dies_is_rung_anew_by_the_one_that_lives(
    sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LAPSE", leases.EVERY * 1.2)
    with Telephones(exchange) as phones:
        with leaving(sqlite_product, exchange, phones) as hotline:
            phone = hotline.agent("agent1", "1001")
            citizen = hotline.calls()
            first = phone.ringing()
        with working(sqlite_product, exchange, "bihuan-lives") as living:
            hotline.worker = living
            first.until("ended")  # whoever answered it would be cut off
            second = phone.ringing()
            second.answer()
            citizen.until_hears({phone.tone})
            second.until_hears({citizen.tone})
            citizen.hangup()
            hotline.nothing_is_left()


def test_a_worker_that_takes_over_goes_on_with_its_own_calls(
    sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Telephones(exchange) as phones, working(sqlite_product, exchange, "bihuan-lives") as living:
        hotline = Hotline(sqlite_product, exchange, phones, living)
        hotline.change_plan(queues={"general": {"name": "久响", "ring_seconds": 60}})
        citizen, agent, _call = hotline.talk()
        phone = hotline.agent("agent2", "1002")
        waiting = hotline.calls(caller="13900002222")
        rings = phone.ringing()
        taken, inherit = threading.Event(), living._inherit

        def inherits(app: str) -> None:
            inherit(app)
            taken.set()

        monkeypatch.setattr(living, "_inherit", inherits)
        with working(sqlite_product, exchange, "bihuan-dies"):
            pass
        assert taken.wait(SECONDS)
        hotline.until(lambda: not living._unsure or None)
        rings.answer()
        waiting.until_hears({phone.tone})
        citizen.until_hears({agent.tone})
        waiting.hangup()
        citizen.hangup()
        hotline.nothing_is_left()
        assert {row.outcome for row in hotline.rows()} == {"talked"}


@pytest.mark.parametrize("words", ["heard", "spoken", "spoken, and the exchange did not answer"])
def test_a_message_is_kept_by_the_worker_that_lives_though_it_was_begun_under_one_that_died(
    sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setattr(leases, "LAPSE", leases.EVERY * 1.2)
    with Telephones(exchange) as phones:
        with leaving(sqlite_product, exchange, phones) as hotline:
            hotline.change_plan(numbers={"12345": {"name": "留言", "start": "voicemail:general", "human": "queue:general"}})
            citizen = hotline.calls()
            citizen.until_hears_speech()
            if words != "heard":
                hotline.until(lambda: next((call for call in hotline.worker.desk.calls if hotline.recorded(call)), None))
        if words not in ("heard", "spoken"):
            monkeypatch.setattr(Moving, "bring_over", lambda *_: None)
        with working(sqlite_product, exchange, "bihuan-lives") as living:
            hotline.worker = living
            call = hotline.until(lambda: next(iter(living.desk.calls), None))
            hotline.until(lambda: not living._unsure or None)  # the last look that would find a prompt or a message over
            hotline.until(lambda: hotline.recorded(call) or None)
            citizen.later(5.0, citizen.hangup)
            hotline.nothing_is_left()
            assert [row.outcome for row in hotline.rows()] == ["voicemail"]
    with transaction(sqlite_product.database) as session:
        assert [each.call_id for each in session.query(Recording)] == [call]


def test_two_workers_share_the_calls_of_an_exchange(sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "MODESTY", leases.EVERY)  # on a busy machine one of them may be late for all of its share
    with (
        Telephones(exchange) as phones,
        working(sqlite_product, exchange, "bihuan-first") as first,
        working(sqlite_product, exchange, "bihuan-second") as second,
    ):
        hotline = Hotline(sqlite_product, exchange, phones, first)
        hotline.until(lambda: (first.desk.fellows and second.desk.fellows) or None)
        citizens = [hotline.calls(caller=f"1390000{number:04d}") for number in range(20)]
        for citizen in citizens:
            citizen.until("up")
        hotline.until(lambda: len([row for row in hotline.rows() if row.state == "queued"]) == 20 or None)
        assert {row.app for row in hotline.rows()} == {"bihuan-first", "bihuan-second"}
        for citizen in citizens:
            citizen.hangup()
        hotline.nothing_is_left()


def test_a_worker_that_is_too_busy_to_claim_a_call_at_once_has_it_all_the_same(sqlite_product: Product, exchange: Node) -> None:
    with Cable(exchange.url) as cable, opened(sqlite_product, exchange, url=cable.url) as hotline:
        cable.hold(b"/claim")
        before = exchange.log().count(UNCLAIMED)
        citizen = hotline.calls()
        citizen.until("ringing")
        hotline.until(lambda: exchange.log().count(UNCLAIMED) > before or None)
        cable.release()
        citizen.until("up").until_hears_speech()
        assert hotline.call_in("queued").number == citizen.me
        citizen.hangup()
        hotline.nothing_is_left()


def test_who_calls_while_no_worker_is_there_is_served_by_one_that_starts(sqlite_product: Product, exchange: Node) -> None:
    with Telephones(exchange) as phones:
        citizen = phones.city.call(HOTLINE, caller=CITIZEN)
        citizen.until("ringing")
        with working(sqlite_product, exchange, "bihuan-starts") as worker:
            hotline = Hotline(sqlite_product, exchange, phones, worker)
            citizen.until("up").until_hears_speech()
            assert hotline.call_in("queued").number == CITIZEN
            citizen.hangup()
            hotline.nothing_is_left()


def test_who_calls_while_no_worker_is_there_and_gives_up_is_called_back(
    sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "REAP", leases.EVERY)
    with Telephones(exchange) as phones:
        for caller in (CITIZEN, "anonymous", "ab10086"):
            phones.city.call(HOTLINE, caller=caller).until("ringing").hangup()
        with working(sqlite_product, exchange, "bihuan-late") as worker, exchange.ari() as client:
            hotline = Hotline(sqlite_product, exchange, phones, worker)
            hotline.until(lambda: len(hotline.rows()) == 3 or None)
            assert {(row.service, row.queue, row.outcome) for row in hotline.rows()} == {(HOTLINE, "general", "abandoned")}
            assert sorted(row.number for row in hotline.rows()) == ["", "", CITIZEN]  # 10086 is somebody else
            hotline.until(lambda: len(processes(hotline, "missed_call")) == 3 or None)
            hotline.until(lambda: not unserved.names(client, worker.app) or None)
            hotline.nothing_is_left()


def test_a_call_that_is_left_to_a_fellow_who_does_not_take_it_is_taken(
    sqlite_product: Product, exchange: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "others", lambda *_: ("nobody",))
    monkeypatch.setattr(claims, "crc32", lambda turn: not turn.endswith(b" nobody"))
    with opened(sqlite_product, exchange) as hotline:
        hotline.until(lambda: hotline.worker.desk.fellows == ("nobody",))
        citizen = hotline.calls()
        citizen.until("up").until_hears_speech()
        hotline.call_in("queued")
        citizen.hangup()
        hotline.nothing_is_left()


def test_what_cannot_happen_to_one_call_happens_to_the_others(hotline: Hotline) -> None:
    citizens = [hotline.calls(caller=f"1390000000{number}") for number in range(2)]
    hotline.until(lambda: len([row for row in hotline.rows() if row.state == "queued"]) == 2 or None)
    taken, ours = hotline.rows()
    hotline.write(lambda session, _now: setattr(session.get(PhoneCall, taken.id), "app", "another"))
    legs = {call: next(iter(hotline.value(call).legs)) for call in (taken.id, ours.id)}
    undone: list[Told] = []
    hotline.worker._put(lambda: undone.extend(hotline.worker._tell([(call, Gone(leg)) for call, leg in legs.items()])))
    assert hotline.call_in("ended").id == ours.id
    hotline.until(lambda: taken.id not in hotline.worker.desk.calls)
    assert hotline.until(lambda: undone or None) == [(taken.id, Gone(legs[taken.id]))]
    hotline.write(lambda session, _now: setattr(session.get(PhoneCall, taken.id), "app", hotline.worker.app))
    for citizen in citizens:
        citizen.hangup()


def test_a_row_that_the_database_refuses_is_not_tried_for_ever(hotline: Hotline) -> None:
    def twice() -> None:
        with hotline.product.database.connect() as connection:
            connection.execute(text("insert into phone_worker select * from phone_worker"))

    assert not hotline.worker._guard(twice)
    hotline.calls().until("up")


def test_a_caller_who_cannot_be_taken_in_does_not_listen_to_ringing(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_about: object) -> bool:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(blacklist, "blocked", failing)
        hotline.calls().until("ended")  # long before the reaper
    assert hotline.rows() == []
    hotline.calls().until("up")


def test_what_is_due_and_cannot_be_done_is_left_for_a_while(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Happening] = []
    desk, happen = hotline.worker.desk, hotline.worker.desk.happen

    def failing(*told: Told) -> None:
        tried.extend(event for _name, event in told if event == Elapsed("longest"))
        if tried:
            raise RuntimeError
        happen(*told)

    citizen = hotline.calls()
    call = hotline.call_in("queued").id
    hotline.until(lambda: hotline.value(call).music or None)
    with monkeypatch.context() as patch:
        patch.setattr(desk, "happen", failing)
        hotline.worker._put(lambda: hotline.value(call).due.update(longest=0))
        hotline.until(lambda: tried or None)
        hotline.until(lambda: (desk.next_due() or 0) > 0 or None)
        assert len(tried) < 10
    citizen.hangup()
    hotline.nothing_is_left()


def test_a_second_worker_of_the_same_name_is_refused_in_words(hotline: Hotline, exchange: Node) -> None:
    with exchange.ari() as client:
        second = Worker(client, hotline.worker.app, hotline.product.engine, hotline.product.database)
        with pytest.raises(leases.NameTaken) as refused:
            second.run(lambda: None)
    assert "BIHUAN_ARI_APP" in refused.value.message


def test_a_recording_stays_on_the_exchange_until_there_is_room_for_it(hotline: Hotline, exchange: Node, tmp_path: Path) -> None:
    citizen, agent, call = hotline.talk()
    hotline.until(lambda: hotline.recorded(call) or None)
    heard = agent.received
    hotline.phones.until(lambda: agent.received > heard + HALF_A_SECOND)
    citizen.hangup()
    hotline.nothing_is_left()
    with hotline.product.engine.read() as session:
        (recording,) = session.query(Recording).all()
    full = tmp_path / "full"
    full.write_text("")  # no folder can be made here
    with exchange.ari() as client:
        Archive(client, hotline.product.database, hotline.worker.node, full).keep_all()
        assert client.recordings.stored(recording.name).name == recording.name
        Archive(client, hotline.product.database, hotline.worker.node, tmp_path).keep_all()
        assert recording.name not in {stored.name for stored in client.recordings.all_stored()}
    content = path_of(tmp_path, recording.name).read_bytes()
    assert content[:4] == b"RIFF"
    with hotline.product.engine.read() as session:
        kept = session.get(Recording, recording.name)
        assert kept is not None
        assert kept.bytes == len(content) > 1_000


def test_a_worker_that_the_exchange_connects_to_hears_all_that_happened_while_it_was_away(sqlite_product: Product, exchange: Node) -> None:
    with exchange.ari() as client, Telephones(exchange) as phones:
        worker = Watched(client, KEPT, sqlite_product.engine, sqlite_product.database)
        worker.changed = threading.Condition()
        hotline = Hotline(sqlite_product, exchange, phones, worker)
        thread = threading.Thread(target=worker.run, args=(lambda: None,))
        thread.start()
        with received(exchange, worker), listening(exchange, "caller") as caller:
            client.channels.originate("caller-1", f"Local/hears-{KEPT}@incoming", "caller", args="far")
            caller.wait(StasisStart, lambda event: event.channel.id == "caller-1")
            hotline.call_in("queued")
        client.channels.hangup("caller-1")
        with received(exchange, worker):
            assert hotline.call_in("ended").outcome == "abandoned"
            hotline.nothing_is_left()
        worker.stop()
        thread.join()


@contextmanager
def received(node: Node, worker: Watched) -> Iterator[None]:
    """The exchange is connected to a worker."""
    up = threading.Event()

    def connected(_node: str) -> None:
        worker.connected()
        up.set()

    receiver = Receiver("127.0.0.1", node.receiver_port, {node.name: node.password}, worker.sink, connected)
    receiver.start()
    try:
        assert up.wait(SECONDS)
        yield
    finally:
        receiver.stop()


def test_two_exchanges_serve_one_database_each_with_its_own_telephones(
    sqlite_product: Product, exchange: Node, mortal_exchange: Node
) -> None:
    with opened(sqlite_product, exchange) as here, opened(sqlite_product, mortal_exchange) as there:
        near, far = here.agent("agent1", "1001"), there.agent("team_leader1", "1002")
        here.until(lambda: (here.seat("agent1").node == here.worker.node and here.seat("team_leader1").node == there.worker.node) or None)
        citizen, other = here.calls(), there.calls(caller="13900002222")
        near.ringing().answer()
        far.ringing().answer()
        citizen.until_hears({near.tone})
        other.until_hears({far.tone})
        call = next(row.id for row in here.rows() if row.agent == "agent1")
        refused = here.ask("agent1", "consult", call, to="agent:team_leader1")
        assert refused.state == "refused"
        citizen.hangup()
        other.hangup()
        here.nothing_is_left()
        there.nothing_is_left()
