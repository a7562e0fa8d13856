"""The page of incidents, and what everybody else sees of one."""

import re

import pytest
from sqlalchemy import select

from api.product import Product
from engine import clock
from engine.actor import SYSTEM
from engine.errors import StepFailed
from engine.outbox import incidents
from engine.outbox.models import DEAD, Delivery, Incident
from engine.outbox.origin import Origin
from engine.runtime.work import Work
from tests.web.conftest import Admit


def stuck_case(product: Product, admit: Admit, failure: Exception | None = None) -> str:
    """A case whose review failed; answers its number."""
    case_no, _code = admit("agent1").open_case()
    from_case = int(admit("admin").tasks(case_no)[0]["instance_id"])

    def command(work: Work) -> None:
        error = failure or StepFailed("环节「推送」执行失败。 The step Push failed.")
        incidents.report(
            work.session,
            "step",
            error,
            work.now,
            place="complaint",
            element_id="register",
            business_key=case_no,
            instance_id=from_case,
            origin=Origin("task", from_case, 1),
            skippable=True,
            trace="Traceback: 13800138000",
        )

    product.engine.transact(SYSTEM, command)
    return case_no


def newest(product: Product) -> Incident:
    with product.engine.read() as session:
        return session.scalars(select(Incident).order_by(Incident.id.desc()).limit(1)).one()


def test_only_administrators_enter(admit: Admit, sqlite_product: Product) -> None:
    stuck_case(sqlite_product, admit)
    for username in ("agent1", "auditor1", "unit_water"):
        visitor = admit(username)
        assert visitor.get("/incidents").status_code == 403
        assert visitor.get(f"/incidents/{newest(sqlite_product).id}").status_code == 403
        assert 'href="/incidents"' not in visitor.get("/inbox").text
    assert 'href="/incidents"' in admit("admin").get("/inbox").text


def test_incidents_are_shown_by_cause_and_the_filter_stands_in_the_address(admit: Admit, sqlite_product: Product) -> None:
    first, second = stuck_case(sqlite_product, admit), stuck_case(sqlite_product, admit)
    stuck_case(sqlite_product, admit, KeyError("x"))
    admin = admit("admin")
    page = admin.get("/incidents").text
    assert "2 类原因" in page
    assert page.count("main-link") == 2
    group = newest(sqlite_product).group_key
    assert f"group={group}" in page
    assert "没有符合条件的异常事件" in admin.get("/incidents?kind=delivery").text
    found = admin.get(f"/incidents?q={first}").text
    assert "1 类原因" in found
    one_group = admin.get(f"/incidents?group={group}").text
    assert first not in one_group
    assert second not in one_group
    assert "KeyError" in one_group
    assert "<html" not in admin.get("/incidents", HX_Request="true").text


def test_one_incident_shows_its_trace_and_what_can_be_done(admit: Admit, sqlite_product: Product) -> None:
    case_no = stuck_case(sqlite_product, admit)
    page = admit("admin").get(f"/incidents/{newest(sqlite_product).id}").text
    for words in ("Traceback: 13800138000", case_no, "登记", "越过这一环节，等办理人重新提交时往下走。", "同时终止本案其余流程"):
        assert words in page


def test_skipping_wants_a_reason_and_stands_in_the_history(admit: Admit, sqlite_product: Product) -> None:
    case_no = stuck_case(sqlite_product, admit)
    admin, number = admit("admin"), newest(sqlite_product).id
    admin.get(f"/incidents/{number}")
    refused = admin.post(f"/incidents/{number}/skip", reason="坏")
    assert refused.status_code == 422
    assert "请写明理由" in refused.text
    assert re.findall(r">\n?([^<>]*)</textarea>", refused.text) == ["", "坏", ""]
    done = admin.post(f"/incidents/{number}/skip", reason="设备停用，已电话通知")
    assert done.location == f"/incidents/{number}?done=incident_skip"
    page = admin.get(f"/incidents/{number}?done=incident_skip").text
    assert "已跳过，流程往下走。" in page
    assert "设备停用，已电话通知" in page
    story = admin.get(f"/cases/{case_no}").text
    assert "跳过故障环节" in story
    assert "设备停用，已电话通知" in story
    assert admin.post(f"/incidents/{number}/retry", reason="").status_code == 409


def test_cancelling_the_whole_case_closes_it(admit: Admit, sqlite_product: Product) -> None:
    case_no = stuck_case(sqlite_product, admit)
    admin, number = admit("admin"), newest(sqlite_product).id
    admin.get(f"/incidents/{number}")
    assert admin.post(f"/incidents/{number}/cancel", reason="重复登记", whole_case="on").status_code == 303
    found = admin.client.get(f"/api/v1/cases/{case_no}").get_json()
    assert (found["status"], found["outcome"], found["tasks"]) == ("closed", "已终止", [])


