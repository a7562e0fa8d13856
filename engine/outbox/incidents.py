"""Incidents: what a person must look at, and what they can do about it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import BihuanError, Conflict, NotFound
from engine.outbox.models import CANCELLED, DEAD, OPEN, RESOLVED, RETRIED, SKIPPED, WAITING, Delivery, Incident
from engine.timers import models as timers
from engine.timers.models import Timer


class AlreadyHandled(Conflict):
    """该异常已有人处理。 Somebody has dealt with this incident already."""

    code = "incident-closed"


def report(
    session: Session,
    kind: str,
    failure: Exception,
    now: datetime,
    *,
    business_key: str = "",
    instance_id: int | None = None,
    element_id: str | None = None,
    delivery_id: str | None = None,
    trace: str | None = None,
) -> Incident:
    """Record an open incident of `kind` `delivery` or `step`, with the failure's own words in both languages."""
    chinese, english = _words(failure)
    incident = Incident(
        kind=kind,
        instance_id=instance_id,
        delivery_id=delivery_id,
        business_key=business_key,
        element_id=element_id,
        cause=failure.code if isinstance(failure, BihuanError) else type(failure).__name__,
        message=chinese,
        message_en=english,
        trace=trace,
        state=OPEN,
        created_at=now,
    )
    session.add(incident)
    session.flush()
    return incident


def retry(session: Session, incident_id: int, actor: Actor, now: datetime) -> Incident:
    """Try again: a delivery gets all its attempts anew, the timers of an instance that were set aside wait again, and what
    else failed in a step is done again by its own task or message.

    Raises `NotFound`, or `AlreadyHandled` for an incident that is not open.
    """
    incident = _close(session, incident_id, RETRIED, actor, now)
    if incident.delivery_id is not None:
        session.execute(
            update(Delivery)
            .where(Delivery.id == incident.delivery_id, Delivery.state == DEAD)
            .values(state=WAITING, attempts=0, due_at=now, queued_at=None, settled_at=None)
        )
    elif incident.instance_id is not None:
        session.execute(
            update(Timer)
            .where(Timer.instance_id == incident.instance_id, Timer.state == timers.FAILED)
            .values(state=timers.WAITING, queued_at=None)
        )
    return incident


def skip(session: Session, incident_id: int, actor: Actor, now: datetime) -> Incident:
    """Let it be: a delivery is cancelled. Raises as `retry` does."""
    incident = _close(session, incident_id, SKIPPED, actor, now)
    if incident.delivery_id is not None:
        session.execute(
            update(Delivery).where(Delivery.id == incident.delivery_id, Delivery.state == DEAD).values(state=CANCELLED, settled_at=now)
        )
    return incident


def resolve(session: Session, delivery_id: str, now: datetime) -> None:
    """A delivery has arrived after all: its incidents are resolved."""
    session.execute(
        update(Incident)
        .where(Incident.delivery_id == delivery_id, Incident.state.in_((OPEN, RETRIED)))
        .values(state=RESOLVED, closed_at=now)
    )


def open_incidents(session: Session, limit: int = 100) -> Sequence[Incident]:
    """The open ones, oldest first."""
    return session.scalars(select(Incident).where(Incident.state == OPEN).order_by(Incident.created_at, Incident.id).limit(limit)).all()


def _close(session: Session, incident_id: int, state: str, actor: Actor, now: datetime) -> Incident:
    incident = session.get(Incident, incident_id, with_for_update=True)
    if incident is None:
        raise NotFound
    if incident.state != OPEN:
        raise AlreadyHandled
    incident.state, incident.closed_at, incident.closed_by = state, now, actor.id
    return incident


def _words(failure: Exception) -> tuple[str, str]:
    """Chinese and English of an error message `中文。 English.`; a foreign exception gives only its type away."""
    if not isinstance(failure, BihuanError):
        name = type(failure).__name__
        return f"程序出错（{name}），详情见日志。", f"The program failed ({name}); the log has the details."
    chinese, separator, english = failure.message.partition("。 ")
    return (f"{chinese}。", english) if separator else (failure.message, failure.message)
