"""Pushes to browsers (server-sent events): ids only, the page fetches again what it shows.

One watcher thread notices commits of any process (`PRAGMA data_version`, LISTEN on PostgreSQL), reads the new history
rows and tells each subscriber which of the work items of those instances concern it; and with one statement for all of
them, whose seat or call has changed. Rows are the truth here too.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy import Engine as Database
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.events.news import Reader, reader_of
from api.events.seats import SeatReader
from api.json import dumps
from engine import clock
from engine.actor import Actor
from engine.jobs.changes import Changes, DataVersion
from engine.jobs.notices import Listening
from engine.workitems.models import OPEN, WorkItem, unpack_groups

HEARTBEAT = 15.0
LAST_WAIT = 3.0
"""Seconds for the watcher to finish its look."""
LONGEST = timedelta(minutes=10)
"""After this a stream ends and the browser comes back, so that a lost right or an ended session shows."""
BREATH = 0.05
"""Seconds between two looks of the watcher."""
REMEMBERED = 2000
RECENT = timedelta(minutes=5)
"""A work item that closed longer ago than this is no news."""

log = structlog.get_logger("api.sse")


@dataclass(frozen=True, slots=True)
class Push:
    """One work item that appeared, was claimed or closed; `number` counts pushes in this process."""

    number: int
    task: str
    case_no: str
    state: str
    groups: frozenset[str]
    assignee: str | None

    def concerns(self, actor: Actor) -> bool:
        """Whether the actor's inbox may show this item."""
        return self.assignee == actor.id or bool(self.groups & actor.groups)


@dataclass(frozen=True, slots=True)
class SeatPush:
    """Somebody's seat, or the call there, has changed. Never resumed: who comes back is told to look anyway."""

    call_id: str


@dataclass(eq=False, slots=True)
class Subscription:
    """One open stream; None in its queue ends it."""

    actor: Actor
    waiting: queue.SimpleQueue[Push | SeatPush | None] = field(default_factory=queue.SimpleQueue)


class Pushes:
    """The streams of this process and the thread that feeds them."""

    def __init__(self, database: Database, read: Callable[[], Session], room: int) -> None:
        self._database, self._read, self._room = database, read, room
        self._boot = f"{int(time.time()):x}"
        self._subscriptions: set[Subscription] = set()
        self._past: deque[Push] = deque(maxlen=REMEMBERED)
        self._seats = SeatReader()
        self._number = 0
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Watch from now on; returns at once."""
        self._thread = threading.Thread(target=self._watch, name="pushes", daemon=True)
        self._thread.start()

    def end_streams(self) -> None:
        """Have every stream and the watcher end; does not wait, so that a signal handler may call it."""
        self._stopping.set()
        self._wake.set()
        for subscription in tuple(self._subscriptions):
            subscription.waiting.put(None)

    def stop(self) -> None:
        """End every stream and wait for the watcher, which gives its connection back."""
        self.end_streams()
        if self._thread is not None:
            self._thread.join(LAST_WAIT)
            self._thread = None

    def full(self) -> bool:
        """Whether one more stream would leave too few threads for requests."""
        return len(self._subscriptions) >= self._room or self._stopping.is_set()

    def stream(self, actor: Actor, last_event_id: str | None) -> Iterator[bytes]:
        """The stream of one browser: what it missed since `last_event_id` (or `reset` when that is not known), then what comes."""
        subscription = Subscription(actor)
        with self._lock:
            missed = self._since(last_event_id)
            self._subscriptions.add(subscription)
        try:
            yield b"retry: 2000\n\n"
            if missed is None:
                yield b"event: reset\ndata: {}\n\n"
            for push in missed or ():
                if push.concerns(actor):
                    yield self._frame(push)
            if last_event_id is not None:
                yield self._frame(SeatPush(""))
            yield from self._live(subscription)
        finally:
            with self._lock:
                self._subscriptions.discard(subscription)

    def _live(self, subscription: Subscription) -> Iterator[bytes]:
        ends = time.monotonic() + LONGEST.total_seconds()
        while not self._stopping.is_set() and time.monotonic() < ends:
            try:
                push = subscription.waiting.get(timeout=HEARTBEAT)
            except queue.Empty:
                yield b": still here\n\n"
                continue
            if push is None:
                return
            yield self._frame(push)

    def _frame(self, push: Push | SeatPush) -> bytes:
        if isinstance(push, SeatPush):
            return b"event: seat\ndata: %s\n\n" % dumps({"call_id": push.call_id})
        data = dumps({"task": push.task, "case_no": push.case_no, "state": push.state})
        return b"id: %s-%d\nevent: inbox\ndata: %s\n\n" % (self._boot.encode(), push.number, data)

    def _since(self, last_event_id: str | None) -> list[Push] | None:
        if not last_event_id:
            return []
        boot, _, number = last_event_id.partition("-")
        if boot != self._boot or not number.isdigit():
            return None
        oldest = self._past[0].number if self._past else self._number + 1
        if int(number) + 1 < oldest:
            return None
        return [push for push in self._past if push.number > int(number)]

    def _watch(self) -> None:
        changes: Changes = DataVersion(self._database) if self._database.dialect.name == "sqlite" else Listening(self._database)
        reader, begun = reader_of(self._database), False
        try:
            while not self._stopping.is_set():
                try:
                    begun = self._look(reader, begun)
                except SQLAlchemyError:
                    log.warning("pushes wait for the database", exc_info=True)
                    self._stopping.wait(1)
                # a breath, so that one look serves all commits of a moment
                if not self._stopping.wait(BREATH):
                    changes.wait(self._wake)
        finally:
            changes.close()

    def _look(self, reader: Reader, begun: bool) -> bool:
        """Tell what is new, or take it as told when nobody listens or this is the first look; True, since it has begun."""
        with self._read() as session:
            if begun and (self._subscriptions or self._past):
                self._tell(session, reader.new_instances(session))
            else:
                reader.skip(session)
            if self._subscriptions:
                self._tell_seats(self._seats.changed(session))
        return True

    def _tell_seats(self, changed: dict[str, str]) -> None:
        if not changed:
            return
        with self._lock:
            for subscription in self._subscriptions:
                call_id = changed.get(subscription.actor.id)
                if call_id is not None:
                    subscription.waiting.put(SeatPush(call_id))

    def _tell(self, session: Session, instances: set[int]) -> None:
        since = clock.now() - RECENT
        items = session.scalars(
            select(WorkItem).where(WorkItem.instance_id.in_(instances), or_(WorkItem.state == OPEN, WorkItem.closed_at >= since))
        ).all()
        with self._lock:
            for item in items:
                self._number += 1
                groups = frozenset(unpack_groups(item.candidate_groups))
                push = Push(self._number, item.public_id, item.business_key, item.state, groups, item.assignee)
                self._past.append(push)
                for subscription in self._subscriptions:
                    if push.concerns(subscription.actor):
                        subscription.waiting.put(push)
