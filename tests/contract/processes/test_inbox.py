"""The inbox of agents and units, on both databases."""

import pytest

from engine.actor import Actor
from processes.casefile.cursors import BadCursor
from processes.inbox.services import Entry, TaskFilter, tasks
from tests.contract.processes.conftest import ADMIN, AGENT, EXEC, URBAN, WATER, Hotline, Statements
from tests.fixtures.clocks import Clock


def inbox(hotline: Hotline, actor: Actor, **wanted: object) -> list[Entry]:
    """The first page of an actor's inbox."""
    with hotline.engine.read() as session:
        return tasks(session, actor, TaskFilter(**wanted)).items  # type: ignore[arg-type]


def names(entries: list[Entry]) -> list[tuple[str, str]]:
    """Case and element of some lines."""
    return [(entry.item.business_key, entry.item.element_id) for entry in entries]


def test_everybody_sees_what_they_may_act_on(hotline: Hotline) -> None:
    new = hotline.open("petition").case_no
    sent = hotline.dispatched()
    assert names(inbox(hotline, AGENT)) == [(new, "register")]
    assert names(inbox(hotline, WATER)) == names(inbox(hotline, URBAN)) == [(sent, "ack")]
    assert names(inbox(hotline, EXEC)) == []
    assert sorted(names(inbox(hotline, ADMIN))) == sorted([(new, "register"), (sent, "ack"), (sent, "ack")])


def test_a_line_shows_the_units_own_order_and_lamps(sqlite_hotline: Hotline, clock: Clock) -> None:
    case_no = sqlite_hotline.dispatched()
    clock.advance(days=6.1)
    (line,) = [entry.as_json() for entry in inbox(sqlite_hotline, WATER)]
    assert (line["work_order"], line["unit"], line["case_no"]) == (sqlite_hotline.order(case_no), "water", case_no)
    assert line["lights"] == {"age": "yellow", "due": "yellow"}
    assert line["title"] == "小区停水"


def test_the_lines_of_the_case_itself_show_the_worst_of_its_open_orders(sqlite_hotline: Hotline, clock: Clock) -> None:
    case_no = sqlite_hotline.dispatched()
    sqlite_hotline.perform(case_no, WATER, "extend", work_order=sqlite_hotline.order(case_no), days=3, reason="配件未到")
    clock.advance(days=7.5)
    (line,) = [entry.as_json() for entry in inbox(sqlite_hotline, EXEC)]
    assert (line["element_id"], line["lights"]) == ("extension_decision", {"age": "red", "due": "red"})


def test_a_claimed_task_is_mine(sqlite_hotline: Hotline) -> None:
    case_no = sqlite_hotline.open("petition").case_no
    sqlite_hotline.open("petition")
    item = sqlite_hotline.item(case_no, "register")
    sqlite_hotline.engine.transact(AGENT, lambda work: work.claim(item.instance_id, item.task_id))
    assert names(inbox(sqlite_hotline, AGENT, mine=True)) == [(case_no, "register")]
    assert len(inbox(sqlite_hotline, AGENT)) == 2


def test_what_is_delegated_is_seen_without_the_group(sqlite_hotline: Hotline) -> None:
    case_no = sqlite_hotline.open("petition").case_no
    item = sqlite_hotline.item(case_no, "register")
    sqlite_hotline.engine.transact(AGENT, lambda work: work.delegate(item.instance_id, item.task_id, "expert1"))
    assert names(inbox(sqlite_hotline, Actor("expert1", frozenset({"expert"})))) == [(case_no, "register")]


def test_the_inbox_is_filtered_by_group_and_lamps(hotline: Hotline, clock: Clock) -> None:
    old = hotline.dispatched()
    clock.advance(days=7.1)
    young = hotline.dispatched()
    assert names(inbox(hotline, ADMIN, group="unit:water")) == [(old, "ack"), (young, "ack")]
    assert names(inbox(hotline, WATER, age="red")) == names(inbox(hotline, WATER, due="red")) == [(old, "ack")]
    assert names(inbox(hotline, WATER, age="green", due="none")) == [(young, "ack")]
    assert names(inbox(hotline, ADMIN, group="unit%")) == []


def test_the_soonest_due_comes_first_and_tasks_without_a_date_last(hotline: Hotline, clock: Clock) -> None:
    undated = hotline.open("petition").case_no
    later = hotline.dispatched()
    hotline.perform(later, WATER, "extend", work_order=hotline.order(later), days=5, reason="配件未到")
    hotline.complete(later, "extension_decision", EXEC, decision="approve", days=5)
    hotline.complete(later, "ack", WATER)
    clock.advance(hours=1)
    sooner = hotline.dispatched()
    lines = [line for line in names(inbox(hotline, ADMIN, sort="due")) if line != (later, "ack")]
    assert lines == [(sooner, "ack"), (sooner, "ack"), (later, "handle"), (undated, "register")]


def test_pages_follow_each_other_in_both_orders(hotline: Hotline) -> None:
    for _ in range(3):
        hotline.dispatched()
        hotline.open("petition")
    for sort in ("created", "due"):
        seen: list[str] = []
        cursor = None
        with hotline.engine.read() as session:
            while True:
                page = tasks(session, ADMIN, TaskFilter(sort=sort), cursor, 2)
                seen += [entry.item.public_id for entry in page.items]
                cursor = page.next
                if cursor is None:
                    break
        assert (len(seen), len(set(seen))) == (9, 9)


def test_a_page_costs_two_statements_however_long(hotline: Hotline, statements: Statements, clock: Clock) -> None:
    for _ in range(4):
        case_no = hotline.dispatched()
        hotline.perform(case_no, WATER, "extend", work_order=hotline.order(case_no), days=3, reason="配件未到")
    statements.clear()
    assert (len(inbox(hotline, ADMIN)), len(statements)) == (12, 2)


def test_a_foreign_cursor_is_refused(sqlite_hotline: Hotline) -> None:
    with sqlite_hotline.engine.read() as session, pytest.raises(BadCursor):
        tasks(session, AGENT, TaskFilter(), "W10")
