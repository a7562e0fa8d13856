"""A seat that is locked can be unlocked, whether its agent is there or not, and who did it is on record (T14)."""

from engine.db import transaction
from processes.registry.audit import services as audit
from tests.contract.api.conftest import Desk

HERE = {"endpoint": "1001", "queues": ["general"], "place": "彬州分中心"}


def on_record(desk: Desk) -> list[tuple[str, str, str]]:
    """What the audit register says of seats, oldest first."""
    with transaction(desk.product.database) as session:
        rows = [(row.actor, row.action, row.object) for row in reversed(audit.entries(session))]
    return [row for row in rows if row[1].startswith("seat.")]


def test_who_signs_out_of_a_locked_seat_is_on_the_board_and_is_unlocked_there(desk: Desk) -> None:
    agent, leader = desk["agent1"], desk["team_leader1"]
    agent.post("telephony/seat/sign-in", HERE)
    leader.post("telephony/seats/agent1/lock")
    assert agent.post("telephony/seat/sign-out").status_code == 200
    assert agent.post("telephony/seat/sign-in", HERE).status_code == 409
    board = leader.get("telephony/board").json
    assert [(one["agent"], one["state"], one["locked"]) for one in board["agents"]] == [("agent1", "offline", True)]
    general = next(queue for queue in board["queues"] if queue["key"] == "general")
    assert (general["ready"], general["busy"], general["away"]) == (0, 0, 0)
    listed = leader.get("telephony/seats").json["items"]
    assert [(one["agent"], one["state"], one["locked"]) for one in listed] == [("agent1", "offline", True)]
    unlocked = leader.post("telephony/seats/agent1/unlock")
    assert (unlocked.status_code, unlocked.json["state"], unlocked.json["locked"]) == (200, "offline", False)
    assert leader.get("telephony/board").json["agents"] == []
    assert agent.post("telephony/seat/sign-in", HERE).status_code == 200


def test_who_locks_a_seat_and_who_unlocks_it_is_on_record(desk: Desk) -> None:
    agent, leader = desk["agent1"], desk["team_leader1"]
    agent.post("telephony/seat/sign-in", HERE)
    leader.post("telephony/seats/agent1/lock")
    leader.post("telephony/seats/agent1/unlock")
    assert leader.post("telephony/seats/agent2/lock").status_code == 404
    assert agent.post("telephony/seats/agent1/lock").status_code == 403
    assert on_record(desk) == [
        ("team_leader1", "seat.locked", "seat:agent1"),
        ("team_leader1", "seat.unlocked", "seat:agent1"),
    ]
