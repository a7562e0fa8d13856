"""Complaints carried from their opening to their closing in the service layer, each completed task timed."""

import time
from collections.abc import Callable, Collection
from typing import NamedTuple

from sqlalchemy import select

from api.product import Product
from engine.actor import Actor
from engine.runtime.work import Work
from engine.workitems.models import OPEN, WorkItem
from processes.cases.opening import NewCase, NewCitizen, OpenedCase, open_case
from tests.bench.figures import Timing
from tests.fixtures.filling import PHONE, answers

EVERYBODY = Actor("admin", frozenset(), override=True)


class Item(NamedTuple):
    """An open task."""

    instance_id: int
    task_id: int
    element_id: str

    @property
    def public_id(self) -> str:
        """The id that the API uses."""
        return f"{self.instance_id}-{self.task_id}"


def complaint(number: int) -> NewCase:
    """A believable complaint."""
    return NewCase(
        category="complaint",
        channel="phone",
        title=f"路灯不亮 {number}",
        content="人民路与建设路路口的路灯已经三天不亮，夜间行人不安全，请尽快派人维修。",
        citizen=NewCitizen(f"测试市民{number}", PHONE),
    )


def open_cases(product: Product, number: int, timing: Timing) -> list[str]:
    """Open so many complaints, one command each; answers their numbers."""
    opened: list[OpenedCase] = []

    def command(work: Work) -> None:
        opened.append(open_case(work, complaint(len(opened))))

    for _ in range(number):
        _timed(timing, lambda: product.engine.transact(EVERYBODY, command))
    return [case.case_no for case in opened]


def open_items(product: Product, cases: Collection[str]) -> list[Item]:
    """Every open task of these cases, oldest first."""
    columns = (WorkItem.instance_id, WorkItem.task_id, WorkItem.element_id)
    query = select(*columns).where(WorkItem.state == OPEN, WorkItem.business_key.in_(cases)).order_by(WorkItem.created_at)
    with product.engine.read() as session:
        return [Item(*row) for row in session.execute(query)]


def complete(product: Product, item: Item, timing: Timing, before: Callable[[], object] = lambda: None) -> None:
    """Complete a task as a person in a hurry would; only the command is timed. `before` runs just before it."""
    with product.engine.read() as session:
        _, form = product.engine.task_form(session, EVERYBODY, item.instance_id, item.task_id)
    given = answers(form.schema["components"], form.prefill)

    def command(work: Work) -> None:
        work.complete(item.instance_id, item.task_id, given)

    before()
    _timed(timing, lambda: product.engine.transact(EVERYBODY, command))


def _timed(timing: Timing, work: Callable[[], object]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    timing.wall.append(time.perf_counter() - wall)
    timing.cpu.append(time.process_time() - cpu)
