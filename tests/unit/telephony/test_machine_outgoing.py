"""Calls that we make, and the pager: click-to-call, the survey by keys, contacts in order whatever the device does."""

from dataclasses import replace

import pytest

from telephony.calls import effects as do
from telephony.calls import happenings as told
from telephony.calls.step import NO_EXCHANGE
from telephony.calls.values import NOTICE, SURVEY
from tests.unit.telephony.line import CALLER, CHANNEL, CONTACTS, PLAN, Line, alert, click, pager, survey

# Click-to-call


def test_the_agents_telephone_rings_first_and_then_the_citizens_showing_the_hotline() -> None:
    line = click()
    assert line.one(do.Ring).endpoint == "PJSIP/agent1"
    line.up("agent")
    assert line.one(do.Make).endpoint == f"PJSIP/{CALLER}@city"
    line.does(told.Ready(line.leg("citizen").id))
    assert line.one(do.DialLeg).caller == "12345"
    assert line.does(told.Ready(line.leg("citizen").id)).effects == []


def test_the_two_talk_and_are_recorded() -> None:
    line = click().up("agent")
    citizen = line.leg("citizen").id
    line.does(told.Ready(citizen)).later(7).does(told.Up(citizen, by_state=True))
    assert line.state == "talking"
    assert line.of(do.Join) == []
    assert line.one(do.Tap).leg == citizen
    line.later(3).gone("citizen").gone("agent").recorded(3)
    assert (line.state, line.call.outcome, line.leg("citizen").talked) == ("ended", "talked", 3_000_000)


def test_a_leg_that_was_given_up_and_is_made_all_the_same_is_hung_up() -> None:
    line = click().up("agent").gone("citizen", NO_EXCHANGE)
    assert line.does(told.Ready(line.leg("citizen").id)).hung_up() == {"citizen"}


@pytest.mark.parametrize("role", ["agent", "citizen"])
def test_whoever_does_not_answer_the_call_has_failed_and_the_agent_is_free(role: str) -> None:
    line = click()
    if role == "citizen":
        line.up("agent").gone("citizen", 17).gone("agent")
    else:
        line.gone("agent", 19)
    assert (line.state, line.call.outcome) == ("ended", "failed")
    assert line.one(do.Free) == do.Free("agent1", role == "citizen", "")


def test_a_state_counts_only_for_a_leg_in_our_hands() -> None:
    line = click()
    assert line.does(told.Up(line.leg("agent").id, by_state=True)).effects == []


def test_an_agent_of_a_call_without_a_queue_who_is_forced_out_ends_it() -> None:
    line = click().up("agent")
    line.does(told.Ready(line.leg("citizen").id)).up("citizen").asked("force-out", "boss").gone("agent")
    assert (line.state, line.call.outcome) == ("closing", "talked")


def test_a_call_that_is_given_up_before_anybody_talked_has_failed() -> None:
    assert click().asked("hang-up").call.outcome == "failed"


# The survey


def test_a_survey_is_answered_question_by_question() -> None:
    line = survey().up("citizen")
    assert (line.state, line.heard()) == ("asking", ("satisfaction-handler",))
    assert line.key("1").heard() == ("satisfaction-handling",)
    assert line.played().key("2").heard() == ("thanks",)
    assert line.told("SurveyAnswered") == [{"call_id": line.call.id, "handler_sat": "satisfied", "handling_sat": "unsatisfied"}]
    assert line.played().gone("citizen").call.outcome == "served"
    assert line.told("SurveyFailed") == []


@pytest.mark.parametrize("name", ["message", "self", "call_id"])
def test_a_question_may_have_any_name(name: str) -> None:
    question = {"name": name, "prompt": "satisfaction-handler", "keys": {"1": "satisfied"}}
    line = Line(SURVEY, number=CALLER, facts={"questions": [question]}).begun().up("citizen").key("1")
    assert line.told("SurveyAnswered") == [{name: "satisfied"} | {"call_id": line.call.id}]


def test_who_presses_nothing_three_times_is_left_in_peace_and_later_keys_count_no_more() -> None:
    line = survey().up("citizen")
    for _ in range(2):
        line.played().elapsed("keys")
        assert line.heard() == ("satisfaction-handler",)
    line.key("9")
    assert line.heard() == ("goodbye",)
    assert line.key("1").effects == []
    line.played().gone("citizen")
    assert [each["reason"] for each in line.told("SurveyFailed")] == ["no-key"]
    assert line.told("SurveyAnswered") == []


@pytest.mark.parametrize(("cause", "reason"), [(17, "busy"), (19, "no-answer"), (21, "refused"), (1, "failed"), (None, "failed")])
def test_a_survey_that_nobody_takes_says_why(cause: int | None, reason: str) -> None:
    line = survey().gone("citizen", cause)
    assert [each["reason"] for each in line.told("SurveyFailed")] == [reason]
    assert (line.state, line.call.outcome) == ("ended", "failed")


