"""Incidents: what a person must look at. What they can do about one stands in `engine.outbox.settling`."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from SpiffWorkflow.exceptions import SpiffWorkflowException
from sqlalchemy import ColumnElement, Connection, exists, func, or_, select, update
from sqlalchemy.orm import Session

from engine.errors import BihuanError, NotFound, StepFailed
from engine.instances.models import LIVE, Instance
from engine.messages.models import Subscription
from engine.outbox.models import OPEN, RESOLVED, RETRIED, STEP, Incident
from engine.outbox.origin import Origin
from engine.workitems.models import OPEN as WAITING_FOR_SOMEBODY
from engine.workitems.models import WorkItem

UNSETTLED = (OPEN, RETRIED)


@dataclass(frozen=True, slots=True)
class Group:
    """The incidents of one place and one cause; `cases` counts different cases, `times` every single failure."""

    key: str
    kind: str
    place: str
    element_id: str | None
    cause: str
    count: int
    cases: int
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter on incidents; None does not matter. `q` is a case number."""

    state: str | None = OPEN
    kind: str | None = None
    cause: str | None = None
    place: str | None = None
    group: str | None = None
    q: str | None = None


def report(
    session: Session,
    kind: str,
    failure: Exception,
    now: datetime,
    *,
    place: str = "",
    element_id: str | None = None,
    business_key: str = "",
    instance_id: int | None = None,
    delivery_id: str | None = None,
    origin: Origin | None = None,
    skippable: bool = False,
    trace: str | None = None,
) -> Incident:
    """Record an open incident of `kind` `delivery` or `step`, with the failure's own words in both languages.

    The same thing failing once more opens its incident again and counts it, so that a form sent ten times is one incident.
    """
    came = origin or Origin()
    if instance_id is not None and not (business_key and place):
        business_key, place = _known(session, instance_id, business_key, place)
    chinese, english = _words(failure)
    reason = cause_of(failure)
    key = _group_key(kind, place, element_id, reason)
    incident = _same(session, key, business_key, instance_id, delivery_id, came)
    if incident is None:
        incident = Incident(
            kind=kind,
            place=place,
            element_id=element_id,
            cause=reason,
            group_key=key,
            instance_id=instance_id,
            delivery_id=delivery_id,
            business_key=business_key,
            origin=came.kind,
            origin_instance_id=came.instance_id,
            origin_task_id=came.task_id,
            created_at=now,
            times=0,
        )
        session.add(incident)
    incident.state, incident.last_at, incident.times = OPEN, now, incident.times + 1
    incident.message, incident.message_en, incident.trace = chinese, english, trace
    incident.skippable, incident.again = skippable, None if came.again is None else dict(came.again)
    incident.closed_at = incident.closed_by = incident.reason = None
    session.flush()
    return incident


def cause_of(failure: Exception) -> str:
    """A short name of what went wrong beneath a failure: the code of our own error, or a foreign exception's type."""
    found: BaseException = failure
    for error in _chain(failure):
        found = error
        if isinstance(error, BihuanError) and type(error) is not StepFailed:
            break
    return (found.code if isinstance(found, BihuanError) else type(found).__name__)[:80]


def get(session: Session, incident_id: int) -> Incident:
    """One incident. Raises `NotFound`."""
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFound("没有这个异常事件。 There is no such incident.")
    return incident


def found(session: Session, wanted: Wanted, *, after: int = 0, limit: int = 100) -> Sequence[Incident]:
    """The incidents that a filter lets through, oldest first, from behind the number `after`."""
    query = select(Incident).where(*_conditions(wanted), Incident.id > after)
    return session.scalars(query.order_by(Incident.id).limit(limit)).all()


def groups(session: Session, wanted: Wanted, limit: int = 200) -> list[Group]:
    """The same by place and cause, the largest group first."""
    names = (Incident.group_key.label("key"), Incident.kind, Incident.place, Incident.element_id, Incident.cause)
    count = func.count()
    figures = (
        func.count(Incident.business_key.distinct()).label("cases"),
        func.sum(Incident.times).label("times"),
        func.min(Incident.created_at).label("first"),
        func.max(Incident.last_at).label("last"),
    )
    query = select(*names, count.label("count"), *figures).where(*_conditions(wanted))
    rows = session.execute(query.group_by(Incident.group_key, *names[1:]).order_by(count.desc(), Incident.group_key).limit(limit))
    return [Group(**row._asdict()) for row in rows]


