"""Registering a case."""

from tests.web.conftest import Admit
from tests.web.visitor import COMPLAINT


def test_a_new_case_tells_its_number_and_code_once_and_gives_the_first_task(admit: Admit) -> None:
    agent = admit("agent1")
    agent.get("/cases/new")
    opened = agent.post("/cases/new", COMPLAINT)
    assert opened.status_code == 201
    assert opened.text.count('class="big-number"') == 2
    case_no, code = (part.split("<", 1)[0] for part in opened.text.split('class="big-number">')[1:])
    task = agent.tasks(case_no)[0]
    assert (task["element_id"], task["assignee"]) == ("register", "agent1")
    assert f'href="/tasks/{task["id"]}"' in opened.text
    assert code not in agent.get(f"/cases/{case_no}").text


def test_the_same_form_sent_twice_opens_one_case(admit: Admit) -> None:
    agent = admit("agent1")
    agent.get("/cases/new")
    first, second = agent.post("/cases/new", COMPLAINT), agent.post("/cases/new", COMPLAINT)
    assert first.text.split('class="big-number">')[1:] == second.text.split('class="big-number">')[1:]


def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(admit: Admit) -> None:
    agent = admit("agent1")
    agent.get("/cases/new")
    answer = agent.post("/cases/new", {**COMPLAINT, "phone": "12", "title": ""})
    assert answer.status_code == 422
    assert 'href="#f-phone"' in answer.text
    assert 'id="e-phone"' in answer.text
    assert 'id="e-title"' in answer.text
    assert COMPLAINT["content"] in answer.text


def test_an_anonymous_case_needs_its_reason(admit: Admit) -> None:
    agent = admit("agent1")
    agent.get("/cases/new")
    answer = agent.post("/cases/new", {**COMPLAINT, "who": "anonymous", "name": "", "phone": ""})
    assert answer.status_code == 422
    assert 'id="e-anonymous_reason"' in answer.text
    assert agent.post("/cases/new", {**COMPLAINT, "who": "anonymous", "anonymous_reason": "怕被打扰"}).status_code == 201


def test_a_unit_cannot_open_a_case(admit: Admit) -> None:
    unit = admit("unit_water")
    assert unit.get("/cases/new").status_code == 403
    assert "/cases/new" not in unit.get("/inbox").text