def test_a_refused_end_keeps_its_tick(admit: Admit, sqlite_product: Product) -> None:
    stuck_case(sqlite_product, admit)
    admin, number = admit("admin"), newest(sqlite_product).id
    admin.get(f"/incidents/{number}")
    refused = admin.post(f"/incidents/{number}/cancel", reason="错", whole_case="on")
    assert (refused.status_code, 'name="whole_case" checked' in refused.text) == (422, True)


@pytest.mark.parametrize("number", ["9" * 30, "9" * 18, "x", "-1", "١"])
def test_there_is_no_incident_at_any_other_number(admit: Admit, number: str) -> None:
    admin = admit("admin")
    admin.get("/incidents")
    assert admin.get(f"/incidents/{number}").status_code == 404
    assert admin.post(f"/incidents/{number}/retry", reason="").status_code == 404


def test_the_order_of_a_work_order_that_was_ended_is_withdrawn(admit: Admit, sqlite_product: Product) -> None:
    case_no, _code = admit("agent1").open_case()
    admin = admit("admin")
    while (task := admin.tasks(case_no)[0])["element_id"] != "ack":
        assert admin.complete(task["id"]).status_code == 303
    instance_id = int(task["instance_id"])

    def command(work: Work) -> int:
        came = Origin("timer", instance_id, 1)
        return incidents.report(work.session, "step", KeyError(), work.now, instance_id=instance_id, element_id="watch", origin=came).id

    number = sqlite_product.engine.transact(SYSTEM, command)
    admin.get(f"/incidents/{number}")
    assert admin.post(f"/incidents/{number}/cancel", reason="派错单位").status_code == 303
    (order,) = admin.client.get(f"/api/v1/cases/{case_no}").get_json()["work_orders"]
    assert order["status"] == "withdrawn"


def test_a_group_is_settled_in_the_background_and_the_page_shows_how_far_it_is(admit: Admit, sqlite_product: Product) -> None:
    for _ in range(2):
        stuck_case(sqlite_product, admit)
    admin, group = admit("admin"), newest(sqlite_product).group_key
    admin.get(f"/incidents?group={group}")
    begun = admin.post(f"/incidents/groups/{group}/skip", reason="设备停用")
    assert begun.status_code == 303
    page = admin.get(begun.location).text
    assert "已处理 0 件，共 2 件" in page
    assert 'data-poll="1000"' in page
    batch_id = page.split("/incidents/batches/")[1].split('"')[0]
    assert "<progress" in admin.get(f"/incidents/batches/{batch_id}").text
    for _ in range(2):
        sqlite_product.handlers["settle_incidents"](batch_id=int(batch_id))
    assert admin.get(f"/incidents/batches/{batch_id}").headers["HX-Refresh"] == "true"
    assert "已处理 2 件，共 2 件" in admin.get(begun.location).text
    assert "没有符合条件的异常事件" in admin.get("/incidents").text


def test_what_a_group_is_refused_for_comes_back_with_what_was_typed(admit: Admit, sqlite_product: Product) -> None:
    stuck_case(sqlite_product, admit)
    admin, group = admit("admin"), newest(sqlite_product).group_key
    admin.get(f"/incidents?group={group}")
    refused = admin.post(f"/incidents/groups/{group}/skip", reason="<")
    assert refused.status_code == 422
    assert "请写明理由" in refused.text
    assert ">\n&lt;</textarea>" in refused.text
    assert '<details class="fold" open>' in refused.text
    assert newest(sqlite_product).state == "open"


def test_everybody_sees_in_words_that_a_case_has_an_incident(admit: Admit, sqlite_product: Product) -> None:
    case_no = stuck_case(sqlite_product, admit)
    agent = admit("agent1")
    page = agent.get(f"/cases/{case_no}").text
    assert "故障：环节「登记" in page
    assert "已通知管理员" in page
    assert "Traceback" not in page
    assert "有故障" in agent.get("/inbox").text
    assert "The step" in agent.get(f"/cases/{case_no}?lang=en").text


def test_a_message_that_did_not_arrive_is_told_at_its_case(admit: Admit, sqlite_product: Product) -> None:
    case_no, _code = admit("agent1").open_case()
    delivery_id = sqlite_product.engine.transact(SYSTEM, lambda work: work.deliver("oa", case_no, {}))

    def give_up(work: Work) -> None:
        work.session.get_one(Delivery, delivery_id).state = DEAD
        incidents.report(work.session, "delivery", TimeoutError(), clock.now(), place="oa", business_key=case_no, delivery_id=delivery_id)

    sqlite_product.engine.transact(SYSTEM, give_up)
    assert "发往单位办公系统的一条消息没有送达" in admit("agent1").get(f"/cases/{case_no}").text
    page = admit("admin").get(f"/incidents/{newest(sqlite_product).id}").text
    assert "发送没有下一步可走" in page
