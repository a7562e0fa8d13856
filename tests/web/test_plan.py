"""The pages of the plan: readable, its versions, and publishing what was checked and compared (T27)."""

import html
import json
import re
from typing import Any

import pytest

from api.product import Product
from api.telephony.plan import services
from api.telephony.plan import text as plan_text
from api.web.telephony import plan_tree
from engine.actor import Actor
from telephony.plan import services as plans
from tests.web.conftest import Admit
from tests.web.visitor import Visitor

ADMIN = Actor("admin", frozenset({"admin"}))


def _body(**changes: Any) -> dict[str, Any]:
    body = plans.shipped()
    body["queues"]["general"] |= changes or {"ring_seconds": 20}
    return body


def _text(**changes: Any) -> str:
    return plan_text.written(_body(**changes))


def _version(product: Product) -> int:
    with product.engine.read() as session:
        return plans.current_version(session)


def _mark(page: str) -> str:
    found = re.search(r'name="mark" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def _published(product: Product, **changes: Any) -> None:
    product.engine.transact(ADMIN, lambda work: services.publish(work.session, ADMIN, _body(**changes), "别人改的", work.now, seen=None))


def test_the_plan_in_force_is_shown_as_people_read_it(seat: Admit) -> None:
    page = seat("shift_leader1").get("/plan").text
    for words in (
        "政务服务便民热线",
        "您好，欢迎致电一二三四五政务服务便民热线。",
        "按 1",
        "没有按键或按错",
        "08:30–12:00",
        "应急，不受黑名单限制",
    ):
        assert words in page
    assert 'href="/plan/edit"' not in page
    assert 'href="/plan/edit"' in seat("designer1").get("/plan").text
    assert seat("shift_leader1").get("/plan/edit").status_code == 403


def test_a_plan_is_compared_before_it_is_published_and_a_second_look_is_needed_after_a_change(seat: Admit, telephone: Product) -> None:
    admin = seat("admin")
    admin.get("/plan/edit")
    compared = admin.post("/plan/edit", text=_text(), note="多响一会儿", step="check", mark="")
    assert compared.status_code == 200
    assert "<ins>" in compared.text
    assert "&#34;ring_seconds&#34;: 20" in compared.text
    assert _version(telephone) == 0
    changed = admin.post("/plan/edit", text=_text(ring_seconds=25), note="多响一会儿", step="publish", mark=_mark(compared.text))
    assert (changed.status_code, _version(telephone)) == (409, 0)
    assert "&#34;ring_seconds&#34;: 25" in changed.text
    done = admin.post("/plan/edit", text=_text(ring_seconds=25), note="多响一会儿", step="publish", mark=_mark(changed.text))
    assert (done.location, _version(telephone)) == ("/plan?done=plan", 1)
    page = admin.get("/plan").text
    assert "多响一会儿" in page
    assert "25 秒" in page


def test_nothing_is_published_that_was_not_compared(seat: Admit, telephone: Product) -> None:
    admin = seat("admin")
    admin.get("/plan/edit")
    assert admin.post("/plan/edit", text=_text(), step="publish").status_code == 409
    assert _version(telephone) == 0


def test_who_was_overtaken_sees_what_came_meanwhile_and_keeps_the_text(seat: Admit, telephone: Product) -> None:
    admin = seat("admin")
    admin.get("/plan/edit")
    mark = _mark(admin.post("/plan/edit", text=_text(), step="check").text)
    _published(telephone, ring_seconds=60)
    late = admin.post("/plan/edit", text=_text(), note="我的", step="publish", mark=mark)
    assert (late.status_code, _version(telephone)) == (409, 1)
    assert "别人发布了新的方案" in late.text
    assert "&#34;ring_seconds&#34;: 60" in late.text
    assert 'value="我的"' in late.text
    assert admin.post("/plan/edit", text=_text(), note="我的", step="publish", mark=_mark(late.text)).status_code == 303


def test_an_older_version_comes_back_as_a_new_one(seat: Admit, telephone: Product) -> None:
    _published(telephone, ring_seconds=60)
    admin = seat("admin")
    old = admin.get("/plan/versions/0").text
    assert "<del>" in old
    assert "不在用" in old
    form = admin.get("/plan/edit?from=0").text
    assert "下面是第 0 版的内容" in form
    assert 'value="回到第 0 版"' in form
    mark = _mark(admin.post("/plan/edit", text=plan_text.written(plans.shipped()), note="回到第 0 版", step="check").text)
    admin.post("/plan/edit", text=plan_text.written(plans.shipped()), note="回到第 0 版", step="publish", mark=mark)
    with telephone.engine.read() as session:
        assert services.body_of(session, 2) == plans.shipped()
    for path in ("/plan/versions/9", "/plan/versions/x", "/plan/edit?from=9", "/plan/edit?from=x", "/plan/versions/99999999999"):
        assert admin.get(path).status_code == 404


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "从第 1 行第 1 列起不是合法的 JSON"),
        ('{"shown": "12345",\r\n  "hours" }', "从第 2 行第 11 列起不是合法的 JSON"),
        ("[]", "方案应是一个 JSON 对象"),
        ('{"a": 1, "a": 2}', "同一处重复写了：a"),
        ('{"a": "\\ud800"}', "不是合法的 JSON"),
        ('{"a": "\\u0000"}', "空字符"),
        ("[" * 5000, "不是合法的 JSON"),
        ("{}", "<code>numbers</code>"),
        (_text(hours="never"), "<code>queues.general.hours</code>"),
        (_text(ring_seconds="soon"), "<code>queues.general.ring_seconds</code>"),
    ],
)
def test_a_wrong_plan_is_told_by_place_and_kept_as_it_was_typed(seat: Admit, telephone: Product, typed: str, told: str) -> None:
    admin = seat("admin")
    admin.get("/plan/edit")
    for step in ("check", "publish"):
        answer = admin.post("/plan/edit", text=typed, note="我的说明", step=step)
        assert answer.status_code == 422
        assert told in answer.text
        assert 'value="我的说明"' in answer.text
        (kept,) = re.findall(r'<textarea id="f-text"[^>]*>\n(.*?)</textarea>', answer.text, re.DOTALL)
        assert html.unescape(kept) == plan_text.plain(typed)
    assert _version(telephone) == 0


