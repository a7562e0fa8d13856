"""The inbox of agents and units, on both databases."""

from typing import Any

import pytest
from sqlalchemy import event

from engine.actor import Actor
from engine.cursors import BadCursor
from engine.errors import StepFailed
from engine.outbox import incidents
from engine.runtime.work import Work
from processes.inbox.services import Counts, Entry, TaskFilter, counts, tasks
from tests.contract.processes.conftest import ADMIN, AGENT, EXEC, URBAN, WATER, Hotline, Statements
from tests.fixtures.clocks import Clock


def inbox(hotline: Hotline, actor: Actor, **wanted: object) -> list[Entry]:
    """The first page of an actor's inbox."""
    with hotline.engine.read() as session:
        return tasks(session, actor, TaskFilter(**wanted)).items  # type: ignore[arg-type]  # the filter's own fields


def heads(hotline: Hotline, actor: Actor) -> Counts:
    """The numbers at the head of somebody's inbox."""
    with hotline.engine.read() as session:
        return counts(session, actor)


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


def test_the_numbers_at_the_head_are_of_everybody_their_own(hotline: Hotline) -> None:
    claimed, delegated = (hotline.item(hotline.open("petition").case_no, "register") for _ in range(2))
    hotline.dispatched()
    expert = Actor("expert1", frozenset({"expert"}))
    assert heads(hotline, AGENT) == Counts(all=2, mine=0, free=2)
    hotline.engine.transact(AGENT, lambda work: work.claim(claimed.instance_id, claimed.task_id))
    hotline.engine.transact(AGENT, lambda work: work.delegate(delegated.instance_id, delegated.task_id, expert.id))
    assert heads(hotline, AGENT) == Counts(all=2, mine=1, free=0)
    assert heads(hotline, WATER) == Counts(all=1, mine=0, free=1)
    assert heads(hotline, expert) == Counts(all=1, mine=1, free=0)
    assert heads(hotline, ADMIN) == Counts(all=4, mine=0, free=2)
    assert heads(hotline, Actor("nobody", frozenset())) == Counts(0, 0, 0)


def test_what_nobody_has_claimed_is_counted_in_an_index(sqlite_hotline: Hotline) -> None:
    sqlite_hotline.open("petition")
    sent: list[tuple[str, Any]] = []
    event.listen(sqlite_hotline.database, "before_cursor_execute", lambda _connection, _cursor, *told: sent.append(told[:2]))
    heads(sqlite_hotline, AGENT)
    text, values = sent[-1]
    with sqlite_hotline.database.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(values))]
    assert "SEARCH work_item USING INDEX ix_work_item_assignee (assignee=? AND candidate_groups=?)" in plan


def test_the_inbox_is_filtered_by_case_element_and_words(hotline: Hotline) -> None:
    plain = hotline.open("petition", title="水价上涨100倍_投诉").case_no
    other = hotline.open("petition", title="水价上涨100%").case_no
    sent = hotline.dispatched()
    both = [(plain, "register"), (other, "register")]
    assert names(inbox(hotline, AGENT, case_no=plain)) == names(inbox(hotline, ADMIN, case_no=plain)) == both[:1]
    assert names(inbox(hotline, ADMIN, case_no=sent, group="unit:water")) == [(sent, "ack")]
    assert names(inbox(hotline, WATER, case_no=plain)) == names(inbox(hotline, AGENT, case_no=sent)) == []
    assert names(inbox(hotline, ADMIN, element_id="register")) == names(inbox(hotline, AGENT, free=True)) == both
    assert names(inbox(hotline, ADMIN, q=plain.lower())) == both[:1]
    assert names(inbox(hotline, AGENT, q=" 水价 ")) == both
    assert names(inbox(hotline, AGENT, q="100%")) == both[1:]
    assert names(inbox(hotline, AGENT, q="倍_投")) == both[:1]
    assert names(inbox(hotline, AGENT, q="涨_00")) == names(inbox(hotline, AGENT, q="水价/")) == []


def test_a_line_tells_of_trouble_while_there_is_some(hotline: Hotline) -> None:
    case_no = hotline.open("petition").case_no
    hotline.open("petition")

    def report(work: Work) -> int:
        return incidents.report(work.session, "step", StepFailed(), work.now, place="petition", business_key=case_no).id

    number = hotline.engine.transact(AGENT, report)
    assert [entry.item.business_key for entry in inbox(hotline, AGENT) if entry.item.troubled] == [case_no]
    hotline.engine.transact(AGENT, lambda work: incidents.close_moot(work.session, [number], work.now))
    assert not [entry for entry in inbox(hotline, AGENT) if entry.item.troubled]


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
