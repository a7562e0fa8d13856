"""Who may ask for what, and when it is too late (E13)."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from engine.actor import Actor
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.runtime.work import Work
from processes.actions.rights import ACTIONS
from processes.actions.services import perform
from processes.casefile.categories import PARTS
from processes.casefile.extensions import AlreadyExtended, TooLateToExtend
from processes.casefile.guards import CaseClosed, OrderClosed
from processes.casefile.models import Case, ExtensionRequest, SideAction
from tests.unit.processes.stand import CASE_NO, Stand

AGENT = Actor("agent1", frozenset({"agent"}))
LEADER = Actor("team_leader1", frozenset({"team_leader"}))
WATER = Actor("unit_water", frozenset({"unit", "unit:water"}))
HOUSING = Actor("unit_housing", frozenset({"unit", "unit:housing"}))
CITIZEN = Actor("citizen", frozenset({"citizen"}))
ADMIN = Actor("admin", frozenset(), override=True)


def ask(stand: Stand, actor: Actor, action: str, **body: Any) -> int:
    """Ask for a side action."""
    stand.actor = actor
    return perform(cast(Work, stand), CASE_NO, action, body)


@pytest.fixture
def order(stand: Stand) -> str:
    """The case's one work order, at the water works."""
    return stand.dispatch()[0]


BODIES: Mapping[str, dict[str, Any]] = {
    "urge": {"text": "请尽快"},
    "supplement": {"text": "楼下也停了"},
    "withdraw": {"reason": "已恢复"},
    "extend": {"days": 5, "reason": "配件未到"},
    "note": {"text": "请关注"},
    "supervision_reply": {"text": "已加派人手"},
}
ALLOWED = {
    "urge": {"agent1", "team_leader1", "citizen", "admin"},
    "supplement": {"agent1", "team_leader1", "admin"},
    "withdraw": {"agent1", "team_leader1", "admin"},
    "extend": {"unit_water", "admin"},
    "note": {"team_leader1", "admin"},
    "supervision_reply": {"unit_water", "admin"},
}


@pytest.mark.parametrize("actor", [AGENT, LEADER, WATER, HOUSING, CITIZEN, ADMIN], ids=lambda actor: actor.id)
@pytest.mark.parametrize("action", BODIES)
def test_only_those_with_the_right_may_ask(stand: Stand, order: str, action: str, actor: Actor) -> None:
    body = {**BODIES[action], **({"work_order": order} if ACTIONS[action].of_unit else {})}
    if actor.id in ALLOWED[action]:
        ask(stand, actor, action, **body)
        assert stand.notebook.started[-1][0] == ACTIONS[action].process
    else:
        with pytest.raises(Forbidden):
            ask(stand, actor, action, **body)
        assert stand.notebook.started == []


def test_the_words_stay_sealed_and_never_reach_process_data(stand: Stand) -> None:
    started = ask(stand, AGENT, "supplement", text=" 王小明电话13800138000 ")
    variables = stand.notebook.started[-1][2]
    assert variables == {
        "case_no": CASE_NO,
        "by": "agent1",
        "text": None,
        "reason": None,
        "work_order": None,
        "days": None,
        "master": None,
        "kind": None,
    }
    assert stand.session.get_one(SideAction, started).text == "王小明电话13800138000"


@pytest.mark.parametrize(("actor", "kind"), [(AGENT, "agent"), (CITIZEN, "citizen")])
def test_an_urge_says_whose_wish_it_is(stand: Stand, actor: Actor, kind: str) -> None:
    ask(stand, actor, "urge", text="请尽快")
    assert stand.notebook.started[-1][2]["kind"] == kind


def test_three_urges_are_three_requests(stand: Stand) -> None:
    assert len({ask(stand, AGENT, "urge", text="请尽快") for _ in range(3)}) == 3


@pytest.mark.parametrize(("action", "actor"), [("urge", AGENT), ("withdraw", AGENT), ("note", LEADER), ("link", AGENT)])
def test_a_closed_case_takes_no_more_of_these(stand: Stand, action: str, actor: Actor) -> None:
    stand.session.get_one(Case, CASE_NO).status = "closed"
    with pytest.raises(CaseClosed):
        ask(stand, actor, action, text="x", reason="x")


