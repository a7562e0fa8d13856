"""The case page."""

import io
import json
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from api.product import Product
from api.web.cases.gathered import gathered
from processes.registry.audit.models import AuditEntry
from tests.fixtures.filling import answers
from tests.web.conftest import Admit
from tests.web.visitor import COMPLAINT, Visitor, as_typed

PHONE = COMPLAINT["phone"]


@pytest.fixture
def dispatched(admit: Admit) -> tuple[str, Visitor]:
    """A case that has reached a unit, and the administrator who took it there."""
    admin = admit("admin")
    case_no, _code = admin.open_case()
    for _ in range(5):
        task = admin.tasks(case_no)[0]
        if task["element_id"] == "ack":
            break
        assert admin.complete(task["id"]).status_code == 303
    return case_no, admin


def _audited(product: Product, action: str) -> list[AuditEntry]:
    with product.engine.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_the_phone_is_masked_until_somebody_says_why(admit: Admit, sqlite_product: Product) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case()
    page = agent.get(f"/cases/{case_no}").text
    assert PHONE not in page
    assert "138****8000" in page
    refused = agent.post(f"/cases/{case_no}/unmask", reason="核")
    assert (refused.status_code, 'value="核"' in refused.text) == (422, True)
    assert not _audited(sqlite_product, "citizen.unmasked")
    shown = agent.post(f"/cases/{case_no}/unmask", reason="核对回拨号码")
    assert PHONE in shown.text
    entry = _audited(sqlite_product, "citizen.unmasked")[0]
    assert (entry.actor, entry.object, entry.detail) == ("agent1", case_no, {"reason": "核对回拨号码"})
    assert PHONE not in agent.get(f"/cases/{case_no}").text


def test_a_foreign_unit_is_refused_and_put_on_record(dispatched: tuple[str, Visitor], admit: Admit, sqlite_product: Product) -> None:
    case_no, admin = dispatched
    own = admin.client.get(f"/api/v1/cases/{case_no}").get_json()["work_orders"][0]["unit"]
    foreign = admit("unit_water" if own != "water" else "unit_housing")
    for path in ("", "/replay", "/live"):
        answer = foreign.get(f"/cases/{case_no}{path}")
        assert answer.status_code == 403
        assert COMPLAINT["title"] not in answer.text
    assert {entry.object for entry in _audited(sqlite_product, "case.refused")} == {case_no}


def test_the_page_shows_both_lamps_in_words_the_orders_and_who_is_waited_for(dispatched: tuple[str, Visitor]) -> None:
    case_no, admin = dispatched
    page = admin.get(f"/cases/{case_no}").text
    head = page.split("<h1>")[1].split("notices")[0]
    assert "时长" in head
    assert "期限" in head
    assert "绿灯" in head
    assert f"{case_no}-01" in page
    assert "承办单位" in page
    pictures = json.loads(page.split('id="stage-data">')[1].split("</script>")[0])
    assert any("ack" in picture["current"] for picture in pictures)
    assert all(picture["flows"] for picture in pictures)


def test_the_live_part_answers_only_when_something_moved(dispatched: tuple[str, Visitor]) -> None:
    case_no, admin = dispatched
    seen = admin.get(f"/cases/{case_no}").text.split("live?seen=")[1].split('"')[0]
    assert admin.get(f"/cases/{case_no}/live?seen={seen}").status_code in (200, 204)
    admin.claim(admin.tasks(case_no)[0]["id"])
    moved = admin.get(f"/cases/{case_no}/live?seen={seen}")
    assert moved.status_code == 200
    assert moved.text.lstrip().startswith('<div class="stack" id="live"')


def test_side_actions_are_small_forms_by_right(dispatched: tuple[str, Visitor], admit: Admit) -> None:
    case_no, _admin = dispatched
    agent, reviewer = admit("agent1"), admit("reviewer1")
    page = agent.get(f"/cases/{case_no}").text
    assert [name for name in ("urge", "supplement", "withdraw", "link", "note", "extend") if f'id="do-{name}"' in page] == [
        "urge",
        "supplement",
        "withdraw",
        "link",
    ]
    assert 'id="do-' not in reviewer.get(f"/cases/{case_no}").text
    agent.get(f"/cases/{case_no}")
    assert agent.post(f"/cases/{case_no}/actions/urge", text="市民再次来电催办").location == f"/cases/{case_no}?done=urge"
    assert "市民再次来电催办" in agent.get(f"/cases/{case_no}").text


