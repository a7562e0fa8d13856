"""A command reads its case once, and sees what it has written itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from processes.casefile import changes, guards
from processes.casefile.models import Case, WorkOrder
from processes.registry.citizens import services as citizens
from processes.registry.units.models import Unit
from tests.fixtures.clocks import MONDAY_MORNING
from tests.unit.processes.stand import CASE_NO, Stand


@pytest.fixture
def order(stand: Stand) -> str:
    """The number of the case's one work order, at the water works; the file is closed again."""
    stand.session.add(Unit(code="water", name="自来水公司", phone="029-33210000"))
    (number,) = stand.dispatch("water")
    stand.context()
    return number


@contextmanager
def counted(stand: Stand) -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(stand.session.get_bind(), "before_cursor_execute", note)
    yield sent
    event.remove(stand.session.get_bind(), "before_cursor_execute", note)


def test_the_case_its_citizen_its_orders_and_their_units_are_one_statement(stand: Stand, order: str) -> None:
    citizen = citizens.remember(stand.session, "王小明", "13800138000", stand.now)
    changes.change_case(stand.session, CASE_NO, citizen_id=citizen)
    with counted(stand) as sent:
        case, (found,) = guards.case_of(stand.session, CASE_NO), guards.orders_of(stand.session, CASE_NO)
        assert guards.order_of(stand.session, order) == found
    assert len(sent) == 1
    assert (case.caller_name, case.phone, case.content) == ("王小明", "13800138000", "从早上起没有水")
    assert (found.unit, found.unit_name, found.unit_phone) == ("water", "自来水公司", "029-33210000")


def test_an_order_brings_its_whole_case(stand: Stand, order: str) -> None:
    with counted(stand) as sent:
        case_no = guards.order_of(stand.session, order).case_no
        assert (guards.case_of(stand.session, case_no).title, len(guards.orders_of(stand.session, case_no))) == ("小区停水", 1)
    assert len(sent) == 1


def test_what_a_command_writes_it_reads_without_another_look(stand: Stand, order: str) -> None:
    guards.case_of(stand.session, CASE_NO)
    with counted(stand) as sent:
        changes.change_case(stand.session, CASE_NO, once={"first_dispatched_at": stand.now, "closed_at": stand.now}, title="停电")
        changes.change_order(stand.session, order, once={"acked_at": stand.now}, contact_person="赵工")
        case, found = guards.case_of(stand.session, CASE_NO), guards.order_of(stand.session, order)
    assert len([text for text in sent if "title_pair" not in text]) == 2
    assert len(sent) == 4, "the pairs of the old title go, those of the new one come"
    stand.session.expire_all()
    kept_case, kept = stand.session.get_one(Case, CASE_NO), stand.session.get_one(WorkOrder, order)
    assert (case.title, case.closed_at) == (kept_case.title, kept_case.closed_at) == ("停电", MONDAY_MORNING)
    assert (found.contact_person, found.acked_at) == (kept.contact_person, kept.acked_at) == ("赵工", MONDAY_MORNING)


def test_what_stands_already_is_not_written_a_second_time(stand: Stand, order: str) -> None:
    changes.change_order(stand.session, order, once={"acked_at": stand.now})
    later = stand.now + timedelta(hours=1)
    assert changes.change_order(stand.session, order, once={"acked_at": later}).acked_at == MONDAY_MORNING


def test_another_citizen_is_read_anew(stand: Stand, order: str) -> None:
    assert guards.case_of(stand.session, CASE_NO).caller_name is None
    changes.change_case(stand.session, CASE_NO, citizen_id=citizens.remember(stand.session, "李丽", "13900139000", stand.now))
    assert guards.case_of(stand.session, CASE_NO).caller_name == "李丽"


def test_new_orders_are_found(stand: Stand, order: str) -> None:
    assert len(guards.orders_of(stand.session, CASE_NO)) == 1
    row = guards.order_of(stand.session, order)
    plain = {name: getattr(row, name) for name in ("case_no", "dispatched_at", "original_due_at", "due_at", "near_at", "calendar")}
    changes.add_orders(stand.session, CASE_NO, [{**plain, "number": f"{CASE_NO}-02", "unit": "urban", "role": "assist", "ack_minutes": 30}])
    assert [found.unit for found in guards.orders_of(stand.session, CASE_NO)] == ["water", "urban"]


def test_what_others_decide_meanwhile_is_seen_where_it_counts(stand: Stand, order: str) -> None:
    assert guards.orders_of(stand.session, CASE_NO)[0].status == "open"
    stand.session.get_one(WorkOrder, order).status = "done"
    assert guards.orders_of(stand.session, CASE_NO)[0].status == "open"
    assert guards.orders_now(stand.session, CASE_NO)[0].status == "done"


def test_a_case_there_is_not_is_refused(stand: Stand) -> None:
    with pytest.raises(guards.NoSuchCase):
        guards.case_of(stand.session, "TS0")
    with pytest.raises(guards.NoSuchCase):
        guards.lock_case(stand.session, "TS0")
    with pytest.raises(guards.NoSuchCase):
        changes.change_case(stand.session, "TS0", title="x")


def test_an_order_there_is_not_is_refused(stand: Stand) -> None:
    with pytest.raises(guards.NoSuchOrder):
        guards.order_of(stand.session, "TS0-01")
    with pytest.raises(guards.NoSuchOrder):
        guards.lock_order(stand.session, "TS0-01")
    with pytest.raises(guards.NoSuchOrder):
        changes.change_order(stand.session, "TS0-01", status="done")
