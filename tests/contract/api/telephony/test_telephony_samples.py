"""抽听: after the calls a supervisor hears one that chance picks (T14)."""

from collections import Counter
from datetime import timedelta

import pytest

from api.telephony.recordings import sampling
from engine import chance, clock
from engine.actor import Actor
from telephony.calls.models import PhoneLeg
from telephony.recordings.archive import LOST
from telephony.recordings.models import VOICEMAIL, Listening
from tests.bench import statements
from tests.contract.api.conftest import Desk
from tests.contract.api.telephony.rows import Rows

HERE = {"sha256": "0" * 64}
MOST_STATEMENTS = 3
"""Whose, which of theirs, and the row."""


def _talk(rows: Rows, agent: str = "agent1", days: float = 0.5) -> str:
    return rows.recording(rows.past(agent, ago=timedelta(days=days)), agent, **HERE)


def _picked(desk: Desk, asked: str = "", who: str = "supervisor1") -> str | None:
    item = desk[who].get(f"telephony/recordings/sample?{asked}").json["item"]
    return None if item is None else str(item["name"])


def _listen(rows: Rows, name: str, by: str) -> None:
    rows.write(lambda session: session.add(Listening(recording=name, by=by, at=clock.now(), reason="随机抽听")))


def test_what_nobody_has_checked_is_picked_until_nothing_is_left(desk: Desk, rows: Rows) -> None:
    names = {_talk(rows) for _ in range(3)}
    for name in names:
        for hearer in ("agent1", "unit_water"):
            _listen(rows, name, hearer)
    heard = set()
    while (picked := _picked(desk)) is not None:
        _listen(rows, picked, "supervisor1")
        heard.add(picked)
    assert heard == names


def test_who_talks_little_is_picked_as_often_as_who_talks_much(desk: Desk, rows: Rows) -> None:
    few = _talk(rows, "team_leader1")
    for _ in range(9):
        _talk(rows)
    with chance.seeded("supervision"):
        found = Counter(_picked(desk) == few for _ in range(60))
    assert 20 <= found[True] <= 40


def test_it_is_of_whom_and_when_one_says(desk: Desk, rows: Rows) -> None:
    old, young = _talk(rows, days=10), _talk(rows, "team_leader1", days=2)
    assert _picked(desk, "agent=agent1") is None
    assert _picked(desk, "agent=agent1&days=30") == old
    assert _picked(desk, "agent=team_leader1") == young
    assert _picked(desk, "agent=team_leader1&days=1") is None


def test_whoever_spoke_before_a_transfer_checks_nothing_by_hearing_it_and_is_not_asked_to(desk: Desk, rows: Rows) -> None:
    name = _talk(rows)
    call, now = name.partition(".")[0], clock.now()
    leg = {"role": "agent", "agent": "team_leader1", "number": "", "created_at": now, "up_at": now, "ended_at": now, "talked_ms": 1000}
    rows.write(lambda session: session.add(PhoneLeg(id=f"{call}.9", call_id=call, cause=16, **leg)))
    _listen(rows, name, "team_leader1")
    assert _picked(desk, who="team_leader1") is None
    assert _picked(desk) == name


def test_nobody_is_asked_to_check_themselves_nor_what_cannot_be_heard(desk: Desk, rows: Rows) -> None:
    _talk(rows, "supervisor1")
    call = rows.past
    rows.recording(call())
    rows.recording(call(), sha256=LOST)
    rows.recording(call(None), None, kind=VOICEMAIL, **HERE)
    assert _picked(desk) is None
    assert _picked(desk, who="quality1") is not None


@pytest.mark.parametrize("who", ["agent1", "auditor1", "unit_water"])
def test_others_recordings_are_picked_by_those_who_may_hear_them_only(desk: Desk, rows: Rows, who: str) -> None:
    _talk(rows)
    assert desk[who].get("telephony/recordings/sample").status_code == 403


@pytest.mark.parametrize("asked", ["days=0", "days=91", "days=x", "agent=" + "a" * 65])
def test_what_makes_no_sense_is_refused_by_its_field(desk: Desk, asked: str) -> None:
    refused = desk["supervisor1"].get(f"telephony/recordings/sample?{asked}")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, asked.partition("=")[0])


def test_a_pick_costs_three_statements_however_many_there_are(desk: Desk, rows: Rows) -> None:
    for agent in ("agent1", "agent1", "team_leader1", "shift_leader1"):
        _talk(rows, agent)
    with desk.product.engine.read() as session, statements.recorded(desk.product.database) as pieces:
        pieces.append(statements.Transaction())
        sampling.pick(session, Actor("supervisor1"), clock.now() - timedelta(days=1))
    assert pieces[0].count <= MOST_STATEMENTS, [text for text, _values, _many in pieces[0].statements]
