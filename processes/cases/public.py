"""The citizen's own question after a case: by number and secret code, without any name; wrong codes close it for a while (P02)."""

import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import Actor
from engine.errors import Forbidden, TooManyAttempts
from engine.runtime.engine import Engine
from processes.casefile import lamps, replies
from processes.casefile.guards import NoSuchCase, case_of, orders_of
from processes.casefile.links import answered_with
from processes.casefile.masking import masked
from processes.casefile.models import Case, QueryLock, ReplyAttempt
from processes.casefile.numbers import query_digest
from processes.casefile.rows import CaseRow
from processes.cases.steps import own_steps, steps_with

MOST_WRONG = 5
LOCKED_FOR = timedelta(minutes=15)
CITIZEN = Actor("citizen", frozenset({"citizen"}))
"""Whoever shows the right code of a case."""


class WrongCode(Forbidden):
    """查询码不正确。 The query code is not right."""

    code = "wrong-query-code"


def progress(engine: Engine, case_no: str, code: str) -> dict[str, Any]:
    """How a case stands, for whoever knows its code: `{case_no, status, outcome, merged, matter, age, steps: [{at, text}], answer?}`.

    A merged case (`merged`) is closed, while its matter goes on with its master: `matter` is `open` until that is closed, and the
    age, the later steps and the answer are the master's.

    Raises `NoSuchCase`, `WrongCode`, or `TooManyAttempts` for 15 minutes of real time after five wrong codes.
    """
    verify(engine, case_no, code)
    with engine.read() as session:
        case, orders = case_of(session, case_no), orders_of(session, case_no)
        steps, master = own_steps(session, case, orders), case_of(session, answered_with(session, case_no))
        if master is not case:
            orders = orders_of(session, master.case_no)
            steps += steps_with(session, case_no, master, orders)
        told = {
            "case_no": case_no,
            "status": case.status,
            "outcome": case.outcome,
            "merged": master is not case,
            "matter": master.status,
            "age": lamps.of_case(session, master, orders, clock.now()).age,
            "steps": [{"at": at, "text": text} for at, text in steps],
        }
        answer = _answer(session, master) or _answer(session, case)
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


def _answer(session: Session, case: CaseRow) -> str | None:
    """What the citizen was told: the last reply given, else the answer of a handled case."""
    given = select(ReplyAttempt).where(ReplyAttempt.case_no == case.case_no, ReplyAttempt.content.is_not(None))
    last = session.scalar(given.order_by(ReplyAttempt.at.desc(), ReplyAttempt.id.desc()).limit(1))
    if last is not None:
        return last.content
    return replies.answer(session, case.case_no) if case.handled_at or case.closed_at else None