def test_who_hangs_up_in_the_middle_has_not_answered() -> None:
    line = survey().up("citizen").key("1").gone("citizen")
    assert [each["reason"] for each in line.told("SurveyFailed")] == ["hung-up"]


def test_a_survey_that_is_given_up_says_so_to_the_process_that_waits_for_it() -> None:
    line = survey().asked("hang-up", "admin").gone("citizen")
    assert [each["reason"] for each in line.told("SurveyFailed")] == ["hung-up"]
    assert (line.state, line.call.outcome) == ("ended", "failed")


# The pager, contacts at once


def test_a_button_calls_the_contacts_in_order_and_the_device_hears_so() -> None:
    line = pager()
    assert line.told("PagerPressed") == [{"call_id": line.call.id, "device": "pager-1", "key": "2"}]
    assert line.heard() == ("pager-calling",)
    assert line.one(do.Ring).endpoint == "PJSIP/13900000001@city"
    assert line.gone("contact", 17).one(do.Ring).endpoint == "PJSIP/13900000002@city"
    assert line.gone("contact", 17).state == "queued"
    assert len(line.told("PagerExhausted")) == 1
    assert line.call.queue == "emergency"


@pytest.mark.parametrize("start", ["pager:direct", "pager:centre"])
def test_an_alert_goes_on_whose_number_is_no_longer_in_the_plan(start: str) -> None:
    others = {"*": PLAN.numbers["*"]}
    line = Line(plan=replace(PLAN, numbers={**others, "95*2": replace(PLAN.numbers["95*2"], start=start)}))
    if start == "pager:direct":
        line.came_in("9500012", contacts=CONTACTS)
        line.plan = replace(PLAN, numbers=others)
        line.gone("contact", 17).gone("contact", 17)
    else:
        line.plan = replace(PLAN, numbers={"*": replace(others["*"], start=start)})  # as a plan of before may have it
        line.came_in("9500012", contacts=CONTACTS)
    assert (line.state, line.call.queue) == ("queued", "general")


def test_a_contact_hears_what_has_happened_twice_and_then_the_next_one_is_called() -> None:
    line = pager().up("contact")
    assert (line.heard(), line.call.music) == (("pager-medical",), CHANNEL)
    assert line.played().elapsed("confirm").heard() == ("pager-medical",)
    assert line.played().elapsed("confirm").hung_up() == {"contact"}
    assert line.gone("contact").of(do.Ring)


def test_a_contact_who_cannot_come_says_so() -> None:
    assert pager().up("contact").key("2", "contact").hung_up() == {"contact"}


def test_a_contact_who_comes_talks_with_the_device_and_no_other_is_called() -> None:
    line = pager().up("contact").key("1", "contact")
    assert line.told("PagerConfirmed") == [{"call_id": line.call.id, "contact": "1", "role": "family"}]
    assert line.one(do.Join).legs == (CHANNEL, line.leg("contact").id)
    assert line.gone("contact").hung_up() == {"device"}


@pytest.mark.parametrize("moment", ["rings", "is told", "thinks"])
def test_the_alert_outlives_the_call_of_the_device(moment: str) -> None:
    line = pager()
    if moment != "rings":
        line.up("contact")
    if moment == "thinks":
        line.played()
    line.gone("device")
    assert line.state == "alert"
    if moment == "rings":
        line.up("contact")
    line.key("1", "contact")
    assert line.heard() == ("confirmed",)
    assert line.played().gone("contact").state == "ended"
    assert len(line.told("PagerConfirmed")) == 1


def test_without_a_device_the_alert_ends_when_nobody_comes() -> None:
    line = pager().gone("device").gone("contact", 17).gone("contact", 17)
    assert (line.state, len(line.told("PagerExhausted"))) == ("ended", 1)


def test_an_old_woman_without_contacts_reaches_a_seat_at_once() -> None:
    line = Line().came_in("9500012")
    assert (line.state, line.call.queue, len(line.told("PagerExhausted"))) == ("queued", "emergency", 1)


def test_a_contact_who_hangs_up_while_being_told_does_not_shorten_the_time_of_the_next() -> None:
    line = pager().up("contact")
    prompt = line.call.playing
    line.gone("contact").does(told.Played(prompt))
    assert "confirm" not in line.call.due


def test_a_false_alarm_calls_nobody_else_and_a_late_answer_is_hung_up() -> None:
    line = pager().asked("pager-stop", "agent1")
    assert line.hung_up() == {"contact"}
    assert line.up("contact").hung_up() == {"contact"}
    assert line.key("1", "contact").effects == []
    line.gone("contact")
    assert (line.state, line.hung_up()) == ("closing", {"device"})
    assert line.told("PagerExhausted") == []


def test_an_alert_of_the_process_needs_no_device() -> None:
    line = alert().up("contact").key("1", "contact")
    assert line.heard() == ("confirmed",)


def test_whoever_hangs_up_an_alert_has_not_stopped_it() -> None:
    line = pager().asked("hang-up", "agent1")
    assert (line.state, line.hung_up()) == ("alert", {"device"})
    assert line.gone("device").state == "alert"
    assert line.gone("contact", 17).of(do.Ring)


