"""Merging a case into another (并案, C27): it ends wherever it stands, and its citizen hears the master's answer."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from connectors.sms.models import SmsMessage
from engine.errors import Conflict
from engine.outbox.models import Delivery
from processes.actions.merging import AnswersForOthers, MergedCase
from processes.casefile.links import AlreadyMerged, MasterClosed, MergedIntoThis
from processes.cases.services import NewCitizen
from tests.bpmn.test_complaint import PLACES, visiting
from tests.bpmn.town import ADMIN, Town

NEIGHBOUR = NewCitizen("李小红", "13900139000")


def merged(town: Town, case_no: str, into: str) -> None:
    town.ask(case_no, "link", case_no=into, kind="merge")


def messages(town: Town, case_no: str, template: str) -> list[tuple[str | None, str | None]]:
    """The messages to the citizen of a case: masked number, and why one was not sent."""
    wanted = select(SmsMessage).where(SmsMessage.case_no == case_no, SmsMessage.side == "citizen", SmsMessage.template == template)
    with town.engine.read() as session:
        return [(one.phone, one.unsent) for one in session.scalars(wanted.order_by(SmsMessage.id))]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_complaint_can_be_merged_anywhere(town: Town, place: Callable[[Town], str]) -> None:
    case_no = place(town)
    master = town.dispatched(class_l1="water")
    merged(town, case_no, master)
    assert town.outcome(case_no) == "并案"
    assert town.tasks(case_no) == []
    assert town.timers(case_no) == {}
    assert "live" not in dict(town.instances(case_no)).values()
    assert ("link", "已并案") in town.instances(case_no)
    assert town.told(case_no, "citizen")[-1] == "merged"
    assert town.tasks(master) == ["ack"]


@pytest.mark.parametrize("answer", ["instant", "transfer"])
def test_a_question_can_be_merged_before_and_after_it_went_to_a_unit(town: Town, answer: str) -> None:
    case_no = town.call("consultation")
    town.do(case_no, "register")
    if answer == "transfer":
        town.do(case_no, "answer", mode="transfer")
    master = town.dispatched(class_l1="water")
    merged(town, case_no, master)
    assert (town.outcome(case_no), town.tasks(case_no)) == ("并案", [])


def test_the_units_at_work_are_told_to_stop(town: Town) -> None:
    case_no = town.dispatched(assist=["water"])
    merged(town, case_no, town.dispatched(class_l1="transport"))
    assert town.told(case_no, "unit")[-2:] == ["withdrawn", "withdrawn"]
    assert {town.order(case_no, unit).status for unit in ("urban", "water")} == {"withdrawn"}


def test_a_request_for_more_time_and_the_supervising_end_with_the_merged_case(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    town.ask(case_no, "extend", work_order=town.order(case_no).number, days=3, reason="配件未到")
    town.wait(days=8)
    assert town.tasks(case_no) == ["extension_decision", "handle", "supervise"]
    merged(town, case_no, town.dispatched(class_l1="water"))
    assert (town.outcome(case_no), town.tasks(case_no)) == ("并案", [])


def test_every_caller_hears_the_answer_once_and_by_the_number_of_their_own_case(town: Town) -> None:
    master = visiting(town)
    neighbours, again = town.registered(citizen=NEIGHBOUR), town.registered(class_l1="water")
    nameless = town.call(citizen=None, anonymous_reason="不愿透露姓名")
    for case_no in (neighbours, again, nameless):
        merged(town, case_no, master)
    town.do(master, "visit")
    assert town.outcome(master) == "办结"
    assert messages(town, master, "closed") == [("138****8000", None)]
    assert messages(town, neighbours, "closed") == [("139****9000", None)]
    assert messages(town, again, "closed") == [("138****8000", "told_already")]
    assert messages(town, nameless, "closed") == [(None, "anonymous")]
    with town.engine.read() as session:
        bodies = [one.body for one in session.scalars(select(Delivery)) if one.body.get("template") == "closed"]
    told = {(body["to"], body["case_no"]) for body in bodies if body["side"] == "citizen"}
    assert told == {("13800138000", master), ("13900139000", neighbours)}
    assert all(body["case_no"] in body["text"] for body in bodies if body["side"] == "citizen")


def test_a_refusal_of_the_master_reaches_every_caller(town: Town) -> None:
    master, neighbours = town.registered(), town.registered(citizen=NEIGHBOUR, class_l1="water")
    merged(town, neighbours, master)
    town.do(master, "review", decision="reject")
    assert messages(town, neighbours, "refused") == [("139****9000", None)]


def test_a_merge_into_a_merged_case_goes_to_its_master_and_a_merged_master_takes_its_callers_along(town: Town) -> None:
    first, second = town.dispatched(class_l1="water"), town.registered(citizen=NEIGHBOUR)
    third = town.registered(class_l1="transport", citizen=NewCitizen("赵大伟", "13700137000"))
    merged(town, third, second)
    merged(town, second, first)
    fourth = town.registered(class_l1="market", citizen=NewCitizen("钱二", "13600136000"))
    merged(town, fourth, third)
    for element in ("ack", "handle", "result_review", "reply_citizen", "visit"):
        if element in town.tasks(first):
            town.do(first, element)
    assert town.outcome(first) == "办结"
    assert [messages(town, number, "closed") for number in (second, third, fourth)] == [
        [("139****9000", None)],
        [("137****7000", None)],
        [("136****6000", None)],
    ]


def refusal(town: Town, case_no: str, into: str) -> type[Conflict]:
    with pytest.raises(Conflict) as refused:
        merged(town, case_no, into)
    return type(refused.value)


def test_what_cannot_be_merged_is_refused_and_changes_nothing(town: Town) -> None:
    master, second, closed = town.registered(), town.registered(class_l1="water"), town.registered(class_l1="transport")
    town.ask(closed, "withdraw", reason="已解决")
    assert refusal(town, second, closed) is MasterClosed
    merged(town, second, master)
    assert refusal(town, master, second) is MergedIntoThis
    assert town.tasks(master) == ["review"]
    assert refusal(town, second, town.registered(class_l1="market")) is MergedCase


def test_a_case_whose_side_action_still_runs_is_not_merged_twice(town: Town) -> None:
    case_no, master = town.registered(), town.registered(class_l1="water")
    town.engine.transact(ADMIN, lambda work: work.start("stuck_case", case_no, {"case_no": case_no, "category": "complaint"}))
    merged(town, case_no, master)
    assert town.tasks(case_no) == ["look_into"]
    assert refusal(town, case_no, town.registered(class_l1="market")) is AlreadyMerged


def test_a_case_that_answers_for_other_citizens_is_not_withdrawn(town: Town) -> None:
    master, own, neighbours = town.registered(), town.registered(class_l1="water"), town.registered(class_l1="market", citizen=NEIGHBOUR)
    merged(town, own, master)
    merged(town, neighbours, master)
    with pytest.raises(AnswersForOthers):
        town.ask(master, "withdraw", reason="已解决")
    assert town.tasks(master) == ["review"]


def test_a_case_that_answers_only_for_its_own_citizen_may_be_withdrawn(town: Town) -> None:
    master, own = town.registered(), town.registered(class_l1="water")
    merged(town, own, master)
    town.ask(master, "withdraw", reason="已解决")
    assert town.outcome(master) == "撤回"