def test_a_closed_case_still_takes_supplements(stand: Stand) -> None:
    stand.session.get_one(Case, CASE_NO).status = "closed"
    ask(stand, AGENT, "supplement", text="补充一点")
    assert stand.notebook.started[-1][0] == "supplement"


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("urge", {}, "text"),
        ("urge", {"text": "   "}, "text"),
        ("withdraw", {"text": "x"}, "reason"),
        ("supplement", {"text": "长" * 5001}, "text"),
        ("link", {"case_no": "TS0"}, "case_no"),
        ("link", {}, "case_no"),
        ("link", {"case_no": CASE_NO}, "case_no"),
        ("extend", {"days": 5, "reason": "x"}, "work_order"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(stand: Stand, action: str, body: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        ask(stand, ADMIN, action, **body)
    assert set(refused.value.errors) == {field}


@pytest.mark.parametrize("days", [0, 11, -1, 2.5, "5", True, None])
def test_an_extension_is_one_to_ten_whole_days(stand: Stand, order: str, days: object) -> None:
    with pytest.raises(Invalid) as refused:
        ask(stand, WATER, "extend", work_order=order, days=days, reason="配件未到")
    assert set(refused.value.errors) == {"days"}


def test_an_extension_is_asked_for_before_the_due_time(stand: Stand, order: str) -> None:
    stand.clock.advance(days=7)
    with pytest.raises(TooLateToExtend):
        ask(stand, WATER, "extend", work_order=order, days=5, reason="配件未到")


def test_a_second_extension_is_refused_while_one_is_decided_or_after_it_was_granted(stand: Stand, order: str) -> None:
    ask(stand, WATER, "extend", work_order=order, days=5, reason="配件未到")
    with pytest.raises(AlreadyExtended):
        ask(stand, WATER, "extend", work_order=order, days=5, reason="配件还未到")
    stand.call("due.extend", work_order=order, days=5)
    with pytest.raises(AlreadyExtended):
        ask(stand, WATER, "extend", work_order=order, days=5, reason="配件还未到")


def test_a_refused_unit_may_ask_again(stand: Stand, order: str) -> None:
    ask(stand, WATER, "extend", work_order=order, days=5, reason="配件未到")
    stand.call("due.refuse", work_order=order, given={"reason": "理由不足"})
    ask(stand, WATER, "extend", work_order=order, days=3, reason="见附件")
    states = [(row.state, row.days) for row in stand.session.query(ExtensionRequest).order_by(ExtensionRequest.id)]
    assert states == [("refused", 5), ("pending", 3)]


def test_a_granted_extension_moves_only_the_due_time(stand: Stand, order: str) -> None:
    before = stand.order(order)
    original, dispatched = before.due_at, before.dispatched_at
    ask(stand, WATER, "extend", work_order=order, days=5, reason="配件未到")
    assert stand.call("due.extend", work_order=order, days=5)["due"] == "2026-03-14T09:00:00+08:00"
    after = stand.order(order)
    assert ((after.due_at - original).days, after.original_due_at, after.dispatched_at) == (5, original, dispatched)


def test_working_days_are_extended_by_working_days(stand: Stand) -> None:
    (number,) = stand.dispatch(days=3, calendar="W")
    assert stand.call("due.extend", work_order=number, days=2)["due"] == "2026-03-09T09:00:00+08:00"


def test_a_closed_order_takes_neither_extension_nor_urge(stand: Stand, order: str) -> None:
    stand.call("wo.close", work_order=order, status="done")
    stand.session.expire_all()
    for actor, action, body in ((WATER, "extend", {"days": 5, "reason": "x"}), (AGENT, "urge", {"text": "x"})):
        with pytest.raises(OrderClosed):
            ask(stand, actor, action, work_order=order, **body)


@pytest.mark.parametrize(("action", "body"), [("fly", {}), ("urge", {"text": "x", "work_order": "TS0-01"})])
def test_unknown_things_are_not_found(stand: Stand, action: str, body: dict[str, Any]) -> None:
    with pytest.raises(NotFound):
        ask(stand, AGENT, action, **body)


def test_an_order_of_another_case_is_not_found(stand: Stand, order: str) -> None:
    stand.case("TS20260302BBBBBBBB")
    stand.actor = AGENT
    with pytest.raises(NotFound):
        perform(cast(Work, stand), "TS20260302BBBBBBBB", "urge", {"text": "x", "work_order": order})


def test_every_refusal_speaks_chinese_and_english() -> None:
    for error in (TooLateToExtend, AlreadyExtended, CaseClosed, OrderClosed):
        assert issubclass(error, Conflict)
        assert all((error.__doc__ or "").partition("。 "))


def test_no_side_action_can_be_a_cases_category() -> None:
    assert {action.process for action in ACTIONS.values()} <= PARTS
