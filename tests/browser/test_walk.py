"""The acceptance walk: a complaint from the first call to its closing, by its pages."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk
from tests.fixtures.server import Server

MOST_TASKS = 14
"""More people's tasks than a complaint without detours has."""


def _register(agent: Desk) -> tuple[str, str]:
    """Fill in the new case; answers its number and its query code."""
    page = agent.page
    agent.open("/inbox")
    page.get_by_role("link", name="新建案件").click()
    page.fill("#f-name", "王小明")
    page.fill("#f-phone", "13800138000")
    page.fill("#f-title", "人民路自来水管爆裂")
    page.fill("#f-content", "人民路 12 号门前自来水管爆裂，路面积水，影响通行，要求尽快抢修。")
    page.get_by_role("button", name="立案").click()
    expect(page.get_by_role("heading", name="已立案")).to_be_visible()
    expect(page.locator(".big-number")).to_have_count(2)
    numbers = page.locator(".big-number").all_inner_texts()
    page.get_by_role("link", name="继续登记").click()
    return numbers[0], numbers[1]


def _person_for(server: Server, case_no: str) -> tuple[str, str, str]:
    """Who is to do the oldest open task: account, task and element."""
    task = server.log_in("admin").get(f"cases/{case_no}").json()["tasks"][0]
    group = next((one for one in task["candidate_groups"] if ":" in one), task["candidate_groups"][0])
    role, _, unit = group.partition(":")
    accounts = {"unit": f"unit_{unit}", "unit_leader": "unit_leader1"}
    return accounts.get(role, f"{role}1"), task["id"], task["element_id"]


def test_a_complaint_goes_from_the_call_to_its_closing(desks: OpenDesk, server: Server) -> None:
    agent = desks()
    agent.log_in("agent1")
    case_no, code = _register(agent)
    done = []
    for _ in range(MOST_TASKS):
        case = server.log_in("admin").get(f"cases/{case_no}").json()
        if case["status"] == "closed":
            break
        username, task_id, element = _person_for(server, case_no)
        person = desks()
        person.log_in(username)
        person.open(f"/inbox?q={case_no}")
        row = person.page.locator(f"#t-{task_id}")
        if row.get_by_role("button", name=re.compile("签收")).count():
            row.get_by_role("button", name=re.compile("签收")).click()
            expect(row.get_by_role("button", name=re.compile("放回"))).to_be_visible()
        row.get_by_role("link").first.click()
        person.page.wait_for_url("**/tasks/*")
        person.fill_in()
        person.submit()
        done.append(element)
        assert not person.violations()
        person.page.goto("about:blank")
    assert case["status"] == "closed", done
    assert done[0] == "register"
    assert {"ack", "handle", "reply_citizen", "visit"} <= set(done)

    agent.open(f"/cases/{case_no}")
    expect(agent.page.locator("section[aria-labelledby=facts-title]")).to_contain_text("138****8000")
    expect(agent.page.locator("#facts-title + .badge")).to_have_text("办结")
    agent.page.get_by_role("link", name="回放").first.click()
    agent.settle()
    expect(agent.page.locator("#now .what")).to_contain_text("办结")

    citizen = desks(viewport={"width": 360, "height": 780})
    citizen.open("/query")
    citizen.page.fill("#f-case_no", case_no)
    citizen.page.fill("#f-code", code)
    citizen.page.get_by_role("button", name="查询").click()
    expect(citizen.page.get_by_text("已办结")).to_be_visible()
    expect(citizen.page.locator(".answer")).to_be_visible()
    assert citizen.overflow() <= 0


def test_a_wrong_field_is_said_beside_it_and_found_by_its_link(desks: OpenDesk) -> None:
    agent = desks()
    agent.log_in("agent1")
    agent.open("/cases/new")
    agent.page.fill("#f-title", "路灯不亮")
    agent.page.get_by_role("button", name="立案").click()
    expect(agent.page.locator("#form-errors")).to_be_focused()
    agent.page.locator("#form-errors a[href='#f-phone']").click()
    expect(agent.page.locator("#f-phone")).to_be_focused()
    expect(agent.page.locator("#f-title")).to_have_value("路灯不亮")
    agent.trouble = [line for line in agent.trouble if "status of 422" not in line]


def test_an_anonymous_caller_gives_a_reason_instead_of_a_name(desks: OpenDesk) -> None:
    agent = desks()
    agent.log_in("agent1")
    agent.open("/cases/new")
    expect(agent.page.locator("#f-anonymous_reason")).to_be_hidden()
    agent.page.get_by_label("要求匿名").check()
    expect(agent.page.locator("#f-anonymous_reason")).to_be_visible()
    expect(agent.page.locator("#f-name")).to_be_hidden()
