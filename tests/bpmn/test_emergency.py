"""An elder presses the key: with an exchange and without one, until somebody has come and was asked how it went."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from engine.actor import SYSTEM, Actor
from engine.runtime.work import Work
from processes.casefile.models import Case
from processes.cases.intake import emergency_of
from processes.cases.opening import NewCitizen
from processes.contacts import services as contacts
from processes.deadlines.zone import LOCAL, local_day
from processes.registry.elders import keeping
from processes.registry.elders import services as elders
from processes.registry.elders.errors import BadElder
from processes.registry.elders.models import ElderDevice
from processes.registry.elders.services import NewContact, NewElder
from telephony import operations
from telephony.worker.following import follow
from tests.bpmn.town import Town

DEVICE, CALL = "P-9001", "1772413200.7"
ELDER = NewElder(
    "赵奶奶",
    "029-33219999",
    DEVICE,
    "人民路12号3单元201",
    area="610402",
    health="高血压，长期服药",
    profile="独居，钥匙在社区",
    contacts=(NewContact("family", "赵大伟", "13900000001"), NewContact("doctor", "钱医生", "13900000003")),
)


@pytest.fixture(autouse=True)
def _enrolled(town: Town) -> None:
    town.engine.transact(SYSTEM, lambda work: elders.enrol(work.session, ELDER, work.now))


def pressed(town: Town, key: str = "2", device: str = DEVICE) -> str:
    town.message("PagerPressed", call_id=CALL, device=device, key=key)
    with town.engine.read() as session:
        (case_no,) = contacts.cases_of(session, CALL)
    return case_no


def helping(town: Town, **more: Any) -> str:
    case_no = pressed(town)
    town.do(case_no, "judge", **more)
    return case_no


def on_the_way(town: Town) -> str:
    case_no = helping(town)
    town.do(case_no, "dispatch_helper")
    return case_no


def cared_for(town: Town, case_no: str) -> None:
    """From the outcome to the end."""
    town.do(case_no, "conclude")
    assert town.tasks(case_no) == []
    town.wait(hours=2.1)
    town.do(case_no, "visit")
    town.wait(days=1.1)
    town.do(case_no, "care_call")
    assert town.outcome(case_no) == "已救助"


def test_a_key_opens_the_elders_case_and_shows_the_profile(town: Town) -> None:
    case_no = pressed(town)
    with town.engine.read() as session:
        case = session.get_one(Case, case_no)
        assert (case.category, case.channel, case.area) == ("elderly_emergency", "pager", "610402")
        assert case.citizen_id is not None
    assert town.tasks(case_no) == ["judge"]
    sheet = town.prefill(case_no, "judge")["sheet"]
    assert [word for word in ("赵奶奶", "人民路12号", "高血压", "钥匙在社区", "1. 家人 赵大伟", "2. 看护医生") if word not in sheet] == []
    assert "赵" not in town.data(case_no)
    assert DEVICE in town.data(case_no)


def test_a_key_that_is_told_twice_opens_one_case(town: Town) -> None:
    assert pressed(town) == pressed(town)


def again(town: Town, call_id: str, key: str = "2", device: str = DEVICE) -> str:
    """The case of a further press."""
    town.message("PagerPressed", call_id=call_id, device=device, key=key)
    with town.engine.read() as session:
        (case_no,) = contacts.cases_of(session, call_id)
    return case_no


def test_the_same_key_pressed_again_goes_to_the_open_emergency_and_somebody_looks(town: Town) -> None:
    case_no = pressed(town)
    assert again(town, "k2") == case_no
    assert town.tasks(case_no) == ["check_again", "judge"]
    assert "钥匙在社区" in town.prefill(case_no, "check_again")["sheet"]
    assert again(town, "k3") == again(town, "k3") == case_no
    assert town.tasks(case_no) == ["check_again", "judge"]
    assert town.flags(case_no) == ["再次按键"] * 2
    with town.engine.read() as session:
        assert contacts.calls_of(session, case_no) == [CALL, "k2", "k3"]
    town.do(case_no, "check_again", reached="yes")
    town.do(case_no, "judge")
    assert again(town, "k4") == case_no
    assert town.tasks(case_no) == ["check_again", "dispatch_helper", "keep_line"]
    town.wait(seconds=61)
    assert town.told(case_no, "centre")[-1:] == ["urge"]


@pytest.mark.parametrize("early", [True, False])
def test_a_contact_who_confirms_in_the_second_presss_call_is_known_to_the_emergency(town: Town, early: bool) -> None:
    town.exchange("tel.pager_start", call_id=CALL)
    case_no = pressed(town)
    assert again(town, "k2") == case_no
    confirmed = {"call_id": "k2", "contact": 2, "role": "doctor"}

    def told(work: Work) -> None:
        work.throw("PagerConfirmed", confirmed)
        follow(work, "PagerConfirmed", confirmed)

    if early:
        town.engine.transact(SYSTEM, told)
    town.do(case_no, "check_again")
    town.do(case_no, "judge")
    if not early:
        assert town.tasks(case_no) == ["keep_line"]
        town.engine.transact(SYSTEM, told)
    assert town.tasks(case_no) == []
    town.message("HelperArrived", case_no=case_no)
    assert town.tasks(case_no) == ["conclude"]


@pytest.mark.parametrize("key", ["1", "3"])
def test_another_key_opens_a_case_of_its_own_which_its_second_press_goes_to(town: Town, key: str) -> None:
    first = pressed(town)
    second = again(town, "k2", key)
    assert second != first
    assert again(town, "k3", key) == second
    assert again(town, "k4") == first


def test_what_was_only_shown_of_an_elder_stays_out_of_the_history(town: Town) -> None:
    case_no = on_the_way(town)
    typed = town.submissions(case_no)
    assert "situation" in typed
    assert [word for word in ("赵奶奶", "高血压", "赵大伟", "13900000001") if word in typed] == []


def test_a_second_device_of_the_same_elder_is_the_same_emergency_and_another_elders_is_not(town: Town) -> None:
    town.engine.transact(SYSTEM, lambda work: elders.enrol(work.session, replace(ELDER, device="P-9002"), work.now))
    case_no = pressed(town)
    assert again(town, "k2", device="P-9002") == case_no
    assert again(town, "k3", device="P-8888") != case_no
    assert again(town, "k4", device="P-8888") == again(town, "k5", device="P-8888")


def test_once_the_outcome_is_written_down_a_key_is_a_new_emergency(town: Town) -> None:
    case_no = on_the_way(town)
    town.message("HelperArrived", case_no=case_no)
    assert again(town, "k2") == case_no
    town.do(case_no, "check_again")
    town.do(case_no, "conclude")
    new = again(town, "k3")
    assert new != case_no
    assert town.tasks(new) == ["judge"]
    assert again(town, "k4") == new


def test_after_a_false_alarm_a_key_is_a_new_emergency_though_nobody_has_looked_yet(town: Town) -> None:
    case_no = helping(town, situation="mistake")
    assert again(town, "k2") == case_no
    town.do(case_no, "call_elder", safe="yes")
    assert town.tasks(case_no) == ["check_again"]
    assert again(town, "k3") != case_no
    town.do(case_no, "check_again")
    assert town.outcome(case_no) == "误报"


def test_what_a_press_does_not_say_is_never_taken_for_another(town: Town) -> None:
    assert again(town, "k1", device="") != again(town, "k2", device="")
    assert again(town, "k3", key="") != again(town, "k4", key="")


def test_a_device_that_nobody_registered_is_an_emergency_all_the_same(town: Town) -> None:
    case_no = pressed(town, device="P-8888")
    assert town.tasks(case_no) == ["judge"]
    assert town.prefill(case_no, "judge")["sheet"] == "没有登记的档案。 Nothing is registered."


def test_the_key_for_home_service_is_no_emergency(town: Town) -> None:
    case_no = pressed(town, key="3")
    assert town.tasks(case_no) == ["home_request"]
    town.do(case_no, "home_request")
    assert town.outcome(case_no) == "转服务"


def test_without_a_telephone_forms_and_the_clock_lead_to_the_end(town: Town) -> None:
    case_no = town.call("elderly_emergency")
    town.do(case_no, "judge", report=["120"])
    assert town.tasks(case_no) == ["dispatch_helper", "keep_line", "report_by_phone"]
    town.do(case_no, "report_by_phone")
    town.do(case_no, "dispatch_helper")
    assert town.tasks(case_no) == []
    town.wait(minutes=10.1)
    town.do(case_no, "check_arrival")
    cared_for(town, case_no)


def test_an_elder_who_calls_by_telephone_is_known_by_the_number(town: Town) -> None:
    case_no = town.call("elderly_emergency", citizen=NewCitizen("赵奶奶的邻居", "02933219999"))
    assert "钥匙在社区" in town.prefill(case_no, "judge")["sheet"]


def test_a_key_pressed_by_mistake_is_made_sure_of(town: Town) -> None:
    case_no = helping(town, situation="mistake")
    assert town.tasks(case_no) == ["call_elder"]
    town.do(case_no, "call_elder", safe="yes")
    assert town.outcome(case_no) == "误报"


def test_a_mistake_that_is_none_gets_help(town: Town) -> None:
    case_no = helping(town, situation="mistake")
    town.do(case_no, "call_elder", safe="no")
    assert town.tasks(case_no) == ["dispatch_helper", "keep_line"]


@pytest.mark.parametrize("connected", [True, False])
def test_an_elder_who_turns_out_not_to_be_safe_gets_an_ambulance(town: Town, connected: bool) -> None:
    town.exchange("tel.pager_start", call_id=CALL)
    town.exchange("tel.three_party", connected=connected)
    case_no = helping(town, situation="mistake")
    town.do(case_no, "call_elder", safe="no", report=["120"])
    assert town.called("tel.three_party") == [{"call_id": CALL, "to": ["120"]}]
    assert town.tasks(case_no) == (["keep_line"] if connected else ["keep_line", "report_by_phone"])


def test_nobody_takes_it_for_a_minute(town: Town) -> None:
    town.exchange("tel.call")
    case_no = pressed(town)
    town.wait(seconds=41)
    assert town.called("tel.call") == [{"to": "agent", "text": "emergency"}] * 2
    assert town.flags(case_no) == []
    town.wait(seconds=20)
    assert len(town.called("tel.call")) == 3
    assert town.flags(case_no) == ["应急超时"]
    assert town.told(case_no, "centre") == ["urge"]
    assert town.tasks(case_no) == ["judge"]


def left_alone(town: Town, case_no: str, length: timedelta) -> tuple[list[str | None], list[str]]:
    """The marks and messages to the centre of a case after nobody has acted for almost so long, and then for hours."""
    town.wait(seconds=length.total_seconds() - 1)
    assert (town.flags(case_no), town.told(case_no, "centre")) == ([], [])
    town.wait(hours=5)
    return town.flags(case_no), town.told(case_no, "centre")


def test_a_helper_whom_nobody_looks_for_is_told_to_the_centre(town: Town) -> None:
    case_no = helping(town)
    assert left_alone(town, case_no, timedelta(minutes=3)) == (["调度超时"], ["urge"])
    assert town.tasks(case_no) == ["dispatch_helper", "keep_line"]
    town.do(case_no, "dispatch_helper")
    assert town.tasks(case_no) == []


def test_an_ambulance_that_nobody_calls_by_hand_is_told_to_the_centre(town: Town) -> None:
    town.exchange("tel.pager_start", call_id=CALL)
    case_no = helping(town, report=["120"])
    town.message("PagerConfirmed", call_id=CALL, contact=1, role="family")
    town.wait(seconds=59)
    assert (town.flags(case_no), town.told(case_no, "centre")) == (["家人答应前往"], [])
    town.wait(hours=1)
    assert (town.flags(case_no), town.told(case_no, "centre")) == (["家人答应前往", "报警超时"], ["urge"])
    assert town.tasks(case_no) == ["keep_line", "report_by_phone"]


def test_an_arrival_that_nobody_checks_is_told_to_the_centre(town: Town) -> None:
    case_no = on_the_way(town)
    town.wait(minutes=10)
    assert town.tasks(case_no) == ["check_arrival"]
    assert left_alone(town, case_no, timedelta(minutes=3)) == (["核实超时"], ["urge"])
    assert town.tasks(case_no) == ["check_arrival"]


def test_an_elder_whom_nobody_calls_back_is_told_to_the_centre(town: Town) -> None:
    case_no = helping(town, situation="mistake")
    assert left_alone(town, case_no, timedelta(minutes=3)) == (["应急超时"], ["urge"])
    assert town.tasks(case_no) == ["call_elder"]


def test_what_is_done_in_time_is_told_to_nobody(town: Town) -> None:
    case_no = helping(town, situation="mistake")
    town.do(case_no, "call_elder", safe="no", report=["120"])
    town.do(case_no, "report_by_phone")
    town.do(case_no, "dispatch_helper")
    town.wait(minutes=10)
    town.do(case_no, "check_arrival", arrived="yes")
    town.wait(hours=1)
    assert (town.flags(case_no), town.told(case_no, "centre")) == ([], [])


@pytest.mark.parametrize("group", ["agent", "team_leader", "shift_leader"])
def test_whoever_of_the_centre_sees_it_may_look_for_a_helper(town: Town, group: str) -> None:
    case_no = helping(town)
    town.do(case_no, "dispatch_helper", by=Actor("somebody", frozenset({group})))
    assert town.tasks(case_no) == []


def test_contacts_are_called_in_turn_until_one_goes_there(town: Town) -> None:
    town.exchange("tel.pager_start", call_id=CALL)
    case_no = helping(town)
    assert town.called("tel.pager_start") == [{"device": DEVICE, "call_id": CALL, "key": "2", "again": False}]
    assert town.tasks(case_no) == ["keep_line"]
    town.message("PagerConfirmed", call_id="1772413200.99", contact=1, role="family")
    assert town.tasks(case_no) == ["keep_line"]
    town.message("PagerConfirmed", call_id=CALL, contact=2, role="doctor")
    assert (town.tasks(case_no), town.flags(case_no)) == ([], ["看护医生答应前往"])
    town.message("HelperArrived", case_no=case_no)
    assert town.tasks(case_no) == ["conclude"]
    cared_for(town, case_no)


def without_contacts(town: Town, *, silent: bool) -> str:
    """Contacts are called, and nobody has said that they come: for three minutes, or all of them."""
    town.exchange("tel.pager_start", call_id=CALL)
    case_no = helping(town)
    if silent:
        town.wait(minutes=3.1)
    else:
        town.message("PagerExhausted", call_id=CALL)
    return case_no


@pytest.mark.parametrize("silent", [True, False])
def test_when_no_contact_comes_the_shift_leader_finds_a_helper(town: Town, silent: bool) -> None:
    case_no = without_contacts(town, silent=silent)
    assert town.tasks(case_no) == ["dispatch_helper", "keep_line"]
    town.do(case_no, "dispatch_helper")
    assert town.tasks(case_no) == []


@pytest.mark.parametrize("silent", [True, False])
def test_a_contact_who_says_yes_while_a_helper_is_looked_for_ends_the_search(town: Town, silent: bool) -> None:
    case_no = without_contacts(town, silent=silent)
    town.message("PagerConfirmed", call_id="1772413200.99", contact=1, role="doctor")
    assert town.tasks(case_no) == ["dispatch_helper", "keep_line"]
    town.message("PagerConfirmed", call_id=CALL, contact=1, role="family")
    assert (town.tasks(case_no), town.flags(case_no)) == ([], ["家人答应前往"])
    town.wait(minutes=10.1)
    assert town.tasks(case_no) == ["check_arrival"]


def test_a_contact_who_says_yes_in_a_second_call_ends_the_search_of_that_emergency_alone(town: Town) -> None:
    other = NewElder("钱爷爷", "029-33218888", "P-7777", "人民路13号", area="610402")
    town.engine.transact(SYSTEM, lambda work: elders.enrol(work.session, other, work.now))
    case_no, somebodys = helping(town), again(town, "o1", device="P-7777")
    town.do(somebodys, "judge")
    assert again(town, "k2") == case_no
    confirmed = {"call_id": "k2", "contact": 2, "role": "doctor"}
    town.engine.transact(SYSTEM, lambda work: follow(work, "PagerConfirmed", confirmed))
    assert (town.tasks(case_no), "看护医生答应前往" in town.flags(case_no)) == (["check_again"], True)
    assert town.tasks(somebodys) == ["dispatch_helper", "keep_line"]


@pytest.mark.parametrize("late", [("PagerConfirmed", {"contact": 1, "role": "family"}), ("PagerExhausted", {})])
def test_what_contacts_answered_in_one_round_counts_in_no_later_one(town: Town, late: tuple[str, dict[str, Any]]) -> None:
    town.exchange("tel.pager_start", call_id=CALL)
    case_no = helping(town)
    town.wait(minutes=3.1)
    town.do(case_no, "dispatch_helper")
    town.message(late[0], call_id=CALL, **late[1])
    town.wait(minutes=10.1)
    town.do(case_no, "check_arrival", arrived="no")
    assert (town.tasks(case_no), town.flags(case_no)) == (["keep_line"], [])
    town.message("PagerExhausted", call_id=CALL)
    assert town.tasks(case_no) == ["dispatch_helper", "keep_line"]


def test_an_ambulance_that_cannot_be_called_in_the_call_is_called_by_hand(town: Town) -> None:
    town.exchange("tel.pager_start", call_id=CALL)
    town.exchange("tel.three_party", connected=False)
    case_no = helping(town, report=["120", "110"])
    assert town.called("tel.three_party") == [{"call_id": CALL, "to": ["120", "110"]}]
    assert town.tasks(case_no) == ["keep_line", "report_by_phone"]


@pytest.mark.parametrize(
    ("result", "left"),
    [("connected", ["keep_line"]), ("failed", ["keep_line", "report_by_phone"]), (None, ["keep_line", "report_by_phone"])],
)
def test_only_an_ambulance_that_has_answered_counts_as_called(town: Town, result: str | None, left: list[str]) -> None:
    town.exchange("tel.pager_start", call_id=CALL)
    town.exchange("tel.three_party", connected=True)
    case_no = helping(town, report=["120"])
    assert town.tasks(case_no) == ["keep_line"]
    if result is None:
        town.wait(seconds=46)
    else:
        town.message("ThirdPartyAnswered", call_id=CALL, result=result)
    assert town.tasks(case_no) == left
    town.message("PagerConfirmed", call_id=CALL, contact=1, role="family")
    if result == "connected":
        town.wait(minutes=10.1)
        assert town.tasks(case_no) == ["check_arrival"]


def test_helpers_who_do_not_come_are_looked_for_again_and_at_last_by_the_shift_leader(town: Town) -> None:
    town.exchange("tel.pager_start", call_id=CALL)
    town.exchange("tel.three_party", connected=True)
    case_no = helping(town)
    for _round in range(3):
        town.message("PagerConfirmed", call_id=CALL, contact=1, role="family")
        town.message("ThirdPartyAnswered", call_id=CALL, result="connected")
        town.wait(minutes=10.1)
        town.do(case_no, "check_arrival", arrived="no", report=["120"])
    town.message("ThirdPartyAnswered", call_id=CALL, result="connected")
    assert len(town.called("tel.three_party")) == 3
    assert [given["again"] for given in town.called("tel.pager_start")] == [False, True, True]
    assert town.tasks(case_no) == ["dispatch_helper", "keep_line"]
    town.message("PagerConfirmed", call_id=CALL, contact=1, role="family")
    assert town.flags(case_no) == ["家人答应前往"] * 3
    assert town.tasks(case_no) == ["dispatch_helper", "keep_line"]
    town.do(case_no, "dispatch_helper")
    town.wait(minutes=10.1)
    town.do(case_no, "check_arrival", arrived="yes")
    assert town.tasks(case_no) == ["conclude"]


def test_a_company_call_may_end_before_help_is_found(town: Town) -> None:
    case_no = helping(town)
    town.do(case_no, "keep_line")
    assert town.tasks(case_no) == ["dispatch_helper"]


def test_an_unsatisfied_elder_is_helped_again(town: Town) -> None:
    case_no = on_the_way(town)
    town.message("HelperArrived", case_no=case_no)
    town.do(case_no, "conclude")
    town.wait(hours=2.1)
    town.do(case_no, "visit", handling_sat="unsatisfied")
    town.do(case_no, "redo_decision", decision="redo")
    cared_for(town, case_no)


@pytest.mark.parametrize(
    ("at", "asked_by"),
    [
        (time(3), "visitor"),
        (time(7, 59, 59), "visitor"),
        (time(8), "robot"),
        (time(19, 59, 59), "robot"),
        (time(20), "visitor"),
        (time(23, 30), "visitor"),
    ],
)
def test_no_machine_rings_an_elder_at_night(town: Town, at: time, asked_by: str) -> None:
    town.telephone("tel.survey", operations.survey)
    case_no = on_the_way(town)
    town.message("HelperArrived", case_no=case_no)
    due = datetime.combine(local_day(town.now) + timedelta(days=1), at, LOCAL)
    town.until(due - timedelta(hours=2))
    town.do(case_no, "conclude")
    town.until(due)
    assert town.tasks(case_no) == (["visit"] if asked_by == "visitor" else [])
    assert ("await_survey" in town.timers(case_no)) is (asked_by == "robot")
    assert ("'reason': 'night'" in town.data(case_no)) is (asked_by == "visitor")


def test_a_profile_is_that_of_whose_emergency_it_is_though_somebody_else_has_the_device_by_now(town: Town) -> None:
    clerk = Actor("care_clerk1", frozenset({"care_clerk"}))
    case_no = on_the_way(town)

    def hand_on(work: Work) -> None:
        elder = work.session.get_one(ElderDevice, DEVICE).elder_id
        keeping.retire_device(work.session, clerk, elder, DEVICE, "老人搬走")
        other = NewElder("钱爷爷", "029-33218888", DEVICE, "人民路13号", area="610402")
        elders.enrol(work.session, other, work.now)  # as it was possible once

    town.engine.transact(clerk, hand_on)
    town.wait(minutes=10.1)
    sheet = town.prefill(case_no, "check_arrival")["sheet"]
    assert ("赵奶奶" in sheet, "钱爷爷" in sheet) == (True, False)
    new = again(town, "k2")
    assert new != case_no
    assert "钱爷爷" in town.prefill(new, "judge")["sheet"]


@pytest.mark.parametrize("by", ["key", "own number", "line"])
def test_a_device_is_nobody_elses_until_the_outcome_of_its_holders_emergency_is_written_down(town: Town, by: str) -> None:
    clerk = Actor("care_clerk1", frozenset({"care_clerk"}))
    heir = NewElder("钱爷爷", "029-33218888", DEVICE, "人民路13号", area="610402")

    def take_back(work: Work) -> None:
        device = work.session.get_one(ElderDevice, DEVICE)
        elders.set_line(device, "029-33210001")
        keeping.retire_device(work.session, clerk, device.elder_id, DEVICE, "送修")

    def give_back(work: Work) -> None:
        elder = work.session.get_one(ElderDevice, DEVICE).elder_id
        keeping.add_device(work.session, clerk, elder, DEVICE, "029-33210001", work.now, emergency_of)

    if by == "key":
        case_no = pressed(town)
    else:
        caller = NewCitizen("赵奶奶的邻居", "02933219999" if by == "own number" else "02933210001")
        case_no = town.call("elderly_emergency", citizen=caller)
    town.do(case_no, "judge")
    town.engine.transact(clerk, take_back)
    with pytest.raises(BadElder) as refusal:
        town.engine.transact(clerk, lambda work: keeping.enrol(work.session, clerk, heir, work.now, emergency_of))
    assert (list(refusal.value.errors), case_no in refusal.value.errors["device"]) == (["device"], True)
    town.engine.transact(clerk, give_back)
    town.engine.transact(clerk, take_back)
    town.do(case_no, "dispatch_helper")
    town.message("HelperArrived", case_no=case_no)
    town.do(case_no, "conclude")
    town.engine.transact(clerk, lambda work: keeping.enrol(work.session, clerk, heir, work.now, emergency_of))
    assert "钱爷爷" in town.prefill(again(town, "k2"), "judge")["sheet"]


def test_a_withdrawal_does_not_end_an_emergency(town: Town) -> None:
    case_no = on_the_way(town)
    town.ask(case_no, "withdraw", reason="老人说不用了")
    town.wait(minutes=10.1)
    assert town.tasks(case_no) == ["check_arrival"]


def test_silent_devices_are_listed_each_week_and_tried(town: Town) -> None:
    town.start("device_check")
    assert town.tasks("") == []
    town.wait(days=31)
    town.start("device_check")
    assert town.tasks("") == ["try_devices"]
    listed = town.choices("", "try_devices", "working")
    assert DEVICE in listed
    town.do("", "try_devices", working=listed)
    with town.engine.read() as session:
        assert elders.silent(session, town.now, 30) == []


def test_a_list_that_nobody_works_on_is_taken_back(town: Town) -> None:
    town.wait(days=31)
    town.start("device_check")
    town.wait(days=6.1)
    assert town.instances("")[-1] == ("device_check", "未试呼")


def test_an_alarm_is_a_test_of_its_device(town: Town) -> None:
    town.wait(days=29)
    pressed(town)
    town.wait(days=2)
    with town.engine.read() as session:
        assert DEVICE not in elders.silent(session, town.now, 30)
        assert session.get_one(ElderDevice, DEVICE).active
