"""The return visit: two subjects, three tries, and whether a case is handled again."""

import pytest

from tests.bpmn.town import Town


def visiting(town: Town) -> str:
    case_no = town.answered()
    town.do(case_no, "reply_citizen")
    return case_no


@pytest.mark.parametrize(
    ("handler", "handling", "result", "asked"),
    [
        ("satisfied", "satisfied", "satisfied", []),
        ("satisfied", "unconfirmed", "unconfirmed", []),
        ("unsatisfied", "satisfied", "unsatisfied", ["redo_decision"]),
        ("unconfirmed", "unsatisfied", "unsatisfied", ["redo_decision"]),
    ],
)
def test_both_subjects_count(town: Town, handler: str, handling: str, result: str, asked: list[str]) -> None:
    case_no = visiting(town)
    town.do(case_no, "visit", handler_sat=handler, handling_sat=handling)
    assert town.visits(case_no) == [result]
    assert town.tasks(case_no) == asked


def test_nobody_at_home_three_times_is_unconfirmed(town: Town) -> None:
    case_no = visiting(town)
    for _ in range(2):
        town.do(case_no, "visit", reached=False)
        assert town.tasks(case_no) == []
        town.wait(hours=3)
        assert town.tasks(case_no) == []
        town.wait(hours=1.1)
        assert town.tasks(case_no) == ["visit"]
    town.do(case_no, "visit", reached=False)
    assert town.visits(case_no) == ["unreached", "unreached", "unreached", "unconfirmed"]
    assert town.outcome(case_no) == "办结"


def test_a_late_visit_is_marked_once_and_can_still_be_made(town: Town) -> None:
    case_no = visiting(town)
    town.wait(days=2)
    assert town.flags(case_no) == ["超时回访"]
    town.do(case_no, "visit")
    assert town.outcome(case_no) == "办结"
    assert town.flags(case_no) == ["超时回访"]


SURVEY = "survey-1"


def surveying(town: Town) -> str:
    town.exchange("tel.survey", call_id=SURVEY)
    case_no = visiting(town)
    assert town.called("tel.survey") == [{"case_no": case_no}]
    assert town.tasks(case_no) == []
    return case_no


def test_a_key_on_the_telephone_completes_the_visit_as_the_form_does(town: Town) -> None:
    case_no = surveying(town)
    town.message("SurveyAnswered", call_id="somebody-else", handler_sat="unsatisfied", handling_sat="unsatisfied")
    assert town.visits(case_no) == []
    town.message("SurveyAnswered", call_id=SURVEY, handler_sat="satisfied", handling_sat="satisfied")
    assert town.visits(case_no) == ["satisfied"]
    assert town.outcome(case_no) == "办结"


def test_an_unsatisfied_key_goes_to_the_reviewer_and_the_second_visit_by_form_counts_for_itself(town: Town) -> None:
    case_no = surveying(town)
    town.message("SurveyAnswered", call_id=SURVEY, handler_sat="satisfied", handling_sat="unsatisfied")
    assert town.tasks(case_no) == ["redo_decision"]
    town.do(case_no, "redo_decision", decision="redo")
    for element in ("ack", "handle", "result_review", "reply_citizen"):
        town.do(case_no, element)
    town.message("SurveyFailed", call_id=SURVEY, reason="busy")
    town.do(case_no, "visit")
    assert town.visits(case_no) == ["unsatisfied", "satisfied"]


@pytest.mark.parametrize("reason", ["busy", "no-answer", "hung-up", "no-key", None])
def test_without_an_answer_somebody_makes_the_visit(town: Town, reason: str | None) -> None:
    case_no = surveying(town)
    if reason is None:
        town.wait(minutes=10.1)
    else:
        town.message("SurveyFailed", call_id=SURVEY, reason=reason)
    assert town.tasks(case_no) == ["visit"]
    town.do(case_no, "visit")
    assert town.visits(case_no) == ["satisfied"]
