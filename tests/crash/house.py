"""One hotline on one database, killed and started again, and people who insist until they are answered."""

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Self

import orjson
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from api import bootstrap
from api.auth import tokens
from api.auth.models import AccessToken
from api.product import Product
from connectors.oa.signatures import signed
from engine import chance, clock
from engine.actor import SYSTEM, Actor
from engine.instances.models import LIVE, Instance
from engine.runtime.work import Work
from engine.workitems.models import OPEN, WorkItem
from processes.casefile.models import Case, WorkOrder
from processes.contacts import services as contacts
from processes.registry.accounts.models import Account
from processes.registry.units.models import Unit
from tests.crash.outside import Outside
from tests.crash.points import Crash, Watch
from tests.crash.runner import Runner
from tests.fixtures.clocks import MONDAY_MORNING, Clock
from tests.fixtures.filling import answers
from tests.fixtures.product import found_city, settings_for

OK, CREATED, ACCEPTED, NOT_FOUND, CONFLICT = 200, 201, 202, 404, 409
OVER = (NOT_FOUND, CONFLICT)
"""What a command answers that was carried out before its first answer got lost."""
ADMIN = Actor("admin", frozenset({"admin"}), override=True)
YEARS = timedelta(days=3660)
TICK = 0.001
CITY = "hotline"
SECRET_OF_UNITS = "whsec_" + "dGVzdHMgYWxvbmUsIGtub3duIHRvIGV2ZXJ5Ym9keSE="


def found(url: str) -> None:
    """A demo city on Monday morning, where every account has logged in and every department has a system of its own."""
    with clock.at(MONDAY_MORNING), clock.run_on(MONDAY_MORNING.timestamp):
        found_city(url)
        product = bootstrap.build(settings_for(url))
        product.engine.transact(SYSTEM, _connect)
        product.database.dispose()


def _connect(work: Work) -> None:
    for username in work.session.scalars(select(Account.username)).all():
        issued = tokens.issue(work.session, username, "bearer", YEARS)
        work.session.flush()
        row = work.session.get_one(AccessToken, tokens.digest(issued.token))
        row.digest = tokens.digest(token_of(username))
    work.session.execute(update(Unit).values(oa_url="http://oa.test/in", callback_secret=SECRET_OF_UNITS))


def token_of(username: str) -> str:
    """The bearer token with which an account of these tests is logged in."""
    return f"token-of-{username}"


@dataclass
class Memory:
    """What people remember: it survives every death of the product."""

    cases: dict[str, str] = field(default_factory=dict)
    now: datetime = MONDAY_MORNING
    keys: int = 0
    outside: Outside = field(default_factory=Outside)


