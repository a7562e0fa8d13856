"""The pages of the blacklist and of outbound lists (T17, T29)."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from api.product import Product
from engine import clock
from engine.actor import SYSTEM
from processes.deadlines.zone import LOCAL
from processes.registry.citizens import services as citizens
from telephony.blacklist import services as blacklist
from telephony.blacklist.models import BlockedNumber
from telephony.campaigns.models import DONE, Campaign, Target
from tests.contract.api.telephony.rows import Rows
from tests.web.conftest import Admit
from tests.web.visitor import Visitor

NUMBER = "13900001111"
ASKED = {"number": NUMBER, "reason": "一天内骚扰来电二十次", "days": "7"}


def _window() -> dict[str, str]:
    now = clock.now().astimezone(LOCAL)
    return {"opens_at": f"{now:%Y-%m-%dT%H:%M}", "closes_at": f"{now + timedelta(days=2):%Y-%m-%dT%H:%M}"}


def _list(**changes: str) -> dict[str, str]:
    numbers = {"numbers": "13900000001\r\n139 0000 0002\r\n\r\n029-85550101\r\n"}
    rest = {"name": "冬季供暖回访", "queue": "", "from": "09:00", "to": "18:00", "most_tries": "3", "pause_minutes": "60", "at_once": "5"}
    return {**rest, **_window(), **numbers, **changes}


def _wrong(page: str) -> list[str]:
    """The fields that a page marks as wrong and tells about."""
    return [field for field in re.findall(r'id="f-([\w.]+)"[^>]*aria-invalid="true"', page) if f'id="e-{field}"' in page]


def test_the_pages_are_the_leaders_and_only_with_an_exchange(seat: Admit, sqlite_product: Product) -> None:
    allowed = {"/blacklist": "team_leader1", "/campaigns": "shift_leader1", "/plan": "designer1"}
    for path, username in allowed.items():
        assert seat("agent1").get(path).status_code == 403
        assert f'href="{path}"' not in seat("agent1").get("/inbox").text
        assert seat(username).get(path).status_code == 200
        assert f'href="{path}"' in seat(username).get("/inbox").text
        assert Visitor(sqlite_product, username).get(path).status_code == 404
        assert f'href="{path}"' not in Visitor(sqlite_product, username).get("/inbox").text


def test_a_number_is_asked_for_by_one_leader_approved_by_another_and_lifted(seat: Admit, telephone: Product) -> None:
    leader, other = seat("team_leader1"), seat("shift_leader1")
    leader.get("/blacklist")
    assert leader.post("/blacklist", ASKED).location == "/blacklist?done=blocked"
    page = leader.get("/blacklist").text
    assert "139****1111" in page
    assert NUMBER not in page
    assert "待批准" in page
    assert "/blacklist/1/approve" not in page
    assert "须由另一人批准" in page
    assert leader.post("/blacklist/1/approve").status_code == 409
    assert "/blacklist/1/approve" in other.get("/blacklist").text
    assert other.post("/blacklist/1/approve").status_code == 303
    assert "生效中" in leader.get("/blacklist").text
    with telephone.engine.read() as session:
        assert blacklist.blocked(session, NUMBER, clock.now())
    assert leader.post("/blacklist/1/lift").location == "/blacklist?done=lifted"
    assert "解除：team_leader1" in leader.get("/blacklist").text
    with telephone.engine.read() as session:
        assert not blacklist.blocked(session, NUMBER, clock.now())
    for unknown in ("9", "x", "9" * 18, "9" * 30):
        assert leader.post(f"/blacklist/{unknown}/lift").status_code == 404


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"number": "abc"}, ["number"]),
        ({"reason": "  "}, ["reason"]),
        ({"days": "0"}, ["days"]),
        ({"days": "366"}, ["days"]),
        ({"days": "九"}, ["days"]),
        ({"days": "9" * 30}, ["days"]),
        ({"number": "", "reason": "", "days": ""}, ["number", "reason", "days"]),
    ],
)
def test_what_is_wrong_with_a_blocked_number_stands_at_its_field(seat: Admit, changes: dict[str, str], fields: list[str]) -> None:
    leader = seat("team_leader1")
    leader.get("/blacklist")
    answer = leader.post("/blacklist", {**ASKED, "reason": "骚扰来电", **changes})
    assert (answer.status_code, _wrong(answer.text)) == (422, fields)
    if "reason" not in changes:
        assert 'value="骚扰来电"' in answer.text
    assert "没有被拦截的号码" in leader.get("/blacklist").text


def test_the_same_form_sent_twice_asks_once(seat: Admit, telephone: Product) -> None:
    leader = seat("team_leader1")
    leader.get("/blacklist")
    for _ in range(2):
        assert leader.post("/blacklist", ASKED).status_code == 303
    with telephone.engine.read() as session:
        assert len(session.scalars(select(BlockedNumber)).all()) == 1


def test_one_number_is_looked_for_however_it_is_written(seat: Admit) -> None:
    leader = seat("team_leader1")
    for number in (NUMBER, "95001"):
        leader.get("/blacklist")
        assert leader.post("/blacklist", {**ASKED, "number": number}).status_code == 303
    found = leader.get("/blacklist?number=%2B86 139 0000 1111").text
    assert "139****1111" in found
    assert found.count('id="b-') == 1


@pytest.mark.parametrize(
    ("path", "shown", "typed"),
    [
        ("/calls", "/calls", {"number": "+86 139 0000 1111", "queue": "general"}),
        ("/elders", "/elders", {"q": NUMBER, "state": "in_use"}),
        ("/blacklist/found", "/blacklist", {"number": NUMBER}),
    ],
)
def test_what_was_looked_for_without_scripts_stands_sealed_in_the_address(
    seat: Admit, telephone: Product, path: str, shown: str, typed: dict[str, str]
) -> None:
    leader, rows = seat("shift_leader1"), Rows(telephone.sessions)
    for device, number in (("P-1", NUMBER), ("P-2", "13900002222")):
        rows.past(number=number)
        rows.elder(device, number)
        leader.get("/blacklist")
        assert leader.post("/blacklist", number=number, reason="一天骚扰二十次", days="7").status_code == 303
    leader.get(shown)
    answer = leader.post(path, typed)
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, shown)
    assert not [part for part in (NUMBER, "0000+1111", "0000%201111") if part in answer.location]
    for address in (answer.location, f"{answer.location}&lang=en"):
        page = leader.get(address).text
        assert len(re.findall(r'<tr id="[bce]-', page)) == 1
        assert NUMBER not in page
    assert re.findall(r'href="([^"]*lang=zh-CN)"', page)[0].startswith(f"{shown}?")
    assert leader.post(path, htmx=True, **typed).status_code == 200
    nothing = leader.post(path, dict.fromkeys(typed, ""))
    assert (nothing.status_code, nothing.location) == (303, shown)


def test_a_list_is_made_watched_paused_and_ended(seat: Admit, telephone: Product) -> None:
    leader = seat("team_leader1")
    telephone.engine.transact(SYSTEM, lambda work: citizens.opt_out(work.session, "029-85550101", SYSTEM, work.now))
    leader.get("/campaigns")
    for _ in range(2):
        assert leader.post("/campaigns", _list()).location == "/campaigns?done=campaign"
    page = leader.get("/campaigns").text
    assert page.count('id="c-') == 1
    assert "共 3 个，已呼叫 0，接听 0，未接通 0，剩余 2，不打扰 1" in page
    with telephone.sessions.begin() as session:
        row = session.scalars(select(Campaign)).one()
        target = session.scalars(select(Target).order_by(Target.id).limit(1)).one()
        target.state, target.tries, target.result = DONE, 1, '{"handler_sat": "satisfied"}'
    one = leader.get(f"/campaigns/{row.id}").text
    assert "已呼叫 1，接听 1" in one
    assert "满意" in one
    assert "139****0001" in one
    assert "13900000001" not in one
    assert leader.post(f"/campaigns/{row.id}/pause").status_code == 303
    assert "已暂停" in leader.get("/campaigns").text
    assert leader.post(f"/campaigns/{row.id}/run").status_code == 303
    assert leader.post(f"/campaigns/{row.id}/end").location == f"/campaigns/{row.id}?done=campaign_end"
    over = leader.post(f"/campaigns/{row.id}/pause")
    assert (over.status_code, "外呼任务已经结束" in over.text) == (409, True)
    assert "任务被结束" in leader.get(f"/campaigns/{row.id}").text
    for path in ("/campaigns/99", "/campaigns/x"):
        assert leader.get(path).status_code == 404
    assert leader.post("/campaigns/99/end").status_code == 404
    assert leader.post(f"/campaigns/{row.id}/explode").status_code == 404


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": " "}, ["name"]),
        ({"queue": "nowhere"}, ["queue"]),
        ({"opens_at": ""}, ["opens_at"]),
        ({"closes_at": "tomorrow"}, ["closes_at"]),
        ({"closes_at": "2020-01-01T08:00"}, ["closes_at"]),
        ({"opens_at": "0001-01-01T00:00"}, ["opens_at"]),
        ({"from": "25:00"}, ["from"]),
        ({"from": "18:00", "to": "09:00"}, ["from"]),
        ({"most_tries": "0"}, ["most_tries"]),
        ({"pause_minutes": "-1"}, ["pause_minutes"]),
        ({"at_once": "many"}, ["at_once"]),
        ({"numbers": " \r\n "}, ["numbers"]),
    ],
)
def test_what_is_wrong_with_a_list_stands_at_its_field(seat: Admit, changes: dict[str, str], fields: list[str]) -> None:
    leader = seat("team_leader1")
    leader.get("/campaigns")
    answer = leader.post("/campaigns", _list(**changes))
    assert (answer.status_code, _wrong(answer.text)) == (422, fields)


def test_bad_lines_are_named_by_their_place_and_nothing_typed_is_lost(seat: Admit) -> None:
    leader = seat("team_leader1")
    leader.get("/campaigns")
    answer = leader.post("/campaigns", _list(numbers="13900000001\r\nabc\r\n\r\n12\r\n"))
    assert (answer.status_code, _wrong(answer.text)) == (422, ["numbers"])
    assert "有 2 行不是有效的电话号码，行号和内容：2: abc; 4: 12" in answer.text
    for typed in ("冬季供暖回访", "13900000001\r\nabc\r\n\r\n12"):
        assert typed in answer.text
    english = leader.post("/campaigns?lang=en", _list(numbers="x"))
    assert "1 lines hold no telephone number; their places and what stands there: 1: x" in english.text


def test_until_midnight_is_the_end_of_the_day(seat: Admit, telephone: Product) -> None:
    leader = seat("team_leader1")
    leader.get("/campaigns")
    assert leader.post("/campaigns", _list(**{"from": "00:00", "to": "00:00"})).status_code == 303
    with telephone.engine.read() as session:
        row = session.scalars(select(Campaign)).one()
    assert (row.from_minute, row.to_minute) == (0, 1440)
    assert "每天 00:00 至 24:00" in leader.get("/campaigns").text
