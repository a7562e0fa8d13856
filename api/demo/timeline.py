"""The demo city's past: one global time line on which calls come in, people work, timers fire and messages go out.

Everything goes through the product's own commands with the clock standing at the moment; what a person does is drawn
from the seed, the case's number and the task, so that a load that was killed goes on as it would have.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from api.demo import habits
from api.demo.answers import fill
from api.demo.matters import Matter, matter
from api.demo.models import DemoCase, DemoLoad
from api.demo.units import UNITS
from api.due import Due
from api.product import Product
from engine import clock
from engine.actor import Actor
from engine.db import Instant
from engine.definitions.models import Bundle
from engine.errors import BihuanError
from engine.history.models import History
from engine.instances.models import Instance
from engine.runtime.work import Work
from engine.workitems.models import OPEN, WorkItem, unpack_groups
from processes.actions import services as actions
from processes.casefile.models import WorkOrder
from processes.cases import opening
from processes.deadlines.zone import LOCAL
from processes.registry.accounts import services as accounts
from processes.registry.accounts.roles import ROLES

HOURS = (9, 6, 4, 3, 3, 5, 12, 26, 62, 92, 98, 76, 46, 44, 74, 82, 79, 66, 48, 42, 40, 36, 28, 19)
"""Calls by local hour, per thousand (requirements.md 5.1)."""

GROUPS = frozenset(ROLES) | {f"unit:{unit.code}" for unit in UNITS}

_OPEN_ITEMS = (
    select(
        WorkItem.instance_id,
        WorkItem.task_id,
        WorkItem.element_id,
        WorkItem.business_key,
        WorkItem.candidate_groups,
        WorkItem.created_at,
    )
    .where(WorkItem.business_key.in_(bindparam("cases", expanding=True)), WorkItem.state == OPEN)
    .order_by(WorkItem.created_at, WorkItem.instance_id, WorkItem.task_id)
)
_MOVED = (
    select(Instance.business_key)
    .join(History, History.instance_id == Instance.id)
    .where(History.at == bindparam("moment", type_=Instant()))
)

Act = Callable[[], str | None]
"""Something a person does; answers the number of the case that moved."""


@dataclass(order=True, slots=True)
class Planned:
    """An act and its moment; `turn` keeps the order of equal moments."""

    at: datetime
    turn: int
    act: Act = field(compare=False)


class Timeline:
    """One load being played."""

    def __init__(self, product: Product, load: DemoLoad, due: Due) -> None:
        self._product, self._load, self._due = product, load, due
        self._heap: list[Planned] = []
        self._turn = 0
        self._seen: set[tuple[int, int]] = set()
        self._numbers: dict[str, int] = {}
        with product.engine.read() as session:
            self._categories = tuple(session.scalars(select(Bundle.process_key).where(Bundle.current)))
            self._people = _people(session)

    def play(self, told: Callable[[int], None]) -> None:
        """Play from where the load stands to its end; `told` hears the percentage of the time passed."""
        self._prepare()
        span = self._load.ends_at - self._load.begins_at
        while True:
            person = self._heap[0].at if self._heap else None
            moment = self._due.next(min(person, self._load.ends_at) if person else self._load.ends_at)
            if moment is not None:
                self._due.run(moment)
                self._look_around(self._moved_at(moment), moment)
            elif person is not None and person <= self._load.ends_at:
                planned = heapq.heappop(self._heap)
                with clock.at(planned.at):
                    moved = planned.act()
                self._look_around({moved} if moved else set(), planned.at)
                moment = planned.at
            else:
                return
            told(int(100 * (moment - self._load.begins_at) / span))

    # Planning

    def _prepare(self) -> None:
        with self._product.engine.read() as session:
            opened = session.execute(select(DemoCase.number, DemoCase.case_no).where(DemoCase.load_id == self._load.id)).all()
            self._numbers = {case_no: number for number, case_no in opened}
            mine = select(DemoCase.case_no).where(DemoCase.load_id == self._load.id)
            newest = select(func.max(History.at)).join(Instance, Instance.id == History.instance_id).where(Instance.business_key.in_(mine))
            reached = session.scalar(newest) or self._load.begins_at
        done = set(self._numbers.values())
        for number in range(self._load.cases):
            arrival = self._arrival(number)
            if number not in done:
                self._plan(arrival, partial(self._open, number))
        for case_no, number in self._numbers.items():
            self._plan_wishes(case_no, number, self._arrival(number), reached)
        self._look_around(set(self._numbers), reached)

    def _plan(self, moment: datetime, act: Act) -> None:
        self._turn += 1
        heapq.heappush(self._heap, Planned(moment, self._turn, act))

    def _arrival(self, number: int) -> datetime:
        """When a call comes in: spread evenly over the days, by the usual hours within one, more of them lately."""
        rng = self._rng(number, "arrival")
        days = (self._load.ends_at - self._load.begins_at) / timedelta(days=1)
        day = int(days * rng.random() ** 0.85)
        hour = rng.choices(range(24), HOURS)[0]
        start = self._load.begins_at.astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
        moment = start + timedelta(days=day, hours=hour, seconds=rng.uniform(0, 3600))
        return min(max(moment, self._load.begins_at), self._load.ends_at - timedelta(minutes=rng.uniform(1, 90)))

    def _plan_wishes(self, case_no: str, number: int, opened: datetime, after: datetime) -> None:
        rng = self._rng(number, "wishes")
        for wish in habits.WISHES:
            wanted = rng.random() < wish.likelihood
            moment = opened + timedelta(days=rng.uniform(wish.least_days, wish.most_days))
            if wanted and moment > after:
                self._plan(moment, partial(self._wish, case_no, wish))

    def _look_around(self, case_nos: set[str], now: datetime) -> None:
        """Plan who does the tasks that have appeared in some cases."""
        mine = sorted(case_nos & self._numbers.keys())
        if not mine:
            return
        with self._product.engine.read() as session:
            items = session.execute(_OPEN_ITEMS, {"cases": mine}).all()
        for item in items:
            if item[:2] in self._seen:
                continue
            self._seen.add(item[:2])
            rng = self._rng(self._numbers[item.business_key], f"{item.element_id}:{item.created_at.isoformat()}")
            moment = habits.delay(rng, item.element_id, item.created_at)
            if moment is not None:
                self._plan(max(moment, now), partial(self._do, item, rng))

    def _moved_at(self, moment: datetime) -> set[str]:
        """The cases that a timer has just moved."""
        with self._product.engine.read() as session:
            return set(session.scalars(_MOVED, {"moment": moment}))

    # Acting

    def _open(self, number: int) -> str:
        found = self._matter(number)
        new = opening.NewCase(
            category=found.category,
            channel=found.channel,
            title=found.title,
            content=found.content,
            citizen=None if found.anonymous else opening.NewCitizen(found.name, found.phone),
            anonymous_reason="担心被打击报复，要求匿名" if found.anonymous else None,
            area=found.area.code,
            address=found.address,
            confidential=found.confidential,
        )

        def command(work: Work) -> str:
            case_no = opening.open_case(work, new).case_no
            work.session.add(DemoCase(case_no=case_no, load_id=self._load.id, number=number))
            return case_no

        case_no = self._product.engine.transact(self._people["agent"], command)
        self._numbers[case_no] = number
        self._plan_wishes(case_no, number, clock.now(), clock.now())
        return case_no

    def _do(self, item: Any, rng: Random) -> str | None:
        who = self._person(item)
        if who is None:
            return None
        engine = self._product.engine
        try:
            with engine.read() as session:
                _, form = engine.task_form(session, who, item.instance_id, item.task_id)
            found = self._matter(self._numbers[item.business_key])
            chosen = habits.choice(rng, item.element_id)
            answers = fill(form.schema["components"], form.prefill, chosen, found, clock.now())
            engine.transact(who, lambda work: work.complete(item.instance_id, item.task_id, answers))
        except BihuanError as refused:
            # The task is gone by now (a withdrawal, a timer), or its form wants what the demo's people do not know.
            if refused.errors:
                raise
            return None
        case_no: str = item.business_key
        return case_no

    def _wish(self, case_no: str, wish: habits.SideWish) -> str | None:
        body = dict(wish.body)
        group = {"note": "shift_leader"}.get(wish.action, "agent")
        if wish.action == "extend":
            order = self._open_order(case_no)
            if order is None:
                return None
            body["work_order"], group = order.number, f"unit:{order.unit}"
        if wish.action == "link":
            others = [other for other in self._numbers if other != case_no]
            if not others:
                return None
            body["case_no"] = self._rng(self._numbers[case_no], "link").choice(others)
        who = self._people.get(group)
        if who is None:
            return None
        try:
            self._product.engine.transact(who, lambda work: actions.perform(work, case_no, wish.action, body))
        except BihuanError:
            # Too late: the case is closed, or the extension was asked for already.
            return None
        return case_no

    def _open_order(self, case_no: str) -> WorkOrder | None:
        with self._product.engine.read() as session:
            query = select(WorkOrder).where(WorkOrder.case_no == case_no, WorkOrder.status == "open").order_by(WorkOrder.number)
            return session.scalars(query.limit(1)).first()

    def _person(self, item: Any) -> Actor | None:
        groups = unpack_groups(item.candidate_groups)
        return next((self._people[group] for group in groups if group in self._people), None)

    def _matter(self, number: int) -> Matter:
        return matter(self._load.seed, number, self._categories)

    def _rng(self, number: int, purpose: str) -> Random:
        return Random(f"{self._load.seed}:{number}:{purpose}")


def _people(session: Session) -> dict[str, Actor]:
    """The demo person of each group."""
    people: dict[str, Actor] = {}
    for account in accounts.members(session, GROUPS):
        actor = accounts.actor_of(account)
        if account.demo and not actor.override:
            for group in sorted(actor.groups):
                people.setdefault(group, actor)
    return people
