"""The board's page shows a locked seat whose agent has gone home, with the button that unlocks it."""

from api.product import Product
from tests.web.visitor import Visitor


def test_a_supervisor_unlocks_the_seat_of_who_has_signed_out(telephone: Product) -> None:
    agent, leader = Visitor(telephone, "agent1"), Visitor(telephone, "team_leader1")
    agent.get("/seat")
    agent.post("/seat/sign-in", where="desk", endpoint="1001", queues="general")
    leader.get("/board")
    leader.post("/board/seats/agent1/lock")
    agent.post("/seat/sign-out")
    page = leader.get("/board").text
    assert "已闭锁" in page
    assert "/board/seats/agent1/unlock" in page
    assert leader.post("/board/seats/agent1/unlock").location == "/board"
    assert "现在没有人签入" in leader.get("/board").text


def test_a_supervisor_whose_own_seat_is_locked_and_left_is_told_to_sign_in_before_listening(telephone: Product) -> None:
    leader = Visitor(telephone, "team_leader1")
    hint = "要监听、密语、强插，请先在话务台签入"
    leader.get("/seat")
    leader.post("/seat/sign-in", where="desk", endpoint="1001", queues="general")
    assert hint not in leader.get("/board").text
    leader.post("/board/seats/team_leader1/lock")
    leader.post("/seat/sign-out")
    page = leader.get("/board").text
    assert "/board/seats/team_leader1/unlock" in page
    assert hint in page
