"""A work order whose process an administrator ended is withdrawn: nobody waits for its unit any more."""

from typing import Final

from sqlalchemy import bindparam, update

from engine.context import Context
from engine.db import Instant, tables
from engine.prepared import Prepared
from engine.runtime.repairs import CANCELLED
from processes.casefile.models import WorkOrder

(ORDER,) = tables(WorkOrder)
_WITHDRAW: Final = Prepared(
    update(ORDER)
    .where(ORDER.c.instance_id == bindparam("b_instance", type_=ORDER.c.instance_id.type), ORDER.c.status == "open")
    .values(status="withdrawn", closed_at=bindparam("b_now", type_=Instant()))
)


def instance_ended(context: Context, outcome: str, /) -> None:
    """Listener of the engine: withdraw the order of a work order's process that was ended."""
    if outcome == CANCELLED:
        context.agenda.write(_WITHDRAW, {"b_instance": context.instance_id, "b_now": context.now})