def of_cases(session: Session, business_keys: Collection[str]) -> dict[str, list[Incident]]:
    """The open incidents of some cases, by case, oldest first."""
    by_case: dict[str, list[Incident]] = {}
    if business_keys:
        query = select(Incident).where(Incident.business_key.in_(sorted(business_keys)), Incident.state == OPEN).order_by(Incident.id)
        for incident in session.scalars(query):
            by_case.setdefault(incident.business_key, []).append(incident)
    return by_case


def resolve(session: Session, delivery_id: str, now: datetime) -> None:
    """A delivery has arrived after all: its incidents are resolved."""
    session.execute(
        update(Incident).where(Incident.delivery_id == delivery_id, Incident.state.in_(UNSETTLED)).values(state=RESOLVED, closed_at=now)
    )


def moot(connection: Connection, limit: int) -> list[int]:
    """Up to `limit` open incidents of steps that time has settled: the instance has ended, the person's task is done, or the
    message is no longer waited for."""
    running = exists().where(Instance.id == Incident.instance_id, Instance.status == LIVE)
    item = exists().where(
        WorkItem.instance_id == Incident.origin_instance_id,
        WorkItem.task_id == Incident.origin_task_id,
        WorkItem.state == WAITING_FOR_SOMEBODY,
    )
    awaited = exists().where(Subscription.instance_id == Incident.origin_instance_id, Subscription.task_id == Incident.origin_task_id)
    over = or_(
        Incident.instance_id.is_not(None) & ~running,
        (Incident.origin == "task") & ~item,
        Incident.origin.in_(("message", "signal")) & Incident.origin_task_id.is_not(None) & ~awaited,
    )
    query = select(Incident.id).where(Incident.state == OPEN, Incident.kind == STEP, over).order_by(Incident.id).limit(limit)
    return list(connection.scalars(query))


def close_moot(session: Session, incident_ids: Collection[int], now: datetime) -> None:
    """Close incidents that time has settled, unless somebody was faster."""
    if incident_ids:
        mine = (Incident.id.in_(list(incident_ids)), Incident.state == OPEN)
        session.execute(update(Incident).where(*mine).values(state=RESOLVED, closed_at=now).execution_options(synchronize_session=False))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    columns = {
        Incident.state: wanted.state,
        Incident.kind: wanted.kind,
        Incident.cause: wanted.cause,
        Incident.place: wanted.place,
        Incident.group_key: wanted.group,
        Incident.business_key: wanted.q,
    }
    return [column == value for column, value in columns.items() if value]


def _same(session: Session, key: str, business_key: str, instance_id: int | None, delivery_id: str | None, came: Origin) -> Incident | None:
    """The incident of the same thing that has failed before and is not settled."""
    query = select(Incident).where(Incident.group_key == key, Incident.state.in_(UNSETTLED))
    if delivery_id is not None:
        query = query.where(Incident.delivery_id == delivery_id)
    elif instance_id is not None:
        query = query.where(Incident.instance_id == instance_id, Incident.origin_task_id.is_not_distinct_from(came.task_id))
    else:
        # a case that could not be opened has left nothing: all of them are one incident, or a broken diagram would flood the list
        same_cause = (Incident.origin == came.kind, Incident.origin_task_id.is_not_distinct_from(came.task_id))
        query = query.where(Incident.instance_id.is_(None), *same_cause)
    return session.scalars(query.order_by(Incident.id.desc()).limit(1).with_for_update()).one_or_none()


def _known(session: Session, instance_id: int, business_key: str, place: str) -> tuple[str, str]:
    row = session.execute(select(Instance.business_key, Instance.process_key).where(Instance.id == instance_id)).first()
    return (business_key, place) if row is None else (business_key or row.business_key, place or row.process_key)


def _group_key(kind: str, place: str, element_id: str | None, cause: str) -> str:
    return hashlib.sha256("\n".join((kind, place, element_id or "", cause)).encode()).hexdigest()[:12]


def _chain(failure: BaseException) -> Iterator[BaseException]:
    """A failure and what it was raised from, without the library's own wrappers."""
    seen: set[int] = set()
    error: BaseException | None = failure
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if not isinstance(error, SpiffWorkflowException):
            yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _words(failure: Exception) -> tuple[str, str]:
    """Chinese and English of an error message `中文。 English.`; a foreign exception gives only its type away."""
    if not isinstance(failure, BihuanError):
        name = type(failure).__name__
        return f"程序出错（{name}），详情见日志。", f"The program failed ({name}); the log has the details."
    chinese, separator, english = failure.message.partition("。 ")
    return (f"{chinese}。", english) if separator else (failure.message, failure.message)
