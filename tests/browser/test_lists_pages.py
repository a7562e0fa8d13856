"""The blacklist, outbound lists, the plan and the register of elders in a browser: as they are, refused, and worked by people."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE_SCREEN, OpenDesk
from tests.browser.desk import Desk
from tests.fixtures.server import Server

UNFOLD = "document.querySelectorAll('main details').forEach((one) => (one.open = true))"
NUMBER = "13900001111"
WINDOW = {"opens_at": "2030-01-01T09:00:00+08:00", "closes_at": "2030-02-01T09:00:00+08:00"}


def _wrong_plan(page: Page) -> None:
    page.fill("#f-text", page.input_value("#f-text").replace("queue:general", "queue:nowhere"))
    page.click("button[value=check]")


def _compared_plan(page: Page) -> None:
    page.fill("#f-text", page.input_value("#f-text").replace("12345 综合座席", "综合座席"))
    page.click("button[value=check]")


def _wrong_list(page: Page) -> None:
    page.fill("#f-numbers", "13900000001\nabc")
    page.click("#make .primary")


def _wrong_number(page: Page) -> None:
    page.fill("#f-days", "400")
    page.click("#ask .primary")


def _wrong_elder(page: Page) -> None:
    page.fill("[id='f-contacts.0.name']", "孙小雨")
    page.click(".actions .primary")


def _whole_elder(page: Page) -> None:
    page.fill("#f-reason", "核对联系人")
    page.click("#unmask .primary")


PAGES: dict[str, tuple[str, str, Callable[[Page], None] | None]] = {
    "blacklist": ("shift_leader1", "/blacklist", None),
    "blacklist, refused": ("shift_leader1", "/blacklist", _wrong_number),
    "lists": ("team_leader1", "/campaigns", None),
    "lists, refused": ("team_leader1", "/campaigns", _wrong_list),
    "list": ("team_leader1", "/campaigns/1", None),
    "plan": ("designer1", "/plan", None),
    "old plan": ("designer1", "/plan/versions/0", None),
    "plan's text": ("designer1", "/plan/edit", None),
    "plan's text, wrong": ("designer1", "/plan/edit", _wrong_plan),
    "plan's text, compared": ("designer1", "/plan/edit", _compared_plan),
    "elders": ("care_clerk1", "/elders", None),
    "new elder": ("care_clerk1", "/elders/new", None),
    "new elder, refused": ("care_clerk1", "/elders/new", _wrong_elder),
    "elder": ("care_clerk1", "/elders/1", None),
    "elder, whole": ("care_clerk1", "/elders/1", _whole_elder),
}
ROOMS = pytest.mark.parametrize("room", PAGES)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with telephony on, whose exchange nobody asks."""
    with Server(tmp_path_factory.mktemp("lists"), BIHUAN_ARI_URL="http://127.0.0.1:1/ari", BIHUAN_ARI_PASSWORD="none") as server:
        yield server


@pytest.fixture(scope="module")
def town(server: Server) -> None:
    """A number of each state, a list that is to be called, a second plan; the elders are the demo city's."""
    admin, leader = server.log_in("admin"), server.log_in("team_leader1")
    for number in (NUMBER, "13900002222", "029-33210009"):
        leader.post("telephony/blacklist", json={"number": number, "reason": "骚扰来电", "days": 7}).raise_for_status()
    for row, deed in ((1, "approve"), (2, "lift")):
        admin.post(f"telephony/blacklist/{row}/{deed}").raise_for_status()
    numbers = [f"1390000{at:04d}" for at in range(120)]
    leader.post("telephony/campaigns", json={"name": "冬季供暖回访", "numbers": numbers, **WINDOW}).raise_for_status()
    plan = admin.get("telephony/plan").json()["plan"]
    plan["queues"]["labour"]["ring_seconds"] = 20
    admin.put("telephony/plan?note=多响一会儿", json=plan).raise_for_status()


def _visit(desk: Desk, room: str) -> None:
    username, path, deed = PAGES[room]
    desk.log_in(username)
    assert desk.open(path).status == 200
    if deed is not None:
        deed(desk.page)
        desk.page.wait_for_load_state("load")
    desk.page.evaluate(UNFOLD)
    desk.trouble = [line for line in desk.trouble if "status of 422" not in line]


@ROOMS
def test_nobody_is_shut_out(desk: Desk, town: None, room: str) -> None:
    _visit(desk, room)
    desk.is_open_to_everybody()


@ROOMS
def test_it_can_be_read_at_night(desks: OpenDesk, town: None, room: str) -> None:
    desk = desks(color_scheme="dark")
    _visit(desk, room)
    assert not desk.barriers()


