"""The page of a task."""

import io

import pytest
from sqlalchemy import select

from api.drafts.models import TaskDraft
from api.product import Product
from tests.fixtures.filling import answers
from tests.web.conftest import Admit
from tests.web.visitor import Visitor, as_typed


def test_wrong_fields_are_told_beside_them_and_the_task_stays(admit: Admit) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case()
    task_id = agent.tasks(case_no)[0]["id"]
    agent.get(f"/tasks/{task_id}")
    answer = agent.post(f"/tasks/{task_id}", title="改过的标题")
    assert answer.status_code == 422
    assert 'id="form-errors"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "改过的标题" in answer.text
    assert [task["id"] for task in agent.tasks(case_no)] == [task_id]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_moment_at_the_end_of_the_calendar_is_refused_at_its_field(admit: Admit, moment: str) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case()
    task = agent.task(agent.tasks(case_no)[0]["id"])
    components = task["form"]["components"]
    typed = as_typed(components, {**task["data"], **answers(components, task["data"])})
    agent.get(f"/tasks/{task['id']}")
    answer = agent.post(f"/tasks/{task['id']}", {**typed, "occurred_at": moment})
    assert (answer.status_code, 'id="f-occurred_at-error"' in answer.text) == (422, True)
    assert agent.get("/cases").status_code == 200
    assert agent.get(f"/cases/{case_no}").status_code == 200


@pytest.mark.parametrize("digits", [400, 5000])
def test_a_number_of_too_many_digits_is_refused_at_its_field(admit: Admit, digits: int) -> None:
    admin = admit("admin")
    case_no, _code = admin.open_case()
    for _ in range(5):
        if admin.tasks(case_no)[0]["element_id"] == "ack":
            break
        assert admin.complete(admin.tasks(case_no)[0]["id"]).status_code == 303
    order = admin.client.get(f"/api/v1/cases/{case_no}").get_json()["work_orders"][0]["work_order"]
    assert admin.post(f"/cases/{case_no}/actions/extend", work_order=order, days="3", reason="配件未到").status_code == 303
    task_id = next(task["id"] for task in admin.tasks(case_no) if task["element_id"] == "extension_decision")
    admin.claim(task_id)
    answer = admin.post(f"/tasks/{task_id}", decision="approve", days="9" * digits)
    assert (answer.status_code, 'id="f-days-error"' in answer.text, "9" * digits in answer.text) == (422, True, True)


def test_who_may_not_act_on_a_task_sees_its_form_but_not_whom_it_is_about(admit: Admit) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case(confidential="true")
    task_id = agent.tasks(case_no)[0]["id"]
    assert agent.task(task_id)["data"]["phone"] == "13800138000"
    for username in ("quality1", "expert1"):
        other = admit(username)
        assert other.task(task_id)["data"] == {}
        page = other.get(f"/tasks/{task_id}").text
        assert [word for word in ("13800138000", "王小明", "人民路 12 号") if f'value="{word}"' in page] == []


def test_a_completed_task_leads_to_the_next_one_of_the_case(admit: Admit) -> None:
    admin = admit("admin")
    case_no, _code = admin.open_case()
    answer = admin.complete(admin.tasks(case_no)[0]["id"])
    assert answer.status_code == 303
    following = admin.tasks(case_no)[0]
    assert following["element_id"] != "register"
    assert answer.location == f"/tasks/{following['id']}?done=completed"


def test_after_the_last_task_of_ones_own_comes_the_inbox(admit: Admit) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case()
    while own := [task for task in agent.tasks(case_no) if "agent" in task["candidate_groups"]]:
        answer = agent.complete(own[0]["id"])
        assert answer.status_code == 303, answer.text
    assert answer.location == "/inbox?done=completed"


def test_who_has_not_claimed_sees_the_form_but_cannot_fill_it_in(admit: Admit) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case()
    task_id = agent.tasks(case_no)[0]["id"]
    assert "<fieldset disabled>" not in agent.get(f"/tasks/{task_id}").text
    agent.post(f"/tasks/{task_id}/release")
    page = agent.get(f"/tasks/{task_id}").text
    assert "<fieldset disabled>" in page
    assert page.count('class="primary"') == 1


