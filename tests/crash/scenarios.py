"""Whole scenarios, at least one for each process of `bpmn-models`: what leads up to it, what is done under the kills, and the end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete

from engine.timers.models import Timer
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewElder
from tests.crash.house import House

Part = Callable[[House], None]
UNTIL_MORNING = 18
"""Hours from 09:00 to 03:00, past the nightly check."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`before` runs once and is kept; `acts` run under the kills; `after` carries what is left to its end."""

    process: str
    before: Part
    acts: Part
    after: Part


SCENARIOS: dict[str, Scenario] = {}


def scenario(process: str, before: Part, after: Part) -> Callable[[Part], Part]:
    """Register the acts of a process."""

    def register(acts: Part) -> Part:
        SCENARIOS[process] = Scenario(process, before, acts, after)
        return acts

    return register


def empty(_house: House) -> None:
    """A city without cases."""


def registered(house: House) -> None:
    """A call that was registered."""
    house.open("a")
    house.do("a", "register")


def dispatched(house: House) -> None:
    """A complaint that has gone out to its unit."""
    registered(house)
    house.do("a", "review")


def accepted(house: House) -> None:
    """A complaint that its unit works on."""
    dispatched(house)
    house.do("a", "ack")


def almost_overdue(house: House) -> None:
    """A complaint whose unit has let the time pass, but for an hour."""
    accepted(house)
    house.wait(days=6, hours=23)


def supervised(house: House) -> None:
    """An overdue complaint with an opinion on it."""
    almost_overdue(house)
    house.wait(hours=2)
    house.do("a", "supervise")


def replied(house: House) -> None:
    """A complaint whose citizen was told the result."""
    accepted(house)
    for element in ("handle", "result_review", "reply_citizen"):
        house.do("a", element)


def two_dispatched(house: House) -> None:
    """Two complaints of two matters."""
    dispatched(house)
    house.open("b", variables={"kind": "complaint", "class_l1": "water", "urgency": "normal", "reply_pref": "sms"})
    for element in ("register", "review"):
        house.do("b", element)


def stuck(house: House) -> None:
    """A case that nothing moves any more: its reply's time is up, and somebody has deleted the timer by hand."""
    replied(house)
    house.do("a", "visit", reached=False)
    with house.product.sessions.begin() as session:
        session.execute(delete(Timer).where(Timer.business_key == house.memory.cases["a"]))


def long_closed(house: House) -> None:
    """Half a year after a case was closed."""
    house.open("a", "consultation")
    house.do("a", "register")
    house.do("a", "answer", mode="instant")
    house.travel(house.clock.now + timedelta(days=181))
    house.settle()


def nothing_left(house: House) -> None:
    """Everything has come to its end by itself."""


def withdrawn(house: House) -> None:
    """The citizens withdraw what is still open."""
    for name in list(house.memory.cases):
        if house.status(name) == "open":
            house.ask(name, "withdraw", reason="问题已自行解决")


def withdrawn_in_call(house: House) -> None:
    """The citizen withdraws what was opened in the call."""
    house.case_in("k1", "a")
    house.ask("a", "withdraw", reason="问题已自行解决")


def silent(house: House) -> None:
    """An elder with a device that nothing was heard of for a month."""
    elder = NewElder("赵奶奶", "029-33219999", "P-9001", "人民路12号")
    with house.product.sessions.begin() as session:
        elders.enrol(session, elder, house.clock.now - timedelta(days=31))


def looked_into(house: House) -> None:
    """Somebody has looked into the case that stood still, and its citizen withdraws it."""
    if "look_into" in house.tasks("a"):
        house.do("a", "look_into")
    withdrawn(house)