def test_a_note_that_is_too_long_stands_at_its_field(seat: Admit, telephone: Product) -> None:
    admin = seat("admin")
    admin.get("/plan/edit")
    mark = _mark(admin.post("/plan/edit", text=_text(), step="check").text)
    answer = admin.post("/plan/edit", text=_text(), note="长" * 201, step="publish", mark=mark)
    assert (answer.status_code, 'id="e-note"' in answer.text, _version(telephone)) == (422, True, 0)


def test_the_same_plan_needs_no_publishing(seat: Admit) -> None:
    admin = seat("admin")
    admin.get("/plan/edit")
    answer = admin.post("/plan/edit", text=plan_text.written(plans.shipped()), step="check").text
    assert "不需要发布" in answer
    assert 'value="publish"' not in answer


def test_a_way_that_comes_back_is_drawn_once() -> None:
    menus = {name: {"say": ["welcome"], "keys": {"1": "menu:a", "2": "menu:b"}, "otherwise": "end"} for name in ("a", "b")}
    way = plan_tree.way({"menus": menus, "queues": {}}, "menu:a")
    back, other, end = (stop for _how, _what, stop in way.ways)
    assert (back.again, other.again, end.kind) == (True, False, "end")
    assert [stop.again for _how, _what, stop in other.ways] == [True, True, False]


def test_a_long_chain_of_menus_ends_somewhere() -> None:
    menus = {f"m{at}": {"say": [], "keys": {"1": f"menu:m{at + 1}"}, "otherwise": "end"} for at in range(3000)}
    way, depth = plan_tree.way({"menus": menus}, "menu:m0"), 0
    while way.ways:
        way, depth = way.ways[0][2], depth + 1
    assert (depth, way.again) == (plan_tree.DEEPEST, True)


def test_the_shipped_plan_is_written_as_it_is_read() -> None:
    assert plan_text.read(plan_text.written(plans.shipped())) == plans.shipped()
    assert json.loads(plan_text.written(plans.shipped())) == plans.shipped()
    assert plan_text.compared(plans.shipped(), plans.shipped()) == []


def test_without_an_exchange_there_is_no_plan(sqlite_product: Product) -> None:
    admin = Visitor(sqlite_product, "admin")
    for path in ("/plan", "/plan/edit", "/plan/versions/0"):
        assert admin.get(path).status_code == 404
