"""`/incidents`: administrators alone see them, with the trace, and settle them one by one or a whole group."""

from typing import Any

import pytest

from engine import clock
from engine.actor import SYSTEM
from engine.errors import StepFailed
from engine.outbox import incidents
from engine.outbox.models import DEAD, Delivery
from engine.runtime.work import Work
from tests.contract.api.conftest import Desk


def undelivered(desk: Desk, number: int = 1) -> list[str]:
    """So many deliveries of cases of their own that were given up; answers their cases."""
    cases = [desk.open_case()["case_no"] for _ in range(number)]
    put = desk.product.engine.transact(SYSTEM, lambda work: [work.deliver("oa", case_no, {"to": "13800138000"}) for case_no in cases])

    def give_up(work: Work) -> None:
        for case_no, delivery_id in zip(cases, put, strict=True):
            work.session.get_one(Delivery, delivery_id).state = DEAD
            failure, trace = TimeoutError(f"13800138000 of {case_no}"), f"trace of {case_no}"
            incidents.report(
                work.session, "delivery", failure, work.now, place="oa", business_key=case_no, delivery_id=delivery_id, trace=trace
            )

    desk.product.engine.transact(SYSTEM, give_up)
    return cases


def history(desk: Desk, case_no: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk["admin"].get(f"cases/{case_no}/history").json["items"]
    return found


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("GET", "/groups"), ("GET", "/1"), ("POST", "/1/retry"), ("GET", "/batches/1")])
def test_only_administrators_see_incidents(desk: Desk, method: str, path: str) -> None:
    assert desk.stranger.send(method, f"incidents{path}").status_code == 401
    for username in ("agent1", "auditor1", "designer1"):
        assert desk[username].send(method, f"incidents{path}").status_code == 403


def test_a_list_has_no_trace_and_one_incident_has_it_with_what_can_be_done(desk: Desk) -> None:
    (case_no,) = undelivered(desk)
    (item,) = desk["admin"].get("incidents").json["items"]
    assert (item["kind"], item["place"], item["cause"], item["case_no"], item["times"]) == ("delivery", "oa", "TimeoutError", case_no, 1)
    assert "trace" not in item
    assert "13800138000" not in str(item)
    whole = desk["admin"].get(f"incidents/{item['id']}").json
    assert whole["trace"] == f"trace of {case_no}"
    assert {name for name, choice in whole["actions"].items() if choice["possible"]} == {"retry", "cancel"}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        ("?kind=delivery&place=oa&cause=TimeoutError", 1),
        ("?kind=step", 0),
        ("?state=retried", 0),
        ("?state=", 1),
        ("?case_no=NONE", 0),
    ],
)
def test_the_list_is_filtered(desk: Desk, query: str, count: int) -> None:
    undelivered(desk)
    assert len(desk["admin"].get(f"incidents{query}").json["items"]) == count
    assert len(desk["admin"].get(f"incidents/groups{query}").json["items"]) == count


def test_what_is_done_stands_in_the_cases_history_with_who_and_why(desk: Desk) -> None:
    (case_no,) = undelivered(desk)
    number = desk["admin"].get("incidents").json["items"][0]["id"]
    refused = desk["admin"].post(f"incidents/{number}/cancel", {})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "reason")
    done = desk["admin"].post(f"incidents/{number}/cancel", {"reason": "单位已撤销"})
    assert (done.status_code, done.json["state"], done.json["closed_by"], done.json["reason"]) == (200, "cancelled", "admin", "单位已撤销")
    step = history(desk, case_no)[-1]
    assert (step["type"], step["actor"], step["data"]["reason"], step["data"]["connector"]) == ("cancel", "admin", "单位已撤销", "oa")
    again = desk["admin"].post(f"incidents/{number}/retry", {})
    assert (again.status_code, again.json["closed_by"]) == (409, "admin")


def test_what_is_not_possible_says_why(desk: Desk) -> None:
    def command(work: Work) -> str:
        return str(incidents.report(work.session, "step", StepFailed(), clock.now(), place="complaint", element_id="fork").id)

    number = desk.product.engine.transact(SYSTEM, command)
    refused = desk["admin"].post(f"incidents/{number}/skip", {"reason": "越过它"})
    assert refused.status_code == 409
    assert "never stored" in refused.json["detail"]
    assert desk["admin"].post(f"incidents/{number}/explode", {"reason": "越过它"}).status_code == 404
    assert desk["admin"].post("incidents/4711/retry", {}).status_code == 404


def test_a_whole_group_is_settled_in_the_background_with_its_progress(desk: Desk) -> None:
    undelivered(desk, 3)
    (group,) = desk["admin"].get("incidents/groups").json["items"]
    assert (group["count"], group["cases"], group["times"]) == (3, 3, 3)
    begun = desk["admin"].post(f"incidents/groups/{group['group']}/retry", {})
    assert (begun.status_code, begun.json["total"], begun.json["done"], begun.json["state"]) == (202, 3, 0, "running")
    assert desk["admin"].post(f"incidents/groups/{group['group']}/retry", {}).status_code == 409
    for _ in range(2):
        desk.product.handlers["settle_incidents"](batch_id=int(begun.json["id"]))
    batch = desk["admin"].get(f"incidents/batches/{begun.json['id']}").json
    assert (batch["done"], batch["failed"], batch["state"]) == (3, 0, "done")
    assert desk["admin"].get("incidents").json["items"] == []
    assert desk["admin"].post("incidents/groups/nothing/retry", {}).status_code == 409


@pytest.mark.parametrize(("ttl", "status"), [("P3D", 200), ("three days", 422), ("", 422)])
def test_a_message_may_say_how_long_it_is_kept(desk: Desk, ttl: str, status: int) -> None:
    name, key = next(iter(desk.product.registry.messages.items()))
    sent = desk["admin"].post("messages", {"name": name, "correlation": {key: "x"}, "payload": {}, "ttl": ttl})
    assert sent.status_code == status
