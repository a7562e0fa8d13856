"""What moves by itself, and what moves by keys alone."""

from playwright.sync_api import expect

from tests.browser.conftest import Sample, complaint, drive
from tests.browser.desk import Desk
from tests.fixtures.server import Server

SOON = 8_000
"""Milliseconds; the busy machines of tests are slow, the product's own figure is 3 s."""


def test_a_new_task_appears_in_an_open_inbox_and_the_focus_stays(desk: Desk, server: Server, sample: Sample) -> None:
    desk.log_in("agent1")
    desk.open("/inbox?view=mine")
    mine = desk.page.locator(f"#a-{sample.own_task_id}")
    mine.focus()
    client = server.log_in("agent1")
    case_no = complaint(client, "新来的案件")["case_no"]
    task_id = client.get(f"cases/{case_no}").json()["tasks"][0]["id"]
    client.post(f"tasks/{task_id}/claim").raise_for_status()
    expect(desk.page.locator(f"#t-{task_id}")).to_be_visible(timeout=SOON)
    expect(mine).to_be_focused()
    total = desk.page.locator("#work").get_attribute("data-total")
    expect(desk.page).to_have_title(f"({total}) 任务箱 · 闭环 12345")


def test_an_open_case_page_follows_its_case(desk: Desk, server: Server) -> None:
    admin = server.log_in("admin")
    case_no = complaint(admin, "看着它走的案件")["case_no"]
    desk.log_in("agent1")
    desk.open(f"/cases/{case_no}")
    expect(desk.page.locator("#live").get_by_text("登记诉求")).to_be_visible()
    drive(admin, case_no, "ack")
    expect(desk.page.locator("#live").get_by_text(f"{case_no}-01").first).to_be_visible(timeout=SOON)


def test_the_inbox_is_worked_by_keys_alone(desk: Desk, server: Server) -> None:
    client = server.log_in("agent1")
    case_no = complaint(client, "用键盘签收的案件")["case_no"]
    task_id = client.get(f"cases/{case_no}").json()["tasks"][0]["id"]
    desk.log_in("agent1")
    desk.open(f"/inbox?q={case_no}")
    keyboard = desk.page.keyboard
    for _ in range(60):
        keyboard.press("Tab")
        if desk.page.evaluate("document.activeElement.id") == f"a-{task_id}":
            break
    keyboard.press("c")
    expect(desk.page.locator(f"#t-{task_id}").get_by_text("放回")).to_be_visible()
    keyboard.press("j")
    keyboard.press("Home")
    expect(desk.page.locator(f"#a-{task_id}")).to_be_focused()
    keyboard.press("Enter")
    desk.page.wait_for_url(f"**/tasks/{task_id}")


def test_a_filter_changes_the_address_and_comes_back_with_it(desk: Desk) -> None:
    desk.log_in("admin")
    desk.open("/inbox")
    desk.page.get_by_text("待签收", exact=True).first.click()
    desk.page.wait_for_url("**/inbox?*view=free*")
    desk.page.reload()
    expect(desk.page.locator("input[name=view][value=free]")).to_be_checked()


def test_a_hasty_second_click_sends_a_form_once(desk: Desk, server: Server) -> None:
    desk.log_in("agent1")
    desk.open("/cases/new")
    typed = {"name": "王小明", "phone": "13800138000", "title": "点了两次的案件", "content": "手一抖点了两次，只应立一案。"}
    for name, value in typed.items():
        desk.page.fill(f"#f-{name}", value)
    desk.page.locator(".actions .primary").dblclick()
    desk.page.locator(".big-number").first.wait_for()
    found = server.log_in("agent1").get("cases", params={"q": "点了两次的案件"}).json()["items"]
    assert len(found) == 1
