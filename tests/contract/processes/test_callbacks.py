"""A department's own system answers, on both databases."""

from typing import Any

import pytest

from engine.errors import Conflict, Invalid, NotFound
from engine.history import expand
from processes.casefile.extensions import AlreadyExtended
from processes.work_orders.callbacks import NotPossibleNow, apply
from tests.contract.processes.conftest import URBAN, WATER_OA, Hotline


def call_back(hotline: Hotline, unit: str = "water", **body: Any) -> dict[str, Any]:
    """Apply a callback as the verified request of a unit."""
    return hotline.engine.transact(WATER_OA, lambda work: apply(work, unit, body))


@pytest.fixture
def case_no(hotline: Hotline) -> str:
    """A complaint at the water works."""
    return hotline.dispatched()


def test_accepted_and_done_carry_the_order_to_its_end(hotline: Hotline, case_no: str) -> None:
    order = hotline.order(case_no)
    assert call_back(hotline, work_order=order, event="accepted", contact_person="赵工") == {
        "work_order": order,
        "event": "accepted",
        "status": "open",
    }
    answer = call_back(hotline, work_order=order, event="done", reply="已修好", measures="换管", result="solved")
    assert answer["status"] == "done"
    (water, urban) = hotline.view(case_no)["work_orders"]
    assert (water["status"], water["reply"], water["lights"]["due"], urban["status"]) == ("done", "已修好", "green", "open")


def test_the_history_names_the_unit_and_keeps_the_body_once(hotline: Hotline, case_no: str) -> None:
    body = {"work_order": hotline.order(case_no), "event": "accepted"}
    call_back(hotline, **body)
    with hotline.engine.read() as session:
        steps = [step for step in expand.read(session, hotline.engine.specs, case_no).steps if step.actor == "unit:water"]
    assert [step.data["event"] for step in steps if step.data and "event" in step.data] == [body]
    assert steps[0].element_id == "ack"


def test_done_before_accepted_is_not_possible_now(sqlite_hotline: Hotline) -> None:
    case_no = sqlite_hotline.dispatched()
    with pytest.raises(NotPossibleNow):
        call_back(sqlite_hotline, work_order=sqlite_hotline.order(case_no), event="done", reply="已修好")


def test_accepted_twice_is_not_possible_now(sqlite_hotline: Hotline) -> None:
    case_no = sqlite_hotline.dispatched()
    order = sqlite_hotline.order(case_no)
    call_back(sqlite_hotline, work_order=order, event="accepted")
    with pytest.raises(Conflict):
        call_back(sqlite_hotline, work_order=order, event="accepted")


def test_a_return_is_possible_before_and_after_the_acknowledgement(sqlite_hotline: Hotline) -> None:
    case_no = sqlite_hotline.dispatched()
    order = sqlite_hotline.order(case_no)
    assert call_back(sqlite_hotline, work_order=order, event="returned", return_reason="not_ours")["event"] == "returned"
    assert call_back(sqlite_hotline, work_order=order, event="returned", return_reason="not_ours")["event"] == "returned"


def test_another_units_order_is_not_found(sqlite_hotline: Hotline) -> None:
    case_no = sqlite_hotline.dispatched()
    for number in (sqlite_hotline.order(case_no, "urban"), "TS0-01"):
        with pytest.raises(NotFound):
            call_back(sqlite_hotline, work_order=number, event="accepted")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"event": "accepted"}, "work_order"),
        ({"event": "accepted", "work_order": 7}, "work_order"),
        ({"work_order": "TS0-01"}, "event"),
        ({"work_order": "TS0-01", "event": "fly"}, "event"),
    ],
)
def test_a_malformed_callback_names_its_field(sqlite_hotline: Hotline, body: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        call_back(sqlite_hotline, **body)
    assert set(refused.value.errors) == {field}


def test_progress_only_records(hotline: Hotline, case_no: str) -> None:
    before = hotline.tasks(case_no)
    order = hotline.order(case_no)
    call_back(hotline, work_order=order, event="progress", text="已到现场")
    view = hotline.view(case_no)
    assert hotline.tasks(case_no) == before
    assert [(entry["kind"], entry["label"], entry["text"], entry["by"]) for entry in view["entries"]] == [
        ("progress", order, "已到现场", "unit:water")
    ]


def test_more_time_is_asked_for_and_granted(hotline: Hotline, case_no: str) -> None:
    order = hotline.order(case_no)
    answer = call_back(hotline, work_order=order, event="extension_requested", days=5, reason="配件未到")
    assert answer["instance_id"] in {one["id"] for one in hotline.view(case_no)["instances"] if one["definition"] == "extension"}
    with pytest.raises(AlreadyExtended):
        call_back(hotline, work_order=order, event="extension_requested", days=5, reason="配件未到")
    due = hotline.view(case_no)["work_orders"][0]["due_at"]
    hotline.complete(case_no, "extension_decision", decision="approve", days=3)
    view = hotline.view(case_no)
    assert ((view["work_orders"][0]["due_at"] - due).days, view["extensions"][0]["state"]) == (3, "granted")
    assert view["extensions"][0]["days_granted"] == 3


@pytest.mark.parametrize(("body", "field"), [({"days": 5}, "reason"), ({"days": 30, "reason": "x"}, "days"), ({"reason": "x"}, "days")])
def test_a_request_for_more_time_is_checked_at_once(sqlite_hotline: Hotline, body: dict[str, Any], field: str) -> None:
    case_no = sqlite_hotline.dispatched()
    with pytest.raises(Invalid) as refused:
        call_back(sqlite_hotline, work_order=sqlite_hotline.order(case_no), event="extension_requested", **body)
    assert set(refused.value.errors) == {field}


def test_the_case_waits_for_every_unit(hotline: Hotline, case_no: str) -> None:
    order = hotline.order(case_no)
    call_back(hotline, work_order=order, event="accepted")
    call_back(hotline, work_order=order, event="done", reply="已修好")
    assert [element for element, _groups in hotline.tasks(case_no)] == ["ack"]
    hotline.complete(case_no, "ack", URBAN)
    hotline.complete(case_no, "handle", URBAN, reply="已清理")
    assert hotline.tasks(case_no) == [("reply_citizen", "agent")]
