"""The worker: takes what the exchange, the clock and people bring, one thing after the other, and keeps up its name among the others."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from itertools import count
from typing import TypeAlias

import structlog
from sqlalchemy import Engine as Database
from sqlalchemy.orm import Session

from engine import chance, clock
from engine.db import to_micros, transaction
from engine.errors import BihuanError
from engine.runtime.engine import Engine
from telephony.ari import Ari, errors, messages, snapshot
from telephony.ari.messages import Event
from telephony.ari.models import Channel
from telephony.ari.reaper import Reaper
from telephony.ari.snapshot import Snapshot
from telephony.calls.happenings import Gone
from telephony.calls.step import NO_EXCHANGE, REFUSED
from telephony.calls.values import Call
from telephony.queries.answers import answer
from telephony.recordings.archive import Archive
from telephony.seats import services as seats
from telephony.worker import leases, resync, store, unserved
from telephony.worker.claims import Claims
from telephony.worker.desk import Desk, Outlets, Told
from telephony.worker.events import INCOMING, MOVED, SEAT, URGENT, WANTED, happening
from telephony.worker.herald import Herald
from telephony.worker.measures import Measures
from telephony.worker.moving import Moving
from telephony.worker.orphans import Orphans
from telephony.worker.reach import Reach
from telephony.worker.requests import Requests

REAP = timedelta(seconds=10)
"""Between two looks for channels that nobody answers for, and legs that have no channel."""
CALM = timedelta(microseconds=resync.JUST_NOW) + timedelta(seconds=1)
"""Until then after the link is up a comparison is not the last: who hangs up just then is there still, and the exchange tells nobody;
what began just then is not missed yet."""
AWAY = 0.2
"""Seconds before the next attempt when the database is away."""
NOT_SERVED = 34
"""By Q.850, "no circuit available": as the dial plan says while no worker is there."""
log = structlog.get_logger("telephony.worker")
Work = Callable[[], None]
Item: TypeAlias = Event | Told | Work
TOGETHER = 50
"""What has happened meanwhile, at most, goes into one commit."""


class Worker:
    """Answers for one application of one exchange."""

    def __init__(self, ari: Ari, app: str, engine: Engine, database: Database, archive: Archive | None = None) -> None:
        self.app, self.holder = app, chance.identifier().hex
        self.measures = Measures()
        self.ended: BihuanError | None = None
        """Why the worker ends by itself."""
        info = ari.system.info()
        self.node = info.system.entity_id
        self.herald = Herald(engine, database, self.node)
        self._startup = info.status.startup_time
        self._ari, self._database, self._archive = ari, database, archive
        self._inbox: queue.PriorityQueue[tuple[int, int, Item]] = queue.PriorityQueue()
        self._numbers = count()
        self.stopping, self._looking = threading.Event(), threading.Event()
        self._requests = Requests(ari, app, lambda call, event: self._put((call, event)), partial(answer, engine), self._in_doubt)
        outlets = Outlets(self._requests.send, self.herald.wake, self._keep, self.wake, self.measures.ended)
        self.desk = Desk(database, self.node, app, outlets)
        self.measures.live.set_function(lambda: len(self.desk.calls))
        self._orphans = Orphans(database, self.herald.wake, self.wake, self.measures.ended)
        self._reach = Reach(ari, self.node, lambda work: self._put(lambda: self._commit(work)))
        self._claims = Claims(app, self._claim)
        self._passed = self._unsure = self._behind = False
        self._taking: dict[str, frozenset[str]] = {}  # the dead workers whom we bury, and their calls
        self._calm_at = clock.real_now()
        self._moving = Moving(ari, app, self.stopping, self._in_doubt, lambda *rings: self._put(partial(self._ring_no_more, *rings)))
        self._unserved = unserved.Watch(
            ari,
            app,
            self.node,
            later=lambda work: self._requests.later("unserved", work),
            soon=self._put,
            take=lambda missed: self._guard(lambda: self.desk.unserved(missed)),
        )
        self._reaper = Reaper(ari, lambda channel: self.desk.channels.call(channel.id) in self.desk.calls)
        self._reaped = self._beat = clock.real_now() - REAP
        self._presence = leases.Presence(clock.real_now())

    # What others call, from any thread

    def sink(self, event: Event) -> None:
        """Take an event of the exchange."""
        self.measures.arrived()
        self._put(event, urgent=isinstance(event, URGENT))

    def connected(self) -> None:
        """The link to the exchange is up, again: compare what it has with what we know."""
        self._put(self._link_up)

    def wake(self) -> None:
        """Somebody has committed something: look at what is asked, and who is free."""
        if not self._looking.is_set():
            self._looking.set()
            self._put(self._look)

    def stop(self) -> None:
        """End soon; calls go on without us until a worker is there again."""
        self.stopping.set()
        self._put(lambda: None, urgent=True)

    # The one thread

    def run(self, begin: Work) -> None:
        """Work until stopped; `begin` opens the link once we answer for the application. Raises `NameTaken`."""
        self._commit(lambda session: leases.take(session, self.app, self.node, self.holder, clock.real_now()))
        self.desk.load()
        self.herald.start()
        begin()
        try:
            while not self.stopping.is_set():
                told, work = self._gather(self._next())
                self._tell(told)
                if work is not None:
                    self._guard(work)
        finally:
            self.stopping.set()
            self._requests.stop()
            self.herald.stop()
            self._commit(lambda session: leases.give_up(session, self.app, self.holder, clock.real_now()))

    def _next(self) -> Item:
        beat = (self._beat + leases.EVERY - clock.real_now()).total_seconds()
        wait = min(due for due in (beat, self.desk.next_due(), self._claims.next_due()) if due is not None)
        # something overdue that cannot be done must not keep what has come from being done: they take turns
        if wait > 0 or self._passed:
            self._passed = False
            with suppress(queue.Empty):
                return self._inbox.get(timeout=max(wait, 0.0))[-1]
        self._passed = True
        return self._pass_time

    def _gather(self, item: Item) -> tuple[list[Told], Work | None]:
        """What this and all that waits behind it tells of calls, up to the first that is to be done by itself."""
        told: list[Told] = []
        while True:
            found = self._event(item) if isinstance(item, Event) else item
            if callable(found):
                return told, found
            if found is not None:
                told.append(found)
            if len(told) == TOGETHER:
                return told, None
            try:
                item = self._inbox.get_nowait()[-1]
            except queue.Empty:
                return told, None

    def _tell(self, told: Sequence[Told]) -> list[Told]:
        """Have it happen: all of it in one commit, or one by one where that cannot be; answers what cannot be at all."""
        if not told or self._guard(lambda: self.desk.happen(*told)):
            return []
        return [each for each in told if len(told) == 1 or not self._guard(partial(self.desk.happen, each))]

    def _guard(self, work: Work) -> bool:
        """Whether it is done; nothing that one call does may end the others."""
        again = False
        while True:
            try:
                if again:
                    self._take_up()
                work()
                return True
            except leases.LeaseLost as lost:
                self.ended = lost
                self.stopping.set()
                return False
            except store.AWAY as failure:
                # what the exchange told is not told again: it is done once the database is back
                log.warning("the database does not answer", error=type(failure.orig).__name__)
                if self.stopping.wait(AWAY):
                    return False
                again = self._behind = True
            except BihuanError as failure:
                log.warning("refused", error=failure.code, message=failure.message)
                return False
            except Exception:
                log.exception("an event could not be handled")
                return False

    def _pass_time(self) -> None:
        self._claims.pass_time()
        for name, _elapsed in self._tell(self.desk.due()):
            self.desk.put_off(name)  # or it would be due again at once, and we would do nothing else
        if clock.real_now() - self._beat >= leases.EVERY:
            self._beat = clock.real_now()
            self._keep_up()

    def _keep_up(self) -> None:
        with transaction(self._database) as session:
            now = clock.real_now()  # now that the database has answered: an older beat would be taken for silence
            leases.beat(session, self.app, self.holder, now)
            seats.end_wrap_ups(session, clock.now())
            self.desk.fellows = leases.others(session, self.node, self.app, now)
            dead = leases.dead(session, self.node, self.app, now)
        self._presence.said(now)
        if self._behind:
            self._take_up(behind=True)
            self._behind = False
        if self._unsure:
            self._resync()
        for app in {*(dead if self._presence.may_judge(now) else ()), *self._taking}:
            self._guard(partial(self._inherit, app))
        if clock.real_now() - self._reaped >= REAP:
            self._reaped = clock.real_now()
            self._requests.later("reaper", self._ask_for_channels)
            if min((self.app, *self.desk.fellows)) == self.app:
                self._unserved.look()
            self._guard(lambda: self.herald.speak_for(self._orphans.look(clock.real_now())))
            if self._archive is not None:
                self._requests.later("archive", self._archive.keep_all)
        self._requests.later("telephones", self._reach.look)
        self.desk.call_lists()
        self._look()

    def _stay(self) -> None:
        """Say that we live in the middle of something long."""
        if self._presence.is_due(clock.real_now()):
            self._commit(lambda session: leases.beat(session, self.app, self.holder, clock.real_now()))
            self._presence.said(clock.real_now())

    def _take_up(self, *, behind: bool = False) -> None:
        """What we have committed, though the database could not answer so any more, is at hand again."""
        if self.desk.load(behind=behind):
            self._unsettle()

    def _look(self) -> None:
        self._looking.clear()
        self.desk.look()

    # Events

    def _event(self, event: Event) -> Told | Work | None:
        """What it tells of a call, or what is to be done about it."""
        self.measures.handled(event)
        if isinstance(event, messages.CallBroadcast):
            self._claims.offered(event.channel.id, self.desk.fellows)
            return None
        if isinstance(event, messages.ApplicationReplaced):
            return _replaced
        if self._moving.is_ours(event):
            return None
        if isinstance(event, messages.StasisStart) and event.args[:1] in ((INCOMING,), (SEAT,), (MOVED,)):
            return partial(self._started, event)
        return happening(event, self.desk.channels)

    def _started(self, event: messages.StasisStart) -> None:
        channel = event.channel
        if event.args[0] == INCOMING:
            self._came_in(channel, event.args[1] if len(event.args) > 1 else "")
        elif event.args[0] == SEAT:
            with self._or_ended(channel):
                if not self.desk.dialled(channel.id, channel.name.rpartition("-")[0], event.args[1]):
                    self._end(channel, REFUSED)

    def _came_in(self, channel: Channel, service: str) -> None:
        with self._or_ended(channel):
            self.desk.came_in(channel.id, channel.caller.number, service)

    @contextmanager
    def _or_ended(self, channel: Channel) -> Iterator[None]:
        """Whoever cannot be taken in, and nobody knows why, does not listen to ringing until the reaper comes."""
        try:
            yield
        except store.AWAY:
            raise
        except Exception:
            self._end(channel, NOT_SERVED)
            raise

    def _end(self, channel: Channel, cause: int) -> None:
        self._requests.later(channel.id, lambda: self._ari.channels.hangup(channel.id, cause=cause))

    def _claim(self, channel: str) -> None:
        self._requests.later(channel, lambda: None if self.stopping.is_set() else self._ari.applications.claim(channel, self.app))

    def _keep(self, recording: str) -> None:
        if self._archive is not None:
            self._requests.later("archive", partial(self._archive.keep, recording))

    def _in_doubt(self) -> None:
        """A request was not answered: in the requests' threads."""
        self._put(self._unsettle)

    # The exchange's channels, asked for in the requests' threads

    def _ask_for_channels(self) -> None:
        asked_at, pending = to_micros(clock.now()), self._requests.pending()
        mine = resync.heard(self._ari, self.app, self.desk.fellows)[1]
        there = {channel.id: channel for channel in self._ari.channels.list()}
        self._put(lambda: self._compare(there, mine, asked_at, pending))

    def _compare(self, there: dict[str, Channel], mine: set[str], asked_at: int, pending: frozenset[str]) -> None:
        calls = [held.call for held in self.desk.calls.values()]
        self._tell([(call.id, event) for call in calls for event in resync.gone(call, there, asked_at, pending)])
        ended = self._reaper.look([channel for channel in there.values() if channel.id in mine], clock.real_now())
        if ended:
            log.warning("ended channels that nobody answered for", channels=ended)

    # The link, and others' calls

    def _link_up(self) -> None:
        self._unserved.look(anew=True)
        self._unsettle()
        self._resync()

    def _unsettle(self) -> None:
        self._unsure, self._calm_at = True, clock.real_now() + CALM

    def _resync(self) -> None:
        asked_at, pending, began = to_micros(clock.now()), self._requests.pending(), clock.real_now()
        try:
            self._ari.applications.only(self.app, [kind.__name__ for kind in WANTED])
            there = snapshot.take(self._ari)
            heard, mine = resync.heard(self._ari, self.app, self.desk.fellows)
            for held in list(self.desk.calls.values()):
                self._catch_up(held.call, there, asked_at, pending)
                for deaf in set(resync.channels(held.call, there)) - heard:  # taken over, and the exchange did not answer
                    self._requests.later(held.call.id, partial(self._ari.applications.subscribe, self.app, f"channel:{deaf}"))
        except errors.AriError as failure:
            # it is asked again with the next beat: it may not know our application yet when the link is up
            log.warning("the exchange does not answer", error=failure.code)
            return
        self._unsure = began < self._calm_at
        if there.restarted(self._startup):
            log.warning("the exchange has started anew", calls=len(self.desk.calls))
        self._startup = there.startup_time
        for channel in resync.untaken(there, mine):
            self._guard(partial(self._came_in, channel, channel.dialplan.exten))

    def _catch_up(self, call: Call, there: Snapshot, asked_at: int, pending: frozenset[str]) -> None:
        self._stay()  # a look at many calls takes long, and who is silent is buried
        self._tell([(call.id, event) for event in resync.differences(call, there, self._ari, asked_at, pending)])
        held = self.desk.calls.get(call.id)
        if held is not None:
            self._requests.send(call.id, resync.missing(held.call, there, self._ari, asked_at))

    def _inherit(self, app: str) -> None:
        """Another worker of this exchange has died: its calls are ours from now on. Begun anew when it could not be finished."""
        self._ari.applications.get(self.app)  # without our link it knows no such application, and nothing could be moved there
        asked_at, pending, there = to_micros(clock.now()), self._requests.pending(), snapshot.take(self._ari)
        untaken: list[Channel] = []
        with suppress(errors.Gone):  # an exchange that has started anew knows nothing of it
            untaken = resync.untaken(there, self._ari.applications.get(app).channel_ids)
        with transaction(self._database) as session:
            if leases.bury(session, app, clock.real_now()):
                self._taking[app] = store.hand_over(session, self.node, app, self.app)
            elif app in leases.others(session, self.node, self.app, clock.real_now()):
                self._taking.pop(app, None)  # it lives
        self._unsettle()
        self.desk.load()
        if app not in self._taking:
            return
        calls = [self.desk.calls[call].call for call in self._taking.pop(app) if call in self.desk.calls]
        log.warning("takes over from a dead worker", app=app, calls=len(calls))
        for new in untaken:
            if not self.desk.channels.call(new.id):
                self._requests.later(new.id, partial(self._moving.bring_in, app, new))
        for call in calls:
            for channel in resync.channels(call, there):
                self._requests.later(call.id, partial(self._moving.bring_over, app, call.id, channel))
        for call in calls:
            self._catch_up(call, there, asked_at, pending)

    def _ring_no_more(self, call: str, channel: str) -> None:
        # whoever answered it would come to the dead worker and be cut off; nobody is blamed, and whoever waits is offered anew
        self._requests.later(call, partial(self._ari.channels.hangup, channel))
        self._tell([(call, Gone(channel, NO_EXCHANGE))])

    # Small things

    def _put(self, item: Item, *, urgent: bool = False) -> None:
        self._inbox.put((0 if urgent else 1, next(self._numbers), item))

    def _commit(self, work: Callable[[Session], None]) -> None:
        with transaction(self._database) as session:
            work(session)


def _replaced() -> None:
    raise leases.LeaseLost
