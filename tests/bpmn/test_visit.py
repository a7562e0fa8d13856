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