def test_a_refused_side_action_says_why_in_its_own_form(dispatched: tuple[str, Visitor], admit: Admit) -> None:
    case_no, _admin = dispatched
    agent = admit("agent1")
    agent.get(f"/cases/{case_no}")
    answer = agent.post(f"/cases/{case_no}/actions/link", case_no="TS00000000NOTHERE0", kind="link")
    assert answer.status_code == 422
    assert '<details class="fold" id="do-link" open>' in answer.text
    assert 'value="TS00000000NOTHERE0"' in answer.text
    assert agent.post(f"/cases/{case_no}/actions/note", text="不是我的权限").status_code == 422
    assert agent.post(f"/cases/{case_no}/actions/dance").status_code == 422


@pytest.mark.parametrize("days", ["9" * 5000, "9" * 10, "0", "-1", "١", ""])
def test_a_number_of_days_that_is_none_stands_at_its_form(dispatched: tuple[str, Visitor], days: str) -> None:
    case_no, admin = dispatched
    order = admin.client.get(f"/api/v1/cases/{case_no}").get_json()["work_orders"][0]["work_order"]
    admin.get(f"/cases/{case_no}")
    answer = admin.post(f"/cases/{case_no}/actions/extend", work_order=order, days=days, reason="配件未到")
    assert (answer.status_code, f'value="{days}"' in answer.text) == (422, True)


def test_a_number_in_the_title_is_masked_where_everybody_may_see_it(admit: Admit) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case(title="请回电 139-1111 2222 路灯不亮")
    page = agent.get(f"/cases/{case_no}").text
    for element in ("title", "h1"):
        (text,) = re.findall(rf"<{element}>(.*?)</{element}>", page)
        assert "请回电 139****222 路灯不亮" in text
    for path in ("/inbox", "/cases", f"/tasks/{agent.tasks(case_no)[0]['id']}"):
        head = agent.get(path).text.partition('<form id="task"')[0]
        assert "139****222" in head, path


def test_cases_are_found_by_number_phone_title_and_state(admit: Admit) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case(title="护城河栏杆松动")
    row = f"/cases/{case_no}"
    for query in (f"q={case_no}", f"q={PHONE}", "q=栏杆", "status=open", "category=complaint", "due=", "age="):
        assert row in agent.get(f"/cases?{query}").text, query
    for query in ("q=路灯", "status=closed", "category=praise", "unit=water", "due=red"):
        assert row not in agent.get(f"/cases?{query}").text, query
    assert PHONE not in agent.get(f"/cases?q={PHONE}").text.split("<tbody>")[1]


def test_an_unknown_case_is_not_found(admit: Admit) -> None:
    agent = admit("agent1")
    assert agent.get("/cases/TS00000000NOTHERE0").status_code == 404
    assert agent.get("/cases/TS00000000NOTHERE0/live").status_code == 404


def test_an_attachment_of_a_form_is_found_on_the_case(admit: Admit) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case()
    task = agent.task(agent.tasks(case_no)[0]["id"])
    components = task["form"]["components"]
    field = next(one["key"] for one in components if one["type"] == "file")
    typed = as_typed(components, {**task["data"], **answers(components, task["data"])})
    agent.get(f"/tasks/{task['id']}")
    assert agent.post(f"/tasks/{task['id']}", {**typed, field: (io.BytesIO("路灯位置".encode()), "位置.txt")}).status_code == 303
    page = agent.get(f"/cases/{case_no}").text
    assert "位置.txt" in page
    link = page.split("位置.txt")[0].rsplit('href="', 1)[1].split('"')[0]
    assert agent.get(link).text == "路灯位置"


def test_a_record_is_corrected_with_a_reason_and_shows_what_stood_there(admit: Admit) -> None:
    agent, reviewer = admit("agent1"), admit("reviewer1")
    case_no, _code = agent.open_case()
    page = agent.get(f"/cases/{case_no}").text
    assert 'id="correct"' in page
    assert 'id="correct"' not in reviewer.get(f"/cases/{case_no}").text
    texts = {"title": "人民路三盏路灯不亮", "content": COMPLAINT["content"], "address": COMPLAINT["address"]}
    refused = agent.post(f"/cases/{case_no}/correct", {**texts, "reason": " "})
    assert refused.status_code == 422
    assert '<details class="fold" id="correct" open>' in refused.text
    assert texts["title"] in refused.text
    assert agent.post(f"/cases/{case_no}/correct", {**texts, "reason": "来电人更正"}).location == f"/cases/{case_no}?done=correct"
    page = agent.get(f"/cases/{case_no}").text
    assert f"<h1>{texts['title']}</h1>" in page
    assert f"原为：{COMPLAINT['title']}" in page
    assert "理由：来电人更正" in page
    unchanged = agent.post(f"/cases/{case_no}/correct", {**texts, "reason": "来电人更正"})
    assert (unchanged.status_code, "没有改动" in unchanged.text) == (422, True)
    reviewer.get(f"/cases/{case_no}")
    assert reviewer.post(f"/cases/{case_no}/correct", {**texts, "reason": "越权"}).status_code == 403


