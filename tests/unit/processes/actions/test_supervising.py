"""Urging is not supervising (C15, C16)."""

import pytest

from engine.actor import Actor
from engine.errors import Invalid
from processes.casefile.models import SideAction, Supervise, Urge
from tests.fixtures.clocks import MONDAY_MORNING
from tests.unit.processes.stand import CASE_NO, Stand

SUPERVISOR = Actor("supervisor1", frozenset({"supervisor"}))


def row(stand: Stand) -> Supervise:
    """The order's one supervising."""
    stand.session.expire_all()
    return stand.session.query(Supervise).one()


def test_an_urge_is_no_supervising(stand: Stand) -> None:
    (number,) = stand.dispatch()
    stand.call("urge.record", variables={"work_order": number}, kind="auto")
    assert (stand.session.query(Urge).one().work_order, stand.session.query(Supervise).count()) == (number, 0)


def test_the_words_of_an_urge_come_from_its_sealed_request(stand: Stand) -> None:
    asked = SideAction(instance_id=5, case_no=CASE_NO, action="urge", text="老人独居，很急", at=MONDAY_MORNING, by="agent1")
    stand.session.add(asked)
    stand.call("urge.record", instance=5, kind="agent", text=None)
    assert stand.session.query(Urge).one().text == "老人独居，很急"
    assert stand.ask("request_text", instance=5) == "老人独居，很急"
    assert stand.ask("request_text", instance=6) is None


def test_an_overdue_order_is_supervised_once(stand: Stand) -> None:
    (number,) = stand.dispatch()
    stand.notebook.thrown.clear()
    stand.call("sup.start", work_order=number)
    assert stand.notebook.thrown == [("SupervisionNeeded", {"case_no": CASE_NO, "work_order": number})]
    stand.call("sup.open", work_order=number)
    stand.call("sup.start", work_order=number)
    assert len(stand.notebook.thrown) == 1


def test_since_when_and_by_whom_an_order_is_supervised_is_known_before_the_first_opinion(stand: Stand) -> None:
    (number,) = stand.dispatch()
    stand.call("sup.start", work_order=number)
    begun = row(stand)
    assert (begun.state, begun.level, begun.opened_at, begun.opened_by, begun.opinion_by) == ("started", 1, stand.now, "system", None)
    stand.clock.advance(hours=2)
    stand.call("sup.open", given={"opinion": "限三日", "reply_due": "2026-03-05"}, work_order=number, by=SUPERVISOR, instance=9)
    open_ = row(stand)
    assert (open_.state, open_.opened_at, open_.opened_by) == ("open", begun.opened_at, "system")
    assert (open_.opinion_at, open_.opinion_by, open_.instance_id) == (stand.now, "supervisor1", 9)


def test_the_opinion_sets_the_date_of_the_answer(stand: Stand) -> None:
    (number,) = stand.dispatch()
    answers = {"opinion": "限三日内答复", "reply_due": "2026-03-05T17:00:00+08:00"}
    assert stand.call("sup.open", given=answers, work_order=number, by=SUPERVISOR) == {"level": 1}
    assert (row(stand).opinion, row(stand).opened_by) == ("限三日内答复", "supervisor1")
    assert stand.ask("reply_by", work_order=number) == "2026-03-05T17:00:00+08:00"


def test_the_level_rises_with_each_missed_date_and_a_new_opinion_keeps_it(stand: Stand) -> None:
    (number,) = stand.dispatch()
    stand.call("sup.open", given={"opinion": "一", "reply_due": "2026-03-03"}, work_order=number)
    assert stand.call("sup.escalate", work_order=number) == {"level": 2}
    assert stand.call("sup.open", given={"opinion": "二", "reply_due": "2026-03-04"}, work_order=number) == {"level": 2}
    assert stand.ask("reply_by", work_order=number) == "2026-03-05T00:00:00+08:00"
    assert (row(stand).level, row(stand).opinion) == (2, "二")


def test_the_units_answer_and_the_end_are_kept(stand: Stand) -> None:
    (number,) = stand.dispatch()
    stand.call("sup.open", given={"opinion": "一", "reply_due": "2026-03-03"}, work_order=number)
    stand.call("sup.reply", given={"text": "已加派人手"}, work_order=number, by=Actor("unit:water"))
    assert (row(stand).state, row(stand).reply, row(stand).replied_by) == ("replied", "已加派人手", "unit:water")
    stand.call("sup.close", work_order=number)
    assert row(stand).state == "closed"
    stand.call("sup.open", given={"opinion": "又逾期", "reply_due": "2026-03-09"}, work_order=number)
    assert stand.session.query(Supervise).count() == 2


def test_without_a_date_there_is_nothing_to_wait_for(stand: Stand) -> None:
    (number,) = stand.dispatch()
    with pytest.raises(Invalid):
        stand.ask("reply_by", work_order=number)
