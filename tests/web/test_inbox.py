"""The inbox."""

from tests.fixtures.clocks import Clock
from tests.web.conftest import Admit
from tests.web.visitor import HTMX


def test_a_task_is_claimed_in_the_list_and_put_back(admit: Admit) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case()
    task_id = agent.tasks(case_no)[0]["id"]
    assert f'id="t-{task_id}"' in agent.get("/inbox").text
    released = agent.post(f"/tasks/{task_id}/release", htmx=True, back="/inbox?view=free")
    assert released.status_code == 200
    assert "<html" not in released.text
    assert f"/tasks/{task_id}/claim" in released.text
    claimed = agent.post(f"/tasks/{task_id}/claim", htmx=True, back="/inbox?view=mine")
    assert f"/tasks/{task_id}/release" in claimed.text


def test_who_comes_second_is_told_who_was_first(admit: Admit) -> None:
    agent, other = admit("agent1"), admit("admin")
    case_no, _code = agent.open_case()
    task_id = agent.tasks(case_no)[0]["id"]
    other.get("/inbox")
    answer = other.post(f"/tasks/{task_id}/claim", htmx=True, back="/inbox")
    assert answer.status_code == 409
    assert "agent1" in answer.text
    assert answer.headers["HX-Retarget"] == "#notices"


def test_the_filter_stands_in_the_address(admit: Admit) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case(title="井盖缺失待修")
    task_id = agent.tasks(case_no)[0]["id"]
    row = f'id="t-{task_id}"'
    assert row in agent.get("/inbox?view=mine").text
    assert row not in agent.get("/inbox?view=free").text
    assert row in agent.get(f"/inbox?q={case_no}").text
    assert row in agent.get("/inbox?q=井盖").text
    assert row not in agent.get("/inbox?q=路灯").text
    page = agent.get("/inbox?view=mine&due=&sort=old").text
    assert '<input type="radio" name="view" value="mine" checked>' in page
    assert 'hx-get="/inbox?view=mine&amp;sort=old"' in page


def test_nonsense_in_the_address_shows_the_whole_inbox(admit: Admit) -> None:
    agent = admit("agent1")
    assert agent.get("/inbox?view=nonsense&sort=drop&due=pink&age=1&group=nobody&lang=xx").status_code == 200
    assert agent.get("/inbox?cursor=nonsense").status_code == 400


def test_htmx_gets_the_list_alone(admit: Admit) -> None:
    agent = admit("agent1")
    answer = agent.get("/inbox", **HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<section id="work"')


def test_a_unit_sees_only_its_own_tasks(admit: Admit) -> None:
    agent, unit = admit("agent1"), admit("unit_water")
    case_no, _code = agent.open_case()
    assert case_no not in unit.get("/inbox").text


def test_a_new_task_is_announced_to_who_may_take_it_and_only_while_it_is_new(admit: Admit, clock: Clock) -> None:
    agent, other, unit = admit("agent1"), admit("admin"), admit("unit_water")
    case_no, _code = agent.open_case(title="井盖丢失")
    task_id = agent.tasks(case_no)[0]["id"]
    mine = agent.get(f"/inbox/arrived/{task_id}")
    assert mine.status_code == 200
    assert f'data-task="{task_id}"' in mine.text
    assert "井盖丢失" in mine.text
    assert [one.get(f"/inbox/arrived/{task_id}").status_code for one in (other, unit)] == [204, 204]
    agent.get("/inbox")
    agent.post(f"/tasks/{task_id}/release")
    assert other.get(f"/inbox/arrived/{task_id}").status_code == 200
    clock.advance(minutes=3)
    assert agent.get(f"/inbox/arrived/{task_id}").status_code == 204
    assert [agent.get(f"/inbox/arrived/{none}").status_code for none in ("1-1", "nonsense")] == [204, 204]


def test_how_one_is_reminded_is_remembered_for_each_person(admit: Admit) -> None:
    agent, other = admit("agent1"), admit("reviewer1")
    page = agent.get("/inbox").text
    assert 'id="f-popup" name="popup" value="true" checked' in page
    assert 'id="f-sound" name="sound" value="true">' in page
    assert agent.post("/inbox/reminders", htmx=True, sound="true").status_code == 204
    assert agent.post("/inbox/reminders", sound="true").location == "/inbox?done=reminders"
    page = admit("agent1").get("/inbox").text
    assert 'id="f-popup" name="popup" value="true">' in page
    assert 'id="f-sound" name="sound" value="true" checked' in page
    assert 'id="f-popup" name="popup" value="true" checked' in other.get("/inbox").text
