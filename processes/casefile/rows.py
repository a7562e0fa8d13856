"""The rows of a case file as commands read them: the case with its citizen, its work orders with their units, in one statement."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select

from engine.db import tables
from processes.casefile.models import Case, CaseLink, WorkOrder
from processes.registry.citizens.models import Citizen, OptOut
from processes.registry.units.models import Unit

CASE, ORDER, LINK, CITIZEN, OPT_OUT, UNIT = tables(Case, WorkOrder, CaseLink, Citizen, OptOut, Unit)


class CaseRow(NamedTuple):
    """A case (`models.Case`), whether others are merged into it (并案), and whose it is: the last five are the citizen's, None
    for an anonymous case."""

    case_no: str
    category: str
    channel: str
    title: str
    content: str
    demand: str | None
    respondent: str | None
    prelim_opinion: str | None
    occurred_at: datetime | None
    citizen_id: int | None
    alt_phone: str | None
    anonymous_reason: str | None
    answer: str | None
    area: str | None
    address: str | None
    address_index: str | None
    class_l1: str | None
    class_l2: str | None
    class_l3: str | None
    class_l4: str | None
    kind: str | None
    urgency: str | None
    confidential: bool
    reply_pref: str | None
    status: str
    outcome: str | None
    instance_id: int | None
    opened_by: str
    opened_at: datetime
    first_dispatched_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    has_merged: bool
    caller_name: str | None
    phone: str | None
    name_index: str | None
    phone_index: str | None
    opted_out_at: datetime | None


class OrderRow(NamedTuple):
    """A work order (`models.WorkOrder`), and its unit as far as it is registered: the last three are the unit's."""

    number: str
    case_no: str
    unit: str
    role: str
    round: int
    urgency: str | None
    review: bool
    status: str
    dispatched_at: datetime
    original_due_at: datetime
    due_at: datetime
    near_at: datetime
    calendar: str
    ack_minutes: int
    acked_at: datetime | None
    ack_level: int
    reopened: int
    handled_at: datetime | None
    closed_at: datetime | None
    result: str | None
    contacted: bool | None
    est_finish: date | None
    contact_person: str | None
    contact_phone: str | None
    reply: str | None
    measures: str | None
    instance_id: int | None
    unit_name: str | None
    unit_phone: str | None
    unit_oa_url: str | None

    @property
    def ack_due(self) -> datetime:
        """When the unit must have confirmed; aware."""
        return self.dispatched_at + timedelta(minutes=self.ack_minutes)

    @property
    def handled(self) -> bool:
        """Whether the unit has answered and was not sent back to work since."""
        return self.handled_at is not None


class LampOrder(NamedTuple):
    """What lists and lamps know of a work order (`models.WorkOrder`)."""

    number: str
    case_no: str
    unit: str
    role: str
    round: int
    status: str
    dispatched_at: datetime
    original_due_at: datetime
    due_at: datetime
    near_at: datetime
    handled_at: datetime | None
    closed_at: datetime | None


def _of_unit(column: str) -> ColumnElement[Any]:
    """A column of an order's unit; a subquery, because what an UPDATE returns cannot be joined."""
    return select(UNIT.c[column]).where(UNIT.c.code == ORDER.c.unit).correlate(ORDER).scalar_subquery()


_BESIDE_CASE: dict[str, ColumnElement[Any]] = {
    "has_merged": select(LINK.c.case_no).where(LINK.c.merged_into == CASE.c.case_no).correlate(CASE).exists(),
    "caller_name": CITIZEN.c.name,
    **{name: CITIZEN.c[name] for name in ("phone", "name_index", "phone_index")},
    "opted_out_at": OPT_OUT.c.at,
}
_BESIDE_ORDER = {f"unit_{name}": _of_unit(name) for name in ("name", "phone", "oa_url")}
_CASE_COLUMNS = [(_BESIDE_CASE[name] if name in _BESIDE_CASE else CASE.c[name]).label(name) for name in CaseRow._fields]
ORDER_COLUMNS = [(_BESIDE_ORDER[name] if name in _BESIDE_ORDER else ORDER.c[name]).label(name) for name in OrderRow._fields]
"""What an `OrderRow` is made of, in its order."""
LAMP_COLUMNS = [ORDER.c[name] for name in LampOrder._fields]
"""What a `LampOrder` is made of, in its order."""

FILE: Select[Any] = (
    select(*_CASE_COLUMNS, *(column.label(f"order_{column.name}") for column in ORDER_COLUMNS))
    .select_from(CASE)
    .outerjoin(CITIZEN, CITIZEN.c.id == CASE.c.citizen_id)
    .outerjoin(OPT_OUT, OPT_OUT.c.phone_index == CITIZEN.c.phone_index)
    .outerjoin(ORDER, ORDER.c.case_no == CASE.c.case_no)
    .order_by(ORDER.c.number)
)
"""A case beside each of its orders, or beside nothing when it has none; `split` takes a row apart."""


def split(row: Any) -> tuple[CaseRow, OrderRow | None]:
    """The case and the order of one row of `FILE`."""
    mine = len(CaseRow._fields)
    return CaseRow._make(row[:mine]), None if row[mine] is None else OrderRow._make(row[mine:])