# The pager, with a seat first

CENTRE = "9500013"


def test_with_one_centre_a_seat_answers_first_and_contacts_are_called_when_it_says_so() -> None:
    line = pager(CENTRE)
    assert (line.state, line.of(do.Ring)) == ("queued", [])
    line.offered().up("agent").asked("pager-start")
    assert line.one(do.Ring).endpoint == "PJSIP/13900000001@city"
    assert line.asked("pager-start").effects == []
    line.up("contact").key("1", "contact")
    assert line.one(do.Join).legs == (line.leg("contact").id,)
    assert line.state == "talking"


def test_an_ordinary_call_has_no_contacts_to_call() -> None:
    line = Line().talking().asked("pager-start")
    assert line.effects == []
    assert line.asked("pager-stop").effects == []


def test_who_waits_for_a_seat_waits_on_when_no_contact_comes() -> None:
    line = pager(CENTRE).asked("pager-start").gone("contact", 17).gone("contact", 17)
    assert (line.state, len(line.told("PagerExhausted"))) == ("queued", 1)


def test_who_waits_for_a_seat_waits_as_long_as_contacts_are_called() -> None:
    line = pager(CENTRE).asked("pager-start").elapsed("longest")
    assert (line.state, line.of(do.Play)) == ("queued", [])
    assert "longest" in line.call.due


def test_who_waits_for_a_seat_goes_on_hearing_music_while_a_contact_is_told() -> None:
    line = pager(CENTRE).asked("pager-start").up("contact")
    assert line.call.music == CHANNEL
    line.offered().up("agent")
    assert line.of(do.StopPlaying) == []
    assert line.played().call.due.keys() == {"confirm"}


def test_a_contact_who_comes_before_a_seat_answers_is_enough() -> None:
    line = pager(CENTRE).asked("pager-start").offered().up("contact").key("1", "contact")
    assert (line.state, line.hung_up()) == ("alert", {"agent"})
    assert len(line.one(do.Join).legs) == 2


def test_a_seat_that_hangs_up_leaves_her_with_music_until_somebody_comes_or_nobody_does() -> None:
    line = pager(CENTRE).offered().up("agent").asked("pager-start").gone("agent")
    assert (line.state, line.call.music) == ("alert", CHANNEL)
    line.gone("contact", 17).gone("contact", 17)
    assert (line.state, line.call.queue) == ("queued", "emergency")


def test_a_device_that_hangs_up_in_the_talk_ends_the_seat_and_not_the_alert() -> None:
    line = pager(CENTRE).offered().up("agent").asked("pager-start").gone("citizen")
    assert (line.state, line.hung_up()) == ("alert", {"agent"})
    line.gone("agent")
    assert line.gone("contact", 17).of(do.Ring)


def test_a_device_that_hangs_up_while_a_seat_rings_leaves_the_contacts_ringing() -> None:
    line = pager(CENTRE).asked("pager-start").offered().gone("citizen")
    assert (line.state, line.hung_up()) == ("alert", {"agent"})
    assert line.gone("agent").one(do.Free) == do.Free("agent1", False, "")


def test_a_device_that_hangs_up_before_anybody_was_called_is_a_missed_call() -> None:
    line = pager(CENTRE).gone("citizen")
    assert (line.state, line.call.outcome) == ("ended", "abandoned")


# Notices


def notice(**facts: str) -> Line:
    """An agent, or without an endpoint somebody outside, is to hear something."""
    agent, number = ("agent1", "") if facts else (None, CALLER)
    return Line(NOTICE, facts={"prompt": "notice-emergency", **facts}, agent=agent, number=number).begun()


def test_an_agent_hears_a_notice_twice_and_is_free_again() -> None:
    line = notice(endpoint="PJSIP/agent1")
    assert line.one(do.Ring).caller == "12345"
    line.up("agent")
    assert (line.one(do.Engage).state, line.heard()) == ("busy", ("notice-emergency",) * 2)
    assert line.played().hung_up() == {"agent"}
    line.gone("agent")
    assert (line.state, line.call.outcome, line.one(do.Free).agent) == ("ended", "served", "agent1")


def test_a_notice_is_said_to_a_number_too() -> None:
    line = notice()
    assert line.one(do.Ring).endpoint == f"PJSIP/{CALLER}@city"
    assert line.up("citizen").heard() == ("notice-emergency",) * 2
    assert line.key("1").effects == []
    assert line.played().gone("citizen").call.outcome == "served"


def test_who_does_not_answer_a_notice_or_hangs_up_in_it_is_free_again() -> None:
    line = notice(endpoint="PJSIP/agent1").gone("agent", 19)
    assert (line.state, line.call.outcome) == ("ended", "failed")
    assert line.one(do.Free) == do.Free("agent1", talked=False)
    line = notice(endpoint="PJSIP/agent1").up("agent").gone("agent")
    assert (line.state, line.call.outcome) == ("ended", "served")
    assert line.one(do.Free) == do.Free("agent1", talked=True)