@scenario("complaint", empty, nothing_left)
def complaint(house: House) -> None:
    """Sent back once, two units, one of which returns it, merged answers, an unsatisfied citizen, handled once more."""
    house.open("a")
    house.do("a", "register")
    house.do("a", "review", decision="back")
    house.do("a", "register")
    house.wait(hours=25)
    house.do("a", "review", assist=["water"])
    house.do("a", "ack", by_unit="water", outcome="return")
    house.do("a", "return_audit", new_unit="transport")
    house.do("a", "redispatch", lead="transport")
    for unit in ("urban", "transport"):
        house.do("a", "ack", by_unit=unit)
        house.do("a", "handle", by_unit=unit)
        house.do("a", "result_review")
    house.do("a", "merge_answers", answer="两家单位均已修复")
    house.do("a", "reply_citizen", reached=False)
    house.wait(hours=2.1)
    house.do("a", "reply_citizen")
    house.do("a", "visit", handling_sat="unsatisfied")
    house.do("a", "redo_decision", decision="redo")
    for element in ("ack", "handle", "result_review", "reply_citizen", "visit"):
        house.do("a", element)


@scenario("work_order", dispatched, withdrawn)
def work_order(house: House) -> None:
    """Confirmed late, a refused return, lamps and reminders by the clock, a result that is sent back; the department's own
    system answers, and everything twice."""
    house.wait(minutes=65)
    house.call_back("a", "accepted", times=2, contact_person="赵工", contact_phone="029-33210000")
    house.do("a", "handle", outcome="return")
    house.do("a", "return_audit", audit="reject")
    house.wait(days=6)
    house.call_back("a", "progress", text="已到现场", times=2)
    house.call_back("a", "done", reply="已经修好，请放心使用。", measures="更换灯具", result="solved", contacted=True, times=2)
    house.do("a", "result_review", verdict="redo")
    house.do("a", "handle")
    house.do("a", "reply_citizen")


@scenario("return_visit", replied, nothing_left)
def return_visit(house: House) -> None:
    """Nobody at home, the visit gets late, then an answer."""
    house.do("a", "visit", reached=False)
    house.wait(hours=4.1)
    house.do("a", "visit", reached=False)
    house.wait(days=3)
    house.do("a", "visit")


@scenario("consultation", empty, nothing_left)
def consultation(house: House) -> None:
    """A question for a unit, which is visited afterwards."""
    house.open("a", "consultation")
    house.do("a", "register")
    house.do("a", "answer", mode="transfer", unit="hr")
    for element in ("ack", "handle", "reply_citizen", "visit"):
        house.do("a", element)


@scenario("supervision", almost_overdue, withdrawn)
def supervision(house: House) -> None:
    """Overdue by itself, silence for a level, then a poor answer."""
    house.wait(hours=2)
    house.do("a", "supervise")
    house.wait(days=3)
    house.do("a", "supervise")
    house.ask("a", "supervision_reply", work_order=house.order("a").number, text="正在办理")
    house.do("a", "verify_reply", verdict="again")


@scenario("supervision_reply", supervised, withdrawn)
def supervision_reply(house: House) -> None:
    """The unit answers, and that will do."""
    house.ask("a", "supervision_reply", work_order=house.order("a").number, text="三日内修复")
    house.do("a", "verify_reply")


@scenario("urge", dispatched, withdrawn)
def urge(house: House) -> None:
    """Two urgings in a row."""
    for _ in range(2):
        house.ask("a", "urge", text="请尽快处理")


@scenario("extension", accepted, withdrawn)
def extension(house: House) -> None:
    """More time is asked for, and granted when somebody was reminded of it; the due watch begins anew."""
    house.ask("a", "extend", work_order=house.order("a").number, days=5, reason="需要施工")
    house.wait(hours=5)
    house.do("a", "extension_decision")
    house.wait(days=7, hours=1)


@scenario("supplement", dispatched, withdrawn)
def supplement(house: House) -> None:
    """Something was forgotten."""
    house.ask("a", "supplement", text="路灯编号为 17")


@scenario("withdraw", two_dispatched, withdrawn)
def withdraw(house: House) -> None:
    """A citizen withdraws while unit and clock are at work."""
    house.ask("a", "withdraw", reason="问题已自行解决")