def test_a_task_is_handed_to_a_colleague_only(admit: Admit) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case()
    task_id = agent.tasks(case_no)[0]["id"]
    agent.get(f"/tasks/{task_id}")
    assert agent.post(f"/tasks/{task_id}/delegate", to="unit_water").status_code == 422
    assert agent.post(f"/tasks/{task_id}/delegate", to="nobody").status_code == 422
    assert agent.post(f"/tasks/{task_id}/delegate", to="admin").location == "/inbox?done=delegated"
    assert agent.tasks(case_no)[0]["assignee"] == "admin"


def test_a_task_of_others_is_refused_and_an_unknown_one_not_found(admit: Admit) -> None:
    agent, unit = admit("agent1"), admit("unit_water")
    case_no, _code = agent.open_case()
    task_id = agent.tasks(case_no)[0]["id"]
    assert unit.get(f"/tasks/{task_id}").status_code == 403
    assert agent.get("/tasks/1-1").status_code == 404
    assert agent.get("/tasks/nonsense").status_code == 404


def test_a_file_that_is_not_taken_is_said_at_its_field(admit: Admit) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case()
    task_id = agent.tasks(case_no)[0]["id"]
    field = next(one["key"] for one in agent.task(task_id)["form"]["components"] if one["type"] == "file")
    agent.get(f"/tasks/{task_id}")
    answer = agent.post(f"/tasks/{task_id}", {field: (io.BytesIO(b"MZ"), "virus.exe")})
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text


def drafted(admit: Admit) -> tuple[Visitor, str]:
    """An agent with a claimed task, half filled in."""
    agent = admit("agent1")
    case_no, _code = agent.open_case()
    task_id = agent.tasks(case_no)[0]["id"]
    agent.get(f"/tasks/{task_id}")
    kept = agent.post(f"/tasks/{task_id}/draft", title="写到一半的标题", content="还没有写完")
    assert kept.status_code == 200
    assert kept.text.startswith("草稿已保存 ")
    return agent, task_id


def test_a_half_filled_form_comes_back_with_a_notice_and_to_nobody_else(admit: Admit) -> None:
    agent, task_id = drafted(admit)
    page = agent.get(f"/tasks/{task_id}").text
    assert "写到一半的标题" in page
    assert 'id="restored"' in page
    assert f'data-draft="/tasks/{task_id}/draft"' in page
    assert "写到一半的标题" not in admit("admin").get(f"/tasks/{task_id}").text


def test_a_draft_is_thrown_away_when_it_is_not_wanted(admit: Admit) -> None:
    agent, task_id = drafted(admit)
    agent.get(f"/tasks/{task_id}")
    assert agent.post(f"/tasks/{task_id}/draft/discard").location == f"/tasks/{task_id}?done=draft_discarded"
    page = agent.get(f"/tasks/{task_id}").text
    assert "写到一半的标题" not in page
    assert 'id="restored"' not in page


def test_a_draft_goes_with_its_task(admit: Admit, sqlite_product: Product) -> None:
    agent, task_id = drafted(admit)
    agent.get(f"/tasks/{task_id}")
    assert agent.post(f"/tasks/{task_id}", title="").status_code == 422
    with sqlite_product.engine.read() as session:
        assert len(session.scalars(select(TaskDraft)).all()) == 1
    assert agent.complete(task_id).status_code == 303
    with sqlite_product.engine.read() as session:
        assert session.scalars(select(TaskDraft)).all() == []


def test_no_draft_is_kept_of_a_task_that_nobody_has_claimed(admit: Admit) -> None:
    agent, task_id = drafted(admit)
    agent.get(f"/tasks/{task_id}")
    agent.post(f"/tasks/{task_id}/release")
    page = agent.get(f"/tasks/{task_id}").text
    assert "data-draft" not in page
    assert 'id="restored"' not in page
    assert agent.post(f"/tasks/{task_id}/draft", title="x").status_code == 403
