"""From the ringing telephone to a case, or to what else a call can be; and the calls that nobody answered."""

from typing import Any

import pytest

from engine.actor import Actor
from engine.errors import Invalid
from processes.contacts import services as contacts
from tests.bpmn.town import Town

CALL = "1772413200.17"
FILED = {
    "category": "complaint",
    "caller_name": "王小明",
    "phone": "13800138000",
    "title": "路灯不亮",
    "content": "人民路路灯坏了一周",
    "class_l1": "urban",
}


def ringing(town: Town, call_id: str = CALL) -> str:
    town.message("CallReceived", call_id=call_id, service="12345", queue="general")
    return call_id


def talking(town: Town, agent: str = "agent1") -> str:
    call_id = ringing(town)
    town.message("CallAnswered", call_id=call_id, agent=agent)
    return call_id


def filed(town: Town, call_id: str, **more: Any) -> str:
    town.do(call_id, "register", outcome="file", **{**FILED, **more})
    with town.engine.read() as session:
        return contacts.cases_of(session, call_id)[-1]


def test_who_answers_has_the_form(town: Town) -> None:
    call_id = ringing(town)
    assert town.tasks(call_id) == []
    town.message("CallAnswered", call_id=call_id, agent="agent1")
    assert town.assignees(call_id) == {"register": "agent1"}


def test_a_call_that_is_told_twice_has_one_form(town: Town) -> None:
    ringing(town)
    assert town.instances(ringing(town)) == [("intake", "live")]


def test_another_calls_messages_change_nothing(town: Town) -> None:
    call_id = ringing(town)
    town.message("CallAnswered", call_id="1772413200.99", agent="agent1")
    town.message("CallEnded", call_id="1772413200.99", agent=None, outcome="abandoned", talk_seconds=0)
    assert town.tasks(call_id) == []
    assert town.instances(call_id) == [("intake", "live")]


@pytest.mark.parametrize("outcome", ["abandoned", "voicemail", "blocked", "failed"])
def test_a_call_that_ends_before_anybody_answers_leaves_no_form(town: Town, outcome: str) -> None:
    call_id = ringing(town)
    town.message("CallEnded", call_id=call_id, agent=None, outcome=outcome, talk_seconds=0)
    assert town.instances(call_id) == [("intake", "未接通")]


def test_without_a_word_from_the_exchange_every_agent_gets_the_form(town: Town) -> None:
    call_id = ringing(town)
    town.wait(minutes=15.1)
    assert town.assignees(call_id) == {"register": None}
    town.do(call_id, "register", outcome="nuisance")
    assert town.instances(call_id) == [("intake", "无效")]


def test_a_form_opens_the_case_and_starts_its_process_in_one_transaction(town: Town) -> None:
    call_id = talking(town)
    case_no = filed(town, call_id)
    assert town.instances(case_no) == [("complaint", "live")]
    assert town.tasks(case_no) == ["register"]
    assert town.assignees(call_id) == {"tell_number": "agent1"}
    with town.engine.read() as session:
        assert contacts.calls_of(session, case_no) == [call_id]


def test_the_code_is_shown_until_it_was_told_and_never_stands_in_process_data(town: Town) -> None:
    call_id = talking(town)
    case_no = filed(town, call_id)
    assert town.prefill(call_id, "tell_number")["case_no"] == case_no
    (code,) = town.choices(call_id, "tell_number", "query_code")
    assert case_no in town.data(call_id)
    assert code not in town.data(call_id)
    town.do(call_id, "tell_number")
    assert code not in town.data(call_id)
    assert "told" in town.submissions(call_id)
    assert code not in town.submissions(call_id)
    assert town.instances(call_id) == [("intake", "立案")]
    with town.engine.read() as session:
        assert contacts.code_to_tell(session, call_id) is None


def test_the_code_is_forgotten_after_an_hour(town: Town) -> None:
    call_id = talking(town)
    filed(town, call_id)
    town.wait(hours=1.1)
    assert town.instances(call_id) == [("intake", "立案")]
    with town.engine.read() as session:
        assert contacts.code_to_tell(session, call_id) is None


def test_neither_name_nor_number_stands_in_process_data(town: Town) -> None:
    call_id = talking(town)
    case_no = filed(town, call_id)
    for key in (call_id, case_no):
        assert "王小明" not in town.data(key)
        assert "13800138000" not in town.data(key)


def test_an_anonymous_call_needs_a_reason(town: Town) -> None:
    call_id = talking(town)
    with pytest.raises(Invalid) as refusal:
        filed(town, call_id, caller_name=None, phone=None)
    assert {"caller_name", "phone"} <= refusal.value.errors.keys()
    case_no = filed(town, call_id, caller_name=None, phone=None, anonymous=True, anonymous_reason="担心报复")
    assert town.tasks(case_no) == ["register"]


def test_what_the_caller_adds_goes_to_the_case_that_is_there(town: Town) -> None:
    case_no = town.dispatched()
    call_id = talking(town)
    with pytest.raises(Invalid) as refusal:
        town.do(call_id, "register", outcome="supplement", old_case="TS20260302ZZZZZZZZ", addition="路灯编号 17")
    assert refusal.value.errors.keys() == {"old_case"}
    town.do(call_id, "register", outcome="supplement", old_case=case_no.lower(), addition="路灯编号 17")
    assert town.instances(call_id) == [("intake", "并入")]
    assert "supplement" in dict(town.instances(case_no))
    assert town.entries(case_no, "supplement") == ["路灯编号 17"]
    with town.engine.read() as session:
        assert contacts.calls_of(session, case_no) == [call_id]


