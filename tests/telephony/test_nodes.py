"""Menus that compute, compare and ask the database, on a real exchange (T04): what the caller hears is what the exchange played."""

import re
import threading
from typing import Any

import pytest

from processes.cases.services import NewCase, NewCitizen, OpenedCase, open_case
from telephony.calls import nodes
from telephony.queries import answers as queries
from telephony.queries.answers import KEYPAD
from tests.fixtures.phones import Call, answers, rejects
from tests.telephony.hotline import ADMIN, CITIZEN, Hotline

LABOUR = "12333"
ALWAYS = {"labour": {"name": "12333"}}
PLAYED = re.compile(r"Playing 'bihuan/([a-z0-9-]+)\.")


class Heard:
    """What the exchange has played since now."""

    def __init__(self, hotline: Hotline) -> None:
        self._hotline, self._before, self._at = hotline, len(hotline.node.log()), 0

    def until(self, *prompts: str) -> None:
        """Wait until these were played one after the other, from where the last ones began."""

        def there() -> bool | None:
            played = PLAYED.findall(self._hotline.node.log()[self._before :])
            for at in range(self._at, len(played) - len(prompts) + 1):
                if tuple(played[at : at + len(prompts)]) == prompts:
                    self._at = at
                    return True
            return None

        self._hotline.until(there)


def a_case(hotline: Hotline) -> OpenedCase:
    """A case of the citizen who calls."""
    new = NewCase("complaint", "phone", title="小区停水", content="没有水", citizen=NewCitizen("王小明", CITIZEN))
    return hotline.product.engine.transact(ADMIN, lambda work: open_case(work, new))


def asks_after(hotline: Hotline, case: OpenedCase, code: str) -> Call:
    """The citizen calls, and keys in the number and a code."""
    hotline.change_plan(queues=ALWAYS)
    heard, citizen = Heard(hotline), hotline.calls(LABOUR)
    heard.until("welcome")
    citizen.press("2")
    heard.until("case-number")
    citizen.press(case.case_no[-8:].translate(KEYPAD) + "#")
    heard.until("query-code")
    citizen.press(code)
    return citizen


def test_the_database_tells_a_caller_how_their_case_stands(hotline: Hotline) -> None:
    case, heard = a_case(hotline), Heard(hotline)
    citizen = asks_after(hotline, case, case.query_code)
    heard.until("case-open")
    citizen.until_hears_speech()
    heard.until("case-open", "number-0", "days")
    heard.until("days", "welcome")
    citizen.press("1")
    assert hotline.call_in("queued").queue == "labour"
    citizen.hangup()
    hotline.nothing_is_left()


def test_who_has_the_wrong_code_may_try_again_and_then_reaches_a_person(hotline: Hotline) -> None:
    case, heard = a_case(hotline), Heard(hotline)
    wrong = "000000" if case.query_code != "000000" else "111111"
    citizen = asks_after(hotline, case, wrong)
    for _ in range(2):
        heard.until("not-found", "case-number")
        citizen.press("9999#")
        heard.until("query-code")
        citizen.press(wrong)
    heard.until("not-found", "to-person", "queued")
    assert hotline.call_in("queued").queue == "labour"
    citizen.hangup()
    hotline.nothing_is_left()


def test_when_the_database_has_no_answer_the_caller_reaches_a_person(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **_given: object) -> None:
        raise OSError

    monkeypatch.setattr(queries, "ANSWERS", {"case_progress": broken})
    case = a_case(hotline)
    phone = hotline.agent("agent1", "1001", queues=("labour",))
    citizen = asks_after(hotline, case, case.query_code)
    phone.ringing().answer()
    citizen.until_hears({phone.tone})
    citizen.hangup()
    hotline.nothing_is_left()


def test_who_waits_for_a_slow_database_hears_so_and_reaches_a_person(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def slow(*_: object, **_given: object) -> dict[str, Any]:
        assert answered.wait(60)
        return {"found": True, "locked": False, "state": "open", "days": 1}

    monkeypatch.setattr(queries, "ANSWERS", {"case_progress": slow})
    monkeypatch.setattr(nodes, "LONGEST", 1)
    case = a_case(hotline)
    phone, heard = hotline.agent("agent1", "1001", queues=("labour",)), Heard(hotline)
    citizen = asks_after(hotline, case, case.query_code)
    heard.until("query-code", "please-wait")
    phone.ringing().answer()
    citizen.until_hears({phone.tone})
    citizen.hangup()
    hotline.nothing_is_left()
    assert hotline.seat("agent1").state == "wrap_up"
    answered.set()


def waiting_is_told(parts: list[object]) -> dict[str, Any]:
    """A menu that says how many wait for the general queue."""
    return {
        "how_many": {"type": "query", "ask": "queue_waiting", "given": {"queue": "'general'"}, "into": "line", "next": "node:sum"},
        "sum": {"type": "set", "values": {"people": "line['waiting'] + 1"}, "next": "node:busy"},
        "busy": {"type": "branch", "cases": [{"if": "people > 1", "next": "node:tell"}], "otherwise": "queue:general"},
        "tell": {"type": "say", "say": parts, "next": "queue:general"},
    }


def test_an_edit_goes_live_for_the_next_step_without_a_restart(hotline: Hotline) -> None:
    number = {"12345": {"name": "热线", "start": "node:how_many", "human": "queue:general"}}
    hotline.change_plan(numbers=number, nodes=waiting_is_told(["queue-ahead", {"number": "people"}, "queue-people"]))
    heard, first = Heard(hotline), hotline.calls()
    heard.until("queued")
    second = hotline.calls(caller="13900002222")
    heard.until("queue-ahead", "number-2", "queue-people", "queued")
    second.until_hears_speech()
    hotline.change_plan(numbers=number, nodes=waiting_is_told(["all-busy", {"digits": "dialled"}]))
    third = hotline.calls(caller="13900003333")
    heard.until("all-busy", "number-1", "number-2", "number-3", "number-4", "number-5", "queued")
    for citizen in (first, second, third):
        citizen.hangup()
    hotline.nothing_is_left()


def test_a_caller_is_put_through_to_another_hotline_or_to_a_person_if_that_is_busy(hotline: Hotline) -> None:
    number = {"12345": {"name": "热线", "start": "node:out", "human": "queue:general"}}
    hotline.change_plan(numbers=number, nodes={"out": {"type": "dial", "number": "12348"}})
    hotline.phones.city.number("12348", answers())
    citizen = hotline.calls()
    other = hotline.phones.city.ringing("12348")
    citizen.until_hears({other.tone})
    other.until_hears({citizen.tone})
    other.hangup()
    citizen.until("ended")
    row = hotline.call_in("ended")
    assert (row.outcome, row.agent, row.talked_ms > 0) == ("talked", None, True)
    hotline.nothing_is_left()
    hotline.phones.city.number("12348", rejects(486))
    citizen = hotline.calls()
    assert hotline.call_in("queued").queue == "general"
    citizen.hangup()
    hotline.nothing_is_left()
