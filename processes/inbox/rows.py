"""The rows of the inbox: a task with what its line says of its case and its work order."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, select

from engine.db import tables
from engine.definitions import current
from engine.outbox.models import OPEN as UNSETTLED
from engine.outbox.models import Incident
from engine.workitems.models import is_urgent, public_id
from processes.casefile.models import WorkOrder
from processes.casefile.rows import LAMP_COLUMNS, LampOrder
from processes.inbox.sources import CASE, ITEM

ORDER, INCIDENT = tables(WorkOrder, Incident)


class Item(NamedTuple):
    """The task (`engine.workitems.models.WorkItem`), and whether its case has an open incident."""

    instance_id: int
    task_id: int
    element_id: str
    name: str
    business_key: str
    process_key: str
    candidate_groups: str
    assignee: str | None
    created_at: datetime
    due_at: datetime | None
    soonest: datetime
    troubled: bool

    @property
    def public_id(self) -> str:
        """The id that people, pages and the API use."""
        return public_id(self.instance_id, self.task_id)

    @property
    def urgent(self) -> bool:
        """Whether it goes before all others."""
        return is_urgent(self.soonest, self.due_at)


class ItemCase(NamedTuple):
    """Its case (`processes.casefile.models.Case`)."""

    case_no: str
    title: str
    category: str
    urgency: str | None
    first_dispatched_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None


_TROUBLED = select(INCIDENT.c.id).where(INCIDENT.c.business_key == ITEM.c.business_key, INCIDENT.c.state == UNSETTLED).exists()
_COLUMNS = [
    *((_TROUBLED if name == "troubled" else ITEM.c[name]).label(name) for name in Item._fields),
    *(CASE.c[name].label(f"case_{name}") for name in ItemCase._fields),
    *(column.label(f"order_{column.name}") for column in LAMP_COLUMNS),
    current.NUMBER.label("epoch"),
]


def lines(keys: Any) -> Select[Any]:
    """The rows of the tasks whose keys a subquery gives; `split` takes one apart. `epoch` is for `engine.definitions.current`."""
    return (
        select(*_COLUMNS)
        .select_from(keys)
        .join(ITEM, (ITEM.c.instance_id == keys.c.instance_id) & (ITEM.c.task_id == keys.c.task_id))
        .outerjoin(CASE, CASE.c.case_no == ITEM.c.business_key)
        .outerjoin(ORDER, ORDER.c.instance_id == ITEM.c.instance_id)
    )


def split(row: Any) -> tuple[Item, ItemCase | None, LampOrder | None]:
    """The task, the case and the order of one row."""
    case, order = len(Item._fields), len(Item._fields) + len(ItemCase._fields)
    return (
        Item._make(row[:case]),
        None if row[case] is None else ItemCase._make(row[case:order]),
        None if row[order] is None else LampOrder._make(row[order : order + len(LampOrder._fields)]),
    )
