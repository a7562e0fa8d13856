"""The classes of a case's citizen (客户类别), as its page shows and sets them (C28, G14)."""

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.runtime.work import Work
from processes.casefile.guards import case_of
from processes.registry.citizens import classes
from processes.registry.citizens.models import CitizenClass


def classes_of(session: Session, case_no: str) -> Sequence[CitizenClass]:
    """The classes of a case's citizen; none for an anonymous case. Raises `NoSuchCase`."""
    citizen_id = case_of(session, case_no).citizen_id
    return [] if citizen_id is None else classes.of_citizen(session, citizen_id)


def set_classes(work: Work, case_no: str, wanted: Collection[str]) -> None:
    """Give a case's citizen these classes, and no others. Raises `Forbidden`, `NoSuchCase`, `NotFound` for an anonymous case."""
    citizen_id = case_of(work.session, case_no).citizen_id
    if citizen_id is None:
        raise NotFound("这是匿名案件。 This case is anonymous.", case_no=case_no)
    for name in classes.CLASSES:
        if name in wanted:
            classes.give(work.session, work.actor, citizen_id, name, work.now)
        else:
            classes.take(work.session, work.actor, citizen_id, name)
