"""Opening, showing, finding and closing cases, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine.actor import Actor
from engine.cursors import BadCursor
from engine.errors import Invalid
from engine.workitems.models import WorkItem
from processes.casefile import numbers
from processes.casefile.models import Case, CaseEntry
from processes.cases import access, consent, loop_check
from processes.cases.corrections import RecordLocked, correct
from processes.cases.services import CaseFilter, NewCitizen, search
from processes.registry.audit.services import entries
from tests.contract.processes.conftest import ADMIN, AGENT, HOUSING, URBAN, WATER, Hotline, Statements
from tests.fixtures.clocks import MONDAY_MORNING, Clock

CHECKED = ("category", "channel", "title", "content", "citizen", "anonymous_reason", "area", "variables")


def found(hotline: Hotline, actor: Actor = ADMIN, **wanted: str) -> list[str]:
    """The numbers of the cases found, newest first."""
    with hotline.engine.read() as session:
        return [one.case.case_no for one in search(session, actor, CaseFilter(**wanted)).items]


def test_a_new_case_has_a_number_a_code_and_its_first_task(hotline: Hotline) -> None:
    opened = hotline.open()
    assert (opened.category, opened.status, len(opened.query_code)) == ("complaint", "open", 6)
    view = hotline.view(opened.case_no)
    assert (view["status"], view["outcome"], view["lights"]) == ("open", None, {"age": None, "due": None})
    assert [(task["element_id"], task["name"], task["candidate_groups"]) for task in view["tasks"]] == [("register", "受理登记", ["agent"])]
    assert [(one["id"], one["definition"], one["version"], one["status"]) for one in view["instances"]] == [
        (str(opened.instance_id), "complaint", 1, "live")
    ]


def test_the_citizen_is_shown_masked(sqlite_hotline: Hotline) -> None:
    assert sqlite_hotline.view(sqlite_hotline.open().case_no)["citizen"] == {"name": "王**", "phone": "138****8000"}


def test_an_anonymous_case_needs_a_reason(sqlite_hotline: Hotline) -> None:
    view = sqlite_hotline.view(sqlite_hotline.open(citizen=None, anonymous_reason="怕报复").case_no)
    assert (view["citizen"], view["anonymous"], view["anonymous_reason"]) == (None, True, "怕报复")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "长" * 201}, "title"),
        ({"content": ""}, "content"),
        ({"citizen": None}, "citizen"),
        ({"citizen": None, "anonymous_reason": " "}, "citizen"),
        ({"citizen": NewCitizen("", "13800138000")}, "citizen.name"),
        ({"citizen": NewCitizen("王小明", "12")}, "citizen.phone"),
        ({"category": "no_such"}, "category"),
        ({"category": "work_order"}, "category"),
        ({"category": "urge"}, "category"),
        ({"variables": {"Größe": 1}}, "variables.Größe"),
        ({"variables": {"case_no": "TS1"}}, "variables.case_no"),
        ({"variables": {"list": [1]}}, "variables.list"),
        ({"variables": {"text": "长" * 201}}, "variables.text"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_opened(sqlite_hotline: Hotline, change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        sqlite_hotline.open(**{"category": "complaint", **change})  # type: ignore[arg-type]  # wrong on purpose
    assert set(refused.value.errors) == {field}
    assert found(sqlite_hotline) == []


def test_a_city_may_publish_a_category_of_its_own(sqlite_hotline: Hotline) -> None:
    opened = sqlite_hotline.open("petition", variables={"amount": 5, "urgency": "urgent"})
    with sqlite_hotline.engine.read() as session:
        assert session.get_one(Case, opened.case_no).urgency == "urgent"
    assert sqlite_hotline.tasks(opened.case_no) == [("register", "agent")]


def test_two_cases_never_share_a_number(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["TS20260302AAAAAAAA", "TS20260302AAAAAAAA", "TS20260302AAAAAAAA", "TS20260302BBBBBBBB"])
    monkeypatch.setattr(numbers, "case_number", lambda _at: next(drawn))
    assert [hotline.open().case_no, hotline.open().case_no] == ["TS20260302AAAAAAAA", "TS20260302BBBBBBBB"]


def test_a_case_is_closed_with_its_last_instance_and_has_the_mains_outcome(hotline: Hotline, clock: Clock) -> None:
    case_no = hotline.open("petition").case_no
    hotline.complete(case_no, "register", AGENT)
    view = hotline.view(case_no)
    assert (view["status"], view["outcome"], view["closed_at"]) == ("closed", "办结", MONDAY_MORNING)


def test_a_case_stays_open_while_a_side_action_lives(hotline: Hotline) -> None:
    case_no = hotline.dispatched()
    hotline.perform(case_no, WATER, "extend", work_order=hotline.order(case_no), days=3, reason="配件未到")
    for unit in (WATER, URBAN):
        hotline.complete(case_no, "ack", unit)
        hotline.complete(case_no, "handle", unit, reply="已修好")
    hotline.complete(case_no, "reply_citizen", AGENT, reached=True, content="已修好")
    assert (hotline.view(case_no)["status"], hotline.view(case_no)["outcome"]) == ("open", "办结")
    hotline.complete(case_no, "extension_decision", ADMIN, decision="refuse")
    view = hotline.view(case_no)
    assert (view["status"], view["outcome"], view["extensions"][0]["state"]) == ("closed", "办结", "refused")
    assert view["actions"][0]["outcome"] == "不同意"


def test_a_late_side_action_does_not_change_when_and_how_a_case_ended(hotline: Hotline, clock: Clock) -> None:
    case_no = hotline.open("petition").case_no
    hotline.complete(case_no, "register", AGENT)
    clock.advance(days=1)
    with pytest.raises(Invalid):
        hotline.perform(case_no, AGENT, "supplement", text="")
    hotline.engine.transact(ADMIN, lambda work: work.start("urge", case_no, {"case_no": case_no, "kind": "agent", "text": "x"}))
    view = hotline.view(case_no)
    assert (view["status"], view["outcome"], view["closed_at"], len(view["urges"])) == ("closed", "办结", MONDAY_MORNING, 1)


def test_a_unit_sees_only_cases_with_an_order_of_its_own_and_a_try_is_on_record(hotline: Hotline) -> None:
    case_no = hotline.dispatched()
    access.check(hotline.engine, WATER, case_no)
    access.check(hotline.engine, AGENT, case_no)
    with pytest.raises(access.ForeignCase):
        access.check(hotline.engine, HOUSING, case_no)
    with hotline.engine.read() as session:
        assert [(entry.actor, entry.action, entry.object) for entry in entries(session)] == [("unit_housing", "case.refused", case_no)]
    assert [found(hotline, actor) for actor in (AGENT, WATER, HOUSING)] == [[case_no], [case_no], []]


def test_a_confidential_case_hides_the_citizen_from_the_unit(sqlite_hotline: Hotline) -> None:
    case_no = sqlite_hotline.dispatched(confidential=True, address="人民路12号")
    seen = sqlite_hotline.view(case_no, WATER)
    assert (seen["citizen"], seen["address"]) == (None, None)
    assert sqlite_hotline.view(case_no, AGENT)["citizen"] is not None


def test_what_was_written_down_later_does_not_tell_a_unit_whose_confidential_case_it_is_either(sqlite_hotline: Hotline) -> None:
    case_no = sqlite_hotline.dispatched(confidential=True, address="人民路12号")
    sqlite_hotline.engine.transact(AGENT, lambda work: correct(work, case_no, {"address": "人民路11号", "title": "停水"}, "王女士来电更正"))
    sqlite_hotline.engine.transact(AGENT, lambda work: consent.record(work, case_no, wanted=False, reason="王女士不要短信"))
    seen = sqlite_hotline.view(case_no, WATER)["entries"]
    assert {entry["label"]: entry["text"] for entry in seen} == {"address": None, "title": "小区停水", "out": None}
    assert [entry["reason"] for entry in seen if entry["label"] != "title"] == [None, None]
    assert "人民路12号" in [entry["text"] for entry in sqlite_hotline.view(case_no, AGENT)["entries"]]


def test_a_unit_cannot_try_out_by_telephone_number_whose_confidential_case_it_has(hotline: Hotline) -> None:
    case_no = hotline.dispatched(confidential=True)
    assert found(hotline, AGENT, q="13800138000") == [case_no]
    assert found(hotline, WATER) == [case_no]
    assert found(hotline, WATER, q="13800138000") == []
    open_one = hotline.dispatched()
    assert found(hotline, WATER, q="13800138000") == [open_one]


def test_cases_are_found_by_what_is_known_of_them(hotline: Hotline, clock: Clock) -> None:
    first = hotline.open(title="供暖不热").case_no
    clock.advance(minutes=1)
    second = hotline.dispatched(citizen=NewCitizen("李红", "029-33210000"))
    assert found(hotline) == [second, first]
    assert found(hotline, q="供暖") == found(hotline, q=first.lower()) == found(hotline, q="138 0013 8000") == [first]
    assert found(hotline, unit="water") == found(hotline, q="02933210000") == [second]
    assert found(hotline, category="petition") == found(hotline, q="100%") == found(hotline, status="closed") == []


def test_cases_are_found_by_their_lamps(sqlite_hotline: Hotline, clock: Clock) -> None:
    old = sqlite_hotline.dispatched()
    clock.advance(days=6.1)
    young = sqlite_hotline.dispatched()
    assert (found(sqlite_hotline, age="yellow"), found(sqlite_hotline, due="yellow")) == ([old], [old])
    assert (found(sqlite_hotline, age="green"), found(sqlite_hotline, age="green", due="red")) == ([young], [])


def test_pages_of_cases_follow_each_other(hotline: Hotline) -> None:
    numbers_ = {hotline.open("petition").case_no for _ in range(5)}
    seen: list[str] = []
    cursor = None
    with hotline.engine.read() as session:
        for _ in range(3):
            page = search(session, ADMIN, CaseFilter(), cursor, 2)
            seen += [one.as_json()["case_no"] for one in page.items]
            cursor = page.next
    assert (set(seen), len(seen), cursor) == (numbers_, 5, None)
    with hotline.engine.read() as session, pytest.raises(BadCursor):
        search(session, ADMIN, CaseFilter(), "nonsense")


def test_a_page_of_cases_costs_three_statements_however_long(hotline: Hotline, statements: Statements) -> None:
    for _ in range(4):
        hotline.dispatched()
    statements.clear()
    with hotline.engine.read() as session:
        page = search(session, ADMIN, CaseFilter())
    assert (len(page.items), len(statements)) == (4, 3)


def test_a_list_carries_no_whole_phone_number(sqlite_hotline: Hotline) -> None:
    sqlite_hotline.open("petition", title="请回电13800138000")
    with sqlite_hotline.engine.read() as session:
        (row,) = [one.as_json() for one in search(session, ADMIN, CaseFilter()).items]
    assert "13800138000" not in str(row)
    assert row["citizen"] == {"name": "王**", "phone": "138****8000"}


def test_a_closed_record_is_corrected_for_seven_days_and_locked_on_the_eighth(sqlite_hotline: Hotline, clock: Clock) -> None:
    case_no = sqlite_hotline.open("petition").case_no
    sqlite_hotline.complete(case_no, "register", AGENT)
    clock.advance(days=6)
    sqlite_hotline.engine.transact(AGENT, lambda work: correct(work, case_no, {"title": "小区停水两天"}, "来电人更正"))
    assert sqlite_hotline.view(case_no)["title"] == "小区停水两天"
    clock.advance(days=2)
    with pytest.raises(RecordLocked):
        sqlite_hotline.engine.transact(AGENT, lambda work: correct(work, case_no, {"title": "又改"}, "来电人更正"))
    with sqlite_hotline.engine.read() as session:
        kept = session.scalars(select(CaseEntry)).one()
        assert (kept.kind, kept.label, kept.text, kept.by) == ("correction", "title", "小区停水", "agent1")


def test_the_nightly_check_gives_somebody_a_task_for_every_case_that_nothing_moves(hotline: Hotline) -> None:
    hotline.dispatched()
    stuck = hotline.open("petition").case_no
    item = hotline.item(stuck, "register")

    with hotline.database.begin() as connection:
        connection.execute(update(WorkItem).where(WorkItem.instance_id == item.instance_id).values(state="cancelled"))
    with hotline.engine.read() as session:
        assert [one.case_no for one in loop_check.find(session)] == [stuck]
    for _ in range(2):
        hotline.engine.transact(ADMIN, lambda work: work.start("loop_check", "", {}))
    assert hotline.tasks(stuck) == [("look_into", "supervisor")]
    with hotline.engine.read() as session:
        assert loop_check.find(session) == []


def test_a_case_waits_for_age_from_first_dispatch(sqlite_hotline: Hotline, clock: Clock) -> None:
    case_no = sqlite_hotline.dispatched()
    clock.advance(days=3, seconds=900)
    view = sqlite_hotline.view(case_no)
    assert view["lights"] == {"age": "none", "due": "none"}
    assert [order["lights"] for order in view["work_orders"]] == [{"age": "none", "due": "none"}] * 2
    assert view["work_orders"][0]["due_at"] == MONDAY_MORNING + timedelta(days=7)
