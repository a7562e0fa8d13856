"""Showing a citizen's whole name and phone to somebody who says why; every look is on record (X02)."""

from dataclasses import dataclass

from engine import reasons
from engine.errors import Forbidden, NotFound
from engine.runtime.work import Work
from processes.casefile.guards import case_of
from processes.cases.access import hides_citizen, may_see
from processes.registry.audit import services as audit


@dataclass(frozen=True, slots=True)
class Unmasked:
    """A citizen as written down."""

    name: str
    phone: str
    alt_phone: str | None


def unmask(work: Work, case_no: str, reason: str) -> Unmasked:
    """A case's citizen, unmasked, for the command's actor.

    Raises `Invalid` without a reason, `NoSuchCase`, `NotFound` for an anonymous case, `Forbidden` for a unit without an
    order of its own or on a confidential case.
    """
    why = reasons.tidy(reason)
    case = case_of(work.session, case_no)
    if not may_see(work.session, work.actor, case_no) or hides_citizen(work.session, work.actor, case_no):
        raise Forbidden(case_no=case_no)
    if case.caller_name is None or case.phone is None:
        raise NotFound("这是匿名案件。 This case is anonymous.", case_no=case_no)
    audit.record(work.session, work.actor, "citizen.unmasked", case_no, {"reason": why})
    return Unmasked(case.caller_name, case.phone, case.alt_phone)
