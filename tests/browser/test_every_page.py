"""What must hold on every page: WCAG A and AA, the content security policy, the keyboard, a telephone's width."""

from collections.abc import Sequence
from dataclasses import asdict

import pytest

from tests.browser.conftest import PHONE_SCREEN, OpenDesk, Sample
from tests.browser.desk import Desk
from tests.fixtures.server import Server

PAGES = {
    "log-in": (None, "/login"),
    "inbox": ("admin", "/inbox"),
    "new case": ("agent1", "/cases/new"),
    "own task": ("agent1", "/tasks/{own_task_id}"),
    "unclaimed task": ("admin", "/tasks/{task_id}"),
    "case": ("admin", "/cases/{case_no}"),
    "cases": ("agent1", "/cases"),
    "master case": ("agent1", "/cases/{master}"),
    "merged case": ("agent1", "/cases/{merged}"),
    "calendar": ("admin", "/calendar"),
    "incidents": ("admin", "/incidents"),
    "incidents of a cause": ("admin", "/incidents?group={group}"),
    "incident": ("admin", "/incidents/{incident}"),
    "case with an incident": ("agent1", "/cases/{stuck}"),
    "replay": ("auditor1", "/cases/{case_no}/replay"),
    "definitions": ("designer1", "/definitions"),
    "diagram": ("designer1", "/definitions/work_order/1"),
    "decision table": ("designer1", "/definitions/due/1"),
    "query": (None, "/query"),
    "mailbox": ("admin", "/mailbox"),
    "doors": ("admin", "/rooms"),
    "refusal": ("unit_water", "/definitions"),
    "no such page": ("agent1", "/no/such/page"),
}
ROOMS = pytest.mark.parametrize("room", PAGES)


def _visit(desk: Desk, sample: Sample, room: str) -> None:
    username, path = PAGES[room]
    if username is not None:
        desk.log_in(username)
    answer = desk.open(path.format(**asdict(sample)))
    assert answer.status == {"refusal": 403, "no such page": 404}.get(room, 200)
    # The browser itself writes down that such a page was refused.
    desk.trouble = [line for line in desk.trouble if "status of 40" not in line]


@ROOMS
def test_nobody_is_shut_out(desk: Desk, sample: Sample, room: str) -> None:
    _visit(desk, sample, room)
    desk.is_open_to_everybody()


@ROOMS
def test_it_can_be_read_at_night(desks: OpenDesk, sample: Sample, room: str) -> None:
    desk = desks(color_scheme="dark")
    _visit(desk, sample, room)
    assert not desk.barriers()


@ROOMS
def test_a_telephone_shows_it_without_scrolling_sideways(desks: OpenDesk, sample: Sample, room: str) -> None:
    desk = desks(viewport=PHONE_SCREEN, has_touch=True, is_mobile=True)
    _visit(desk, sample, room)
    assert desk.overflow() <= 0
    assert not desk.barriers()


@ROOMS
def test_it_speaks_english_too_on_a_telephone(desks: OpenDesk, server: Server, sample: Sample, room: str) -> None:
    desk = desks(viewport=PHONE_SCREEN, locale="en")
    _visit(desk, sample, room)
    desk.page.goto(f"{desk.page.url}{'&' if '?' in desk.page.url else '?'}lang=en", wait_until="load")
    desk.settle()
    desk.trouble = [line for line in desk.trouble if "status of 40" not in line]
    chrome = desk.page.locator(".bar, h1, h2, th, .chips, .filters label, .actions, .foot, .player, .badge").all_inner_texts()
    assert desk.page.locator("html").get_attribute("lang") == "en"
    assert desk.overflow() <= 0
    titles = [case["title"] for case in server.log_in("admin").get("cases", params={"limit": 200}).json()["items"]]
    own_words = [text for text in chrome if any("㐀" <= letter <= "鿿" for letter in _without(titles, text))]
    assert not own_words


def _without(titles: Sequence[str], text: str) -> str:
    """What a page says itself: titles of cases, whichever test opened them, are data, and each language has its own name."""
    for data in (*sorted(titles, key=len, reverse=True), "中文"):
        text = text.replace(data, "")
    return text