@scenario("link", two_dispatched, withdrawn)
def link(house: House) -> None:
    """Two cases of one matter."""
    house.ask("b", "link", case_no=house.memory.cases["a"], kind="link")


@scenario("leader_note", dispatched, withdrawn)
def leader_note(house: House) -> None:
    """A leader wants it done."""
    house.ask("a", "note", text="请城管局三日内办结")


FILED = {"outcome": "file", "caller_name": "测试市民", "phone": "13800139999", "title": "路灯不亮", "content": "人民路路灯坏了一周"}


@scenario("intake", empty, withdrawn_in_call)
def intake(house: House) -> None:
    """A call is answered, its form is late, the case is opened and told."""
    house.say("k1", "CallReceived", "call_id", service="12345", queue="general")
    house.say("k1", "CallAnswered", "call_id", agent="agent1")
    house.wait(minutes=31)
    house.do("k1", "register", category="complaint", **FILED)
    house.do("k1", "tell_number")


@scenario("missed_call", empty, nothing_left)
def missed_call(house: House) -> None:
    """A caller who tried twice is reached at the second attempt, and registered."""
    for call in ("k1", "k2"):
        house.say(call, "CallMissed", "call_id", queue="general", caller="a1b2")
    house.do("k1", "return_call", reached=False)
    house.wait(minutes=31)
    house.do("k1", "return_call", result="register")
    house.do("k1", "register", outcome="nuisance")


@scenario("elderly_emergency", empty, nothing_left)
def elderly_emergency(house: House) -> None:
    """A key of a device that nobody knows: reported, a helper who does not come, one who does, a visit and a call."""
    house.say("k1", "PagerPressed", "call_id", device="P-1", key="2")
    house.case_in("k1", "a")
    house.wait(seconds=61)
    house.do("a", "judge", report=["120"])
    for element in ("report_by_phone", "dispatch_helper"):
        house.do("a", element)
    house.wait(minutes=11)
    house.do("a", "check_arrival", arrived="no")
    house.do("a", "dispatch_helper")
    house.say("a", "HelperArrived", "case_no")
    house.do("a", "conclude")
    house.wait(hours=3)
    house.do("a", "visit")
    house.wait(days=2)
    house.do("a", "care_call")


@scenario("pressed_again", empty, nothing_left)
def pressed_again(house: House) -> None:
    """The same key three times: one case, one look at how things are, and a false alarm."""
    house.say("k1", "PagerPressed", "call_id", device="P-1", key="2")
    house.case_in("k1", "a")
    for call in ("k2", "k3"):
        house.say(call, "PagerPressed", "call_id", device="P-1", key="2")
    house.wait(seconds=61)
    house.do("a", "check_again")
    house.do("a", "judge", situation="mistake")
    house.do("a", "call_elder", safe="yes")


@scenario("device_check", silent, nothing_left)
def device_check(house: House) -> None:
    """Mondays list a silent device; nobody tries it the first week."""
    house.wait(days=7, hours=1)


@scenario("loop_check", stuck, looked_into)
def loop_check(house: House) -> None:
    """The night finds a case that stands still."""
    house.wait(hours=UNTIL_MORNING)


@scenario("stuck_case", stuck, looked_into)
def stuck_case(house: House) -> None:
    """Somebody looks into it in the morning."""
    house.wait(hours=UNTIL_MORNING)
    house.do("a", "look_into")


@scenario("daily_anchor", dispatched, withdrawn)
def daily_anchor(house: House) -> None:
    """Two mornings seal the days before them."""
    house.wait(days=2)


@scenario("archive", long_closed, nothing_left)
def archive(house: House) -> None:
    """The night packs an old case away, and a late supplement brings it back."""
    house.wait(hours=UNTIL_MORNING)
    house.ask("a", "supplement", text="市民来电补充情况")
