"""Seats by the API: signing in, ready and busy, locked by supervisors, the softphone's password (T10, T11, T14)."""

from telephony.seats import browsers
from tests.contract.api.conftest import Desk
from tests.contract.api.telephony.rows import Rows
from tests.fixtures.product import SEAT_SECRET, SEAT_WSS

HERE = {"endpoint": "1001", "queues": ["general"], "place": "彬州分中心"}


def test_an_agent_signs_in_is_ready_and_busy_with_a_reason_and_signs_out(desk: Desk) -> None:
    agent = desk["agent1"]
    assert agent.get("telephony/seat").json["state"] == "offline"
    seat = agent.post("telephony/seat/sign-in", HERE)
    assert (seat.status_code, seat.json["endpoint"], seat.json["state"], seat.json["place"]) == (
        200,
        "PJSIP/1001",
        "not_ready",
        "彬州分中心",
    )
    assert agent.post("telephony/seat/ready").json["state"] == "ready"
    busy = agent.post("telephony/seat/not-ready", {"reason": "meal"}).json
    assert (busy["state"], busy["reason"]) == ("not_ready", "meal")
    assert agent.post("telephony/seat/sign-out").json["state"] == "offline"


def test_what_is_wrong_with_a_seat_is_said_at_its_field(desk: Desk) -> None:
    agent = desk["agent1"]
    for body, field in (
        ({"endpoint": "Local/1@city", "queues": ["general"]}, "endpoint"),
        ({"endpoint": "PJSIP/13900001111@city", "queues": ["general"]}, "endpoint"),
        ({"endpoint": "1001", "queues": ["nowhere"]}, "queues"),
        ({"endpoint": "1001", "queues": []}, "queues"),
        ({"endpoint": "1001"}, "queues"),
    ):
        answer = agent.post("telephony/seat/sign-in", body)
        assert answer.status_code == 422, body
        assert answer.json["errors"][0]["field"] == field
    agent.post("telephony/seat/sign-in", HERE)
    wrong = agent.post("telephony/seat/not-ready", {"reason": "tired"})
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (422, "reason")
    assert desk["team_leader1"].post("telephony/seat/sign-in", HERE).status_code == 409
    assert agent.post("telephony/seat/sign-out").status_code == 200
    assert agent.post("telephony/seat/ready").status_code == 404


def test_a_supervisor_sees_every_seat_and_its_place_and_locks_one(desk: Desk) -> None:
    agent, leader = desk["agent1"], desk["team_leader1"]
    agent.post("telephony/seat/sign-in", HERE)
    agent.post("telephony/seat/ready")
    assert [(one["agent"], one["place"]) for one in leader.get("telephony/seats").json["items"]] == [("agent1", "彬州分中心")]
    locked = leader.post("telephony/seats/agent1/lock").json
    assert (locked["locked"], locked["state"], locked["reason"]) == (True, "not_ready", "forced")
    assert agent.post("telephony/seat/ready").status_code == 409
    assert leader.post("telephony/seats/agent1/unlock").json["locked"] is False
    assert agent.post("telephony/seat/ready").status_code == 200
    assert leader.post("telephony/seats/agent2/lock").status_code == 404
    assert agent.get("telephony/seats").status_code == 403
    assert agent.post("telephony/seats/agent1/lock").status_code == 403


def test_the_softphones_password_goes_only_to_who_is_signed_in_with_a_browser(desk: Desk) -> None:
    agent = desk["agent1"]
    assert agent.get("telephony/seat/softphone").status_code == 404
    agent.post("telephony/seat/sign-in", HERE)
    assert agent.get("telephony/seat/softphone").status_code == 404
    assert agent.post("telephony/seat/sign-in", {"queues": ["general"]}).json["endpoint"] == "PJSIP/web1"
    found = agent.get("telephony/seat/softphone").json
    assert found == {
        "websocket": SEAT_WSS,
        "uri": "sip:web1@calls.example",
        "user": "web1",
        "password": browsers.password(SEAT_SECRET, "web1"),
    }
    leader = desk["team_leader1"]
    assert leader.post("telephony/seat/sign-in", {"queues": ["general"]}).json["endpoint"] == "PJSIP/web2"
    other = leader.get("telephony/seat/softphone").json
    assert (other["user"], other["password"]) == ("web2", browsers.password(SEAT_SECRET, "web2"))
    assert len({found["password"], other["password"], SEAT_SECRET}) == 3
    assert agent.post("telephony/seat/sign-in", {"queues": ["labour"]}).json["endpoint"] == "PJSIP/web1"


def test_seats_are_for_those_who_take_calls(desk: Desk) -> None:
    for path in ("seat", "pop", "seat/waiting", "seat/softphone"):
        assert desk.stranger.get(f"telephony/{path}").status_code == 401
        assert desk["unit_water"].get(f"telephony/{path}").status_code == 403


def test_the_queue_view_shows_the_calls_of_ones_own_queues_masked_the_longest_first(desk: Desk, rows: Rows) -> None:
    late, first = rows.waiting(seconds=5), rows.waiting(seconds=50)
    rows.waiting(queue="labour")
    assert desk["agent1"].get("telephony/seat/waiting").status_code == 409
    rows.seat("agent1")
    found = desk["agent1"].get("telephony/seat/waiting").json["items"]
    assert [one["id"] for one in found] == [first, late]
    assert found[0]["number"] == "139****1111"
    assert found[0]["waited_seconds"] >= 50


def test_pages_may_speak_to_the_exchange_that_is_set_and_to_nobody_else(desk: Desk) -> None:
    policy = desk.stranger.get("/healthz").headers["Content-Security-Policy"]
    assert f"connect-src 'self' {SEAT_WSS};" in policy
