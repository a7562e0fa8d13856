"""The questions that a voice menu puts to the database (T04), on both databases: what is told, and what is not."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from api.product import Product
from engine import clock
from engine.actor import Actor
from engine.db import to_micros, transaction
from processes.cases.public import MOST_WRONG
from processes.cases.services import NewCase, NewCitizen, OpenedCase, open_case
from telephony.calls.values import ENDED, INBOUND, OFFERING, QUEUED, TALKING, Call
from telephony.queries import QUESTIONS
from telephony.queries.answers import ANSWERS, KEYPAD, NOT_FOUND, answer
from telephony.seats import services as seats
from telephony.worker import store
from tests.fixtures.clocks import Clock

AGENT = Actor("agent1", frozenset({"agent"}))
PHONE = "13800138000"


def opened(product: Product) -> OpenedCase:
    """A complaint of somebody whose number is known."""
    new = NewCase("complaint", "phone", title="小区停水", content="从早上起没有水", citizen=NewCitizen("王小明", PHONE))
    return product.engine.transact(AGENT, lambda work: open_case(work, new))


def keyed(case: OpenedCase, digits: int = 8) -> str:
    """The end of a case's number, as it is keyed in."""
    return case.case_no.removeprefix("TS").translate(KEYPAD)[-digits:]


def wrong(case: OpenedCase) -> str:
    """A code that is not the case's."""
    return "000000" if case.query_code != "000000" else "111111"


def ask(product: Product, digits: str, code: str, caller: str = PHONE) -> object:
    """How a case stands."""
    return answer(product.engine, "case_progress", {"digits": digits, "code": code, "caller": caller})


def test_every_question_is_answered_with_what_it_says_it_gives(product: Product) -> None:
    assert ANSWERS.keys() == QUESTIONS.keys()
    case = opened(product)
    given = {"digits": keyed(case), "code": case.query_code, "caller": PHONE, "queue": "general"}
    for name, question in QUESTIONS.items():
        found = answer(product.engine, name, {taken: given[taken] for taken in question.takes})
        assert found is not None
        assert set(found) == set(question.gives)
        assert all(isinstance(value, str | int) for value in found.values())


def test_a_case_is_found_by_its_last_digits_from_the_citizens_own_telephone(product: Product, clock: Clock) -> None:
    case = opened(product)
    clock.advance(days=3)
    progress = {"found": True, "locked": False, "state": "open", "days": 3}
    assert ask(product, keyed(case), case.query_code) == progress
    assert ask(product, keyed(case, 4), case.query_code, "+86 138-0013-8000") == progress
    assert ask(product, keyed(case, 3), case.query_code) == NOT_FOUND
    assert ask(product, keyed(case), case.query_code, "13900001111") == NOT_FOUND
    assert ask(product, keyed(case), case.query_code, "") == NOT_FOUND


def test_from_another_telephone_it_takes_the_whole_number(product: Product) -> None:
    case, _other = opened(product), opened(product)
    found = ask(product, keyed(case, 16), case.query_code, "13900001111")
    assert found == {"found": True, "locked": False, "state": "open", "days": 0}


@pytest.mark.parametrize("digits", ["", "0000", "abcd", "%", "1" * 16, "1" * 40, "²²²²"])
def test_what_is_no_number_of_a_case_is_not_found(digits: str, product: Product) -> None:
    opened(product)
    assert ask(product, digits, "123456") == NOT_FOUND


def test_of_two_cases_that_end_alike_the_code_says_which(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = opened(product), opened(product)
    monkeypatch.setattr("telephony.queries.answers.KEYPAD", str.maketrans("0123456789ABCDEFGHJKMNPQRSTVWXYZ", "7" * 32))
    for case in (second, first, second, first, second, first, second):
        assert ask(product, "7777", case.query_code) == {"found": True, "locked": False, "state": "open", "days": 0}


def test_wrong_codes_lock_a_case_as_on_the_page_of_citizens(product: Product) -> None:
    case = opened(product)
    for _ in range(MOST_WRONG):
        assert ask(product, keyed(case), wrong(case)) == NOT_FOUND
    assert ask(product, keyed(case), case.query_code) == {**NOT_FOUND, "locked": True}


def test_who_waits_and_who_is_free_is_counted_for_one_queue(product: Product) -> None:
    with transaction(product.database) as session:
        saving = store.Saving(session, "node", "app")
        for number, (queue, state) in enumerate([("general", QUEUED), ("general", OFFERING), ("general", TALKING), ("labour", QUEUED)]):
            call = Call(f"c{number:016}", INBOUND, to_micros(clock.now()), state=state, queue=queue, queued=to_micros(clock.now()))
            saving.add(call)
        saving.add(Call("c" + "9" * 16, INBOUND, to_micros(clock.now()), state=ENDED, queue="general", ended=to_micros(clock.now())))
        saving.send()
        for agent, queues in (("agent1", ["general"]), ("expert1", ["general_old"])):
            seats.sign_in(session, Actor(agent), f"PJSIP/{agent}", queues, clock.now())
            seats.ready(session, Actor(agent), clock.now() + timedelta(seconds=1))
    assert answer(product.engine, "queue_waiting", {"queue": "general"}) == {"waiting": 2, "ready": 1}
    assert answer(product.engine, "queue_waiting", {"queue": "%"}) == {"waiting": 0, "ready": 0}


def test_a_question_that_fails_has_no_answer_and_the_worker_goes_on(product: Product) -> None:
    def away(*_: object) -> None:
        raise OSError("the database is away")

    event.listen(product.database, "before_cursor_execute", away)
    try:
        assert ask(product, "12345678", "123456") is None
    finally:
        event.remove(product.database, "before_cursor_execute", away)
    assert answer(product.engine, "no_such_question", {}) is None
    assert answer(product.engine, "queue_waiting", {"nonsense": 1}) is None
