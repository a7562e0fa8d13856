"""A case is handled once none of its work orders is open, and closed once none of its instances is live; its outcome is the
end event that its main instance reached."""

from typing import Final

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy import case as when

from engine.context import Context
from engine.db import Instant, tables
from engine.instances.models import LIVE, Instance
from engine.prepared import Prepared
from processes.casefile.models import Case, WorkOrder

CASE, ORDER, INSTANCE = tables(Case, WorkOrder, Instance)


def _settled() -> Prepared:
    number = bindparam("b_case", type_=CASE.c.case_no.type)
    instance = bindparam("b_instance", type_=INSTANCE.c.id.type)
    now = bindparam("b_now", type_=Instant())
    live = (INSTANCE.c.business_key == number, INSTANCE.c.status == LIVE, INSTANCE.c.id != instance)
    others = select(INSTANCE.c.id).where(*live).exists()
    waiting = select(ORDER.c.number).where(ORDER.c.case_no == number, ORDER.c.status == "open").exists()
    last = select(func.max(ORDER.c.handled_at)).where(ORDER.c.case_no == number, ORDER.c.status == "done").scalar_subquery()
    is_main = or_(CASE.c.instance_id == instance, CASE.c.instance_id.is_(None))
    settled = {
        "outcome": when((is_main, bindparam("b_outcome", type_=CASE.c.outcome.type)), else_=CASE.c.outcome),
        "handled_at": when((waiting, CASE.c.handled_at), else_=last),
        "status": when((others, CASE.c.status), else_="closed"),
        "closed_at": when((others, CASE.c.closed_at), else_=func.coalesce(CASE.c.closed_at, now)),
    }
    return Prepared(update(CASE).where(CASE.c.case_no == number).values(settled))


_SETTLE: Final = _settled()


def instance_ended(context: Context, outcome: str, /) -> None:
    """Listener of the engine: settle the case that an ended instance belonged to, in one statement."""
    values = {"b_case": context.business_key, "b_instance": context.instance_id, "b_outcome": outcome, "b_now": context.now}
    context.agenda.write(_SETTLE, values)
