"""Doing everything again that a history tells, on an empty city with the recorded clock: the stored states must come out.

The records are taken in the order of their moments. What a command began with stands in its first step: a task's answers
(unsealed), a timer, a claim, the start of a process. What followed from it (messages, starts, service tasks) is not read
but done again by a fresh engine on the pinned definitions; a record that was made by that is passed over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer_group

from api.product import Product
from engine import clock
from engine.actor import SYSTEM, Actor
from engine.errors import BihuanError
from engine.history.models import History, Submission
from engine.history.steps import Step, unpack
from engine.history.submissions import open_sealed
from engine.instances.models import Instance
from engine.jobs.port import FIRE_TIMER
from engine.outbox.models import Delivery
from engine.runtime import repairs
from engine.runtime.work import Work
from engine.spiff.passing import ASIDE
from engine.spiff.specs import element_of
from engine.timers.models import Timer
from engine.timers.periodic import NO_INSTANCE
from engine.workitems.models import OPEN, WorkItem
from processes.actions.services import perform
from processes.casefile.models import Case, SideAction
from processes.cases.opening import NewCase, NewCitizen, open_case
from processes.registry.accounts import services as accounts
from processes.registry.citizens.models import Citizen
from tests.crash.outcome import NUMBERS

UNIT = "unit:"
BEGINNINGS = ("complete", "claim", "release", "delegate", "progress", "retry", "failed", "skip", "cancel", "timer", "start", "message")
"""What a command begins with, in the order in which one of several records of a moment may have caused the others."""


@dataclass(frozen=True, slots=True)
class Record:
    """A stored row of history: what one command did to one instance.

    `turns` are kept where the command moved several instances of the case by turns: `(turn, count of steps)`.
    """

    at: datetime
    actor: str
    instance_id: int
    process_key: str
    business_key: str
    seq: int
    steps: Sequence[Step]
    turns: Sequence[tuple[int, int]]

    @property
    def rank(self) -> tuple[int, int, int]:
        """Its place among the records of one moment."""
        kinds = ["complete"] if any(step[0] == "complete" for step in self.steps) else [self.steps[0][0]]
        turn = self.turns[0][0] if self.turns else 1
        return BEGINNINGS.index(kinds[0]) if kinds[0] in BEGINNINGS else len(BEGINNINGS), turn, self.instance_id

    def timers(self) -> list[tuple[int, str | None, str]]:
        """The timers that went off: the turn, the element, the moment at which it was due."""
        turns = [turn for turn, count in self.turns for _ in range(count)] or [1] * len(self.steps)
        fired = [(turn, unpack(list(step))) for turn, step in zip(turns, self.steps, strict=True) if step[0] == "timer"]
        return [(turn, element, data["due"]) for turn, (_kind, element, _flow, _definition, data) in fired]


class NotReplayable(Exception):
    """The history does not say what a command began with, or doing it again was refused."""


def records(session: Session) -> list[Record]:
    """Every record of a database, in the order of their moments."""
    query = (
        select(History, Instance.process_key, Instance.business_key)
        .join(Instance, Instance.id == History.instance_id)
        .order_by(History.at, History.instance_id, History.seq)
    )
    found = []
    for row, process_key, business_key in session.execute(query):
        packed = orjson.loads(row.data)
        turns = packed.get("turns", ())
        found.append(Record(row.at, row.actor, row.instance_id, process_key, business_key, row.seq, packed["steps"], turns))
    return found


class Replay:
    """One history done again: `source` is read, `target` is an empty city on the same definitions."""

    def __init__(self, source: Product, target: Product) -> None:
        self._source, self._target = source, target
        self._ids: dict[str, str] = {}
        """Case numbers and instance ids there, and what they are here."""
        self._here_known: set[int] = set()
        self._people: dict[str, Actor] = {}

    def run(self) -> int:
        """Do every command again; answers how many there were. Raises `NotReplayable`."""
        commands = 0
        with self._source.engine.read() as session:
            for at, together in groupby(records(session), key=lambda record: record.at):
                moment = sorted(together, key=lambda record: record.rank)
                for record in moment:
                    if self._made(record):
                        continue
                    commands += 1
                    self._again(session, record, moment)
                    self._pair(at, moment)
        return commands

    def _again(self, session: Session, record: Record, moment: Sequence[Record]) -> None:
        with clock.at(record.at):
            try:
                self._do(session, record, moment)
            except BihuanError as refused:
                raise NotReplayable(f"{record}: {refused.message} {refused.errors}") from refused

    def _made(self, record: Record) -> bool:
        """Whether a command before has made this record here."""
        if str(record.instance_id) not in self._ids:
            return False
        with self._target.engine.read() as here:
            last = here.scalar(select(Instance.last_seq).where(Instance.id == self._instance(record.instance_id)))
        return last is not None and last >= record.seq

    def _pair(self, at: datetime, moment: Sequence[Record]) -> None:
        """Know the instances that were started by what they are called there."""
        with self._target.engine.read() as here:
            found = here.scalars(select(Instance).where(Instance.started_at == at).order_by(Instance.id)).all()
        for one in found:
            if one.id in self._here_known:
                continue
            there = sorted(record.instance_id for record in moment if record.seq == 1 and self._is_like(record, one))
            if not there:
                raise NotReplayable(f"{one.process_key} of {one.business_key} was started, and nothing of that kind at {at} there")
            self._ids[str(there[0])] = str(one.id)
            self._here_known.add(one.id)

    def _pair_delivery(self, session: Session, there: str) -> None:
        """Know a delivery by what it is called here: the one of the same place among those of its moment, case and connector."""
        found = session.get_one(Delivery, there)
        before = [one.id for one in self._beside(session, found.created_at, found.business_key, found.connector)]
        with self._target.engine.read() as here:
            case_no = self._ids.get(found.business_key, found.business_key)
            self._ids[there] = self._beside(here, found.created_at, case_no, found.connector)[before.index(there)].id

    @staticmethod
    def _beside(session: Session, at: datetime, case_no: str, connector: str) -> Sequence[Delivery]:
        wanted = (Delivery.created_at == at, Delivery.business_key == case_no, Delivery.connector == connector)
        return session.scalars(select(Delivery).where(*wanted).order_by(Delivery.seq)).all()

    def _is_like(self, record: Record, one: Instance) -> bool:
        alike = record.process_key == one.process_key and self._ids.get(record.business_key, record.business_key) == one.business_key
        return alike and str(record.instance_id) not in self._ids

    # What a command began with

    def _do(self, session: Session, record: Record, moment: Sequence[Record]) -> None:
        kind, element, _flow, _definition, data = unpack(list(record.steps[0]))
        if any(step[0] == "complete" for step in record.steps):
            self._complete(session, record)
        elif kind == "start":
            self._start(session, record)
        elif kind == "timer":
            self._timers(record, moment)
        elif kind in ("claim", "release", "delegate"):
            self._assign(record, kind, element, data)
        elif kind in ("retry", "failed", "skip", "cancel", "progress"):
            if data and "delivery" in data:
                self._pair_delivery(session, data["delivery"])
            self._repair(record, kind, element, self._here(data))
        elif kind == "message":
            self._transact(record, lambda work: work.throw(data["message"], self._here(data["payload"])))
        else:
            raise NotReplayable(f"nothing says what {record} began with")

    def _complete(self, session: Session, record: Record) -> None:
        step = next(step for step in record.steps if step[0] == "complete")
        _kind, element, _flow, _definition, data = unpack(list(step))
        answers = self._submitted(session, record)["answers"]
        instance_id, event = self._instance(record.instance_id), self._here((data or {}).get("event"))
        task_id = self._open_task(record, element)
        self._transact(record, lambda work: work.complete(instance_id, task_id, answers, event=event))

    def _start(self, session: Session, record: Record) -> None:
        asked = session.get(SideAction, record.instance_id, options=[undefer_group("sealed")])
        if asked is not None:
            self._ask(session, record, asked)
        elif record.business_key:
            self._open(session, record)
        else:
            due = self._submitted(session, record)["variables"]["due"]
            with self._target.engine.read() as here:
                found = select(Timer.task_id).where(Timer.instance_id == NO_INSTANCE, Timer.process_key == record.process_key)
                task_id = here.scalars(found).one()
            self._target.handlers[FIRE_TIMER](timers=[(NO_INSTANCE, task_id, due)])

    def _open(self, session: Session, record: Record) -> None:
        case = session.get_one(Case, record.business_key, options=[undefer_group("sealed")])
        citizen = session.get(Citizen, case.citizen_id) if case.citizen_id is not None else None
        given = self._submitted(session, record)["variables"]
        new = NewCase(
            category=case.category,
            channel=case.channel,
            title=case.title,
            content=case.content,
            citizen=None if citizen is None else NewCitizen(citizen.name, citizen.phone),
            anonymous_reason=case.anonymous_reason,
            area=case.area,
            address=case.address,
            confidential=case.confidential,
            variables={name: value for name, value in given.items() if name not in ("case_no", "category")},
        )
        opened = self._target.engine.transact(self._who(record.actor), lambda work: open_case(work, new))
        self._ids[case.case_no] = opened.case_no

    def _ask(self, session: Session, record: Record, asked: SideAction) -> None:
        given = self._here(self._submitted(session, record)["variables"])
        words = {"text": asked.text, "reason": asked.text}
        body = {**words, **{name: given[name] for name in ("work_order", "days", "kind") if given.get(name) is not None}}
        if given.get("master"):
            body["case_no"] = given["master"]
        self._transact(record, lambda work: perform(work, str(self._here(asked.case_no)), asked.action, body))

    def _timers(self, record: Record, moment: Sequence[Record]) -> None:
        """Fire every timer that the command fired and that waits here; one that only came to wait in it goes off by itself.

        One command fires a batch of timers. Those of different cases do not meet, those of one case are fired by their turns.
        """
        due = sorted(
            (turn, one.instance_id, element, at) for one in self._in_one_command(record, moment) for turn, element, at in one.timers()
        )
        waiting = [(there, found) for _turn, there, element, at in due if (found := self._waiting(there, element, at)) is not None]
        if not waiting:
            raise NotReplayable(f"{record}: no such timer waits")

        def fire(work: Work) -> None:
            for there, task_id in waiting:
                work.fire(self._instance(there), task_id)

        self._transact(record, fire)

    def _in_one_command(self, record: Record, moment: Sequence[Record]) -> Sequence[Record]:
        """The records of a moment that came of one command with this one: no two have the same turn."""
        of_case = [one for one in moment if one.turns and one.business_key == record.business_key]
        turns = [turn for one in of_case for turn, _count in one.turns]
        if not record.turns or len(set(turns)) < len(turns):
            return [record]
        return [one for one in of_case if str(one.instance_id) in self._ids and not self._made(one)]

    def _assign(self, record: Record, kind: str, element: str | None, data: Any) -> None:
        instance_id, task_id = self._instance(record.instance_id), self._open_task(record, element)
        if kind == "claim":
            self._transact(record, lambda work: work.claim(instance_id, task_id))
        elif kind == "release":
            self._transact(record, lambda work: work.release(instance_id, task_id))
        else:
            self._transact(record, lambda work: work.delegate(instance_id, task_id, str(data["to"])))

    def _repair(self, record: Record, kind: str, element: str | None, data: Any) -> None:
        """What was written down beside the flow, and what an administrator or a failure did to the instance."""
        instance_id = self._instance(record.instance_id)
        timer = None if element is None else self._aside(record, element) if kind == "retry" else self._waiting(record.instance_id, element)
        if kind == "skip" and element is not None:
            self._transact(record, lambda work: repairs.pass_over(work, instance_id, element, data))
        elif kind == "cancel":
            self._transact(record, lambda work: repairs.cancel(work, instance_id, data))
        elif kind == "failed" and timer is not None:
            self._transact(record, lambda work: repairs.set_aside(work, instance_id, timer, data))
        elif kind == "retry" and timer is not None:
            self._transact(record, lambda work: repairs.resume(work, instance_id, timer, data))
        else:
            self._transact(record, lambda work: work.record(instance_id, kind, data))

    # Between there and here

    def _transact(self, record: Record, act: Callable[[Work], object]) -> None:
        self._target.engine.transact(self._who(record.actor), act)

    def _open_task(self, record: Record, element: str | None) -> int:
        wanted = (WorkItem.instance_id == self._instance(record.instance_id), WorkItem.element_id == element, WorkItem.state == OPEN)
        with self._target.engine.read() as here:
            task_id = here.scalars(select(WorkItem.task_id).where(*wanted).order_by(WorkItem.task_id)).first()
        if task_id is None:
            raise NotReplayable(f"{record}: {element} is not open")
        return task_id

    def _waiting(self, there: int, element: str | None, due: str | None = None) -> int | None:
        wanted = [Timer.instance_id == self._instance(there), Timer.element_id == element]
        if due is not None:
            wanted.append(Timer.due_at == datetime.fromisoformat(due))
        with self._target.engine.read() as here:
            return here.scalars(select(Timer.task_id).where(*wanted).order_by(Timer.task_id)).first()

    def _aside(self, record: Record, element: str) -> int | None:
        """The timer of an element that was set aside; such a one has no row."""
        with self._target.engine.read() as here:
            live = self._target.engine.look(here, SYSTEM, self._instance(record.instance_id))
        found = [] if live is None else [task for task in live.flow.all_tasks() if task.internal_data.get(ASIDE)]
        return next((task.id for task in found if element_of(task) == element), None)

    def _instance(self, there: int) -> int:
        return int(self._ids[str(there)])

    def _here(self, value: Any) -> Any:
        """A value with every number of there replaced by that of here."""
        text = orjson.dumps(value).decode()
        return orjson.loads(NUMBERS.sub(lambda match: self._ids.get(match.group(), match.group()), text))

    def _submitted(self, session: Session, record: Record) -> Mapping[str, Any]:
        row = session.execute(
            select(History.data, Submission.body)
            .join(Submission, (Submission.instance_id == History.instance_id) & (Submission.seq == History.seq))
            .where(History.instance_id == record.instance_id, History.seq == record.seq)
        ).one()
        submitted = open_sealed(row.body, orjson.loads(row.data)["submission"])
        if submitted is None:
            raise NotReplayable(f"what was submitted with {record} is not what the chain vouches for")
        here: Mapping[str, Any] = self._here(submitted)
        return here

    def _who(self, actor: str) -> Actor:
        if actor == SYSTEM.id:
            return SYSTEM
        if actor.startswith(UNIT):
            return Actor(actor, frozenset({"unit", actor}))
        if actor not in self._people:
            with self._target.engine.read() as here:
                account = accounts.active(here, actor)
            if account is None:
                raise NotReplayable(f"there is no account {actor} any more")
            self._people[actor] = accounts.actor_of(account)
        return self._people[actor]
