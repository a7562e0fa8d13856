"""The consultation's diagram: answered at once, by an expert, or by a unit that is visited afterwards."""

import pytest

from tests.bpmn.town import Town


def asked(town: Town, mode: str) -> str:
    case_no = town.call("consultation")
    town.do(case_no, "register")
    town.do(case_no, "answer", mode=mode, unit="hr")
    return case_no


def test_a_question_answered_at_once_is_closed_without_a_visit(town: Town) -> None:
    case_no = asked(town, "instant")
    assert town.outcome(case_no) == "即时办结"
    assert town.told(case_no, "citizen") == ["accepted", "closed"]


def test_an_expert_who_is_asked_later_answers_through_the_agent(town: Town) -> None:
    case_no = asked(town, "later")
    town.do(case_no, "ask_expert")
    town.do(case_no, "reply_citizen")
    assert town.outcome(case_no) == "专家办结"


def test_without_a_telephone_the_three_party_call_falls_back_to_asking_later(town: Town) -> None:
    case_no = asked(town, "three_party")
    assert town.tasks(case_no) == ["ask_expert"]


@pytest.mark.parametrize(("connected", "next_task"), [(True, "record_expert"), (False, "ask_expert")])
def test_an_expert_on_the_line_answers_at_once_and_a_busy_one_is_asked_later(town: Town, connected: bool, next_task: str) -> None:
    town.exchange("tel.conference_expert", connected=connected)
    case_no = asked(town, "three_party")
    assert town.called("tel.conference_expert") == [{"call_id": None, "expert": None}]
    assert town.tasks(case_no) == [next_task]


def test_an_expert_who_was_rung_in_vain_is_asked_later(town: Town) -> None:
    town.exchange("tel.conference_expert", connected=True)
    case_no = asked(town, "three_party")
    town.do(case_no, "record_expert", result="later")
    assert town.tasks(case_no) == ["ask_expert"]
    town.do(case_no, "ask_expert")
    town.do(case_no, "reply_citizen")
    assert town.outcome(case_no) == "专家办结"


def test_an_expert_who_keeps_silent_for_a_working_day_is_told_to_the_shift_leader(town: Town) -> None:
    case_no = asked(town, "later")
    assert town.told(case_no, "centre") == []
    town.wait(days=5)
    assert (town.told(case_no, "centre"), town.tasks(case_no)) == (["urge"], ["ask_expert"])
    town.do(case_no, "ask_expert")
    town.do(case_no, "reply_citizen")
    assert town.outcome(case_no) == "专家办结"


def test_a_unit_answers_within_two_working_days_and_is_visited(town: Town) -> None:
    case_no = asked(town, "transfer")
    order = town.order(case_no)
    assert (order.unit, order.calendar) == ("hr", "W")
    for element in ("ack", "handle", "reply_citizen", "visit"):
        assert town.tasks(case_no) == [element]
        town.do(case_no, element)
    assert town.outcome(case_no) == "单位办结"


def test_a_question_sent_back_goes_to_another_unit_and_one_answered_badly_too(town: Town) -> None:
    case_no = asked(town, "transfer")
    town.do(case_no, "ack", outcome="return")
    town.do(case_no, "return_audit", new_unit="civil")
    town.do(case_no, "redispatch")
    assert town.order(case_no).unit == "civil"
    for element in ("ack", "handle", "reply_citizen"):
        town.do(case_no, element)
    town.do(case_no, "visit", handling_sat="unsatisfied")
    town.do(case_no, "redo_decision", decision="redo")
    town.do(case_no, "redispatch", lead="hr")
    for element in ("ack", "handle", "reply_citizen", "visit"):
        town.do(case_no, element)
    assert town.outcome(case_no) == "单位办结"


def test_a_citizen_out_of_reach_is_told_by_the_closing_message(town: Town) -> None:
    case_no = asked(town, "later")
    town.do(case_no, "ask_expert")
    for _ in range(2):
        town.do(case_no, "reply_citizen", reached=False)
        town.wait(hours=2.1)
    town.do(case_no, "reply_citizen", reached=False)
    assert town.outcome(case_no) == "专家办结"
    assert town.told(case_no, "citizen") == ["accepted", "closed"]


def test_a_question_can_be_withdrawn(town: Town) -> None:
    case_no = asked(town, "transfer")
    town.ask(case_no, "withdraw", reason="已经知道了")
    assert town.outcome(case_no) == "撤回"
    assert town.tasks(case_no) == []