@ROOMS
def test_a_telephone_shows_it_without_scrolling_sideways_in_both_languages(desks: OpenDesk, town: None, room: str) -> None:
    for language in ("zh-CN", "en"):
        desk = desks(viewport=PHONE_SCREEN, has_touch=True, is_mobile=True, locale=language)
        username, path, _deed = PAGES[room]
        desk.log_in(username)
        desk.open(f"{path}?lang={language}")
        _visit(desk, room)
        assert desk.overflow() <= 0
        assert not desk.barriers()
        assert desk.page.locator("html").get_attribute("lang") == language
    own = desk.page.locator(
        ".bar nav, h2, thead th, .filters label > :not(select), .field > label, .badge, button, caption"
    ).all_inner_texts()
    assert not [text for text in own if re.search("[㐀-鿿]", text)]


def test_a_number_is_turned_away_by_two_people(desk: Desk, desks: OpenDesk, town: None) -> None:
    desk.log_in("team_leader1")
    desk.open("/blacklist")
    page = desk.page
    page.fill("#f-number", "13900003333")
    page.fill("#f-reason", "一天内骚扰来电二十次")
    page.press("#f-reason", "Enter")
    expect(page.get_by_role("status").first).to_contain_text("已申请")
    expect(page.locator("#b-4")).to_contain_text("须由另一人批准")
    other = desks()
    other.log_in("shift_leader1")
    other.open("/blacklist")
    other.page.get_by_role("button", name="批准 139****3333").click()
    expect(other.page.locator("#b-4")).to_contain_text("生效中")
    other.page.fill("input[type=search]", "139 0000 3333")
    other.page.press("input[type=search]", "Enter")
    expect(other.page.locator("#found tbody tr")).to_have_count(1)
    assert "3333" not in other.page.url


def test_a_plan_is_changed_by_hand_and_an_old_one_comes_back(desk: Desk, server: Server, town: None) -> None:
    desk.log_in("designer1")
    desk.open("/plan")
    page = desk.page
    page.get_by_role("link", name="修改方案").click()
    page.fill("#f-text", page.input_value("#f-text").replace('"ring_seconds": 20', '"ring_seconds": 30'))
    expect(page.get_by_role("button", name="发布")).to_have_count(0)
    page.get_by_role("button", name="检查并比较").click()
    expect(page.locator(".diff ins")).to_contain_text('"ring_seconds": 30')
    expect(page.locator(".diff del")).to_contain_text('"ring_seconds": 20')
    page.get_by_label("说明").fill("再多响一会儿")
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_role("status").first).to_contain_text("方案已发布")
    expect(page.locator("table").last).to_contain_text("再多响一会儿")
    page.get_by_role("link", name="第 1 版").click()
    page.get_by_role("link", name="以此版本重新发布").click()
    page.get_by_role("button", name="检查并比较").click()
    page.get_by_role("button", name="发布").click()
    expect(page.locator(".head")).to_contain_text("在用：第 3 版")
    queues = server.log_in("admin").get("telephony/plan").json()["plan"]["queues"]
    assert queues["labour"]["ring_seconds"] == 20


def test_an_elders_contacts_are_put_in_another_order(desk: Desk, town: None) -> None:
    desk.log_in("care_clerk1")
    desk.open("/elders")
    page = desk.page
    page.fill("#q", "赵秀英")
    page.press("#q", "Enter")
    expect(page.locator("#found tbody tr")).to_have_count(1)
    page.get_by_role("link", name="赵**").click()
    expect(page.locator("main")).not_to_contain_text("赵秀英")
    page.get_by_label("理由").first.fill("家属要求调整顺序")
    page.get_by_role("button", name="显示").click()
    expect(page.get_by_label("住址")).to_have_value("文林社区3号楼2单元201室")
    page.fill("[id='f-contacts.2.place']", "0")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("status").first).to_contain_text("资料已保存")
    expect(page.locator(".timeline li").first).to_contain_text("看护医生")


def test_a_list_is_paused_from_the_overview_and_ended_on_its_own_page(desk: Desk, town: None) -> None:
    desk.log_in("team_leader1")
    desk.open("/campaigns")
    page = desk.page
    expect(page.get_by_role("button", name="结束任务 冬季供暖回访")).to_have_count(0)
    page.get_by_role("button", name="暂停 冬季供暖回访").click()
    expect(page.locator(".head")).to_contain_text("已暂停")
    page.get_by_role("button", name="继续 冬季供暖回访").click()
    expect(page.locator(".head")).to_contain_text("进行中")
    page.get_by_role("link", name="下一页").click()
    expect(page.locator("tbody tr")).to_have_count(20)
    page.get_by_role("button", name="结束任务 冬季供暖回访").click()
    expect(page.locator(".head")).to_contain_text("已结束")
    expect(page.locator("main")).to_contain_text("未接通 120")
