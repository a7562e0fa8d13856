"""What moves by itself, and what moves by keys alone."""

from time import monotonic

from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenDesk, Sample, complaint, drive
from tests.browser.desk import Desk
from tests.fixtures.server import Client, Server

PATIENCE = 60
"""Seconds until what a closed page has sent last must have arrived; each look is a request."""
FOLLOWS = "event-stream"
"""In what kind of answer the pushes come."""


def follow(desk: Desk, path: str = "/inbox") -> None:
    """Open a page, and wait until it is told what is new: what comes before that it does not hear of."""
    with desk.page.expect_response(lambda answer: FOLLOWS in answer.headers.get("content-type", "")):
        desk.open(path)


def test_a_new_task_appears_in_an_open_inbox_and_the_focus_stays(desk: Desk, server: Server, sample: Sample) -> None:
    desk.log_in("agent1")
    follow(desk, "/inbox?view=mine")
    mine = desk.page.locator(f"#a-{sample.own_task_id}")
    mine.focus()
    client = server.log_in("agent1")
    case_no = complaint(client, "新来的案件")["case_no"]
    task_id = client.get(f"cases/{case_no}").json()["tasks"][0]["id"]
    client.post(f"tasks/{task_id}/claim").raise_for_status()
    expect(desk.page.locator(f"#t-{task_id}")).to_be_visible()
    expect(mine).to_be_focused()
    total = desk.page.locator("#work").get_attribute("data-total")
    expect(desk.page).to_have_title(f"({total}) 任务箱 · 闭环 12345")


def test_a_task_that_came_while_the_page_was_not_listening_yet_is_there(desk: Desk, server: Server) -> None:
    client, opened = server.log_in("agent1"), []

    def late(route: Route) -> None:
        with client.get("events", stream=True) as pushes:
            opened.append(complaint(client, "正好这时来的案件")["case_no"])
            assert any(opened[0].encode() in line for line in pushes.iter_lines(chunk_size=1))  # now it is pushed to nobody else
        route.continue_()

    desk.log_in("agent1")
    desk.open("/cases")
    desk.page.route("**/api/v1/events", late, times=1)
    follow(desk)
    task_id = client.get(f"cases/{opened[0]}").json()["tasks"][0]["id"]
    expect(desk.page.locator(f"#t-{task_id}")).to_be_visible()


def test_an_open_case_page_follows_its_case(desk: Desk, server: Server) -> None:
    admin = server.log_in("admin")
    case_no = complaint(admin, "看着它走的案件")["case_no"]
    desk.log_in("agent1")
    desk.open(f"/cases/{case_no}")
    expect(desk.page.locator("#live").get_by_text("登记诉求")).to_be_visible()
    drive(admin, case_no, "ack")
    expect(desk.page.locator("#live").get_by_text(f"{case_no}-01").first).to_be_visible()


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


def test_a_new_task_is_announced_quietly_and_dismissed_by_keys(desk: Desk, server: Server) -> None:
    desk.log_in("agent1")
    follow(desk)
    desk.page.locator("#q").focus()
    case_no = complaint(server.log_in("agent1"), "新来的案件")["case_no"]
    notice = desk.page.locator(".popup", has_text=case_no)
    expect(notice).to_be_visible()
    expect(desk.page.locator("#q")).to_be_focused()
    assert not desk.barriers()
    notice.get_by_role("link").focus()
    desk.page.keyboard.press("Escape")
    expect(notice).to_be_hidden()


def test_the_notice_of_a_task_that_a_colleague_has_claimed_goes_away(desk: Desk, server: Server) -> None:
    desk.log_in("agent1")
    follow(desk)
    case_no = complaint(server.log_in("agent1"), "新来的案件")["case_no"]
    notice = desk.page.locator(".popup", has_text=case_no)
    expect(notice).to_be_visible()
    admin = server.log_in("admin")
    admin.post(f"tasks/{admin.get(f'cases/{case_no}').json()['tasks'][0]['id']}/claim").raise_for_status()
    expect(notice).to_be_hidden()


