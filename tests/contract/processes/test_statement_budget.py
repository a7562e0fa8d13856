"""A command on one instance costs at most eight statements, what the hotline adds included (engine.md, targets)."""

from tests.contract.processes.conftest import AGENT, URBAN, WATER, Hotline, Statements

BUDGET = 8


def test_an_acknowledgement_and_an_answer_stay_within_the_budget(hotline: Hotline, statements: Statements) -> None:
    hotline.dispatched()
    case_no = hotline.dispatched()
    item = hotline.item(case_no, "ack", "unit:water")
    statements.clear()
    hotline.engine.transact(WATER, lambda work: work.complete(item.instance_id, item.task_id, {"contact_person": "赵工"}))
    assert len(statements) <= BUDGET, "\n".join(statements)


def test_the_reply_to_the_citizen_and_the_end_of_the_case_stay_within_the_budget(hotline: Hotline, statements: Statements) -> None:
    case_no = hotline.dispatched()
    for unit in (WATER, URBAN):
        hotline.complete(case_no, "ack", unit)
        hotline.complete(case_no, "handle", unit, reply="已修好")
    item = hotline.item(case_no, "reply_citizen")
    statements.clear()
    hotline.engine.transact(AGENT, lambda work: work.complete(item.instance_id, item.task_id, {"reached": True, "content": "已修好"}))
    assert len(statements) <= BUDGET + 1, "\n".join(statements)


def test_opening_a_case_stays_within_twice_the_budget(hotline: Hotline, statements: Statements) -> None:
    hotline.open()
    statements.clear()
    hotline.open()
    assert len(statements) <= BUDGET * 2, "\n".join(statements)
