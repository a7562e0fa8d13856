"""Silence: of a plan that tells nobody their place any more, and of citizens who press nothing."""

from dataclasses import replace

from telephony.calls import effects as do
from telephony.calls import happenings as told
from telephony.calls.values import OUTBOUND
from telephony.plan.values import Queue
from tests.unit.telephony.line import CALLER, PLAN, QUESTIONS, Line, survey

SILENT = replace(PLAN, queues={**PLAN.queues, "general": Queue("general", place_seconds=0)})


def test_a_plan_that_tells_nobody_their_place_ends_the_announcements_for_who_waits_already() -> None:
    line = Line().came_in().played()
    assert "place" in line.call.due
    line.plan = SILENT
    line.later(30).does(told.Place(2))
    assert "place" not in line.call.due
    assert line.of(do.Play) == []
    assert "longest" in line.call.due


def test_who_presses_nothing_three_times_was_not_reached_as_an_answering_machine_is_not() -> None:
    line = survey().up("citizen")
    for _ in range(3):
        line.played().elapsed("keys")
    assert line.heard() == ("goodbye",)
    assert line.played().gone("citizen").call.outcome == "failed"
    assert line.call.facts["reason"] == "no-key"


def test_who_hangs_up_while_we_say_goodbye_was_not_reached_either() -> None:
    line = Line(OUTBOUND, number=CALLER, facts={"target": 1, "queue": "", "questions": [dict(each) for each in QUESTIONS]})
    line.begun().up("citizen")
    for _ in range(3):
        line.played().elapsed("keys")
    line.gone("citizen")
    assert (line.call.outcome, line.call.facts["reason"]) == ("failed", "no-key")
