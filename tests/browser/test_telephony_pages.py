"""The seat's window, the board and the list of calls: no exchange behind them, rows as a worker would have written them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from engine import clock, crypto
from engine.actor import Actor
from engine.db import configure
from engine.settings import DEMO_KEY
from processes.contacts import services as contacts
from processes.registry.citizens import classes
from processes.registry.citizens import services as citizens
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewElder
from telephony.blacklist import services as blacklist
from telephony.calls.models import PhoneCall
from telephony.recordings.models import Recording
from tests.browser.conftest import PHONE_SCREEN, OpenDesk, complaint
from tests.browser.desk import Desk
from tests.contract.api.telephony.rows import NUMBER, Rows
from tests.fixtures.filling import PHONE
from tests.fixtures.server import Server

PAGES = {
    "seat, signed out": ("exec1", "/seat"),
    "seat, ready": ("shift_leader1", "/seat"),
    "seat, talking": ("agent1", "/seat"),
    "board": ("team_leader1", "/board"),
    "day": ("team_leader1", "/board/day"),
    "calls": ("quality1", "/calls"),
    "own calls": ("agent1", "/calls"),
}
ROOMS = pytest.mark.parametrize("room", PAGES)
FIVE_SECONDS = 5000
"""Milliseconds after which a board is at most out of date (T21)."""
UNFOLD = "document.querySelectorAll('main details').forEach((one) => (one.open = true))"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with telephony on, whose exchange nobody asks."""
    folder = tmp_path_factory.mktemp("telephony")
    on = {
        "BIHUAN_ARI_URL": "http://127.0.0.1:1/ari",
        "BIHUAN_ARI_PASSWORD": "none",
        "BIHUAN_SEAT_WSS": "wss://127.0.0.1:1/ws",
        "BIHUAN_SEAT_SECRET": "the secret of browsers",
        "BIHUAN_RECORDINGS": str(folder / "recordings"),
    }
    with Server(folder, **on) as server:
        yield server


@contextmanager
def writing(server: Server) -> Iterator[Rows]:
    """Rows in a server's database, sealed as it would seal them."""
    database = configure(create_engine(server.database_url, poolclass=NullPool))
    before = list(crypto._cipher)
    crypto.use(crypto.Cipher(DEMO_KEY))
    try:
        yield Rows(sessionmaker(database, expire_on_commit=False))
    finally:
        crypto._cipher[:] = before
        database.dispose()


def _lists(session: Session) -> None:
    elders.enrol(session, NewElder("王小明", PHONE, "P-7001", "人民路 12 号", "610402"), clock.now())
    citizen = citizens.remember(session, "王小明", PHONE, clock.now())
    for name in classes.CLASSES:
        classes.give(session, Actor("shift_leader1", frozenset({"shift_leader"})), citizen, name, clock.now())
    row = blacklist.ask(session, Actor("team_leader1"), PHONE, "骚扰", 7, clock.now())
    blacklist.approve(session, Actor("shift_leader1"), row.id, clock.now())