class House:
    """The gestures of people. Each is repeated, as a client with an `Idempotency-Key` does, until it is answered."""

    def __init__(self, url: str, watch: Watch, seed: int | str, memory: Memory | None = None) -> None:
        self.watch = watch
        self.memory = memory or Memory()
        self.interrupted = False
        """Whether the product died under the last command before it answered."""
        self.deaths = 0
        self.clock = Clock()
        self.url = url
        self._seed = seed
        self._machine = self.memory.now.timestamp()
        self._stack = ExitStack()
        self._keys = count(self.memory.keys + 1)
        self.product: Product
        self.runner: Runner

    def __enter__(self) -> Self:
        self._stack.enter_context(chance.seeded(self._seed))
        self._stack.enter_context(clock.run_on(self._machine_time))
        self.clock.travel(self.memory.now)
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self.memory.keys = next(self._keys) - 1
        self.watch.detach()
        self.product.database.dispose()
        self.clock.close()
        self._stack.close()
        clock.set_offset(timedelta(0))

    # Life and death

    def restart(self) -> None:
        """The process is dead; another begins with nothing but the database."""
        self.deaths += 1
        self.interrupted = True
        self.product.database.dispose()
        self._start()

    def _start(self) -> None:
        while True:
            self.watch.detach()
            try:
                self.product = bootstrap.build(settings_for(self.url))
                self.product.registry.senders["oa"] = self.memory.outside.take
                self.watch.attach(self.product)
                self.prepared()
                self.runner = Runner(self.product, Random(f"{self._seed}:{self.deaths}"), self.before_job)
                with self.watch.looking("start"):
                    self.runner.start()
                return
            except Crash:
                self.deaths += 1
                self.product.database.dispose()

    def prepared(self) -> None:
        """A place for what a test changes in each product that is started."""

    def before_job(self) -> None:
        """A place for what happens between two jobs; nothing does."""

    def _machine_time(self) -> float:
        # not the clock: in a thread of its own, where it does not stand still, it would ask here again
        self._machine = max(self._machine + TICK, self.memory.now.timestamp())
        return self._machine

    # People

    def open(self, name: str, category: str = "complaint", **facts: Any) -> str:
        """A citizen calls; the case is known to the test by a name."""
        number = len(self.memory.cases) + 1
        body = {
            "category": category,
            "channel": "phone",
            "title": f"路灯不亮 {name}",
            "content": "人民路与建设路路口的路灯已经三天不亮，夜间行人不安全。",
            "citizen": {"name": "测试市民", "phone": f"1380013{number:04d}"},
            "variables": {"kind": "complaint", "class_l1": "urban", "urgency": "normal", "reply_pref": "phone"},
            **facts,
        }
        status, answer = self.insist(f"open {category}", "cases", body, "agent1")
        assert status == CREATED, answer
        self.memory.cases[name] = answer["case_no"]
        return name

    def do(self, name: str, element: str, /, *, by_unit: str | None = None, who: str = "admin", **chosen: Any) -> None:
        """Complete the open task of an element in the ordinary way, but for what is `chosen`."""
        items = [item for item in self.items(name, element) if by_unit is None or f"unit:{by_unit}" in item.candidate_groups]
        assert items, f"{name} has no open {element}, but {self.tasks(name)}"
        item = items[0]
        with self.product.engine.read() as session:
            _row, form = self.product.engine.task_form(session, ADMIN, item.instance_id, item.task_id)
        filled = answers(form.schema["components"], form.prefill, **chosen)
        self.complete(item.public_id, element, filled, who)

    def complete(self, task_id: str, element: str, filled: dict[str, Any], who: str = "admin") -> None:
        """Send a task's answers."""
        status, answer = self.insist(f"complete {element}", f"tasks/{task_id}/complete", {"data": filled}, who)
        assert status == OK or (self.interrupted and status in OVER), f"{element}: {answer}"

    def ask(self, name: str, action: str, /, who: str = "admin", **body: Any) -> None:
        """Ask for a side action."""
        status, answer = self.insist(action, f"cases/{self.memory.cases[name]}/actions/{action}", body, who)
        assert status == CREATED, answer

    def say(self, name: str, message: str, key: str, /, **payload: Any) -> None:
        """The exchange says something about a call; the call is known to the test by a name, as a case is."""
        self.memory.cases.setdefault(name, name)
        body = {"name": message, "correlation": {key: self.memory.cases[name]}, "payload": payload}
        status, answer = self.insist(message, "messages", body, "admin")
        assert status in (OK, CREATED, ACCEPTED), answer

    def case_in(self, call: str, name: str) -> None:
        """Give the case that was opened in a call a name."""
        with self.product.engine.read() as session:
            self.memory.cases[name] = contacts.cases_of(session, call)[-1]

    def call_back(self, name: str, event: str, *, unit: str = "urban", times: int = 1, **more: Any) -> None:
        """A department's system answers by a signed callback, some of it more than once."""
        seen = self.call_back_about(self.order(name, unit), event, times, **more)
        assert [status for status, _answer in seen] == [OK] * times, seen
        assert all(answer == seen[0][1] for _status, answer in seen), seen

    def call_back_about(self, order: WorkOrder, event: str, times: int, **more: Any) -> list[tuple[int, Any]]:
        """The signed callback of a department about its work order, so many times the same; answers what it was told."""
        body = orjson.dumps({"work_order": order.number, "event": event, **more}).decode()
        webhook = f"msg_{next(self._keys)}"
        seen = []
        for _ in range(times):
            with clock.run_on(time.time):  # a signature is checked by the library's own clock, which nobody can set
                headers = {**signed(SECRET_OF_UNITS, webhook, body), "Content-Type": "application/json"}
            seen.append(self.insist(f"callback {event}", f"callbacks/oa/{order.unit}", body.encode(), None, headers))
        return seen

    def insist(self, act: str, path: str, body: Any, who: str | None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Post until it is answered, over every death of the product, each time the same."""
        self.travel(self.clock.now + timedelta(seconds=1))
        key = {"Idempotency-Key": f"key-{next(self._keys)}"} if who else {}
        known = {"Authorization": f"Bearer {token_of(who)}"} if who else {}
        content = {"data": body} if isinstance(body, bytes) else {"json": body}
        self.interrupted = False
        while (answer := self._once(act, path, {**known, **key, **(headers or {})}, content)) is None:
            self.restart()
        interrupted = self.interrupted
        self.settle()
        self.interrupted = interrupted
        return answer.status_code, answer.json

    def _once(self, act: str, path: str, headers: dict[str, str], content: dict[str, Any]) -> TestResponse | None:
        """The answer, or None when the product died; what died with it is let go of before another is started."""
        try:
            with self.watch.looking(act):
                return self.product.app.test_client().post(f"/api/v1/{path}", headers=headers, **content)
        except Crash:
            return None

    # Time

    def settle(self) -> None:
        """Let the background work do what is due."""
        while not self._worked():
            self.restart()

    def _worked(self) -> bool:
        try:
            with self.watch.looking("background"):
                self.runner.work()
        except Crash:
            return False
        return True

    def travel(self, moment: datetime) -> None:
        """Have the clock stand at a moment; people know what time it is."""
        self.memory.now = self.clock.travel(moment)

    def wait(self, **how_long: float) -> None:
        """Let time pass; what comes due on the way happens at its moment."""
        target = self.clock.now + timedelta(**how_long)
        while (due := self.runner.next_due()) is not None and due <= target:
            self.travel(max(due, self.clock.now))
            self.settle()
        self.travel(target)

    # What people see

    def items(self, name: str, element: str | None = None) -> list[WorkItem]:
        """The open tasks of a case, or those of one element, oldest first."""
        wanted = select(WorkItem).where(WorkItem.business_key == self.memory.cases[name], WorkItem.state == OPEN)
        with self.product.engine.read() as session:
            found = session.scalars(wanted.order_by(WorkItem.created_at, WorkItem.instance_id, WorkItem.task_id)).all()
        return [item for item in found if element in (None, item.element_id)]

    def tasks(self, name: str) -> list[str]:
        """The elements of a case's open tasks."""
        return [item.element_id for item in self.items(name)]

    def order(self, name: str, unit: str | None = None) -> WorkOrder:
        """The newest work order of a case, or of one unit."""
        wanted = select(WorkOrder).where(WorkOrder.case_no == self.memory.cases[name], *([] if unit is None else [WorkOrder.unit == unit]))
        with self.product.engine.read() as session:
            order = session.scalars(wanted.order_by(WorkOrder.number.desc())).first()
        assert order is not None
        return order

    def status(self, name: str) -> str:
        """Whether a case is open or closed; of a call, whether anything of it runs."""
        number = self.memory.cases[name]
        with self.product.engine.read() as session:
            case = session.get(Case, number)
            if case is not None:
                return case.status
            live = session.scalar(select(Instance.id).where(Instance.business_key == number, Instance.status == LIVE))
            return "closed" if live is None else "open"
