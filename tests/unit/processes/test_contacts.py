"""Calls and the cases they belong to."""

from datetime import timedelta

from sqlalchemy import text

from processes.contacts import missed, services
from tests.unit.processes.stand import CASE_NO, Stand

OTHER = "TS20260302BBBBBBBB"
HALF_AN_HOUR = timedelta(minutes=30)


def test_a_call_may_belong_to_several_cases_and_a_case_have_several_calls(stand: Stand) -> None:
    assert stand.call("call.link", call_id="k1", case_no=CASE_NO) == {"linked": True}
    assert stand.call("call.link", call_id="k1", case_no=CASE_NO) == {"linked": False}
    stand.clock.travel(stand.now + timedelta(minutes=1))
    services.link(stand.session, "k1", OTHER, stand.now)
    services.link(stand.session, "k2", CASE_NO, stand.now)
    assert services.calls_of(stand.session, CASE_NO) == ["k1", "k2"]
    assert services.cases_of(stand.session, "k1") == [CASE_NO, OTHER]


def test_without_a_call_nothing_is_linked(stand: Stand) -> None:
    assert stand.call("call.link", call_id=None, case_no=CASE_NO) == {"linked": False}
    assert services.calls_of(stand.session, CASE_NO) == []


def test_a_code_is_sealed_and_forgotten_when_it_was_told(stand: Stand) -> None:
    services.link(stand.session, "k1", CASE_NO, stand.now, query_code="ABCD-2345")
    assert services.code_to_tell(stand.session, "k1") == "ABCD-2345"
    assert b"ABCD" not in stand.session.execute(text("select query_code from case_call")).scalar_one()
    stand.call("call.told", call_id="k1")
    assert services.code_to_tell(stand.session, "k1") is None
    assert services.calls_of(stand.session, CASE_NO) == ["k1"]


def test_attempts_are_counted_with_who_made_the_last(stand: Stand) -> None:
    missed.enter(stand.session, "k1", "a1", None, stand.now, 1, HALF_AN_HOUR)
    assert [stand.call("call.tried", call_id="k1") for _ in range(2)] == [{"count": 1, "agent": "system"}, {"count": 2, "agent": "system"}]
    assert stand.call("call.tried", call_id="unknown") == {"count": 0, "agent": "system"}


def test_calls_told_in_one_command_are_merged_before_any_instance_has_its_row(stand: Stand) -> None:
    assert not missed.enter(stand.session, "k1", "a1", None, stand.now, 1, HALF_AN_HOUR)
    assert missed.enter(stand.session, "k2", "a1", None, stand.now, 2, HALF_AN_HOUR)
    assert not missed.enter(stand.session, "k3", None, None, stand.now, 3, HALF_AN_HOUR)
    assert not missed.enter(stand.session, "k4", "b2", None, stand.now, 4, HALF_AN_HOUR)