def test_of_two_who_correct_a_record_the_second_is_told_and_loses_nothing(admit: Admit) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case()
    looked = agent.get(f"/cases/{case_no}").text.partition('name="looked" value="')[2].partition('"')[0]
    texts = {"title": COMPLAINT["title"], "content": COMPLAINT["content"], "address": COMPLAINT["address"], "looked": looked}
    assert agent.post(f"/cases/{case_no}/correct", {**texts, "title": "人民路三盏路灯不亮", "reason": "来电人更正"}).status_code == 303
    second = agent.post(f"/cases/{case_no}/correct", {**texts, "address": "人民路 13 号", "reason": "门牌写错"})
    assert (second.status_code, "刚刚有人改过" in second.text, "人民路 13 号" in second.text) == (409, True, True)
    now = second.text.partition('name="looked" value="')[2].partition('"')[0]
    assert agent.post(f"/cases/{case_no}/correct", {"address": "人民路 13 号", "looked": now, "reason": "门牌写错"}).status_code == 303
    page = agent.get(f"/cases/{case_no}").text
    assert "<h1>人民路三盏路灯不亮</h1>" in page
    assert "人民路 13 号" in page


def test_a_unit_reads_nothing_of_the_citizen_in_the_history_of_a_confidential_case(admit: Admit) -> None:
    admin = admit("admin")
    case_no, _code = admin.open_case(confidential="true", address="人民路 12 号 3 单元")
    for _ in range(5):
        task = admin.tasks(case_no)[0]
        if task["element_id"] == "ack":
            break
        assert admin.complete(task["id"]).status_code == 303
    unit = admit(f"unit_{admin.client.get(f'/api/v1/cases/{case_no}').get_json()['work_orders'][0]['unit']}")
    told = {who: unit_or.client.get(f"/api/v1/cases/{case_no}/history").text for who, unit_or in (("unit", unit), ("centre", admin))}
    hidden = ("王**", "138****8000", "人民路 12 号 3 单元")
    assert [word for word in hidden if word not in told["centre"]] == []
    assert [word for word in hidden if word in told["unit"]] == []


def test_a_citizen_who_wants_no_messages_gets_none(admit: Admit) -> None:
    admin = admit("admin")
    case_no, _code = admin.open_case()
    admin.get(f"/cases/{case_no}")
    refused = admin.post(f"/cases/{case_no}/messages", wanted="no", reason="烦")
    assert (refused.status_code, 'value="烦"' in refused.text) == (422, True)
    assert admin.post(f"/cases/{case_no}/messages", wanted="no", reason="不想收短信").location == f"/cases/{case_no}?done=no_messages"
    admin.complete(admin.tasks(case_no)[0]["id"])
    page = admin.get(f"/cases/{case_no}").text
    assert "未发送：退订" in page
    assert "该号码已退订" in page
    assert "不想收短信" in page
    assert admin.post(f"/cases/{case_no}/messages", wanted="yes", reason="又想收了").location == f"/cases/{case_no}?done=messages"
    assert "该号码已退订" not in admin.get(f"/cases/{case_no}").text


def test_only_who_takes_calls_opts_out_and_an_anonymous_case_has_nothing_to_opt_out(admit: Admit) -> None:
    agent, reviewer = admit("agent1"), admit("reviewer1")
    case_no, _code = agent.open_case()
    assert 'id="messages"' not in reviewer.get(f"/cases/{case_no}").text
    assert reviewer.post(f"/cases/{case_no}/messages", wanted="no", reason="越权").status_code == 403
    nameless, _code = agent.open_case(who="anonymous", anonymous_reason="不愿透露", name="", phone="")
    assert 'id="messages"' not in agent.get(f"/cases/{nameless}").text


