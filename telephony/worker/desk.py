"""The calls at hand: each step is committed, with the version of the call checked, before anything is asked of the exchange."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias

import structlog
from sqlalchemy import Engine as Database
from sqlalchemy.orm import Session

from engine import clock
from engine.db import from_micros, to_micros, transaction
from engine.errors import BihuanError
from forms.phones import tidy
from telephony.blacklist import services as blacklist
from telephony.calls import happenings as told
from telephony.calls import ids
from telephony.calls.effects import Effect, Free, Keep, Tell
from telephony.calls.happenings import Happening
from telephony.calls.machine import may, step
from telephony.calls.models import PhoneCall
from telephony.calls.values import ENDED, INBOUND, OFFERING, QUEUED, Call
from telephony.campaigns import services as campaigns
from telephony.commands import services as commands
from telephony.commands.errors import Failed, TooLate
from telephony.plan import services as plans
from telephony.plan.values import Plan
from telephony.worker import alerts, asking, declining, rows, store, supervision
from telephony.worker.events import Channels
from telephony.worker.pairing import pair, turn
from telephony.worker.unserved import Missed

AGAIN = timedelta(seconds=3)
"""Until what was due and could not be done is tried again."""
log = structlog.get_logger("telephony.desk")
Told: TypeAlias = tuple[str, Happening]
"""The id of a call, and what happens to it."""
Step: TypeAlias = tuple[Call, list[Effect]]
"""A call after a step, and what follows from it."""


@dataclass(slots=True)
class Held:
    """A call at hand, and the version of its row."""

    call: Call
    version: int


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where effects go after the commit."""

    requests: Callable[[str, Iterable[Effect]], None]
    """Have a call's requests made of the exchange."""
    told: Callable[[], None]
    """The processes have something to hear."""
    kept: Callable[[str], None]
    """A recording is there."""
    wake: Callable[[], None]
    """Somebody waits, or has become free."""
    ended: Callable[[Call], None]


