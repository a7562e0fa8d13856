"""Who may see a case: the centre's people every one, a unit's only those with a work order of its own (else 403 and an audit row)."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Forbidden
from engine.history import archive
from engine.instances.models import Instance
from engine.runtime.engine import Engine
from processes.casefile.guards import NoSuchCase, case_of, orders_of
from processes.casefile.models import Case, WorkOrder
from processes.registry.audit import services as audit

CENTRE = frozenset(
    "agent team_leader shift_leader reviewer exec visitor supervisor expert care_clerk enterprise_clerk quality auditor admin".split()
)
"""The groups of the hotline's own people."""


class ForeignCase(Forbidden):
    """本单位没有这个案件的转办单，不能查看，已记入审计。 Your unit has no work order of this case; this is on record."""

    code = "foreign-case"


def is_centre(actor: Actor) -> bool:
    """Whether the actor sees every case."""
    return actor.override or bool(actor.groups & CENTRE)


def units_of(groups: Iterable[str]) -> frozenset[str]:
    """The codes of the units that somebody with these groups belongs to."""
    return frozenset(group.partition(":")[2] for group in groups if group.startswith(("unit:", "unit_leader:")))


def scope(actor: Actor) -> ColumnElement[bool] | None:
    """The condition on `case` under which an actor sees a case; None for everything."""
    if is_centre(actor):
        return None
    own = select(WorkOrder.number).where(WorkOrder.case_no == Case.case_no, WorkOrder.unit.in_(sorted(units_of(actor.groups))))
    return own.exists()


def may_see(session: Session, actor: Actor, case_no: str) -> bool:
    """Whether an actor sees a case. Raises `NoSuchCase`."""
    case_of(session, case_no)
    if is_centre(actor):
        return True
    units = units_of(actor.groups)
    return any(order.unit in units for order in orders_of(session, case_no))


def hides_citizen(session: Session, actor: Actor, case_no: str) -> bool:
    """Whether an actor who sees a case is shown nothing of its citizen: a unit, of a confidential one (工单保密)."""
    return not is_centre(actor) and case_of(session, case_no).confidential


def check(engine: Engine, actor: Actor, case_no: str) -> None:
    """Let an actor see a case, or raise `ForeignCase` after the attempt is put on record for good. Raises `NoSuchCase`.

    What runs before there is a case (a call at the intake, under the call's id) the centre's people see, and nobody else.
    A case that lies in the archive is put back first: whatever reads it after this call finds it as it was.
    """
    with engine.read() as session:
        try:
            allowed = may_see(session, actor, case_no)
        except NoSuchCase:
            if is_centre(actor) and _before_any_case(session, case_no):
                return
            raise
        packed = allowed and case_of(session, case_no).status == "closed" and archive.is_packed(session, case_no)
    if packed:
        engine.transact(actor, lambda work: archive.unpack(work.session, case_no))
    if not allowed:
        engine.transact(actor, lambda work: audit.record(work.session, actor, "case.refused", case_no, {"groups": sorted(actor.groups)}))
        raise ForeignCase(case_no=case_no)


def _before_any_case(session: Session, key: str) -> bool:
    """Whether instances run under a key that is no case's number."""
    return bool(session.scalar(select(exists().where(Instance.business_key == key))))