def test_what_is_not_ours_is_told_where_to_turn(town: Town) -> None:
    call_id = talking(town)
    town.do(call_id, "register", outcome="not_ours")
    town.do(call_id, "tell_way")
    assert town.instances(call_id) == [("intake", "非受理")]


def test_without_a_telephone_an_emergency_is_transferred_by_hand(town: Town) -> None:
    call_id = talking(town)
    town.do(call_id, "register", outcome="emergency", emergency="119")
    assert town.prefill(call_id, "transfer_by_hand")["number"] == "119"
    town.do(call_id, "transfer_by_hand")
    assert town.instances(call_id) == [("intake", "转接")]


@pytest.mark.parametrize(("result", "left"), [("connected", []), ("failed", ["transfer_by_hand"]), (None, ["transfer_by_hand"])])
def test_an_emergency_is_put_through(town: Town, result: str | None, left: list[str]) -> None:
    town.exchange("tel.transfer")
    call_id = talking(town)
    town.do(call_id, "register", outcome="emergency", emergency="120")
    assert town.called("tel.transfer") == [{"call_id": call_id, "to": "120"}]
    if result is None:
        town.wait(minutes=2.1)
    else:
        town.message("TransferCompleted", call_id=call_id, to="120", kind="outside", result=result)
    assert town.tasks(call_id) == left


def test_an_open_form_is_reminded_of_three_times_and_then_its_leader(town: Town) -> None:
    town.exchange("tel.remind")
    call_id = talking(town)
    town.wait(minutes=29)
    assert town.called("tel.remind") == [{"call_id": call_id, "to": "agent1"}] * 2
    assert town.told(call_id) == []
    town.wait(minutes=30)
    assert len(town.called("tel.remind")) == 3
    assert town.told(call_id, "centre") == ["urge"]
    assert town.tasks(call_id) == ["register"]


def missed(town: Town, call_id: str, caller: str | None = "a1b2") -> str:
    town.message("CallMissed", call_id=call_id, queue="general", caller=caller)
    return call_id


def test_every_missed_call_is_a_task_and_one_caller_is_called_back_once(town: Town) -> None:
    first, again, other = missed(town, "m.1"), missed(town, "m.2"), missed(town, "m.3", "c3d4")
    assert (town.tasks(first), town.tasks(again), town.tasks(other)) == (["return_call"], [], ["return_call"])
    assert town.instances(again) == [("missed_call", "已合并")]


def test_callers_who_withhold_their_number_are_not_taken_for_one(town: Town) -> None:
    assert [town.tasks(missed(town, call_id, None)) for call_id in ("m.1", "m.2")] == [["return_call"]] * 2


def test_a_caller_is_called_back_anew_once_the_first_callback_is_over_or_old(town: Town) -> None:
    missed(town, "m.1")
    town.do("m.1", "return_call", result="settled")
    assert town.instances("m.1") == [("missed_call", "已回拨")]
    assert town.tasks(missed(town, "m.2")) == ["return_call"]
    town.wait(minutes=31)
    assert town.tasks(missed(town, "m.3")) == ["return_call"]


def test_missed_calls_go_round_the_agents_at_their_desks(town: Town) -> None:
    town.exchange("tel.assign_missed", agent="agent1")
    assert town.assignees(missed(town, "m.1")) == {"return_call": "agent1"}


def test_nobody_called_back_for_half_an_hour(town: Town) -> None:
    missed(town, "m.1")
    town.wait(minutes=30.1)
    assert town.told("m.1", "centre") == ["urge"]
    assert town.tasks("m.1") == ["return_call"]


def test_a_caller_who_is_never_reached_is_told_by_message(town: Town) -> None:
    town.exchange("tel.text")
    missed(town, "m.1")
    for _ in range(2):
        town.do("m.1", "return_call", reached=False)
        assert town.tasks("m.1") == []
        town.wait(minutes=30.1)
    town.do("m.1", "return_call", reached=False)
    assert town.called("tel.text") == [{"call_id": "m.1", "template": "missed"}]
    assert town.instances("m.1") == [("missed_call", "未联系上")]


def test_a_callback_becomes_a_case_registered_by_who_called(town: Town) -> None:
    missed(town, "m.1")
    town.do("m.1", "return_call", by=Actor("agent1", frozenset({"agent"})), result="register")
    assert town.assignees("m.1") == {"register": "agent1"}
    assert town.prefill("m.1", "register")["channel"] == "missed"
    case_no = filed(town, "m.1")
    town.do("m.1", "tell_number")
    assert town.instances("m.1") == [("missed_call", "已登记")]
    assert town.tasks(case_no) == ["register"]


@pytest.mark.parametrize(("result", "left"), [("return", ["return_call"]), ("register", ["register"]), ("settled", [])])
def test_a_message_left_is_heard_and_handled(town: Town, result: str, left: list[str]) -> None:
    town.message("VoicemailLeft", call_id="v.1", recording="r1", queue="general", seconds=12)
    assert town.tasks("v.1") == ["hear_voicemail"]
    town.do("v.1", "hear_voicemail", result=result)
    assert town.tasks("v.1") == left
