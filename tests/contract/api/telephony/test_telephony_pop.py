"""The screen pop: who calls, by index and within few statements; and the push that brings it (T07, C26, C28)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import Actor
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewElder
from telephony.blacklist import services as blacklist
from telephony.calls.models import PhoneCall
from tests.bench import statements
from tests.contract.api.conftest import Desk
from tests.contract.api.telephony.rows import NUMBER, Rows
from tests.contract.api.test_events import Listener
from tests.fixtures.databases import SQLITE

MOST_STATEMENTS = 6
"""The seat with its call, citizens, the blacklist, elders and devices, calls, cases."""


def _pop(desk: Desk) -> dict[str, Any] | None:
    answer = desk["agent1"].get("telephony/pop")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] | None = answer.json["call"]
    return found


def _in_three_lists(session: Session) -> None:
    elders.enrol(session, NewElder("王小明", NUMBER, "P-0001", "人民路 12 号", "610402"), clock.now())
    row = blacklist.ask(session, Actor("team_leader1"), NUMBER, "骚扰", 7, clock.now())
    blacklist.approve(session, Actor("shift_leader1"), row.id, clock.now())


def test_the_pop_tells_who_calls_from_a_number_in_three_lists_with_the_last_twenty_calls_and_cases(desk: Desk, rows: Rows) -> None:
    for number in range(22):
        rows.past(ago=timedelta(hours=number + 1))
    rows.past(number="13900002222")
    case_no = desk.open_case(citizen={"name": "王小明", "phone": "+86 " + NUMBER})["case_no"]
    rows.write(_in_three_lists)
    call_id = rows.talking()
    found = _pop(desk)
    assert found is not None
    assert (found["id"], found["number"], found["names"]) == (call_id, NUMBER, ["王小明"])
    assert found["classes"] == ["elder", "elder_pager", "blocked"]
    assert found["blocked"] is True
    assert len(found["calls"]) == 20
    assert call_id not in {one["id"] for one in found["calls"]}
    assert [one["case_no"] for one in found["cases"]] == [case_no]
    assert found["waited_seconds"] == 5
    assert found["actions"] == ["hold", "consult", "conference", "transfer", "press", "hang-up"]


def test_a_number_in_every_list_shows_every_class_once_in_their_order(desk: Desk, rows: Rows) -> None:
    rows.write(_in_three_lists)
    leader = desk["shift_leader1"]
    for name, of_class in (("王小明", "important"), ("王小明", "vip"), ("李大姐", "vip")):
        answer = leader.post("customers", {"name": name, "phone": "+86 " + NUMBER, "class": of_class})
        assert answer.status_code == 201, answer.text
    rows.talking()
    found = _pop(desk)
    assert found is not None
    assert found["classes"] == ["elder", "elder_pager", "vip", "important", "blocked"]
    assert found["names"] == ["王小明", "李大姐"]
    leader.send("DELETE", f"customers/{answer.json['citizen']}/vip")
    assert "vip" in (_pop(desk) or {})["classes"], "the other one of the number still is"


def test_the_pop_costs_six_statements_however_much_is_known(desk: Desk, rows: Rows) -> None:
    desk.open_case(citizen={"name": "王小明", "phone": NUMBER})
    rows.past()
    rows.talking()
    _pop(desk)  # who asks is remembered from now on
    with statements.recorded(desk.product.database) as pieces:
        pieces.append(statements.Transaction())
        _pop(desk)
    assert pieces[0].count <= MOST_STATEMENTS, [text for text, _values, _many in pieces[0].statements]


@pytest.mark.parametrize("desk", [SQLITE], indirect=True)
def test_the_pop_looks_through_no_table_that_grows(desk: Desk, rows: Rows) -> None:
    desk.open_case(citizen={"name": "王小明", "phone": NUMBER})
    rows.talking()
    with statements.recorded(desk.product.database) as pieces:
        pieces.append(statements.Transaction())
        _pop(desk)
    with desk.product.database.connect() as connection:
        plans = [_plan(connection, text, values) for text, values, _many in pieces[0].statements if "FROM" in text]
    assert len(plans) >= MOST_STATEMENTS
    for table in ("phone_call", "citizen", "case", "phone_blocked", "elder_device", "elder"):
        assert not [plan for plan in plans if f"SCAN {table}\n" in plan], plans


def _plan(connection: Connection, text: str, values: Any) -> str:
    found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(values))
    return "".join(f"{row[-1]}\n" for row in found)


def test_without_a_call_and_without_a_number_nothing_pops(desk: Desk, rows: Rows) -> None:
    assert _pop(desk) is None
    rows.seat("agent1")
    assert _pop(desk) is None
    rows.talking(number="")
    found = _pop(desk)
    assert found is not None
    assert (found["number"], found["names"], found["calls"]) == ("", [], [])


def test_a_call_of_a_colleague_is_not_shown(desk: Desk, rows: Rows) -> None:
    rows.talking("team_leader1", seat="1003")
    assert _pop(desk) is None


@pytest.fixture
def watched(desk: Desk) -> Iterator[Desk]:
    """The desk with its pushes running."""
    desk.product.pushes.start()
    yield desk
    desk.product.pushes.stop()


def test_a_change_of_the_own_seat_or_its_call_is_pushed_with_the_calls_id_alone(watched: Desk, rows: Rows) -> None:
    agent, other = Listener(watched, Actor("agent1", frozenset({"agent"}))), Listener(watched, Actor("exec1", frozenset({"exec"})))
    call_id = rows.talking()
    frame = agent.wait_for(call_id)
    assert frame == f'event: seat\ndata: {{"call_id":"{call_id}"}}\n\n'
    agent.frames.clear()

    def moves(session: Session) -> None:
        call = session.get(PhoneCall, call_id)
        assert call is not None
        call.version += 1

    rows.write(moves)
    agent.wait_for(call_id)
    assert not any("event: seat" in line for line in other.frames)


def test_who_comes_back_is_told_to_look_at_the_seat(watched: Desk) -> None:
    Listener(watched, Actor("agent1"), "another-boot-7").wait_for("event: seat")
