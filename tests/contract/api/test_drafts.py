"""Drafts of half-filled forms: kept for their writer alone, gone with their task."""

from sqlalchemy import select, text

from api.drafts.models import TaskDraft
from engine.actor import SYSTEM
from engine.runtime import repairs
from tests.contract.api.conftest import Desk

FILLED = {"outcome": "accept", "demand": "请尽快修复", "phone": "19000001234"}
TYPED = {"outcome": "accept", "demand": "请修路灯，联系王小明"}


def claimed(desk: Desk) -> str:
    """A task that agent1 has claimed."""
    task_id: str = desk.task(desk.open_case()["case_no"])["id"]
    assert desk["agent1"].post(f"tasks/{task_id}/claim").status_code == 200
    return task_id


def drafts(desk: Desk) -> int:
    """How many drafts there are."""
    with desk.product.engine.read() as session:
        return len(session.scalars(select(TaskDraft)).all())


def keep(desk: Desk, task_id: str, who: str = "agent1", **data: object) -> int:
    """Save a draft; answers the status."""
    return desk[who].send("PUT", f"tasks/{task_id}/draft", json={"data": data or TYPED}).status_code


def test_a_draft_comes_back_to_its_writer_and_to_nobody_else(desk: Desk) -> None:
    task_id = claimed(desk)
    assert desk["agent1"].get(f"tasks/{task_id}").json["draft_saved_at"] is None
    assert keep(desk, task_id) == 200
    assert keep(desk, task_id, demand="改过的") == 200
    mine, others = (desk[who].get(f"tasks/{task_id}").json for who in ("agent1", "admin"))
    assert (mine["data"]["demand"], "outcome" in mine["data"]) == ("改过的", False)
    assert mine["draft_saved_at"] is not None
    assert (others["draft_saved_at"], others["data"].get("demand")) == (None, None)
    assert drafts(desk) == 1


def test_a_draft_is_unreadable_in_the_database(desk: Desk) -> None:
    keep(desk, claimed(desk))
    with desk.product.engine.read() as session:
        (stored,) = session.scalars(text("select answers from task_draft"))
    assert "王小明".encode() not in bytes(stored)


def test_only_who_has_the_task_keeps_a_draft(desk: Desk) -> None:
    free = desk.task(desk.open_case()["case_no"])["id"]
    assert keep(desk, free) == 403
    assert keep(desk, claimed(desk), "unit_water") == 403
    assert keep(desk, "1-1") == 404


def test_what_the_form_does_not_have_is_left_aside_and_too_much_refused(desk: Desk) -> None:
    task_id = claimed(desk)
    assert keep(desk, task_id, demand="请修", evidence=["f1"], nonsense="x") == 200
    assert desk["agent1"].get(f"tasks/{task_id}").json["data"]["demand"] == "请修"
    assert keep(desk, task_id, demand="长" * 200_000) == 422
    assert desk["agent1"].send("PUT", f"tasks/{task_id}/draft", json={}).status_code == 422


def test_a_draft_can_be_thrown_away(desk: Desk) -> None:
    task_id = claimed(desk)
    keep(desk, task_id)
    assert desk["agent1"].send("DELETE", f"tasks/{task_id}/draft").status_code == 200
    assert desk["agent1"].get(f"tasks/{task_id}").json["draft_saved_at"] is None
    assert drafts(desk) == 0


def test_a_draft_goes_with_the_completion_of_its_task_and_none_is_kept_after(desk: Desk) -> None:
    done, other = claimed(desk), claimed(desk)
    assert (keep(desk, done), keep(desk, other), drafts(desk)) == (200, 200, 2)
    assert desk["agent1"].post(f"tasks/{done}/complete", {"data": FILLED}).status_code == 200
    assert drafts(desk) == 1
    assert keep(desk, done) == 409


def test_a_draft_goes_with_a_task_that_is_cancelled(desk: Desk) -> None:
    task_id = claimed(desk)
    keep(desk, task_id)
    instance_id = int(task_id.partition("-")[0])
    desk.product.engine.transact(SYSTEM, lambda work: repairs.cancel(work, instance_id, {"reason": "立错了"}))
    assert drafts(desk) == 0


def test_what_somebody_left_behind_who_put_the_task_back_is_swept_out(desk: Desk) -> None:
    done, other = claimed(desk), claimed(desk)
    keep(desk, done)
    desk["agent1"].post(f"tasks/{done}/release")
    assert desk["admin"].post(f"tasks/{done}/complete", {"data": FILLED}).status_code == 200
    keep(desk, other)
    assert drafts(desk) == 1
