"""From history to the steps of a replay."""

import json
from datetime import UTC, datetime
from typing import Any

from api.web.cases.pictures import pictures
from api.web.diagrams import Drawn, Element
from api.web.replay.track import ReplayStep, track
from api.web.scenes import Scene, Story
from engine.history.expand import HistoryStep
from tests.web.conftest import Admit

DRAWN = Drawn(
    "complaint",
    1,
    "投诉建议",
    {
        "begin": Element("诉求进线", "startEvent"),
        "visit": Element("回访", "userTask"),
        "late": Element("超时回访", "boundaryEvent"),
        "mark": Element("标记超时回访", "serviceTask"),
        "split": Element("", "exclusiveGateway"),
    },
)
SCENE = Scene("7.complaint", "7", DRAWN, 0, live=True, outcome="", called=False, address="/file")


def _step(kind: str, element: str | None = None, flow: str | None = None, **data: Any) -> HistoryStep:
    at = datetime(2026, 3, 2, 1, tzinfo=UTC)
    return HistoryStep(1, 1, at, kind, element, flow, "agent1", 7, "complaint", 1, data or None, "", "", 0)


def _track(*steps: HistoryStep) -> list[ReplayStep]:
    return list(track(Story(steps, [SCENE])))


def test_waiting_and_completing_are_two_steps_of_one_visit() -> None:
    steps = _track(_step("waiting", "visit", "f1"), _step("complete", "visit"), _step("completed", "visit"))
    assert [(step.move, step.visit, step.flow) for step in steps] == [("arrive", 1, "f1"), ("leave", 1, None)]


def test_a_loop_is_shown_as_separate_visits() -> None:
    once = [_step("waiting", "visit", "f1"), _step("completed", "visit"), _step("completed", "split", "f2")]
    assert [step.visit for step in _track(*once, *once)] == [1, 1, 1, 2, 2, 2]


def test_a_boundary_event_is_a_step_only_when_it_fires() -> None:
    steps = _track(
        _step("waiting", "visit", "f1"),
        _step("waiting", "late"),
        _step("timer", "late"),
        _step("completed", "late"),
        _step("completed", "mark", "f3", flag="超时回访"),
        _step("completed", "visit"),
        _step("cancelled", "late"),
    )
    assert [(step.element, step.move) for step in steps] == [("visit", "arrive"), ("late", "pass"), ("mark", "pass"), ("visit", "leave")]
    assert steps[2].flag == "超时回访"


def test_an_element_without_a_name_is_called_by_its_kind() -> None:
    assert [step.name for step in _track(_step("completed", "split"), _step("completed", "begin"))] == ["分支", "诉求进线"]


def test_the_present_picture_has_the_token_where_it_rests_with_its_holder() -> None:
    steps = _track(_step("completed", "begin"), _step("waiting", "visit", "f1"), _step("claim", "visit"))
    picture = pictures(steps, [SCENE], {("7", "visit"): "agent1 · 刚刚"})[0]
    assert picture["current"] == {"visit": "agent1 · 刚刚"}
    assert picture["visits"] == {"begin": 1, "visit": 1}
    assert picture["flows"] == ["f1"]


def test_a_failed_step_is_broken_until_it_went_well() -> None:
    assert pictures(_track(_step("failed", "mark")), [SCENE], {})[0]["broken"] == ["mark"]
    assert pictures(_track(_step("failed", "mark"), _step("completed", "mark")), [SCENE], {})[0]["broken"] == []


def test_the_page_pairs_every_step_with_its_diagram(admit: Admit) -> None:
    admin = admit("admin")
    case_no, _code = admin.open_case()
    admin.complete(admin.tasks(case_no)[0]["id"])
    page = admin.get(f"/cases/{case_no}/replay")
    data = json.loads(page.text.split('id="replay-data">')[1].split("</script>")[0])
    assert page.text.count("data-step=") == len(data["steps"]) > 5
    assert {step["scene"] for step in data["steps"]} <= set(data["addresses"])
    assert any(step["flow"] for step in data["steps"])
    for address in data["addresses"].values():
        diagram = admin.get(address)
        assert diagram.mimetype == "application/xml"
        assert all(step["element"] is None or f'id="{step["element"]}"' in diagram.text for step in data["steps"])
