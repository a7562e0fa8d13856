"""Many at once: numbers stay unique, codes are counted one by one, an extension is asked for once (C03, C12, P02)."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context

from engine.errors import BihuanError
from processes.casefile.models import ExtensionRequest
from processes.cases.public import progress
from tests.contract.processes.conftest import URBAN, WATER, Hotline


def at_once(times: int, act: Callable[[], object]) -> Counter[str]:
    """Do something from several threads; answers how it came out, by the errors' names."""

    def tried(context: Context) -> str:
        try:
            context.run(act)
        except BihuanError as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(4) as pool:
        return Counter(pool.map(tried, [copy_context() for _ in range(times)]))


def test_cases_opened_at_once_all_have_numbers_of_their_own(hotline: Hotline) -> None:
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _turn: hotline.open("petition").case_no, range(40)))
    assert len(set(numbers)) == 40


def test_wrong_codes_tried_at_once_are_counted_one_by_one(hotline: Hotline) -> None:
    opened = hotline.open()
    wrong = "000000" if opened.query_code != "000000" else "111111"
    assert at_once(16, lambda: progress(hotline.engine, opened.case_no, wrong)) == {"WrongCode": 5, "TooManyAttempts": 11}


def test_two_requests_for_more_time_at_once_are_one(hotline: Hotline) -> None:
    case_no = hotline.dispatched()
    order = hotline.order(case_no)
    came_out = at_once(4, lambda: hotline.perform(case_no, WATER, "extend", work_order=order, days=3, reason="配件未到"))
    assert came_out["done"] == 1
    with hotline.engine.read() as session:
        assert session.query(ExtensionRequest).count() == 1


def test_units_that_finish_at_once_leave_nobody_waiting(hotline: Hotline) -> None:
    for _ in range(8):
        case_no = hotline.dispatched()
        for unit in (WATER, URBAN):
            hotline.complete(case_no, "ack", unit)
        with ThreadPoolExecutor(2) as pool:
            finished = [pool.submit(copy_context().run, hotline.complete, case_no, "handle", unit) for unit in (WATER, URBAN)]
        assert [each.exception() for each in finished] == [None, None]
        assert [element for element, _groups in hotline.tasks(case_no)] == ["reply_citizen"]
        assert hotline.view(case_no)["handled_at"] is not None
