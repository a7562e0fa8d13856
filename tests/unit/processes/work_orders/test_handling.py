"""A unit acknowledges, handles, returns; an order ends."""

from datetime import timedelta

import pytest

from processes.casefile.guards import NoSuchOrder
from processes.casefile.models import Case, WorkOrderReturn
from tests.fixtures.clocks import MONDAY_MORNING
from tests.unit.processes.stand import CASE_NO, Stand


def test_the_acknowledgement_keeps_the_units_contact(stand: Stand) -> None:
    (number,) = stand.dispatch()
    stand.clock.advance(minutes=10)
    answers = {"outcome": "accept", "contact_person": "王小明", "contact_phone": "13800138000", "est_finish": "2026-03-05"}
    stand.call("wo.acknowledge", given=answers, work_order=number, instance=77)
    order = stand.order(number)
    assert order.acked_at == MONDAY_MORNING + timedelta(minutes=10)
    assert (order.contact_person, order.contact_phone, str(order.est_finish)) == ("王小明", "13800138000", "2026-03-05")
    assert order.instance_id == 77


def test_each_missed_half_hour_raises_the_level_and_leaves_the_mark(stand: Stand) -> None:
    (number,) = stand.dispatch()
    assert [stand.call("wo.ack_late", work_order=number)["level"] for _ in range(3)] == [1, 2, 3]
    assert stand.marks == {"flag": "超时确认"}


def test_a_late_acknowledgement_keeps_the_mark(stand: Stand) -> None:
    (number,) = stand.dispatch()
    stand.call("wo.ack_late", work_order=number)
    stand.call("wo.acknowledge", work_order=number)
    assert stand.order(number).ack_level == 1


def test_the_acknowledgement_cycle_comes_from_the_orders_own_minutes(stand: Stand) -> None:
    (number,) = stand.dispatch()
    assert stand.ask("ack_cycle", work_order=number) == "R3/PT30M"


def test_the_answer_stops_the_orders_lamps(stand: Stand) -> None:
    (number,) = stand.dispatch()
    stand.clock.advance(days=2)
    assert stand.call("wo.answer", given={"reply": "已修好", "measures": "换管", "result": "solved"}, work_order=number) == {
        "result": "solved"
    }
    order = stand.order(number)
    assert (order.reply, order.measures, order.handled_at) == ("已修好", "换管", MONDAY_MORNING + timedelta(days=2))
    assert stand.ask("order_fact", "handled", work_order=number) is True


def test_an_answer_sent_back_lets_the_clock_run_on(stand: Stand) -> None:
    (number,) = stand.dispatch()
    stand.call("wo.answer", given={"reply": "正在处理"}, work_order=number)
    stand.call("wo.reopen", work_order=number)
    assert stand.order(number).handled_at is None
    assert [stand.ask("order_fact", fact, work_order=number) for fact in ("handled", "reopened")] == [False, True]
    assert stand.notebook.thrown[-1] == ("DueChanged", {"work_order": number})


def test_the_case_is_handled_when_its_last_order_is(stand: Stand) -> None:
    lead, assist = stand.dispatch("water", "urban")
    stand.clock.advance(days=1)
    stand.call("wo.answer", given={"reply": "甲"}, work_order=assist)
    stand.call("wo.close", work_order=assist, status="done")
    stand.ended("已办结")
    assert (stand.ask("open_orders"), _handled_at(stand)) == (1, None)
    stand.clock.advance(days=1)
    stand.call("wo.answer", given={"reply": "乙"}, work_order=lead)
    stand.clock.advance(hours=3)
    stand.call("wo.close", work_order=lead, status="done")
    stand.ended("已办结")
    assert (stand.ask("open_orders"), stand.ask("orders_count")) == (0, 2)
    assert _handled_at(stand) == MONDAY_MORNING + timedelta(days=2)


def test_a_redo_makes_the_case_unhandled_again(stand: Stand) -> None:
    (number,) = stand.dispatch()
    stand.call("wo.close", work_order=number, status="done")
    stand.ended("已办结")
    assert _handled_at(stand) is not None
    stand.dispatch()
    assert _handled_at(stand) is None


def test_a_withdrawal_tells_only_the_open_orders(stand: Stand) -> None:
    done, waiting = stand.dispatch("water", "urban")
    stand.call("wo.close", work_order=done, status="done")
    stand.notebook.thrown.clear()
    assert stand.call("wo.withdraw_all") == {"count": 1}
    assert stand.notebook.thrown == [("WoWithdraw", {"work_order": waiting, "case_no": CASE_NO})]


def test_a_refused_return_stays_on_record_with_reason_and_basis(stand: Stand) -> None:
    (number,) = stand.dispatch()
    variables = {"ack": {"return_reason": "not_ours"}}
    stand.call("wo.return_asked", given={"return_basis": "三定方案第五条"}, variables=variables, work_order=number)
    stand.call("wo.return_refused", given={"audit": "reject", "reason": "管网在你单位养护范围"}, work_order=number)
    row = _only_return(stand)
    assert (row.reason, row.basis, row.audit, row.audit_reason) == ("not_ours", "三定方案第五条", "reject", "管网在你单位养护范围")
    assert stand.order(number).status == "open"


def test_an_approved_return_names_the_unit_that_should_have_it(stand: Stand) -> None:
    (number,) = stand.dispatch()
    stand.call("wo.return_asked", given={"return_reason": "not_ours"}, work_order=number)
    stand.call("wo.close", given={"audit": "approve", "new_unit": "housing"}, work_order=number, status="returned")
    row = _only_return(stand)
    assert (row.audit, row.new_unit, row.unit) == ("approve", "housing", "water")
    assert stand.order(number).status == "returned"


def test_two_returns_of_one_order_are_two_rows(stand: Stand) -> None:
    (number,) = stand.dispatch()
    for finding in ("wo.return_refused", "wo.return_refused"):
        stand.call("wo.return_asked", given={"return_reason": "not_ours"}, work_order=number)
        stand.call(finding, work_order=number)
    assert stand.session.query(WorkOrderReturn).count() == 2


def test_an_operation_on_an_unknown_order_says_so(stand: Stand) -> None:
    with pytest.raises(NoSuchOrder):
        stand.call("wo.acknowledge", work_order="TS0-01")


def test_facts_of_the_order_are_read_by_name(stand: Stand) -> None:
    (number,) = stand.dispatch("water", needs_review=True)
    facts = {name: stand.ask("order_fact", name, work_order=number) for name in ("unit", "role", "review", "ack_due", "reply")}
    assert facts == {"unit": "water", "role": "lead", "review": True, "ack_due": "2026-03-02T09:30:00+08:00", "reply": None}


def test_the_age_lamps_moments_are_whole_days_after_dispatch(stand: Stand) -> None:
    (number,) = stand.dispatch()
    assert stand.ask("light_at", 3, work_order=number) == "2026-03-05T09:00:00+08:00"


def _handled_at(stand: Stand) -> object:
    stand.session.expire_all()
    return stand.session.get_one(Case, CASE_NO).handled_at


def _only_return(stand: Stand) -> WorkOrderReturn:
    stand.session.expire_all()
    return stand.session.query(WorkOrderReturn).one()
