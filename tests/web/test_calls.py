"""Tasks that stand before any case: the form of a call at the intake, a list of devices."""

from datetime import timedelta
from typing import Any

from api.product import Product
from engine.actor import SYSTEM
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewElder
from tests.web.conftest import Admit
from tests.web.visitor import Visitor

CALL = "1772413200.17"


def ring(product: Product) -> None:
    """A call that agent1 answers."""
    product.engine.transact(SYSTEM, lambda work: work.throw("CallReceived", {"call_id": CALL, "service": "12345", "queue": "general"}))
    product.engine.transact(SYSTEM, lambda work: work.throw("CallAnswered", {"call_id": CALL, "agent": "agent1"}))


def inbox(visitor: Visitor) -> list[dict[str, Any]]:
    """What somebody could do."""
    found: list[dict[str, Any]] = visitor.client.get("/api/v1/tasks").get_json()["items"]
    return found


def test_a_call_is_taken_down_on_its_page_and_the_next_one_tells_number_and_code(admit: Admit, sqlite_product: Product) -> None:
    ring(sqlite_product)
    agent = admit("agent1")
    (task,) = inbox(agent)
    assert (task["element_id"], task["case_no"], task["title"]) == ("register", CALL, None)
    page = agent.get(f"/tasks/{task['id']}")
    assert CALL in page.text
    assert "/cases/" + CALL not in page.text
    answer = agent.complete(
        task["id"], outcome="file", category="complaint", caller_name="王小明", phone="13800138000", title="路灯不亮", content="路灯坏了"
    )
    assert answer.status_code == 303
    following = agent.get(answer.location)
    assert "查询码" in following.text
    (told,) = [one for one in inbox(agent) if one["element_id"] == "tell_number"]
    fields = {field["key"]: field for field in agent.task(told["id"])["form"]["components"]}
    case_no, code = agent.task(told["id"])["data"]["case_no"], fields["query_code"]["values"][0]["label"]
    assert code in following.text
    assert agent.client.get(f"/api/v1/public/cases/{case_no}?code={code}").status_code == 200
    history = agent.client.get(f"/api/v1/cases/{CALL}/history").get_json()["items"]
    assert [step["element_id"] for step in history if step["type"] == "complete"] == ["register"]


def test_wrong_fields_of_a_call_come_back_beside_them(admit: Admit, sqlite_product: Product) -> None:
    ring(sqlite_product)
    agent = admit("agent1")
    (task,) = inbox(agent)
    agent.get(f"/tasks/{task['id']}")
    answer = agent.post(
        f"/tasks/{task['id']}",
        outcome="file",
        category="complaint",
        title="路灯不亮",
        content="路灯坏了",
        urgency="normal",
        channel="phone",
    )
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') >= 2


def test_a_call_is_the_centres_alone(admit: Admit, sqlite_product: Product) -> None:
    ring(sqlite_product)
    (task,) = inbox(admit("agent1"))
    assert admit("unit_water").get(f"/tasks/{task['id']}").status_code in (403, 404)
    assert admit("reviewer1").get(f"/tasks/{task['id']}").status_code == 200
    assert admit("reviewer1").get("/cases/no-such-call").status_code == 404


def test_a_list_of_devices_is_a_task_like_others(admit: Admit, sqlite_product: Product) -> None:
    elder = NewElder("赵奶奶", "029-33219999", "P-9001", "人民路12号")
    sqlite_product.engine.transact(SYSTEM, lambda work: elders.enrol(work.session, elder, work.now - timedelta(days=31)))
    sqlite_product.engine.transact(SYSTEM, lambda work: work.start("device_check", "", {}))
    clerk = admit("care_clerk1")
    task = next(task for task in inbox(clerk) if task["element_id"] == "try_devices")
    page = clerk.get(f"/tasks/{task['id']}")
    assert page.status_code == 200
    assert "P-9001" in page.text
    assert clerk.complete(task["id"], working=["P-9001"]).status_code == 303
