"""Calls by the API: found, masked, and asked to do something by those who may (T08, T14, T28)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.cursors import encode
from engine.db import tables, to_micros
from processes.contacts import services as contacts
from telephony.calls.models import PhoneCall, PhoneLeg
from telephony.calls.values import AGENT, CITIZEN, INBOUND, LISTENER, TALKING, THIRD, Call, Leg
from telephony.commands.models import PhoneCommand
from telephony.worker import store
from tests.contract.api.conftest import Desk
from tests.contract.api.telephony.rows import APP, NUMBER, Rows


def _asked(desk: Desk) -> list[PhoneCommand]:
    with desk.product.engine.read() as session:
        return list(session.scalars(select(PhoneCommand).order_by(PhoneCommand.id)))


def test_calls_are_found_by_number_agent_day_and_case_and_never_show_the_number(desk: Desk, rows: Rows) -> None:
    mine, others, live = rows.past(), rows.past("team_leader1", "13900002222"), rows.talking(number="029-33215678")
    old = rows.past(ago=timedelta(days=9))
    case_no = desk.open_case()["case_no"]
    rows.write(lambda session: contacts.link(session, others, case_no, clock.now()))
    leader = desk["team_leader1"]

    def ids(query: str = "") -> set[str]:
        answer = leader.get(f"telephony/calls{query}")
        assert NUMBER not in answer.text
        assert "33215678" not in answer.text
        return {one["id"] for one in answer.json["items"]}

    assert ids() == {mine, others, live, old}
    assert ids("?number=%2B86 139 0000 1111") == {mine, old}
    assert ids("?number=02933215678") == {live}
    assert ids("?agent=team_leader1") == {others}
    assert ids("?live=true") == {live}
    assert old not in ids(f"?day={clock.now().date()}")
    assert ids(f"?case_no={case_no}") == {others}
    for day in ("yesterday", "9999-12-31", "9998-12-31", "0001-01-01"):
        wrong = leader.get(f"telephony/calls?day={day}")
        assert (wrong.status_code, [error["field"] for error in wrong.json["errors"]]) == (422, ["day"])
    first = leader.get("telephony/calls?limit=3").json
    assert leader.get(f"telephony/calls?limit=3&cursor={first['next']}").json["items"][0]["id"] == old
    for cursor in ("nonsense", encode((2**63 - 1, "x")), encode((0, "a\x00")), "WzAsbnVsbF0"):
        assert leader.get(f"telephony/calls?cursor={cursor}").status_code == 400


def test_an_agent_finds_and_sees_only_their_own_calls(desk: Desk, rows: Rows) -> None:
    mine, others = rows.past(), rows.past("team_leader1")
    agent = desk["agent1"]
    assert [one["id"] for one in agent.get("telephony/calls").json["items"]] == [mine]
    assert agent.get("telephony/calls?agent=team_leader1").json["items"] == []
    assert agent.get(f"telephony/calls/{others}").status_code == 403
    assert agent.get("telephony/calls/cnothing").status_code == 404
    assert desk["unit_water"].get("telephony/calls").status_code == 403
    assert desk["auditor1"].get(f"telephony/calls/{others}").status_code == 200


def test_a_call_shows_its_legs_masked(desk: Desk, rows: Rows) -> None:
    call = desk["agent1"].get(f"telephony/calls/{rows.talking()}").json
    assert [(leg["role"], leg["number"], leg["state"]) for leg in call["legs"]] == [
        ("citizen", "139****1111", "bridged"),
        ("agent", "", "bridged"),
    ]
    # answered at once: on the first ring, which is too hasty (T12)
    assert [(leg["ring"], leg["ring_kept"]) for leg in call["legs"]] == [(None, None), (1, False)]


def test_what_is_on_record_of_a_call_that_is_over_stays_as_it_was_whatever_is_done_with_it(desk: Desk, rows: Rows) -> None:
    call, now = rows.past(), clock.now()
    leg = PhoneLeg(id=f"{call}.1", call_id=call, role=CITIZEN, number=NUMBER, created_at=now, ended_at=now, talked_ms=90_000)
    rows.write(lambda session: session.add(leg))
    calls, legs = tables(PhoneCall, PhoneLeg)

    def record() -> list[Any]:
        with desk.product.engine.read() as session:
            return [*session.execute(select(calls)).all(), *session.execute(select(legs)).all()]

    def late(session: Session) -> None:
        saving = store.Saving(session, **APP)
        saving.move(Call(call, INBOUND, 1, state=TALKING), 0)  # of a worker that has not heard of the end
        saving.send()

    before = record()
    case_no, name = desk.open_case()["case_no"], rows.recording(call)
    rows.write(lambda session: contacts.link(session, call, case_no, now))
    rows.write(lambda session: store.hand_over(session, **APP, to="another"))
    with pytest.raises(store.Taken):
        rows.write(late)
    for kind in ("hang-up", "pause", "transfer"):
        assert desk["agent1"].post(f"telephony/calls/{call}/actions/{kind}", {"to": "110"}).status_code == 409
    assert desk["agent1"].get(f"telephony/recordings/{name}?reason=投诉核查").status_code == 404
    assert len(before) == 2
    assert record() == before


def test_an_agent_who_answers_on_the_second_ring_keeps_the_rule(desk: Desk, rows: Rows) -> None:
    rung = to_micros(clock.now() - timedelta(seconds=60))
    leg = Leg("a", AGENT, rung, who="agent1", up=rung + 6_000_000)
    call = desk["agent1"].get(f"telephony/calls/{rows.talking(legs={leg.id: leg})}").json
    assert [(leg["ring"], leg["ring_kept"]) for leg in call["legs"]] == [(2, True)]


def test_an_agent_asks_of_the_own_call_and_the_answer_can_be_looked_up(desk: Desk, rows: Rows) -> None:
    call, agent = rows.talking(), desk["agent1"]
    for kind, given in (("hold", {}), ("consult", {"to": "029-3321 5678"}), ("press", {"keys": "1#"}), ("hang-up", {})):
        answer = agent.post(f"telephony/calls/{call}/actions/{kind}", given)
        assert (answer.status_code, answer.json["call_id"]) == (202, call), answer.text
    command = agent.get(f"telephony/commands/{answer.json['command']}").json
    assert (command["kind"], command["state"], command["by"]) == ("hang-up", "open", "agent1")
    assert [row.given for row in _asked(desk)] == ["{}", '{"to":"02933215678"}', '{"keys":"1#"}', "{}"]
    assert desk["exec1"].get(f"telephony/commands/{command['command']}").status_code == 403
    assert desk["team_leader1"].get(f"telephony/commands/{command['command']}").status_code == 200


@pytest.mark.parametrize(
    ("kind", "given", "status", "field"),
    [
        ("consult", {}, 422, "to"),
        ("consult", {"to": "agent:nobody"}, 422, "to"),
        ("transfer", {"to": "+1 (abc)"}, 422, "to"),
        ("press", {"keys": "call me"}, 422, "keys"),
        ("dance", {}, 404, None),
        ("pick-up", {}, 409, None),
        ("supervise", {"mode": "listen"}, 403, None),
        ("take-over", {}, 403, None),
        ("force-out", {}, 403, None),
    ],
)
def test_what_cannot_be_done_is_refused_at_once(
    desk: Desk, rows: Rows, kind: str, given: dict[str, Any], status: int, field: str | None
) -> None:
    answer = desk["agent1"].post(f"telephony/calls/{rows.talking()}/actions/{kind}", given)
    assert answer.status_code == status, answer.text
    if field is not None:
        assert answer.json["errors"][0]["field"] == field
    assert _asked(desk) == []


def test_nobody_asks_of_anothers_call_and_nothing_is_asked_of_one_that_is_over(desk: Desk, rows: Rows) -> None:
    call, over = rows.talking(), rows.past()
    assert desk["exec1"].post(f"telephony/calls/{call}/actions/hold").status_code == 403
    assert desk["agent1"].post(f"telephony/calls/{over}/actions/hold").status_code == 409
    assert desk["agent1"].post("telephony/calls/cnothing/actions/hold").status_code == 404
    waiting = rows.waiting()
    assert desk["agent1"].post(f"telephony/calls/{waiting}/actions/hang-up").status_code == 403


def test_a_third_party_is_asked_once_and_the_call_is_handed_over_without_naming_it_again(desk: Desk, rows: Rows) -> None:
    call = rows.talking()
    rows.seat("team_leader1", number="1003")
    agent = desk["agent1"]
    assert agent.post(f"telephony/calls/{call}/actions/conference", {"to": "agent:team_leader1"}).status_code == 202
    assert agent.post(f"telephony/calls/{call}/actions/transfer").status_code == 422
    third = Leg("c.third", THIRD, 1, who="team_leader1", up=1, joined=1)
    other = rows.talking(legs={third.id: third})
    assert agent.post(f"telephony/calls/{other}/actions/consult", {"to": "110"}).status_code == 409
    assert agent.post(f"telephony/calls/{other}/actions/transfer").status_code == 202


def test_a_supervisor_listens_takes_over_and_forces_out_from_a_seat(desk: Desk, rows: Rows) -> None:
    call, leader = rows.talking(), desk["team_leader1"]
    listen = {"mode": "listen"}
    assert leader.post(f"telephony/calls/{call}/actions/supervise", listen).json["type"].endswith("needs-seat")
    rows.seat("team_leader1", number="1003")
    assert leader.post(f"telephony/calls/{call}/actions/supervise", {"mode": "spy"}).status_code == 422
    assert leader.post(f"telephony/calls/{call}/actions/supervise", listen).status_code == 202
    assert leader.post(f"telephony/calls/{call}/actions/take-over").status_code == 409
    assert leader.post(f"telephony/calls/{call}/actions/force-out").status_code == 202
    ear = Leg("c.ear", LISTENER, 1, who="team_leader1", up=1, joined=1)
    other = rows.talking(legs={ear.id: ear})
    assert leader.post(f"telephony/calls/{other}/actions/take-over").status_code == 202
    log = leader.get(f"telephony/calls/{call}").json["commands"]
    assert [(one["kind"], one["by"]) for one in log] == [("supervise", "team_leader1"), ("force-out", "team_leader1")]


def test_a_waiting_call_is_picked_up_by_a_free_seat_of_its_queue(desk: Desk, rows: Rows) -> None:
    call, agent = rows.waiting(), desk["agent1"]
    path = f"telephony/calls/{call}/actions/pick-up"
    assert agent.post(path).status_code == 409
    rows.seat("agent1", queues=",labour,")
    assert agent.post(path).status_code == 403
    rows.seat("agent1", locked=True)
    assert agent.post(path).status_code == 409
    rows.seat("agent1")
    assert agent.post(path).status_code == 202


def test_a_number_is_called_from_a_seat_that_is_free(desk: Desk, rows: Rows) -> None:
    agent = desk["agent1"]
    assert agent.post("telephony/calls", {"number": NUMBER}).status_code == 409
    rows.seat("agent1")
    assert agent.post("telephony/calls", {"number": "call"}).status_code == 422
    assert agent.post("telephony/calls", {"number": NUMBER, "case_no": "TS20260101NOTHING1"}).status_code == 404
    headers = {"Idempotency-Key": "one-click"}
    answers = [agent.post("telephony/calls", {"number": "+86 139-0000-1111"}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    (row,) = _asked(desk)
    assert (row.kind, row.given, row.call_id) == ("click", '{"number":"13900001111","case_no":""}', answers[0].json["call_id"])
    rows.talking()
    assert agent.post("telephony/calls", {"number": NUMBER}).status_code == 409


@pytest.mark.usefixtures("clock")
def test_the_board_counts_queues_and_agents_and_says_what_is_an_alarm(desk: Desk, rows: Rows) -> None:
    rows.talking()
    rows.seat("team_leader1", "not_ready", number="1003", reason="meal", place="彬州")
    for _ in range(3):
        rows.waiting(seconds=70)
    rows.past(ago=timedelta(seconds=1))
    rows.past(None, ago=timedelta(seconds=1))
    board = desk["team_leader1"].get("telephony/board").json
    general = next(line for line in board["queues"] if line["key"] == "general")
    figures = {name: general[name] for name in ("waiting", "ready", "busy", "away", "answered", "abandoned", "abandoned_percent")}
    assert figures == {"waiting": 3, "ready": 0, "busy": 1, "away": 1, "answered": 2, "abandoned": 1, "abandoned_percent": 33}
    assert general["longest_seconds"] >= 70
    assert general["levels"] == {
        "waiting": "watch",
        "longest_seconds": "alarm",
        "service_level": "watch",
        "abandoned_percent": "alarm",
        "ready": "alarm",
    }
    assert [(one["agent"], one["state"], one["place"], one["number"]) for one in board["agents"]] == [
        ("agent1", "busy", "", "139****1111"),
        ("team_leader1", "not_ready", "彬州", ""),
    ]
    assert desk["agent1"].get("telephony/board").status_code == 403