def test_notices_are_switched_off_for_good_and_the_sound_is_heard_when_switched_on(desks: OpenDesk, server: Server) -> None:
    desk = desks()
    desk.page.add_init_script(
        "let heard = 0; const start = OscillatorNode.prototype.start;"
        "OscillatorNode.prototype.start = function (...at) {"
        " document.documentElement.dataset.heard = ++heard; return start.apply(this, at); };"
    )
    desk.log_in("quality1")
    desk.open("/inbox")
    desk.page.get_by_role("button", name="提醒").click()
    with desk.page.expect_response("**/inbox/reminders"):
        desk.page.get_by_label("同时轻响一声").check()
    expect(desk.page.locator("html")).to_have_attribute("data-heard", "2")
    with desk.page.expect_response("**/inbox/reminders"):
        desk.page.get_by_label("来了新任务，在角上弹出提示").uncheck()
    again = desks()
    again.log_in("quality1")
    again.open("/inbox")
    expect(again.page.locator("#f-popup")).not_to_be_checked()
    expect(again.page.locator("#f-sound")).to_be_checked()


def test_nothing_moves_for_who_wants_no_motion(desks: OpenDesk, server: Server) -> None:
    desk = desks(reduced_motion="reduce")
    desk.log_in("agent1")
    follow(desk)
    complaint(server.log_in("agent1"), "新来的案件")
    notice = desk.page.locator(".popup").first
    expect(notice).to_be_visible()
    assert notice.evaluate("notice => getComputedStyle(notice).animationName") == "none"


def test_what_was_typed_is_there_again_after_the_browser_was_closed(desks: OpenDesk, server: Server) -> None:
    client = server.log_in("agent1")
    case_no = complaint(client, "写到一半的案件")["case_no"]
    task_id = client.get(f"cases/{case_no}").json()["tasks"][0]["id"]
    client.post(f"tasks/{task_id}/claim").raise_for_status()
    desk = desks()
    desk.log_in("agent1")
    desk.open(f"/tasks/{task_id}")
    desk.page.fill("#f-content", "写到一半，电话断了")
    expect(desk.page.locator("#draft-state")).to_contain_text("草稿已保存")
    desk.page.fill("#f-title", "刚写下就关了")
    desk.page.goto("about:blank")
    assert arrives(client, task_id, "刚写下就关了")
    again = desks()
    again.log_in("agent1")
    again.open(f"/tasks/{task_id}")
    expect(again.page.locator("#restored")).to_contain_text("已恢复您")
    expect(again.page.locator("#f-content")).to_have_value("写到一半，电话断了")
    expect(again.page.locator("#f-title")).to_have_value("刚写下就关了")
    again.page.get_by_role("button", name="不要草稿").click()
    expect(again.page.locator("#f-title")).to_have_value("写到一半的案件")
    expect(again.page.locator("#restored")).to_be_hidden()


def arrives(client: Client, task_id: str, title: str) -> bool:
    """Whether a draft with this title reaches the server."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        if client.get(f"tasks/{task_id}").json()["data"]["title"] == title:
            return True
    return False


def test_a_draft_that_does_not_arrive_is_said_aloud(desks: OpenDesk, server: Server) -> None:
    client = server.log_in("agent1")
    case_no = complaint(client, "断网时的案件")["case_no"]
    task_id = client.get(f"cases/{case_no}").json()["tasks"][0]["id"]
    client.post(f"tasks/{task_id}/claim").raise_for_status()
    desk = desks()
    desk.log_in("agent1")
    desk.open(f"/tasks/{task_id}")
    desk.page.route("**/draft", lambda route: route.abort())
    desk.page.fill("#f-title", "没有存上")
    expect(desk.page.get_by_role("alert")).to_contain_text("草稿没有存上")
    desk.page.unroute("**/draft")
    desk.page.fill("#f-title", "又存上了")
    expect(desk.page.locator("#draft-state")).to_contain_text("草稿已保存")
    desk.trouble = [line for line in desk.trouble if "ERR_FAILED" not in line]
