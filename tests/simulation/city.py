"""A city's days: citizens call, people work through the HTTP API, the clock runs, things go wrong, all by one seed."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import select

from api.demo import habits
from api.demo.accounts import ACCOUNTS
from api.demo.answers import fill
from api.demo.matters import Matter, matter
from api.demo.timeline import HOURS
from engine.definitions.models import Bundle
from engine.errors import BihuanError
from engine.outbox.models import OPEN as UNSETTLED
from engine.outbox.models import Incident
from engine.workitems.models import OPEN, WorkItem, unpack_groups
from processes.casefile.categories import PARTS
from processes.casefile.models import Case, WorkOrder
from tests.crash.house import ADMIN, CONFLICT, CREATED, NOT_FOUND, OK, House, Memory
from tests.crash.points import Watch
from tests.simulation.mischief import Mischief, Rates

INVALID, FAILED = 422, 500
AGAIN = timedelta(minutes=10)
"""When somebody tries again whose step has failed."""
DAY = timedelta(days=1)
CLAIMS, COLLEAGUES, MISTAKES, BY_SYSTEM, REPEATS = 0.3, 0.1, 0.03, 0.5, 0.4
"""How likely a task is claimed first, is sent by two people at once, is filled in wrong, is answered by the department's own system,
and that this repeats itself."""
MERGES = 0.05
ROUNDS = 50
"""Rounds of retrying incidents, each a quarter of an hour, in which everything must have come to rest."""
Act = Callable[[], None]


@dataclass(order=True, slots=True)
class Planned:
    """An act and its moment; `turn` keeps the order of equal moments."""

    at: datetime
    turn: int
    act: Act = field(compare=False)


@dataclass
class Book:
    """What the people of the city were told: it must all be there in the end."""

    opened: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)
    """Tasks that were found over when the product came back."""
    started: int = 0
    failed: int = 0


class City(House):
    """A city of citizens, agents and units on one database."""

    def __init__(self, url: str, seed: int, calls_a_day: int, rates: Rates | None = None, memory: Memory | None = None) -> None:
        self.seed, self.calls_a_day = seed, calls_a_day
        self.mischief = Mischief(seed, rates or Rates())
        self.book = Book()
        self.dice = Random(f"{seed} city")
        self._heap: list[Planned] = []
        self._turn = 0
        self._seen: set[str] = set()
        self._numbers: dict[str, int] = {}
        super().__init__(url, Watch(self.mischief.kills, self.mischief.meddle), f"{seed} product", memory)

    def prepared(self) -> None:
        """Let the mischief at a product that was just started."""
        self.mischief.attach(self.product)

    def before_job(self) -> None:
        """No two commands of a city share their moment: a history does not say which rows of a moment are one command's."""
        self.travel(self.clock.now + timedelta(milliseconds=1))

    # A day

    def play_day(self) -> None:
        """Let one day pass, from this moment to the same on the next day, and bring to rest what went wrong on it."""
        start, end = self.clock.now, self.clock.now + DAY
        for _ in range(self.calls_a_day):
            hour = self.dice.choices(range(24), HOURS)[0]
            self._plan(start + timedelta(hours=hour, seconds=self.dice.uniform(0, 3600)), self._call)
        self.mischief.on = True
        while (moment := self._next(end)) is not None:
            self.travel(max(moment, self.clock.now))
            if self._heap and self._heap[0].at <= moment:
                heapq.heappop(self._heap).act()
            else:
                self.settle()
            self._look_around()
        self.travel(max(end, self.clock.now))
        self.mischief.on = False
        self._rest()

    def _next(self, end: datetime) -> datetime | None:
        moments = [moment for moment in (self.runner.next_due(), self._heap[0].at if self._heap else None) if moment is not None]
        moment = min(moments, default=None)
        return moment if moment is not None and moment <= end else None

    def _rest(self) -> None:
        """Somebody looks at every incident, and what can be tried again is."""
        for _ in range(ROUNDS):
            self.settle()
            with self.product.engine.read() as session:
                open_ = session.scalars(select(Incident.id).where(Incident.state == UNSETTLED).order_by(Incident.id)).all()
            if not open_ and not self._pending():
                return
            for incident in open_:
                self.insist("incident", f"incidents/{incident}/retry", {}, "admin")
            self.wait(minutes=15)
            self._look_around()

    def _pending(self) -> bool:
        due = self.runner.next_due()
        return due is not None and due <= self.clock.now

    def _plan(self, moment: datetime, act: Act) -> None:
        self._turn += 1
        heapq.heappush(self._heap, Planned(moment, self._turn, act))

    # What people do

    def _call(self) -> None:
        number = len(self.book.opened)
        found = matter(self.seed, number, self._categories())
        anonymous = {"anonymous_reason": "担心被打击报复，要求匿名"}
        body: dict[str, Any] = {
            "category": found.category,
            "channel": found.channel,
            "title": found.title,
            "content": found.content,
            "area": found.area.code,
            "address": found.address,
            "confidential": found.confidential,
            **(anonymous if found.anonymous else {"citizen": {"name": found.name, "phone": found.phone}}),
        }
        status, answer = self.insist("open", "cases", body, self._somebody(["agent"]))
        if status == FAILED:
            self.book.failed += 1
            self._plan(self.clock.now + AGAIN, self._call)
            return
        assert status == CREATED, answer
        case_no = answer["case_no"]
        self.book.opened.append(case_no)
        self._numbers[case_no] = number
        self.memory.cases[case_no] = case_no
        for wish in habits.WISHES:
            if self.dice.random() < 2 * wish.likelihood:
                days = self.dice.uniform(wish.least_days, wish.most_days)
                self._plan(self.clock.now + timedelta(days=days), partial(self._wish, case_no, wish))

    def _look_around(self) -> None:
        """Plan who does the tasks that have appeared."""
        with self.product.engine.read() as session:
            items = session.scalars(
                select(WorkItem).where(WorkItem.state == OPEN).order_by(WorkItem.created_at, WorkItem.instance_id, WorkItem.task_id)
            ).all()
        for item in items:
            if item.public_id not in self._seen:
                self._seen.add(item.public_id)
                moment = habits.delay(self.dice, item.element_id, item.created_at)
                if moment is not None:
                    self._plan(max(moment, self.clock.now), partial(self._do, item))

    def _do(self, item: WorkItem) -> None:
        who = self._somebody(unpack_groups(item.candidate_groups))
        try:
            with self.product.engine.read() as session:
                _row, form = self.product.engine.task_form(session, ADMIN, item.instance_id, item.task_id)
        except BihuanError:
            return  # a timer or a withdrawal was first
        chosen = habits.choice(self.dice, item.element_id)
        if item.element_id == "link_check" and self.dice.random() < MERGES:
            chosen = {"action": "merge"}
        given = fill(form.schema["components"], form.prefill, chosen, self._matter(item.business_key), self.clock.now)
        if item.element_id in ("ack", "handle") and self.dice.random() < BY_SYSTEM:
            self._answer_by_system(item, given)
            return
        if self.dice.random() < MISTAKES:
            status, _answer = self.insist("mistake", f"tasks/{item.public_id}/complete", {"data": {}}, who)
            assert status in (OK, INVALID, FAILED, *self._over())
            if status == OK:
                self.book.completed.append(item.public_id)
                return
        if self.dice.random() < CLAIMS:
            self.insist("claim", f"tasks/{item.public_id}/claim", {}, who)
        self._send(item, given, who)
        if self.dice.random() < COLLEAGUES:
            status, answer = self.insist("colleague", f"tasks/{item.public_id}/complete", {"data": given}, "admin")
            assert status == CONFLICT or item.public_id not in self.book.completed, answer

    def _send(self, item: WorkItem, given: dict[str, Any], who: str) -> None:
        status, answer = self.insist(f"complete {item.element_id}", f"tasks/{item.public_id}/complete", {"data": given}, who)
        if status == OK:
            self.book.completed.append(item.public_id)
        elif status in self._over():
            if self.interrupted:
                self.book.uncertain.append(item.public_id)
        elif status == FAILED:
            self.book.failed += 1
            self._plan(self.clock.now + AGAIN, lambda: self._do(item))
        else:
            assert status == INVALID, answer

    def _answer_by_system(self, item: WorkItem, given: dict[str, Any]) -> None:
        """The department's own system answers, and perhaps says it again."""
        with self.product.engine.read() as session:
            order = session.scalars(select(WorkOrder).where(WorkOrder.instance_id == item.instance_id)).first()
        if order is None:
            return
        event = {"accept": "accepted", "done": "done", "return": "returned"}[given.get("outcome", "accept")]
        times = 2 if self.dice.random() < REPEATS else 1
        body = {key: value for key, value in given.items() if key != "outcome"}
        seen = self.call_back_about(order, event, times, **body)
        if len({status for status, _answer in seen}) > 1:
            # our own failure is no answer, so the repeat was carried out
            assert [status for status, _answer in seen] == [FAILED, OK], seen
        else:
            assert all(answer == seen[0][1] for _status, answer in seen) or seen[0][0] == FAILED, seen
        if seen[-1][0] == OK:
            self.book.completed.append(item.public_id)
        elif seen[-1][0] == FAILED:
            self.book.failed += 1
            self._plan(self.clock.now + AGAIN, lambda: self._do(item))

    def _wish(self, case_no: str, wish: habits.SideWish) -> None:
        """Somebody asks for something on the side; that it is too late is an answer, too."""
        body, who = dict(wish.body), {"note": "shift_leader"}.get(wish.action, "agent")
        if wish.action == "extend":
            with self.product.engine.read() as session:
                order = session.scalars(select(WorkOrder).where(WorkOrder.case_no == case_no).order_by(WorkOrder.number)).first()
            if order is None:
                return
            body["work_order"], who = order.number, f"unit:{order.unit}"
        if wish.action == "link":
            others = [other for other in self.book.opened if other != case_no]
            if not others:
                return
            body["case_no"], body["kind"] = self.dice.choice(others), self.dice.choice(["link", "merge"])
        status, answer = self.insist(wish.action, f"cases/{case_no}/actions/{wish.action}", body, self._somebody([who]))
        if status == FAILED:
            self.book.failed += 1
            self._plan(self.clock.now + AGAIN, lambda: self._wish(case_no, wish))
            return
        assert status in (CREATED, CONFLICT, INVALID), answer
        self.book.started += status == CREATED

    # Who and what

    def _somebody(self, groups: list[str]) -> str:
        able = [account.username for account in ACCOUNTS if set(account.groups) & set(groups)]
        return self.dice.choice(able) if able else "admin"

    def _matter(self, case_no: str) -> Matter:
        return matter(self.seed, self._numbers[case_no], self._categories())

    def _categories(self) -> tuple[str, ...]:
        with self.product.engine.read() as session:
            found = session.execute(select(Bundle.process_key, Bundle.start_messages).where(Bundle.current)).all()
        return tuple(sorted(key for key, messages in found if not messages and key not in PARTS))

    def _over(self) -> tuple[int, ...]:
        return (NOT_FOUND, CONFLICT)

    def closed(self) -> int:
        """How many cases have come to their end."""
        with self.product.engine.read() as session:
            return len(session.scalars(select(Case.case_no).where(Case.status == "closed")).all())
