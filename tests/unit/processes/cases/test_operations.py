"""What a diagram does with the case itself."""

from datetime import timedelta

import pytest

from processes.casefile import people
from processes.casefile.models import Case, CaseEntry, SideAction
from processes.cases.functions import UnknownFact
from tests.fixtures.clocks import MONDAY_MORNING
from tests.unit.processes.stand import CASE_NO, Stand

OTHER = "TS20260302BBBBBBBB"
REGISTERED = {
    "title": "小区停水两天",
    "content": "人民路一带停水两天，无人处理",
    "area": "610402",
    "address": "人民路12号",
    "class_l1": "water",
    "class_l2": "water-02",
    "urgency": "urgent",
    "kind": "complaint",
    "confidential": True,
    "reply_pref": "sms",
}


def row(stand: Stand) -> Case:
    """The case as it stands in the database."""
    stand.session.expire_all()
    return stand.session.get_one(Case, CASE_NO)


def test_the_register_forms_answers_become_the_case(stand: Stand) -> None:
    assert stand.call("case.update", given=REGISTERED) == {"class_l1": "water", "area": "610402", "urgency": "urgent", "kind": "complaint"}
    case = row(stand)
    assert {key: getattr(case, key) for key in REGISTERED} == REGISTERED


def test_what_the_form_leaves_out_stays_as_it_was(stand: Stand) -> None:
    stand.call("case.update", given=REGISTERED)
    stand.call("case.update", given={"urgency": "critical"})
    assert (row(stand).title, row(stand).urgency) == ("小区停水两天", "critical")


def test_fields_kept_in_process_data_are_found_there_later(stand: Stand) -> None:
    facts = stand.call("case.update", variables={"register": {"class_l1": "heat", "area": None}})
    assert facts["class_l1"] == "heat"


def test_an_empty_form_changes_nothing_and_still_answers_the_facts(stand: Stand) -> None:
    assert stand.call("case.update") == {"class_l1": None, "area": None, "urgency": None, "kind": None}


def test_the_caller_is_remembered_and_shown_to_who_needs_the_number(stand: Stand) -> None:
    stand.call("case.update", given={"caller_name": "王小明", "phone": "13800138000"})
    citizen_id = row(stand).citizen_id
    assert citizen_id is not None
    assert (stand.ask("case_fact", "caller_name"), stand.ask("case_fact", "phone")) == ("王小明", "13800138000")
    assert people.masked_of(stand.session, [citizen_id])[citizen_id] == people.Masked("王**", "138****8000")


def test_a_caller_may_stay_anonymous_with_a_reason(stand: Stand) -> None:
    stand.call("case.update", given={"caller_name": "王小明", "phone": "13800138000"})
    stand.call("case.update", given={"anonymous": True, "anonymous_reason": "怕报复"})
    assert (row(stand).citizen_id, row(stand).anonymous_reason, stand.ask("case_fact", "anonymous")) == (None, "怕报复", True)


def test_two_calls_about_one_place_are_found(stand: Stand) -> None:
    stand.call("case.update", given=REGISTERED)
    stand.case(OTHER, opened_at=stand.now)
    stand.call("case.update", of=OTHER, given={"address": "人民路 12 号", "class_l1": "water"})
    assert stand.call("case.duplicates", of=OTHER) == {"count": 1}
    choices = stand.registry.value_sources["duplicates"](stand.context(case_no=OTHER))
    assert [choice["value"] for choice in choices] == [CASE_NO]


@pytest.mark.parametrize(
    "change",
    [{"class_l1": "heat"}, {"status": "closed"}, {"opened_at": MONDAY_MORNING - timedelta(days=31)}, {"address_index": "another"}],
)
def test_another_class_place_month_or_a_closed_case_is_no_duplicate(stand: Stand, change: dict[str, object]) -> None:
    stand.call("case.update", given=REGISTERED)
    for key, value in change.items():
        setattr(stand.session.get_one(Case, CASE_NO), key, value)
    stand.case(OTHER)
    stand.call("case.update", of=OTHER, given={"address": "人民路12号", "class_l1": "water"})
    assert stand.call("case.duplicates", of=OTHER) == {"count": 0}


def test_a_case_without_caller_and_place_has_no_duplicates(stand: Stand) -> None:
    stand.case(OTHER)
    assert stand.call("case.duplicates", of=OTHER) == {"count": 0}


def test_a_flag_stands_in_the_history_and_in_the_case(stand: Stand) -> None:
    stand.call("case.flag", flag="超时回访")
    entry = stand.session.query(CaseEntry).one()
    assert (stand.marks, entry.kind, entry.label) == ({"flag": "超时回访"}, "flag", "超时回访")


def test_supplements_and_notes_are_appended_with_author_and_time(stand: Stand) -> None:
    stand.session.add(SideAction(instance_id=8, case_no=CASE_NO, action="supplement", text="楼下也停了", at=stand.now, by="agent1"))
    stand.call("case.append", instance=8)
    stand.call("case.note", text="请尽快")
    entries = [(entry.kind, entry.text, entry.at, entry.by) for entry in stand.session.query(CaseEntry).order_by(CaseEntry.id)]
    assert entries == [("supplement", "楼下也停了", MONDAY_MORNING, "system"), ("note", "请尽快", MONDAY_MORNING, "system")]


def test_the_citizen_is_told_the_written_answer_else_the_leads_reply(stand: Stand) -> None:
    assert stand.ask("case_fact", "answer") is None
    lead, assist = stand.dispatch("water", "urban")
    for number, reply in ((lead, "已修好"), (assist, "已清理")):
        stand.call("wo.answer", given={"reply": reply}, work_order=number)
        stand.call("wo.close", work_order=number, status="done")
    stand.session.expire_all()
    assert (stand.ask("case_fact", "answer"), stand.ask("case_fact", "lead")) == ("已修好", "water")
    assert stand.ask("case_fact", "answers") == "【water】已修好\n\n【urban】已清理"
    stand.call("case.answer", given={"answer": "供水已恢复，路面已清理"})
    stand.session.expire_all()
    assert stand.ask("case_fact", "answer") == "供水已恢复，路面已清理"


def test_a_fact_nobody_knows_is_said_to_be_unknown(stand: Stand) -> None:
    with pytest.raises(UnknownFact):
        stand.ask("case_fact", "query_digest")


@pytest.mark.parametrize(
    ("class_l1", "urgency", "limit"),
    [("water", "urgent", "PT2H"), ("urban", "normal", "PT24H"), ("water", "critical", "PT1H"), (None, None, "PT24H")],
)
def test_the_reviews_limit_comes_from_its_table(stand: Stand, class_l1: str | None, urgency: str | None, limit: str) -> None:
    case = stand.session.get_one(Case, CASE_NO)
    case.class_l1, case.urgency = class_l1, urgency
    assert stand.ask("review_limit") == limit