class Desk:
    """The live calls of one application; used by one thread."""

    def __init__(self, database: Database, node: str, app: str, outlets: Outlets) -> None:
        self.calls: dict[str, Held] = {}
        self.channels = Channels()
        self.fellows: tuple[str, ...] = ()
        """The other applications of this exchange that somebody answers for."""
        self._database, self._reading = database, database.execution_options(read_only=True)
        self._node, self._app, self._outlets = node, app, outlets
        self._in_force = plans.InForce()

    # What happens

    def load(self, *, behind: bool = False) -> list[Call]:
        """Take up every call that is in our name and not at hand yet; which they are. `behind` are those, too, that the database has a
        step ahead of us: it committed one and could not say so."""

        def known(call: str, version: int) -> bool:
            return call in self.calls and (not behind or self.calls[call].version == version)

        with transaction(self._reading) as session:
            found = store.live(session, self._node, self._app, known)
        for call, version in found:
            self._hold(call, version)
        return [call for call, _version in found]

    def came_in(self, channel: str, number: str, service: str) -> None:
        """A call came in, unless it was told before or is over already."""
        if self.channels.call(channel) or self.channels.over(channel):
            return
        self._come_in(Call(ids.new(), INBOUND, to_micros(clock.now()), number=tidy(number)), channel, service)

    def unserved(self, missed: Missed) -> None:
        """A call that no worker took is missed, once however often it is told; a button that was pressed is an emergency even so."""
        with transaction(self._reading) as session:
            if session.get(PhoneCall, missed.call) is not None:
                return
        now = clock.now()
        began = min(missed.began + clock.offset(), now)
        call = Call(missed.call, INBOUND, to_micros(began), number=tidy(missed.number))
        number = self.plan().number(missed.service)
        with clock.at(now if number is not None and number.key else began):  # contacts are called now, nobody else is
            self._come_in(call, "", missed.service)

    def _come_in(self, call: Call, channel: str, service: str) -> None:
        """`channel` is empty for a call that is over."""
        with transaction(self._database) as session:
            plan = self._in_force.read(session)
            blocked = blacklist.blocked(session, call.number, clock.now())
            known = plan.number(service)
            if known is not None and known.key:
                call.facts = asking.pager_facts(session, alerts.device(session, call.number, service))
            event = told.CameIn(channel, call.number, service, blocked) if channel else told.Unserved(call.number, service, blocked)
            after, effects = self._begin(session, call, event, plan)
        self._begun(after, effects)

    def dialled(self, channel: str, endpoint: str, number: str) -> bool:
        """An agent dials on a telephone; False for a telephone at which nobody is signed in, or a number that is none."""
        if self.channels.call(channel) or self.channels.over(channel):
            return True
        now = clock.now()
        with transaction(self._database) as session:
            try:
                call = asking.dialled(session, endpoint, number, now)
            except BihuanError as refusal:
                log.info("a telephone may not dial", endpoint=endpoint, error=refusal.code)
                return False
            after, effects = self._begin(session, call, told.Dialled(channel), self._in_force.read(session))
        self._begun(after, effects)
        return True

    def happen(self, *told: Told) -> None:
        """What happens to calls, in one commit; nothing to one that is not ours, or no more."""
        plan = self.plan()
        steps: list[Step] = []
        last = {name: held.call for name, _event in told if (held := self.calls.get(name)) is not None}
        for name, event in told:
            before = last.get(name)
            if before is None or before.state == ENDED:
                continue
            after, effects = step(before, event, plan, clock.now())
            if effects or after != before:
                steps.append((after, effects))
                last[name] = after
        if steps:
            with self._own(*{call.id for call, _effects in steps}), transaction(self._database) as session:
                self._write(session, steps, plan)
            self._moved(steps)

    def due(self) -> list[Told]:
        """What is due at calls by now."""
        now = to_micros(clock.now())
        return [
            (name, self._elapsed(held.call, what))
            for name, held in self.calls.items()
            for what, moment in held.call.due.items()
            if moment <= now
        ]

    def next_due(self) -> float | None:
        """Seconds until something is due; None while nothing is."""
        due = min((moment for held in self.calls.values() for moment in held.call.due.values()), default=None)
        return None if due is None else (from_micros(due) - clock.now()).total_seconds()

    def put_off(self, name: str) -> None:
        """What is due at a call could not be done: leave it for a while."""
        if name in self.calls:
            due, now = self.calls[name].call.due, clock.now()
            due.update({what: to_micros(now + AGAIN) for what, moment in due.items() if moment <= to_micros(now)})

    def look(self) -> None:
        """Do what was asked, and offer who waits to who is free, each in turn, in whichever queue. Nothing of it that goes wrong keeps
        the rest from being done."""
        with transaction(self._reading) as session:
            waiting = commands.waiting(session, self._node, self._app, clock.now())
            self._in_force.read(session)
        for row in waiting:
            if not _tried(partial(self._carry_out, row), command=row.id, kind=row.kind):
                # else it would be the first of all again, and go wrong again, each time that we look
                _tried(partial(self._refuse, row, Failed()), command=row.id, kind=row.kind)
        nobody: set[str] = set()
        queued = [held for held in self.calls.values() if held.call.state == QUEUED]
        for held in sorted(queued, key=lambda held: turn(held.call)):
            _tried(partial(self._offer, held, nobody), call=held.call.id)

    def call_lists(self) -> None:
        """Have the outbound lists' next numbers called."""
        with transaction(self._database) as session:
            campaigns.call_due(session, self._in_force.read(session), clock.now())

    def plan(self) -> Plan:
        """The plan in force when we last looked."""
        if self._in_force.plan is None:
            with transaction(self._reading) as session:
                return self._in_force.read(session)
        return self._in_force.plan

    # How

    def _elapsed(self, call: Call, what: str) -> Happening:
        if what != "place" or call.queued is None:
            return told.Elapsed(what)
        with transaction(self._reading) as session:
            return told.Place(store.before(session, call.queue, from_micros(call.queued), (QUEUED, OFFERING)))

    def _carry_out(self, row: Any) -> None:
        if row.kind in commands.NEW_CALLS:
            self._begin_asked(row)
        elif row.call_id in self.calls:
            self._ask(self.calls[row.call_id], row)
        elif row.living is None:
            self._refuse(row, asking.CallOver())

    def _offer(self, held: Held, nobody: set[str]) -> None:
        """Offer a call to somebody; a queue for which there is nobody joins `nobody`, and is not asked about again."""
        if held.call.queue in nobody:
            return
        plan = self.plan()
        with self._own(held.call.id), transaction(self._database) as session:
            found = pair(session, held.call, plan.queue(held.call.queue), self._node, clock.now(), self.fellows)
            if found is None:
                nobody.add(held.call.queue)
                return
            steps = [step(held.call, told.Offered(found.agent, found.endpoint), plan, clock.now())]
            self._write(session, steps, plan)
        self._moved(steps)

    def _begin_asked(self, row: Any) -> None:
        plan, now = self.plan(), clock.now()
        with transaction(self._database) as session:
            if not commands.take(session, row.id, self._app):
                return
            try:
                if commands.too_late(row, now) or (row.kind == commands.OUTBOUND and not campaigns.calls_now(session, row.call_id, now)):
                    raise TooLate
                call = alerts.instead(asking.new_call(session, row, now, plan), row)
            except BihuanError as refusal:
                self._turn_down(session, row, refusal)
                return
            commands.settle(session, row.id, now)
            after, effects = self._begin(session, call, told.Begun(), plan)
        self._begun(after, effects)

    def _ask(self, held: Held, row: Any) -> None:
        plan, now = self.plan(), clock.now()
        with self._own(held.call.id), transaction(self._database) as session:
            if not commands.take(session, row.id, self._app):
                return
            try:
                if not may(held.call, row.kind):
                    raise asking.NotPossible
                event = asking.asked(session, row, held.call, plan, self._node)
            except BihuanError as refusal:
                self._turn_down(session, row, refusal, held.call)
                return
            steps = [step(held.call, event, plan, now)]
            commands.settle(session, row.id, now)
            supervision.record(session, row, held.call)
            self._write(session, steps, plan)
        self._moved(steps)

    def _refuse(self, row: Any, refusal: BihuanError) -> None:
        held = self.calls.get(row.call_id)
        with transaction(self._database) as session:
            if commands.take(session, row.id, self._app):
                self._turn_down(session, row, refusal, held.call if held is not None else None)

    def _turn_down(self, session: Session, row: Any, refusal: BihuanError, call: Call | None = None) -> None:
        saving = store.Saving(session, self._node, self._app)
        declining.decline(saving, row, refusal, call, self.plan(), clock.now())
        saving.send()

    def _begin(self, session: Session, call: Call, event: Happening, plan: Plan) -> tuple[Call, list[Effect]]:
        after, effects = step(call, event, plan, clock.now())
        saving = store.Saving(session, self._node, self._app)
        saving.add(after)
        rows.write(saving, after, effects, plan, clock.now(), self._node)
        saving.send()
        return after, effects

    def _begun(self, call: Call, effects: list[Effect]) -> None:
        if call.state != ENDED:
            self._hold(call, 1)
        self._follow(call, effects)
        if call.state == ENDED:  # an alert for whom nobody is on the list
            self._outlets.ended(call)

    @contextmanager
    def _own(self, *calls: str) -> Iterator[None]:
        """A call that another worker has taken over is not ours any more; of several nobody knows which it is."""
        try:
            yield
        except store.Taken:
            if len(calls) == 1:
                log.warning("another worker has this call", call=calls[0])
                self.calls.pop(calls[0], None)
            raise

    def _write(self, session: Session, steps: Sequence[Step], plan: Plan) -> None:
        saving = store.Saving(session, self._node, self._app)
        for call, effects in steps:
            rows.write(saving, call, effects, plan, clock.now(), self._node)
        for call in _after(steps):
            saving.move(call, self.calls[call.id].version)
            if call.state == ENDED:
                saving.legs(call)
                if campaigns.FACT in call.facts:
                    campaigns.finished(session, call, clock.now())
        saving.send()

    def _moved(self, steps: Sequence[Step]) -> None:
        over = []
        for call in _after(steps):
            held = self.calls[call.id]
            held.call, held.version = call, held.version + 1
            if call.state == ENDED:
                del self.calls[call.id]
                over.append(call)
        for call, effects in steps:
            self._follow(call, effects)
        for call in over:
            self._outlets.ended(call)

    def _follow(self, call: Call, effects: list[Effect]) -> None:
        self._outlets.requests(call.id, effects)
        if any(isinstance(effect, Tell) for effect in effects):
            self._outlets.told()
        if call.state == QUEUED or any(isinstance(effect, Free) for effect in effects):
            self._outlets.wake()
        for effect in effects:
            if isinstance(effect, Keep):
                self._outlets.kept(effect.name)

    def _hold(self, call: Call, version: int) -> None:
        self.calls[call.id] = Held(call, version)
        for leg in call.live():
            if not ids.call_of(leg.id):
                self.channels.add(leg.id, call.id)


def _tried(work: Callable[[], None], **about: object) -> bool:
    """Whether something is done, or is another worker's; False for what went wrong in a way that nobody foresaw. Raises `store.AWAY`."""
    try:
        work()
    except store.AWAY:
        raise
    except store.Taken:
        return True
    except Exception:
        log.exception("what was looked at could not be done", **about)
        return False
    return True


def _after(steps: Iterable[Step]) -> Iterable[Call]:
    """Each call as its last step left it."""
    return {call.id: call for call, _effects in steps}.values()
