"""The registers of VIP客户 and 重要客户 by the API (C28, G14)."""

import pytest

from processes.registry.audit import services as audit
from tests.contract.api.conftest import Desk

BODY = {"name": "王小明", "phone": "13900001111", "class": "vip"}


def test_a_customer_is_entered_once_however_the_number_is_written_and_struck_out_again(desk: Desk) -> None:
    leader, admin = desk["shift_leader1"], desk["admin"]
    first = leader.post("customers", BODY)
    assert first.status_code == 201, first.text
    assert [first.json[key] for key in ("name", "phone", "class", "by")] == ["王**", "139****1111", "vip", "shift_leader1"]
    again = admin.post("customers", {**BODY, "name": " 王小明 ", "phone": "+86 139-0000-1111"})
    assert again.json == first.json, "who entered it and when stays"
    important = admin.post("customers", {**BODY, "class": "important"})
    citizen = important.json["citizen"]
    assert citizen == first.json["citizen"]
    assert admin.get("customers").json == {"items": [important.json, first.json], "next": None}
    assert admin.get("customers?class=vip").json["items"] == [first.json]
    path = f"customers/{citizen}/vip"
    assert [leader.send("DELETE", path).status_code for _ in range(2)] == [204, 404]
    assert [one["class"] for one in leader.get("customers").json["items"]] == ["important"]
    with desk.product.engine.read() as session:
        kept = [(one.actor, one.action, one.detail["class"]) for one in audit.entries(session, subject=citizen)]
    assert kept == [
        ("shift_leader1", "citizen.class_taken", "vip"),
        ("admin", "citizen.class_given", "important"),
        ("shift_leader1", "citizen.class_given", "vip"),
    ]


def test_only_leaders_and_administrators_keep_the_registers(desk: Desk) -> None:
    citizen = desk["admin"].post("customers", BODY).json["citizen"]
    for who in ("agent1", "team_leader1", "supervisor1", "quality1", "unit_water"):
        assert desk[who].post("customers", BODY).status_code == 403
        assert desk[who].send("DELETE", f"customers/{citizen}/vip").status_code == 403
    assert {who: desk[who].get("customers").status_code for who in ("agent1", "unit_water", "team_leader1", "auditor1")} == {
        "agent1": 403,
        "unit_water": 403,
        "team_leader1": 200,
        "auditor1": 200,
    }
    assert desk.stranger.get("customers").status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**BODY, "class": "blocked"}, "class"),
        ({**BODY, "name": " "}, "name"),
        ({**BODY, "phone": "call"}, "phone"),
        ({"name": "王小明", "phone": "13900001111"}, "class"),
        ({**BODY, "name": "长" * 65}, "name"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_entered(desk: Desk, body: dict[str, str], field: str) -> None:
    answer = desk["admin"].post("customers", body)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)
    assert desk["admin"].get("customers").json["items"] == []


def test_addresses_that_lead_nowhere_are_not_found(desk: Desk) -> None:
    admin = desk["admin"]
    for path in ("customers/99/vip", "customers/x/vip", "customers/1/elder"):
        assert admin.send("DELETE", path).status_code == 404
    assert admin.get("customers?class=elder").status_code == 422
    assert admin.get("customers?cursor=x").status_code == 400


def test_the_register_is_read_page_by_page(desk: Desk) -> None:
    admin = desk["admin"]
    for number in range(53):
        assert admin.post("customers", {**BODY, "phone": f"139000010{number:02d}"}).status_code == 201
    first = admin.get("customers").json
    second = admin.get(f"customers?cursor={first['next']}").json
    assert (len(first["items"]), len(second["items"]), second["next"]) == (50, 3, None)
    assert len({one["citizen"] for one in [*first["items"], *second["items"]]}) == 53