@pytest.fixture(scope="module")
def town(server: Server) -> str:
    """Somebody talks, somebody waits, somebody is away, somebody was missed; answers the name of a recording."""
    complaint(server.log_in("agent1"))
    with writing(server) as rows:
        rows.write(_lists)
        rows.talking(number=PHONE, recording="r1")
        rows.seat("shift_leader1", number="1002")
        rows.seat("expert1", "not_ready", number="1004", reason="meal", place="彬州分中心", locked=True)
        rows.waiting(seconds=75)
        rows.past(None, ago=timedelta(seconds=40))
        name = rows.recording(rows.past(ago=timedelta(minutes=9), number=PHONE))
    place = server.directory / "recordings" / name[1:3]
    place.mkdir(parents=True)
    samples = b"\x00\x00" * 8000
    head = b"RIFF" + (36 + len(samples)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    head += (1).to_bytes(2, "little") * 2 + (8000).to_bytes(4, "little") + (16000).to_bytes(4, "little")
    head += (2).to_bytes(2, "little") + (16).to_bytes(2, "little") + b"data" + len(samples).to_bytes(4, "little")
    (place / f"{name}.wav").write_bytes(head + samples)
    return name


def _visit(desk: Desk, room: str) -> None:
    username, path = PAGES[room]
    desk.log_in(username)
    assert desk.open(path).status == 200
    desk.page.evaluate(UNFOLD)


@ROOMS
def test_nobody_is_shut_out(desk: Desk, town: str, room: str) -> None:
    _visit(desk, room)
    desk.is_open_to_everybody()


@ROOMS
def test_it_can_be_read_at_night(desks: OpenDesk, town: str, room: str) -> None:
    desk = desks(color_scheme="dark")
    _visit(desk, room)
    assert not desk.barriers()


@ROOMS
def test_a_telephone_shows_it_without_scrolling_sideways_in_both_languages(desks: OpenDesk, town: str, room: str) -> None:
    desk = desks(viewport=PHONE_SCREEN, has_touch=True, is_mobile=True)
    _visit(desk, room)
    assert desk.overflow() <= 0
    assert not desk.barriers()
    desk.page.goto(f"{desk.page.url}?lang=en", wait_until="load")
    desk.page.evaluate(UNFOLD)
    assert desk.overflow() <= 0
    own = desk.page.locator(".bar nav, h1, h2, thead th, .filters label > :not(select), .badge, button").all_inner_texts()
    assert not [text for text in own if re.search("[㐀-鿿]", text)]


def test_the_window_shows_who_calls_and_what_can_be_done(desk: Desk, town: str) -> None:
    desk.log_in("agent1")
    desk.open("/seat")
    page = desk.page
    expect(page.locator("#caller")).to_have_text(PHONE)
    for word in ("王小明", "老年人一招灵", "VIP客户", "重要客户", "黑名单", "录音中"):
        expect(page.locator(".call")).to_contain_text(word)
    with page.expect_response("**/hold"):
        page.get_by_role("button", name="保持").click()
    page.get_by_text("咨询、三方、转接").click()
    page.fill("#f-number", "12")
    with page.expect_response("**/transfer"):
        page.get_by_role("button", name="转接", exact=True).click()
    _refreshed(desk, "seat")
    expect(page.locator("#third")).to_have_attribute("open", "")
    page.locator("#f-number").fill("call")
    with page.expect_response("**/consult"):
        page.get_by_role("button", name="咨询", exact=True).click()
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("号码只能是 2 到 18 位数字")
    _refreshed(desk, "seat")
    expect(refusal).to_contain_text("号码只能是 2 到 18 位数字")
    asked = server_commands(desk)
    assert [one["kind"] for one in asked] == ["hold", "transfer"]
    desk.trouble = [line for line in desk.trouble if "status of 422" not in line]


def _refreshed(desk: Desk, part: str) -> None:
    """A part of the page has fetched itself again and shows what came."""
    desk.page.evaluate(
        """(id) => new Promise((shown) => {
            document.addEventListener("htmx:after:swap", () => shown(true), { once: true });
            document.getElementById(id).dispatchEvent(new CustomEvent("refresh"));
        })""",
        part,
    )


def server_commands(desk: Desk) -> list[dict[str, str]]:
    """What was asked of the call on the desk's window."""
    call_id = desk.page.locator("#seat").get_attribute("data-call")
    found: list[dict[str, str]] = desk.server.log_in("agent1").get(f"telephony/calls/{call_id}").json()["commands"]
    return found


def test_the_window_follows_its_seat_within_a_second_and_leads_the_main_window_to_the_form(desk: Desk, server: Server, town: str) -> None:
    desk.log_in("admin")
    desk.open("/inbox")
    with desk.page.expect_popup() as popped:
        desk.page.get_by_role("link", name="话务台").click()
    window = popped.value
    window.wait_for_load_state()
    window.get_by_label("桌上话机").check()
    window.fill("#f-endpoint", "1007")
    window.get_by_role("button", name="签入").click()
    expect(window.locator("#state-title + .badge")).to_contain_text("置忙")
    window.get_by_role("button", name="置闲").click()
    expect(window.locator("#state-title + .badge")).to_have_text("空闲")
    window.get_by_label("接听后在主窗口打开登记表").uncheck()
    with writing(server) as rows:
        call_id = rows.talking("admin", "13900003333", seat="1007")
    expect(window.locator("#caller")).to_have_text("13900003333")
    desk.page.get_by_role("link", name="案件", exact=True).click()
    expect(window.locator("#caller")).to_be_visible()
    desk.page.get_by_role("link", name="话务台").click()
    assert len(desk.page.context.pages) == 2, "the window is opened once"
    assert window.locator("#seat").get_attribute("data-call") == call_id
    window.get_by_role("link", name="打开登记表").click()
    desk.page.wait_for_url(f"**/seat/calls/{call_id}/new-case")


def test_a_new_case_begins_with_the_callers_number(desk: Desk, town: str) -> None:
    desk.log_in("agent1")
    desk.open("/seat")
    with desk.page.expect_popup() as popped:
        desk.page.get_by_role("link", name="打开登记表").click()
    expect(popped.value.locator("#f-phone")).to_have_value(PHONE)
    expect(popped.value.locator("#f-name")).to_have_value("王小明")
    assert PHONE not in popped.value.url


def test_the_board_follows_by_itself_and_says_alarms_in_words(desk: Desk, server: Server, town: str) -> None:
    desk.log_in("team_leader1")
    desk.open("/board")
    page = desk.page
    expect(page.locator("#alarms")).to_contain_text("告警")
    expect(page.locator("#a-expert1")).to_contain_text("彬州分中心")
    expect(page.locator("#a-agent1")).to_contain_text("138****8000")
    with writing(server) as rows:
        rows.seat("supervisor1", "not_ready", number="1009", reason="training")
    assert 0 < int(page.locator("#board").get_attribute("data-poll") or 0) <= FIVE_SECONDS
    expect(page.locator("#a-supervisor1")).to_contain_text("培训")
    page.locator("#a-supervisor1").get_by_role("button", name="闭锁").click()
    expect(page.locator("#a-supervisor1")).to_contain_text("已闭锁")
    expect(page.get_by_text("已发出")).to_be_visible()
    page.locator("#a-agent1").get_by_role("button", name="监听").click()
    expect(page.get_by_role("alert")).to_contain_text("请先签入座席")
    expect(page.get_by_text("已发出")).to_have_count(0)
    _refreshed(desk, "board")
    expect(page.get_by_role("alert")).to_contain_text("请先签入座席")
    desk.trouble = [line for line in desk.trouble if "status of 409" not in line]


def test_a_threshold_that_is_crossed_is_an_alarm_on_an_open_board(desk: Desk, server: Server, town: str) -> None:
    desk.log_in("team_leader1")
    desk.open("/board")
    alarms = desk.page.locator("#alarms")
    expect(alarms).not_to_contain_text("12333")
    with writing(server) as rows:
        rows.waiting("13900006666", seconds=57, queue="labour")
    expect(alarms.get_by_role("listitem").filter(has_text="12333").filter(has_text="最长等待")).to_contain_text("告警", timeout=30_000)


def test_a_recording_is_played_once_a_reason_was_given(desk: Desk, server: Server, town: str) -> None:
    desk.log_in("quality1")
    desk.open("/calls")
    page = desk.page
    page.get_by_text("12 秒").click()
    reason = page.get_by_label("调听理由")
    reason.fill("x")
    page.get_by_role("button", name="听录音").click()
    expect(page.get_by_role("alert")).to_contain_text("请写明理由")
    page.get_by_label("调听理由").fill("投诉核查")
    page.get_by_role("button", name="听录音").click()
    page.locator("audio").evaluate("(sound) => sound.play()")
    page.wait_for_function("document.querySelector('audio').duration === 1")
    assert NUMBER not in page.content()
    page.set_viewport_size({"width": 360, "height": 780})
    assert desk.overflow() <= 0
    desk.trouble = [line for line in desk.trouble if "status of 422" not in line]


def test_a_recording_is_played_on_the_page_of_its_case(desks: OpenDesk, server: Server, town: str) -> None:
    case_no, call_id = complaint(server.log_in("agent1"))["case_no"], town.rpartition(".")[0]

    def belongs(session: Session) -> None:
        contacts.link(session, call_id, case_no, clock.now())
        session.get_one(Recording, town).sha256 = "0" * 64

    with writing(server) as rows:
        rows.write(belongs)
    for screen in ({}, {"viewport": PHONE_SCREEN, "has_touch": True, "is_mobile": True}):
        desk = desks(**screen)
        desk.log_in("shift_leader1")
        desk.open(f"/cases/{case_no}")
        desk.page.locator("#classes summary").click()
        heard = desk.page.locator("#sounds")
        heard.locator("summary").click()
        heard.get_by_label("调听理由").fill("投诉核查")
        heard.get_by_role("button", name="听录音").click()
        heard.locator("audio").evaluate("(sound) => sound.play()")
        desk.page.wait_for_function("document.querySelector('#sounds audio').duration === 1")
        assert not desk.barriers()
        assert desk.overflow() <= 0


def test_calls_are_filtered_without_the_number_in_the_address(desk: Desk, town: str) -> None:
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.log_in("quality1")
    desk.open("/calls")
    desk.page.fill("#q-number", PHONE)
    desk.page.press("#q-number", "Enter")
    expect(desk.page.locator("#found tbody tr")).to_have_count(2)
    assert PHONE not in desk.page.url
    assert not [address for address in asked if PHONE in address]


def test_a_call_that_ends_leaves_the_window(desk: Desk, server: Server, town: str) -> None:
    with writing(server) as rows:
        call_id = rows.talking("care_clerk1", "13900004444", seat="1011")
        desk.log_in("care_clerk1")
        desk.open("/seat")
        expect(desk.page.locator("#caller")).to_be_visible()
        desk.page.get_by_text("咨询、三方、转接").click()
        desk.page.locator("#f-number").fill("call")
        desk.page.get_by_role("button", name="咨询", exact=True).click()
        expect(desk.page.get_by_role("alert")).to_be_visible()

        def ends(session: Session) -> None:
            call = session.get(PhoneCall, call_id)
            assert call is not None
            call.ended_at, call.state, call.version = clock.now(), "ended", 2

        rows.write(ends)
        rows.seat("care_clerk1", number="1011")
    expect(desk.page.locator("#caller")).to_be_hidden()
    expect(desk.page.locator("#f-dial")).to_be_visible()
    expect(desk.page.get_by_role("alert")).to_have_count(0)
    desk.trouble = [line for line in desk.trouble if "status of 422" not in line]
