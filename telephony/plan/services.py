"""The plan in force, and changing it: live at once for every call that begins afterwards."""

from collections.abc import Mapping
from datetime import date, datetime
from importlib import resources
from typing import Any, Final

import orjson
from marshmallow import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.db import tables
from engine.errors import Invalid
from engine.prepared import Prepared
from processes.deadlines import services as deadlines
from processes.deadlines.calendar import WorkCalendar
from processes.deadlines.errors import UnknownYear
from processes.deadlines.zone import LOCAL
from telephony.plan.models import PhonePlan
from telephony.plan.schemas import PlanSchema
from telephony.plan.values import Hours, Plan

SATURDAY = 5
(PLAN,) = tables(PhonePlan)
_NEWEST: Final = Prepared(select(func.max(PLAN.c.version)))


class BadPlan(Invalid):
    """呼叫方案有误。 The plan is wrong."""

    code = "bad-plan"


def shipped() -> dict[str, Any]:
    """The plan that the product comes with."""
    found: dict[str, Any] = orjson.loads(resources.files("telephony.plan").joinpath("default.json").read_bytes())
    return found


def current_version(session: Session) -> int:
    """The number of the plan in force; 0 for the one that the product comes with."""
    newest: int | None = _NEWEST.scalar(session.connection(), {})
    return newest or 0


def current(session: Session) -> Plan:
    """The plan in force."""
    version = current_version(session)
    row = session.get(PhonePlan, version) if version else None
    return of_body(row.body if row is not None else shipped(), session, version)


class InForce:
    """The plan in force as one thread keeps it."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        """As it was when somebody looked last."""
        self._calendar: WorkCalendar | None = None

    def read(self, session: Session) -> Plan:
        """The plan, made anew when another version is in force, or another working calendar: service hours ask for its days."""
        calendar = deadlines.calendar(session)
        if self.plan is None or current_version(session) != self.plan.version or calendar != self._calendar:
            self.plan, self._calendar = current(session), calendar
        return self.plan


def change(session: Session, actor: Actor, body: Mapping[str, Any], now: datetime, note: str = "") -> int:
    """Put a plan into force; answers its version. Raises `BadPlan` naming each place that is wrong."""
    of_body(body, session, 0)
    version = current_version(session) + 1
    session.add(PhonePlan(version=version, body=dict(body), by=actor.id, at=now, note=note))
    return version


def of_body(body: Mapping[str, Any], session: Session, version: int) -> Plan:
    """A plan from what people wrote. Raises `BadPlan`."""
    try:
        found = PlanSchema().load(body)
    except ValidationError as error:
        raise BadPlan(errors=_flat(error.messages_dict)) from error
    calendar = deadlines.calendar(session)
    hours: Mapping[str, Hours] = found["hours"]

    def is_workday(day: date) -> bool:
        try:
            return calendar.is_working(day)
        except UnknownYear:
            return day.weekday() < SATURDAY  # a caller is better answered on a holiday than turned away on a working day

    def is_open(name: str, moment: datetime) -> bool:
        found = hours.get(name, Hours(always=True))  # a call may wait in a queue that is no longer in the plan
        return found.open(moment.astimezone(LOCAL), is_workday)

    found["questions"] = tuple(found["questions"])
    return Plan(**found, is_open=is_open, version=version)


def _flat(messages: Mapping[str, Any], place: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, inner in messages.items():
        here = f"{place}.{name}" if place else str(name)
        if isinstance(inner, Mapping):
            flat.update(_flat(inner, here))
        else:
            flat[here] = " ".join(str(each) for each in inner)
    return flat