def test_a_merged_case_names_its_master_and_the_master_its_merged_cases(dispatched: tuple[str, Visitor], admit: Admit) -> None:
    master, admin = dispatched
    agent = admit("agent1")
    case_no, _code = agent.open_case(title="同一盏路灯", name="李小红", phone="13900139000")
    agent.get(f"/cases/{case_no}")
    assert agent.post(f"/cases/{case_no}/actions/link", case_no=master, kind="merge").location == f"/cases/{case_no}?done=merge"
    own = agent.get(f"/cases/{case_no}?done=merge").text
    assert "已并案，本案到此结束" in own
    assert "本案已并入" in own
    assert f'href="/cases/{master}"' in own
    assert "主案，本案并入此案" in own
    page = agent.get(f"/cases/{master}").text
    assert "并入本案的案件 1 件" in page
    assert f'href="/cases/{case_no}"' in page
    found = admin.client.get(f"/api/v1/cases/{case_no}").get_json()
    assert (found["status"], found["outcome"], found["merged_into"]) == ("closed", "并案", master)
    assert admin.client.get(f"/api/v1/cases/{master}").get_json()["merged"] == [case_no]
    refused = agent.post(f"/cases/{master}/actions/withdraw", reason="不要了")
    assert (refused.status_code, "不能撤回" in refused.text) == (422, True)


def test_a_unit_reads_the_numbers_of_merged_cases_and_is_led_into_none(dispatched: tuple[str, Visitor], admit: Admit) -> None:
    master, admin = dispatched
    case_no, _code = admin.open_case(name="李小红", phone="13900139000")
    admin.get(f"/cases/{case_no}")
    admin.post(f"/cases/{case_no}/actions/link", case_no=master, kind="merge")
    own = admin.client.get(f"/api/v1/cases/{master}").get_json()["work_orders"][0]["unit"]
    unit = admit("unit1" if own == "urban" else f"unit_{own}")
    page = unit.get(f"/cases/{master}").text
    assert case_no in page
    assert f'href="/cases/{case_no}"' not in page


def test_a_visit_shows_both_subjects_with_a_face_and_a_word() -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    visit = {"at": at, "by": "visitor1", "result": "unsatisfied", "handler_sat": "satisfied", "handling_sat": "unsatisfied", "text": None}
    nothing: dict[str, list[object]] = {key: [] for key in ("entries", "urges", "supervision", "returns", "extensions", "replies")}
    case = {**nothing, "visits": [visit]}
    (line,) = gathered(case)
    assert line.faces == (("经办人", "satisfied", "满意"), ("案件办理", "unsatisfied", "不满意"))


def test_leaders_say_of_which_class_a_citizen_is_and_it_goes_on_record(admit: Admit, sqlite_product: Product) -> None:
    agent, leader = admit("agent1"), admit("shift_leader1")
    case_no, _code = agent.open_case()
    address = f"/cases/{case_no}/classes"
    assert 'id="classes"' not in agent.get(f"/cases/{case_no}").text
    assert agent.post(address, classes=["vip"]).status_code == 403
    assert "VIP客户" in leader.get(f"/cases/{case_no}").text
    assert leader.post(address, classes=["vip", "nonsense"]).status_code == 303
    shown = agent.get(f"/cases/{case_no}").text.partition('id="classes"')[2]
    assert "VIP客户" in shown
    assert "shift_leader1" in shown
    assert "重要客户" not in shown
    leader.get(f"/cases/{case_no}")
    leader.post(address, classes=["vip"])
    leader.post(address, classes=["important"])
    given = [entry.detail["class"] for entry in _audited(sqlite_product, "citizen.class_given")]
    taken = [(entry.actor, entry.detail["class"]) for entry in _audited(sqlite_product, "citizen.class_taken")]
    assert (given, taken) == (["vip", "important"], [("shift_leader1", "vip")])
    other, _code = agent.open_case()
    assert "重要客户" in agent.get(f"/cases/{other}").text, "it is the citizen's, not the case's"


def test_an_anonymous_citizen_has_no_class(admit: Admit) -> None:
    leader = admit("shift_leader1")
    case_no, _code = leader.open_case(who="anonymous", name="", phone="", anonymous_reason="怕被打扰")
    assert 'id="classes"' not in leader.get(f"/cases/{case_no}").text
    assert leader.post(f"/cases/{case_no}/classes", classes=["vip"]).status_code == 404


def test_a_unit_does_not_see_of_which_class_a_citizen_is(dispatched: tuple[str, Visitor], admit: Admit) -> None:
    case_no, admin = dispatched
    admin.get(f"/cases/{case_no}")
    assert admin.post(f"/cases/{case_no}/classes", classes=["vip"]).status_code == 303
    unit = admin.client.get(f"/api/v1/cases/{case_no}").get_json()["work_orders"][0]["unit"]
    page = admit(f"unit_{unit}").get(f"/cases/{case_no}")
    assert page.status_code == 200
    assert "VIP客户" not in page.text
