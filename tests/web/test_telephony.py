"""The pages of telephony without a browser: who may see them, and where they lead."""

from collections.abc import Callable, Iterator

import pytest

from api import bootstrap
from api.product import Product
from engine import clock
from engine.actor import SYSTEM
from tests.contract.api.telephony.rows import NUMBER, PASSWORD, Rows, switched_on
from tests.fixtures.databases import SQLITE, Databases
from tests.fixtures.product import found_city, settings_for
from tests.web.visitor import HTMX, Visitor

Admit = Callable[[str], Visitor]


@pytest.fixture
def telephone(databases: Databases) -> Iterator[Product]:
    """The whole product with telephony on."""
    with databases.copy(SQLITE, "city", found_city) as url:
        product = bootstrap.build(switched_on(settings_for(url)))
        try:
            yield product
        finally:
            product.database.dispose()
            clock.set_offset(clock.offset() * 0)


@pytest.fixture
def rows(telephone: Product) -> Rows:
    """Rows in its database."""
    return Rows(telephone.sessions)


def test_without_an_exchange_there_is_no_telephony_on_the_pages(sqlite_product: Product) -> None:
    leader = Visitor(sqlite_product, "team_leader1")
    for path in ("/seat", "/board", "/calls"):
        assert leader.get(path).status_code == 404
        assert f'href="{path}"' not in leader.get("/inbox").text


def test_everybody_finds_in_the_navigation_what_they_may_enter(telephone: Product) -> None:
    expected = {"agent1": ("/seat", "/calls"), "team_leader1": ("/seat", "/calls", "/board"), "quality1": ("/calls",), "unit_water": ()}
    for username, allowed in expected.items():
        visitor = Visitor(telephone, username)
        page = visitor.get("/inbox").text
        for path in ("/seat", "/calls", "/board"):
            assert (f'href="{path}"' in page) == (path in allowed), (username, path)
            assert visitor.get(path).status_code == (200 if path in allowed else 403)


def test_the_seat_is_worked_without_scripts(telephone: Product) -> None:
    agent = Visitor(telephone, "agent1")
    agent.get("/seat")
    assert agent.post("/seat/sign-in", where="desk", endpoint="1001", queues="general").location == "/seat"
    assert "置忙" in agent.get("/seat").text
    agent.post("/seat/ready")
    page = agent.get("/seat").text
    assert "空闲" in page
    assert PASSWORD not in page
    wrong = agent.post("/seat/call", number="call")
    assert wrong.status_code == 422
    assert "号码只能是 2 到 18 位数字" in wrong.text
    assert agent.post("/seat/not-ready", reason="meal").status_code == 303
    assert "就餐" in agent.get("/seat").text
    assert agent.post("/seat/sign-out").status_code == 303


def test_a_seat_that_is_taken_is_said_with_who_has_it(telephone: Product, rows: Rows) -> None:
    rows.seat("team_leader1")
    agent = Visitor(telephone, "agent1")
    agent.get("/seat")
    answer = agent.post("/seat/sign-in", htmx=True, where="desk", endpoint="1001", queues="general")
    assert answer.status_code == 409
    assert "该话机已有人签入" in answer.text
    assert "team_leader1" in answer.text
    assert "<html" not in answer.text


def test_the_form_of_an_answered_call_is_the_intakes_task_and_a_new_case_before_that(telephone: Product, rows: Rows) -> None:
    call_id = rows.talking()
    agent = Visitor(telephone, "agent1")
    before = agent.get(f"/seat/calls/{call_id}/form")
    assert before.location == f"/seat/calls/{call_id}/new-case"
    assert f'value="{NUMBER}"' in agent.get(before.location).text
    assert Visitor(telephone, "team_leader1").get(before.location).status_code == 403
    received = {"call_id": call_id, "service": "12345", "queue": "general"}
    telephone.engine.transact(SYSTEM, lambda work: work.throw("CallReceived", received))
    telephone.engine.transact(SYSTEM, lambda work: work.throw("CallAnswered", {"call_id": call_id, "agent": "agent1"}))
    task = agent.get(f"/seat/calls/{call_id}/form").location
    assert task.startswith("/tasks/")
    assert "受理登记" in agent.get(task).text or "登记" in agent.get(task).text
    assert f'data-task="{task.removeprefix("/tasks/")}"' in agent.get("/seat").text


def test_a_missed_call_leads_to_its_task_which_can_be_handed_on(telephone: Product, rows: Rows) -> None:
    rows.seat("agent1")
    call_id = rows.past(None)
    missed = {"call_id": call_id, "queue": "general", "caller": "0" * 32}
    telephone.engine.transact(SYSTEM, lambda work: work.throw("CallMissed", missed))
    leader = Visitor(telephone, "team_leader1")
    page = leader.get("/calls?outcome=abandoned", **HTMX).text
    assert "<html" not in page
    address = next(part.split('"')[0] for part in page.split('href="')[1:] if part.startswith("/tasks/"))
    assert "回拨" in page
    assert NUMBER not in page
    task = Visitor(telephone, "agent1").get(address)
    assert task.status_code == 200
    assert "/delegate" in task.text
