"""What a citizen is told of the way of their case: in words, oldest first, work order numbers at most and never a name (P02, C48)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from processes.casefile.models import CaseLink, ExtensionRequest, ReplyAttempt, Satisfaction
from processes.casefile.rows import CaseRow, OrderRow
from processes.deadlines.zone import LOCAL

MERGED, WITHDRAWN, REFUSED = "并案", "撤回", "不予受理"
"""Outcomes that are told in words of their own."""
ENDS = {
    WITHDRAWN: "已按您的要求撤回 Withdrawn as you wished",
    REFUSED: "不予受理，原因可拨打 12345 查询 Not accepted; call 12345 for the reason",
}
TOGETHER = "已与同一事项并案办理，结果一并告知您 Handled together with another report of the same; you are told its result"


class Step(NamedTuple):
    """Something that happened, `中文 English`."""

    at: datetime
    text: str


def own_steps(session: Session, case: CaseRow, orders: Sequence[OrderRow]) -> list[Step]:
    """The steps of a case itself; one that was merged is not called closed, since its matter goes on."""
    found = [Step(case.opened_at, "已受理 Accepted"), *_of_orders(orders, numbered=True), *_of_extensions(session, case.case_no)]
    for attempt in session.scalars(select(ReplyAttempt).where(ReplyAttempt.case_no == case.case_no)):
        said = "已向您反馈结果 You were told the result" if attempt.reached else "反馈时未能联系到您 You could not be reached"
        found.append(Step(attempt.at, said))
    for visit in session.scalars(select(Satisfaction).where(Satisfaction.case_no == case.case_no, Satisfaction.result != "unreached")):
        found.append(Step(visit.at, "已回访 You were asked whether you are satisfied"))
    if case.closed_at and case.outcome != MERGED:
        found.append(Step(case.closed_at, _end(case)))
    return sorted(found, key=_when)


def steps_with(session: Session, case_no: str, master: CaseRow, orders: Sequence[OrderRow]) -> list[Step]:
    """What follows for a merged case: that it was merged, and from then on the way of its master, without the master's numbers,
    which are another citizen's."""
    since = session.scalar(select(CaseLink.at).where(CaseLink.case_no == case_no))
    assert since is not None, "a merged case has its link"
    found = [*_of_orders(orders, numbered=False), *_of_extensions(session, master.case_no)]
    answered = select(ReplyAttempt.at).where(ReplyAttempt.case_no == master.case_no, ReplyAttempt.reached)
    found += [Step(at, "已答复 The matter was answered") for at in session.scalars(answered)]
    if master.closed_at:
        found.append(Step(master.closed_at, _end(master)))
    return [Step(since, TOGETHER), *sorted((step for step in found if step.at > since), key=_when)]


def _when(step: Step) -> datetime:
    return step.at


def _end(case: CaseRow) -> str:
    return ENDS.get(case.outcome or "", f"已结案：{case.outcome or '办结'} Closed")


def _of_orders(orders: Sequence[OrderRow], *, numbered: bool) -> Iterator[Step]:
    for order in orders:
        number = f"（{order.number}）" if numbered else ""
        yield Step(order.dispatched_at, f"已转承办单位办理{number} Passed on to the unit in charge")
        if order.acked_at:
            yield Step(order.acked_at, f"承办单位已确认{number} Confirmed by the unit")
        if order.handled_at and order.status == "done":
            yield Step(order.handled_at, f"承办单位已办理{number} Handled by the unit")
        if order.status == "returned" and order.closed_at:
            yield Step(order.closed_at, f"承办单位退回，将另行派单{number} Returned, to be passed on again")


def _of_extensions(session: Session, case_no: str) -> Iterator[Step]:
    granted = select(ExtensionRequest).where(ExtensionRequest.case_no == case_no, ExtensionRequest.state == "granted")
    for one in session.scalars(granted):
        if one.decided_at and one.new_due_at:
            yield Step(one.decided_at, f"办理期限延长至 {one.new_due_at.astimezone(LOCAL):%Y-%m-%d} Deadline extended")
