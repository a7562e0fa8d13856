"""A case goes out to its units."""

from datetime import timedelta

import pytest

from engine.errors import Invalid
from processes.casefile.models import Case
from tests.fixtures.clocks import MONDAY_MORNING
from tests.unit.processes.stand import CASE_NO, Stand


def test_the_plan_turns_the_tables_days_into_a_moment(stand: Stand) -> None:
    plan = stand.call("wo.plan", lead="water", assist="urban, police", needs_review=True, due_days=5, calendar="W", ack_minutes=30)
    assert plan == {
        "lead": "water",
        "assist": ["urban", "police"],
        "review": True,
        "due": "2026-03-09T09:00:00+08:00",
        "calendar": "W",
        "ack_minutes": 30,
    }


def test_every_unit_gets_an_order_of_its_own_and_its_process_is_told(stand: Stand) -> None:
    made = stand.call("wo.create", lead="water", assist=["urban", "water"], due="2026-03-09T09:00:00+08:00", calendar="C", ack_minutes=30)
    assert [(order["work_order"], order["unit"], order["role"]) for order in made] == [
        (f"{CASE_NO}-01", "water", "lead"),
        (f"{CASE_NO}-02", "urban", "assist"),
    ]
    assert stand.notebook.thrown == [("WoDispatched", {"case_no": CASE_NO, **order}) for order in made]


def test_an_order_knows_when_it_is_due_and_when_that_comes_near(stand: Stand) -> None:
    (number,) = stand.dispatch(days=7)
    order = stand.order(number)
    assert order.due_at == order.original_due_at == MONDAY_MORNING + timedelta(days=7)
    assert order.near_at == order.due_at - timedelta(days=7) * 0.2
    assert stand.ask("order_fact", "ack_due", work_order=number) == "2026-03-02T09:30:00+08:00"


def test_the_citizens_age_runs_from_the_first_dispatch(stand: Stand) -> None:
    stand.dispatch("water")
    stand.clock.advance(days=1)
    stand.dispatch("housing")
    stand.session.expire_all()
    assert stand.session.get_one(Case, CASE_NO).first_dispatched_at == MONDAY_MORNING


def test_a_replaced_assisting_unit_does_not_become_the_lead(stand: Stand) -> None:
    stand.dispatch("water", "urban")
    made = stand.call("wo.create", lead=None, assist=["police"], due="2026-03-09", calendar="C", ack_minutes=30)
    assert [(order["work_order"][-2:], order["role"]) for order in made] == [("03", "assist")]


def test_a_bare_day_is_due_at_its_end(stand: Stand) -> None:
    made = stand.call("wo.create", lead="water", due="2026-03-09", calendar="C", ack_minutes=30)
    assert stand.order(made[0]["work_order"]).due_at.isoformat() == "2026-03-09T16:00:00+00:00"


def test_nothing_is_dispatched_to_nobody(stand: Stand) -> None:
    with pytest.raises(Invalid, match="no unit"):
        stand.call("wo.create", lead="", assist="", due="2026-03-09", calendar="C", ack_minutes=30)
    assert stand.notebook.thrown == []


def test_an_unsatisfied_visit_opens_the_next_round(stand: Stand) -> None:
    stand.dispatch("water")
    assert stand.ask("redo_count") == 0
    stand.call("visit.record", given={"reached": True, "handler_sat": "satisfied", "handling_sat": "unsatisfied"})
    assert stand.ask("redo_count") == 0
    (redo,) = stand.dispatch("water", days=3, calendar="W")
    assert stand.ask("redo_count") == 1
    assert stand.order(redo).round == 1


def test_a_dispatch_after_a_return_stays_in_the_round(stand: Stand) -> None:
    (first,) = stand.dispatch("water")
    stand.call("wo.close", work_order=first, status="returned")
    (second,) = stand.dispatch("housing")
    assert stand.order(second).round == 0


def test_a_limit_that_has_passed_is_refused_by_its_field(stand: Stand) -> None:
    with pytest.raises(Invalid) as refusal:
        stand.call("wo.create", lead="water", due="2020-03-09", calendar="C", ack_minutes=30)
    assert list(refusal.value.errors) == ["due"]
