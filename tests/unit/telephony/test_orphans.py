"""A call whose exchange is no more: whatever it was doing, it ends, frees its agents, and its processes know what became of it."""

from collections import Counter

import pytest

from telephony.calls import effects as do
from telephony.calls.values import ENDED
from telephony.worker.orphans import MOST, last
from tests.unit.telephony.line import Line, pager, survey
from tests.unit.telephony.switchboard import Switchboard


def lost(line: Line) -> Line:
    """Its exchange is no more."""
    for _ in range(MOST):
        if line.state != ENDED:
            line.does(last(line.call))
    return line


def test_who_waited_was_missed_and_the_agent_who_was_rung_is_ready_again() -> None:
    line = lost(Line().came_in().offered())
    assert (line.state, line.call.outcome, len(line.told("CallMissed"))) == ("ended", "abandoned", 1)
    assert [each for each in line.all if isinstance(each, do.Free)] == [do.Free("agent1", False, "")]


def test_who_talked_has_talked_and_there_is_no_recording() -> None:
    line = lost(Line().talking().later(60))
    assert (line.state, line.call.outcome, line.told("CallMissed"), line.told("RecordingReady")) == ("ended", "talked", [], [])
    assert [each["talk_seconds"] for each in line.told("CallEnded")] == [60]
    assert do.Free("agent1", True, "") in line.all


def test_who_was_leaving_word_is_called_back() -> None:
    line = lost(Line().came_in("12366").played())
    assert (line.state, len(line.told("CallMissed")), line.told("VoicemailLeft")) == ("ended", 1, [])


def test_contacts_who_cannot_be_called_any_more_are_exhausted() -> None:
    line = lost(pager())
    assert (line.state, len(line.told("PagerExhausted"))) == ("ended", 1)


def test_a_survey_that_was_cut_off_is_told_so() -> None:
    assert len(lost(survey().up("citizen")).told("SurveyFailed")) == 1


@pytest.mark.parametrize("part", range(4))
def test_a_call_ends_whatever_it_was_doing(part: int) -> None:
    for seed in range(part, 400, 4):
        board = Switchboard(seed)
        board.walk(seed % 120)
        before, ended = len(board.line.all), board.line.state == ENDED
        line = lost(board.line)
        assert ended or line.state == ENDED, f"seed {seed}\n{board}"
        for effect in line.all[before:]:
            if isinstance(effect, do.Engage):
                board.engaged.add(effect.agent)
            elif isinstance(effect, do.Free):
                board.engaged.remove(effect.agent)
        assert not board.engaged, f"seed {seed}\n{board}"
        told = Counter(each.message for each in line.all if isinstance(each, do.Tell))
        assert told["CallReceived"] == told["CallEnded"], f"seed {seed}\n{board}"
        assert told["CallMissed"] == (line.call.outcome == "abandoned"), f"seed {seed}\n{board}"
