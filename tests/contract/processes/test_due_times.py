"""When people's tasks are due: an order's extended time moves the tasks that are open already, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from api.product import Product
from engine.workitems.models import NEVER, OPEN, WorkItem
from processes.inbox.services import TaskFilter, tasks
from tests.bpmn.town import ADMIN, Town
from tests.fixtures.clocks import Clock


@pytest.fixture
def town(product: Product, clock: Clock) -> Town:
    """A town on an ordinary Monday morning."""
    return Town(product, clock)


def extended(town: Town, case_no: str, days: int) -> None:
    """More time is asked for the case's order, and granted."""
    town.ask(case_no, "extend", work_order=town.order(case_no).number, days=days, reason="需要施工")
    town.do(case_no, "extension_decision", days=days)


def due(town: Town, case_no: str, element: str) -> datetime | None:
    """When the open task of an element is due."""
    wanted = select(WorkItem).where(WorkItem.business_key == case_no, WorkItem.state == OPEN, WorkItem.element_id == element)
    with town.engine.read() as session:
        item = session.scalars(wanted).one()
    assert item.soonest == (item.due_at or NEVER)
    return item.due_at


def test_an_extension_moves_the_due_time_of_the_task_that_is_open(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    before = town.order(case_no).due_at
    assert due(town, case_no, "handle") == before
    extended(town, case_no, 5)
    assert due(town, case_no, "handle") == town.order(case_no).due_at == before + timedelta(days=5)


def test_an_extension_while_its_result_is_reviewed_moves_the_review(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    town.ask(case_no, "extend", work_order=town.order(case_no).number, days=3, reason="需要施工")
    town.do(case_no, "handle")
    before = town.order(case_no).due_at
    assert due(town, case_no, "result_review") == before
    town.do(case_no, "extension_decision", days=3)
    assert due(town, case_no, "result_review") == before + timedelta(days=3)


def test_an_extension_before_the_confirmation_leaves_the_half_hour(town: Town) -> None:
    case_no = town.dispatched()
    half_an_hour = due(town, case_no, "ack")
    extended(town, case_no, 5)
    assert due(town, case_no, "ack") == half_an_hour
    town.do(case_no, "ack")
    assert due(town, case_no, "handle") == town.order(case_no).due_at


def test_a_limit_that_runs_from_the_opening_stays_while_its_reminder_fires(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack", outcome="return")
    opened = due(town, case_no, "return_audit")
    town.wait(hours=3)
    assert town.told(case_no, "centre") == ["urge"]
    extended(town, case_no, 5)
    assert due(town, case_no, "return_audit") == opened


@pytest.mark.parametrize(("urgency", "hours"), [("normal", 24), ("critical", 1)])
def test_the_review_is_due_when_its_table_says_and_stays_so(town: Town, clock: Clock, urgency: str, hours: int) -> None:
    case_no = town.call(class_l1="education")
    town.do(case_no, "register", urgency=urgency)
    limit = clock.now + timedelta(hours=hours)
    assert due(town, case_no, "review") == limit
    town.wait(minutes=30)
    town.ask(case_no, "supplement", text="还有一处漏水", by="caller")
    assert due(town, case_no, "review") == limit


def test_an_emergency_stands_before_everything_else(town: Town, clock: Clock) -> None:
    town.dispatched()
    town.wait(days=20)
    town.message("PagerPressed", call_id="1772413200.7", device="nobody-knows-it", key="2")
    with town.engine.read() as session:
        first, second = [entry.item for entry in tasks(session, ADMIN, TaskFilter(sort="due"), None, 10).items][:2]
    assert (first.element_id, first.due_at, first.urgent) == ("judge", clock.now + timedelta(minutes=1), True)
    assert second.due_at is not None
    assert (second.due_at < clock.now, second.urgent) == (True, False)


def test_the_inbox_that_shows_the_soonest_first_follows_an_extension(town: Town) -> None:
    early = town.dispatched()
    town.do(early, "ack")
    town.wait(hours=1)
    late = town.dispatched(citizen=None, anonymous_reason="市民不愿意留姓名")
    town.do(late, "ack")
    assert soonest(town) == [early, late]
    extended(town, early, 5)
    assert soonest(town) == [late, early]


def soonest(town: Town) -> list[str]:
    """The cases to be handled, as the inbox sorts them by due time."""
    with town.engine.read() as session:
        page = tasks(session, ADMIN, TaskFilter(element_id="handle", sort="due"), None, 10)
    return [entry.item.business_key for entry in page.items]
