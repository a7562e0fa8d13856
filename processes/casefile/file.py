"""The case file (卷宗) as one session has it open: what was read once is at hand, and follows what the session's command writes.

A form with twenty prefills, three messages and two gateways read their case once. Commands change these rows through
`processes.casefile.changes` alone.
"""

from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.prepared import Prepared
from processes.casefile.rows import CASE, FILE, ORDER, CaseRow, OrderRow, split

_OTHERS = ORDER.alias()
_CASE_OF_ORDER = select(_OTHERS.c.case_no).where(_OTHERS.c.number == bindparam("number")).scalar_subquery()
_BY_CASE: Final = Prepared(FILE.where(CASE.c.case_no == bindparam("case_no")))
_BY_ORDER: Final = Prepared(FILE.where(CASE.c.case_no == _CASE_OF_ORDER))


class CaseFile:
    """The cases and work orders that one session has read, by number."""

    def __init__(self) -> None:
        self.cases: dict[str, CaseRow] = {}
        self.orders: dict[str, OrderRow] = {}
        self._whole: set[str] = set()
        """The cases all of whose orders are at hand."""

    def of_case(self, case_no: str) -> list[OrderRow] | None:
        """The orders of a case by number; None unless they were read."""
        if case_no not in self._whole:
            return None
        return sorted(order for order in self.orders.values() if order.case_no == case_no)

    def read(self, session: Session, **by: str) -> None:
        """Read a case with its citizen and all its orders, by `case_no` or the `number` of an order."""
        session.flush()
        rows = (_BY_CASE if "case_no" in by else _BY_ORDER).all(session.connection(), by)
        for case, order in map(split, rows):
            self.cases[case.case_no] = case
            self._whole.add(case.case_no)
            if order is not None:
                self.orders[order.number] = order

    def forget_orders(self, case_no: str) -> None:
        """Read a case's orders anew at the next look."""
        self._whole.discard(case_no)


def opened(session: Session) -> CaseFile:
    """The file that a session has open, for as long as the session lives."""
    file: CaseFile | None = session.info.get(CaseFile)
    if file is None:
        file = session.info[CaseFile] = CaseFile()
    return file
