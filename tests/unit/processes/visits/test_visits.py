"""The citizen is told, and asked (C21 to C23)."""

import pytest

from engine.errors import Invalid
from processes.casefile.models import ReplyAttempt, Satisfaction
from processes.visits.operations import outcome
from tests.unit.processes.stand import Stand

HAPPY = {"reached": True, "handler_sat": "satisfied", "handling_sat": "satisfied"}
NOBODY = {"reached": False}


@pytest.mark.parametrize(
    ("handler", "handling", "result"),
    [
        ("satisfied", "satisfied", "satisfied"),
        ("satisfied", "unsatisfied", "unsatisfied"),
        ("unsatisfied", "unconfirmed", "unsatisfied"),
        ("satisfied", "unconfirmed", "unconfirmed"),
        ("satisfied", None, "unconfirmed"),
    ],
)
def test_one_dissatisfied_subject_is_enough(handler: str, handling: str | None, result: str) -> None:
    assert outcome(True, handler, handling) == result
    assert outcome(False, handler, handling) == "unreached"


def test_a_visit_keeps_both_subjects_and_the_score(stand: Stand) -> None:
    answers = {**HAPPY, "handling_sat": "不满意", "score": 2, "solved": "no", "unsat_reason": "slow", "unsat_text": "拖了三天"}
    assert stand.call("visit.record", given=answers) == {"result": "unsatisfied"}
    row = stand.session.query(Satisfaction).one()
    assert (row.handler_sat, row.handling_sat, row.score, row.unsat_reason, row.text) == ("satisfied", "unsatisfied", 2, "slow", "拖了三天")


def test_three_calls_that_nobody_answers_are_counted(stand: Stand) -> None:
    counts = []
    for _ in range(3):
        stand.call("visit.record", given=NOBODY)
        counts.append(stand.ask("visit_tries"))
    assert counts == [1, 2, 3]
    assert stand.call("visit.unconfirmed") == {"result": "unconfirmed"}
    assert stand.ask("visit_tries") == 3


def test_a_redo_counts_its_own_tries(stand: Stand) -> None:
    stand.dispatch()
    stand.call("visit.record", given=NOBODY)
    stand.call("reply.record", given=NOBODY)
    stand.call("visit.record", given={**HAPPY, "handler_sat": "unsatisfied"})
    stand.dispatch()
    assert (stand.ask("visit_tries"), stand.ask("reply_tries")) == (0, 0)


def test_a_reply_keeps_what_was_said_and_whether_it_was_heard(stand: Stand) -> None:
    assert stand.call("reply.record", given={"method": "phone", "content": "已恢复供水", "reached": False}) == {"reached": False}
    assert stand.call("reply.record", given={"method": "phone", "content": "已恢复供水", "reached": True}) == {"reached": True}
    assert stand.ask("reply_tries") == 1
    assert [row.content for row in stand.session.query(ReplyAttempt)] == ["已恢复供水", "已恢复供水"]


def test_the_visits_limit_is_the_working_days_of_its_table(stand: Stand) -> None:
    assert stand.ask("visit_due", visit_wd=1) == "2026-03-03T09:00:00+08:00"
    with pytest.raises(Invalid):
        stand.ask("visit_due")
