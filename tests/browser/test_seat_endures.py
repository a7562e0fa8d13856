"""What the seat's window lives through: streams that are refused, a session that ends, an exchange that is late, a call that one makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect
from sqlalchemy import update

from api.auth.models import AccessToken
from engine import clock
from tests.browser.conftest import PHONE_SCREEN, OpenDesk, complaint
from tests.browser.desk import Desk
from tests.browser.test_telephony_pages import writing
from tests.fixtures.server import Server

EVENTS = "**/api/v1/events"
LATER = 30_000
"""Milliseconds for what a page does again by itself after some seconds."""
REFRESH = """(id) => new Promise((shown) => {
  document.addEventListener('htmx:after:swap', () => shown(true), { once: true });
  document.getElementById(id).dispatchEvent(new CustomEvent('refresh'));
})"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with telephony on, whose exchange nobody asks."""
    on = {
        "BIHUAN_ARI_URL": "http://127.0.0.1:1/ari",
        "BIHUAN_ARI_PASSWORD": "none",
        "BIHUAN_SEAT_WSS": "wss://127.0.0.1:1/ws",
        "BIHUAN_SEAT_SECRET": "the secret of browsers",
    }
    with Server(tmp_path_factory.mktemp("endures"), **on) as server:
        yield server


@contextmanager
def _refused_once(desk: Desk) -> Iterator[None]:
    """The page that is opened here has its first stream refused; goes on when it has another."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=503, body="")
        else:
            route.continue_()

    desk.page.route(EVENTS, answer)
    with desk.page.expect_response(lambda one: one.url.endswith("/api/v1/events") and one.ok, timeout=LATER):
        yield


def _forget(desk: Desk, *statuses: int) -> None:
    """Leave the page, which tries again as long as it is there, and take no offence at what it was refused."""
    desk.page.goto("about:blank")
    desk.trouble = [line for line in desk.trouble if not any(f"status of {status}" in line for status in statuses)]


def test_a_seat_whose_stream_was_refused_follows_its_calls_again(desk: Desk, server: Server) -> None:
    desk.log_in("agent1")
    with writing(server) as rows:
        rows.seat("agent1")
        with _refused_once(desk):
            desk.open("/seat")
        rows.talking("agent1", "13900003333")
    expect(desk.page.locator("#caller")).to_have_text("13900003333")
    _forget(desk, 503)


def test_a_window_looks_once_its_stream_is_open_for_what_came_before_it(desk: Desk, server: Server) -> None:
    desk.log_in("agent1")
    with desk.page.expect_request("**/seat/panel"):
        desk.open("/seat")


def test_a_call_that_came_while_the_stream_was_refused_is_shown_without_it(desk: Desk, server: Server) -> None:
    desk.page.route(EVENTS, lambda route: route.fulfill(status=503, body=""))
    with writing(server) as rows:
        rows.seat("team_leader1", number="1002")
        desk.log_in("team_leader1")
        desk.open("/seat")
        rows.talking("team_leader1", "13900004444", seat="1002")
    expect(desk.page.locator("#caller")).to_have_text("13900004444", timeout=LATER)
    _forget(desk, 503)


def test_an_inbox_whose_stream_was_refused_catches_up(desk: Desk, server: Server) -> None:
    desk.log_in("agent1")
    with _refused_once(desk):
        desk.open("/inbox")
        complaint(server.log_in("exec1"), "流断了以后的新案件")
    expect(desk.page.locator("#work")).to_contain_text("流断了以后的新案件")
    _forget(desk, 503)


@pytest.mark.parametrize("screen", [{}, {"viewport": PHONE_SCREEN, "has_touch": True, "is_mobile": True}])
def test_a_window_whose_session_is_over_keeps_its_call_and_goes_on_after_another_log_in(
    desks: OpenDesk, server: Server, screen: dict[str, object]
) -> None:
    desk, who = desks(**screen), "admin" if screen else "care_clerk1"
    with writing(server) as rows:
        rows.talking(who, "13900005555", seat=who[:4])
        desk.open("/login")
        _log_in(desk.page, who)
        desk.open("/seat")
        over = update(AccessToken).where(AccessToken.username == who).values(expires_at=clock.real_now() - timedelta(seconds=1))
        rows.write(lambda session: session.execute(over))
        notice = desk.page.locator("#session-over")
        expect(notice).to_contain_text("登录已过期", timeout=LATER)
        expect(desk.page.locator("#caller")).to_have_text("13900005555")
        assert desk.page.url.endswith("/seat")
        assert not desk.barriers()
        assert desk.overflow() <= 0
        with desk.page.context.expect_page() as tab:
            notice.get_by_role("link", name="重新登录").click()
        _log_in(tab.value, who)
        expect(notice).to_have_count(0, timeout=LATER)
        with desk.page.expect_response("**/hold"):
            desk.page.get_by_role("button", name="保持").click()
        call_id = desk.page.locator("#seat").get_attribute("data-call")
        asked = server.log_in("admin").get(f"telephony/calls/{call_id}").json()["commands"]
        assert [one["kind"] for one in asked] == ["hold"]
    _forget(desk, 401)


def _log_in(page: Page, username: str) -> None:
    page.fill("#f-username", username)
    page.fill("#f-password", "demo")
    page.press("#f-password", "Enter")
    page.wait_for_url("**/inbox")


def test_what_is_typed_stays_when_the_window_looks_by_itself(desk: Desk, server: Server) -> None:
    with writing(server) as rows:
        rows.seat("shift_leader1", "not_ready", number="1003", reason="break")
    desk.log_in("shift_leader1")
    desk.open("/seat")
    desk.page.fill("#f-dial", "13900001")
    desk.page.select_option("#f-reason", "meal")
    desk.page.evaluate(REFRESH, "seat")
    expect(desk.page.locator("#f-dial")).to_have_value("13900001")
    expect(desk.page.locator("#f-reason")).to_have_value("meal")


def test_a_call_that_one_makes_leaves_the_main_window_alone_and_one_that_comes_does_not(desk: Desk, server: Server) -> None:
    desk.log_in("exec1")
    desk.open("/inbox")
    with writing(server) as rows:
        rows.seat("exec1", number="1005")
        with desk.page.expect_popup() as popped:
            desk.page.get_by_role("link", name="话务台").click()
        window = popped.value
        window.wait_for_load_state()
        rows.talking("exec1", "13900006666", seat="1005", kind="click")
        expect(window.locator("#caller")).to_have_text("13900006666")
        for _ in range(8):
            window.evaluate(REFRESH, "seat")
        assert desk.page.url.endswith("/inbox")
        call_id = rows.talking("exec1", "13900007777", seat="1005")
        desk.page.wait_for_url(f"**/seat/calls/{call_id}/new-case")


def _answer(line: WebSocketRoute, asked: str, status: str) -> None:
    """What an exchange says to a REGISTER."""
    fields = [row for row in asked.split("\r\n") if row.partition(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq", "Contact")]
    told = [f"{row};tag=exchange" if row.startswith("To:") else row for row in fields]
    line.send("\r\n".join([f"SIP/2.0 {status}", *told, "Expires: 120", "Content-Length: 0", "", ""]))


def test_a_softphone_that_the_exchange_could_not_register_tries_again(desk: Desk, server: Server) -> None:
    asked: list[str] = []

    def exchange(line: WebSocketRoute) -> None:
        def hear(message: str | bytes) -> None:
            text = message if isinstance(message, str) else message.decode()
            if text.startswith("REGISTER"):
                asked.append(text)
                _answer(line, text, "200 OK" if len(asked) > 1 else "503 Service Unavailable")

        line.on_message(hear)

    desk.page.route_web_socket("wss://127.0.0.1:1/ws", exchange)
    desk.page.clock.install()
    with writing(server) as rows:
        rows.seat("supervisor1", number="web-3")
    desk.log_in("supervisor1")
    desk.open("/seat")
    state = desk.page.locator("#soft-state")
    expect(state).to_have_text("连接已断开，正在重连")
    assert len(asked) == 1
    desk.page.clock.fast_forward(31_000)
    expect(state).to_have_text("软电话已就绪")
    assert len(asked) == 2
