"""The page of the working-day calendar (E06)."""

import io
from datetime import UTC, datetime

from sqlalchemy import select

from api.product import Product
from processes.registry.audit.models import AuditEntry
from tests.fixtures.clocks import Clock
from tests.web.conftest import Admit

YEAR = {
    "year": "2029",
    "source": "国办发明电〔2028〕1号",
    "holidays": "1月1日 元旦\n2月12日至2月18日 春节",
    "workdays": "2029-02-10 春节",
}


def test_only_administrators_enter(admit: Admit) -> None:
    refused = admit("agent1").get("/calendar")
    assert refused.status_code == 403
    assert "这里需要以下角色之一：系统管理员。" in refused.text
    assert "工作日历" not in admit("agent1").get("/rooms").text
    assert "/calendar" in admit("admin").get("/rooms").text


def test_known_years_say_how_sure_they_are_and_the_next_one_is_offered(admit: Admit) -> None:
    page = admit("admin").get("/calendar").text
    recent = page.split('<details class="fold"')[0]
    assert recent.count("暂定") >= 2
    assert "现在算得到 2028 年" in recent
    assert '<input id="f-year" name="year" type="number" min="2000" max="2100" step="1" required value="2029">' in page


def test_a_year_is_pasted_out_of_the_notice_and_put_on_record(admit: Admit, sqlite_product: Product) -> None:
    admin = admit("admin")
    admin.get("/calendar")
    assert admin.post("/calendar", YEAR).location == "/calendar?done=calendar"
    page = admin.get("/calendar?year=2029").text
    assert "现在算得到 2029 年" in page
    assert "2029-02-12 ~ 2029-02-18 春节" in page
    assert "2029-02-10 春节" in page
    with sqlite_product.engine.read() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "calendar.entered"))
    assert (entry.actor, entry.object, entry.detail["holidays"], entry.detail["workdays"]) == ("admin", "2029", 8, 1)


def test_a_year_is_uploaded_as_a_file(admit: Admit) -> None:
    admin = admit("admin")
    admin.get("/calendar")
    file = (io.BytesIO('{"year": 2030, "holidays": {"2030-01-01": "元旦"}}'.encode()), "2030.json")
    assert admin.post("/calendar", {**YEAR, "provisional": "true", "file": file}).status_code == 303
    assert "现在算得到 2030 年" in admin.get("/calendar").text
    broken = admin.post("/calendar", {**YEAR, "file": (io.BytesIO(b"no"), "x.json")})
    assert (broken.status_code, 'id="e-file"' in broken.text) == (422, True)


def test_a_wrong_line_is_said_beside_its_field_and_nothing_is_lost(admit: Admit) -> None:
    admin = admit("admin")
    admin.get("/calendar")
    answer = admin.post("/calendar", {**YEAR, "holidays": "元旦放假"})
    assert answer.status_code == 422
    assert 'id="e-holidays"' in answer.text
    assert "元旦放假" in answer.text
    assert YEAR["source"] in answer.text
    weekday = admin.post("/calendar", {**YEAR, "workdays": "2029-02-14 春节"})
    assert (weekday.status_code, "2029-02-14" in weekday.text) == (422, True)


def test_a_limit_in_an_unknown_year_is_refused_and_leads_to_where_the_year_is_entered(admit: Admit, clock: Clock) -> None:
    admin = admit("admin")
    case_no, _code = admin.open_case(category="consultation")
    admin.complete(admin.tasks(case_no)[0]["id"], class_l1="urban", urgency="normal")
    (task,) = admin.tasks(case_no)
    clock.travel(datetime(2028, 12, 29, 9, tzinfo=UTC))
    answer = admin.complete(task["id"], mode="transfer")
    assert answer.status_code == 409
    assert "2029 年的节假日表尚未录入" in answer.text
    assert 'href="/calendar"' in answer.text
    assert [one["id"] for one in admin.tasks(case_no)] == [task["id"]]
    admin.get("/calendar")
    assert admin.post("/calendar", YEAR).status_code == 303
    assert admin.complete(task["id"], mode="transfer").status_code == 303
