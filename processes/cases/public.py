"""The citizen's own question after a case: by number and secret code, without any name; wrong codes close it for a while (P02)."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer_group

from engine import clock
from engine.actor import Actor
from engine.errors import Forbidden, TooManyAttempts
from engine.runtime.engine import Engine
from processes.casefile import lamps, replies
from processes.casefile.guards import NoSuchCase
from processes.casefile.links import master_of
from processes.casefile.masking import masked
from processes.casefile.models import Case, CaseLink, ExtensionRequest, QueryLock, ReplyAttempt, Satisfaction, WorkOrder
from processes.casefile.numbers import query_digest
from processes.deadlines.zone import LOCAL

MOST_WRONG = 5
LOCKED_FOR = timedelta(minutes=15)
CITIZEN = Actor("citizen", frozenset({"citizen"}))
"""Whoever shows the right code of a case."""


class WrongCode(Forbidden):
    """查询码不正确。 The query code is not right."""

    code = "wrong-query-code"


def progress(engine: Engine, case_no: str, code: str) -> dict[str, Any]:
    """How a case stands, for whoever knows its code: `{case_no, status, age, steps: [{at, text}], answer?}`.

    Raises `NoSuchCase`, `WrongCode`, or `TooManyAttempts` for 15 minutes of real time after five wrong codes.
    """
    verify(engine, case_no, code)
    with engine.read() as session:
        case = session.scalar(select(Case).where(Case.case_no == case_no).options(undefer_group("sealed")))
        if case is None:
            raise NoSuchCase(case_no=case_no)
        orders = lamps.orders_of(session, [case_no]).get(case_no, [])
        told = {
            "case_no": case_no,
            "status": case.status,
            "age": lamps.of_case(session, case, orders, clock.now()).age,
            "steps": [{"at": at, "text": text} for at, text in _steps(session, case, orders)],
        }
        answer = _answer(session, case)
    return told | ({"answer": masked(answer)} if answer else {})


def verify(engine: Engine, case_no: str, code: str) -> None:
    """Check a query code and count the wrong ones. Raises `NoSuchCase`, `WrongCode` or `TooManyAttempts`."""
    right = engine.transact(CITIZEN, lambda work: _tried(work.session, case_no, code.strip()))
    if not right:
        raise WrongCode(case_no=case_no)


def _tried(session: Session, case_no: str, code: str) -> bool:
    """Whether the code is right. The case's row is locked meanwhile, so that many guesses at once still count one by one."""
    digest = session.scalar(select(Case.query_digest).where(Case.case_no == case_no).with_for_update())
    if digest is None:
        raise NoSuchCase(case_no=case_no)
    now = clock.real_now()
    lock = session.get(QueryLock, case_no)
    if lock and lock.locked_until and lock.locked_until > now:
        raise TooManyAttempts(case_no=case_no)
    right = hmac.compare_digest(digest, query_digest(case_no, code))
    if right and lock:
        session.delete(lock)
    elif not right:
        _count_wrong(session, case_no, lock, now)
    return right


def _count_wrong(session: Session, case_no: str, lock: QueryLock | None, now: datetime) -> None:
    if lock is None:
        lock = QueryLock(case_no=case_no, wrong=0)
        session.add(lock)
    if lock.locked_until:
        lock.wrong, lock.locked_until = 0, None
    lock.wrong += 1
    if lock.wrong >= MOST_WRONG:
        lock.locked_until = now + LOCKED_FOR


def _steps(session: Session, case: Case, orders: Sequence[WorkOrder]) -> list[tuple[Any, str]]:
    """What has happened so far in words, oldest first; work order numbers, no names."""
    steps = [(case.opened_at, "已受理 Accepted")]
    for order in orders:
        steps.append((order.dispatched_at, f"已转承办单位办理（{order.number}） Passed on to the unit in charge"))
        if order.acked_at:
            steps.append((order.acked_at, f"承办单位已确认（{order.number}） Confirmed by the unit"))
        if order.handled_at and order.status == "done":
            steps.append((order.handled_at, f"承办单位已办理（{order.number}） Handled by the unit"))
        if order.status == "returned" and order.closed_at:
            steps.append((order.closed_at, f"承办单位退回，将另行派单（{order.number}） Returned, to be passed on again"))
    granted = select(ExtensionRequest).where(ExtensionRequest.case_no == case.case_no, ExtensionRequest.state == "granted")
    for one in session.scalars(granted):
        if one.decided_at and one.new_due_at:
            steps.append((one.decided_at, f"办理期限延长至 {one.new_due_at.astimezone(LOCAL):%Y-%m-%d} Deadline extended"))
    for attempt in session.scalars(select(ReplyAttempt).where(ReplyAttempt.case_no == case.case_no)):
        said = "已向您反馈结果 You were told the result" if attempt.reached else "反馈时未能联系到您 You could not be reached"
        steps.append((attempt.at, said))
    for visit in session.scalars(select(Satisfaction).where(Satisfaction.case_no == case.case_no, Satisfaction.result != "unreached")):
        steps.append((visit.at, "已回访 You were asked whether you are satisfied"))
    if case.closed_at:
        steps.append((case.closed_at, f"已结案：{case.outcome or '办结'} Closed"))
    return sorted(steps, key=lambda step: step[0])


def _answer(session: Session, case: Case) -> str | None:
    """What the citizen was told: the last reply given, else the answer of a handled case, else that of the case it was merged into."""
    given = select(ReplyAttempt).where(ReplyAttempt.case_no == case.case_no, ReplyAttempt.content.is_not(None))
    last = session.scalar(given.order_by(ReplyAttempt.at.desc(), ReplyAttempt.id.desc()).limit(1))
    if last is not None:
        return last.content
    if (case.handled_at or case.closed_at) and (own := replies.answer(session, case)) is not None:
        return own
    merged = session.get(CaseLink, case.case_no)
    if merged is None or merged.kind != "merge":
        return None
    master = session.get(Case, master_of(session, case.case_no))
    return None if master is None or master.case_no == case.case_no else _answer(session, master)
