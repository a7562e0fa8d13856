"""Calls that we make: click-to-call (T18), and the survey by keys (C24)."""

import orjson
from sqlalchemy import select

from telephony.calls.models import PhoneNotice
from tests.fixtures.phones import answers, ignores, rejects
from tests.telephony.hotline import CITIZEN, Hotline


def told(hotline: Hotline, message: str) -> list[dict[str, object]]:
    """What the processes were told, or will be."""
    with hotline.product.engine.read() as session:
        rows = session.scalars(select(PhoneNotice).where(PhoneNotice.message == message)).all()
    return [orjson.loads(row.payload) for row in rows]


def test_an_agent_calls_a_citizen_who_sees_the_hotline(hotline: Hotline) -> None:
    hotline.phones.city.number(CITIZEN, answers())
    phone = hotline.agent("agent1", "1001")
    assert hotline.ask("agent1", "click", number=CITIZEN).state == "done"
    agent = phone.ringing()
    agent.answer()
    citizen = hotline.phones.city.ringing(CITIZEN)
    assert citizen.other == "12345"
    citizen.until_hears({phone.tone})
    agent.until_hears({citizen.tone})
    hotline.call_in("talking")
    citizen.hangup()
    agent.until("ended")
    hotline.nothing_is_left()


def test_an_agent_may_dial_by_hand_and_a_telephone_where_nobody_sits_may_not(hotline: Hotline) -> None:
    hotline.phones.city.number(CITIZEN, answers())
    phone = hotline.agent("agent1", "1001")
    agent = phone.call(CITIZEN)
    citizen = hotline.phones.city.ringing(CITIZEN)
    assert citizen.other == "12345"
    citizen.until_hears({phone.tone})
    agent.until_hears({citizen.tone})
    hotline.seat_in("agent1", "busy")
    agent.hangup()
    citizen.until("ended")
    hotline.nothing_is_left()
    hotline.phones.seat("1007").call(CITIZEN).until("ended")
    assert len(hotline.rows()) == 1


def test_a_citizen_who_is_busy_ends_the_call_and_frees_the_agent(hotline: Hotline) -> None:
    hotline.phones.city.number(CITIZEN, rejects(486))
    phone = hotline.agent("agent1", "1001")
    hotline.ask("agent1", "click", number=CITIZEN)
    agent = phone.ringing()
    agent.answer()
    agent.until("ended")
    assert hotline.call_in("ended").outcome == "failed"
    hotline.nothing_is_left()


def test_a_survey_is_answered_by_keys(hotline: Hotline) -> None:
    hotline.worker.herald.stop()
    hotline.phones.city.number(CITIZEN, answers())
    asked = hotline.ask("system", "survey", number=CITIZEN)
    citizen = hotline.phones.city.ringing(CITIZEN)
    citizen.until_hears_speech()
    citizen.press("1")
    hotline.until(lambda: next((row for row in hotline.rows() if row.version >= 4), None))
    citizen.until_hears_speech()
    citizen.press("2")
    citizen.until("ended")
    hotline.nothing_is_left()
    assert told(hotline, "SurveyAnswered") == [{"call_id": asked.call_id, "handler_sat": "satisfied", "handling_sat": "unsatisfied"}]


def test_a_survey_that_nobody_takes_says_why(hotline: Hotline) -> None:
    hotline.worker.herald.stop()
    for policy, reason in ((rejects(486), "busy"), (rejects(404), "failed")):
        hotline.phones.city.number(CITIZEN, policy)
        asked = hotline.ask("system", "survey", number=CITIZEN)
        hotline.nothing_is_left()
        assert {"call_id": asked.call_id, "reason": reason} in told(hotline, "SurveyFailed")
    hotline.phones.city.number(CITIZEN, ignores())
    asked = hotline.ask("system", "survey", number=CITIZEN)
    assert hotline.call_in("dialling").id == asked.call_id
    assert hotline.ask("admin", "hang-up", asked.call_id).state == "done"
    hotline.nothing_is_left()


def test_a_notice_rings_an_agent_and_is_said(hotline: Hotline) -> None:
    phone = hotline.agent("agent1", "1001")
    asked = hotline.ask("system", "notice", agent="agent1", prompt="notice-emergency", case_no="TS20260302ABCDEFGH")
    ringing = phone.ringing()
    assert ringing.other == "12345"
    assert hotline.seat("agent1").state == "reserved"
    ringing.answer()
    ringing.until_hears_speech()
    hotline.seat_in("agent1", "busy")
    ringing.until("ended", 30)
    row = hotline.call_in("ended")
    assert (row.id, row.kind, row.outcome, row.case_no) == (asked.call_id, "notice", "served", "TS20260302ABCDEFGH")
    hotline.seat_in("agent1", "ready")
    hotline.nothing_is_left()


def test_a_notice_for_somebody_who_talks_is_refused(hotline: Hotline) -> None:
    citizen, _agent, _call = hotline.talk()
    refused = hotline.ask("system", "notice", agent="agent1", prompt="notice-emergency")
    assert (refused.state, "正在通话中" in refused.answer) == ("refused", True)
    citizen.hangup()
    hotline.nothing_is_left()
