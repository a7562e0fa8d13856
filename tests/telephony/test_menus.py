"""Menus, service hours, voicemail, blocked numbers (T01, T04, T06, T27, T29, D6)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from engine import clock
from engine.actor import Actor
from processes.deadlines.zone import LOCAL
from telephony.blacklist import services as blacklist
from telephony.calls.models import PhoneNotice
from telephony.recordings.models import Recording
from tests.telephony.hotline import CITIZEN, Hotline
from tests.telephony.test_nodes import Heard

LABOUR = "12333"
CLOSED = {"general": {"name": "夜间", "hours": "far"}}


def far_from_now() -> dict[str, Any]:
    """Hours of which no moment of this test is one, whenever it runs: half a day away."""
    hour = (clock.now().astimezone(LOCAL) + timedelta(hours=12)).hour
    return {"far": {"workdays_only": False, "spans": [[f"{hour:02}:00", f"{hour:02}:30"]]}}


def recordings(hotline: Hotline) -> list[Recording]:
    """What was recorded."""
    with hotline.product.engine.read() as session:
        return list(session.scalars(select(Recording)))


def test_a_menu_is_interrupted_by_a_key_and_leads_on(hotline: Hotline) -> None:
    hotline.change_plan(menus={"labour": {"say": ["welcome"], "keys": {"1": "queue:general"}, "otherwise": "queue:general"}})
    citizen = hotline.calls(LABOUR)
    citizen.until_hears_speech()
    citizen.press("1")
    assert hotline.call_in("queued").queue == "general"
    citizen.hangup()
    hotline.nothing_is_left()


def test_key_zero_leads_to_a_human_and_an_unknown_key_is_told(hotline: Hotline) -> None:
    hotline.change_plan(
        menus={"labour": {"say": ["menu"], "keys": {"1": "voicemail:general"}, "otherwise": "end"}},
        queues={"labour": {"name": "12333"}},
    )
    heard, citizen = Heard(hotline), hotline.calls(LABOUR)
    heard.until("menu")
    citizen.press("7")
    heard.until("invalid", "menu")
    citizen.press("0")
    assert hotline.call_in("queued").queue == "labour"
    citizen.hangup()
    hotline.nothing_is_left()


def test_outside_the_hours_a_caller_is_asked_for_a_message_and_one_who_leaves_none_is_called_back(hotline: Hotline) -> None:
    hotline.change_plan(hours=far_from_now(), queues=CLOSED)
    citizen = hotline.calls()
    citizen.until_hears_speech()
    hotline.call_in("voicemail")
    citizen.hangup()
    assert hotline.call_in("ended").outcome == "abandoned"
    hotline.nothing_is_left()


def test_a_message_is_kept(hotline: Hotline) -> None:
    hotline.change_plan(numbers={"12345": {"name": "留言", "start": "voicemail:general", "human": "queue:general"}})
    citizen = hotline.calls()
    citizen.until_hears_speech()
    call = hotline.call_in("voicemail").id
    hotline.until(lambda: hotline.value(call).recording or None)
    citizen.later(5.0, lambda: citizen.press("#"))
    citizen.until_hears_speech()
    row = hotline.call_in("ended")
    assert row.outcome == "voicemail"
    (message,) = recordings(hotline)
    assert (message.kind, message.call_id) == ("voicemail", row.id)
    assert message.seconds >= 2
    hotline.nothing_is_left()


def test_a_blocked_number_hears_an_excuse_and_reaches_nobody(hotline: Hotline) -> None:
    asked = hotline.write(lambda session, now: blacklist.ask(session, Actor("agent1"), CITIZEN, "骚扰", 3, now))
    hotline.write(lambda session, now: blacklist.approve(session, Actor("team_leader1"), asked.id, now))
    hotline.worker.herald.stop()  # and nobody takes away what the processes are told
    phone = hotline.agent("agent1", "1001")
    citizen = hotline.calls()
    citizen.until_hears_speech()
    citizen.until("ended")
    assert hotline.call_in("ended").outcome == "blocked"
    assert phone.calls == []
    with hotline.product.engine.read() as session:
        assert session.scalars(select(PhoneNotice)).all() == []
    hotline.nothing_is_left()
