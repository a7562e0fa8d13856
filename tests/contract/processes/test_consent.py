"""A citizen's wish to get no messages (退订): who takes it down, why, and what is on record."""

import pytest
from sqlalchemy import select

from engine.actor import Actor
from engine.errors import Forbidden, Invalid, NotFound
from processes.casefile.models import CaseEntry
from processes.cases.consent import opted_out, record
from processes.registry.audit.models import AuditEntry
from processes.registry.citizens.models import Citizen, OptOut
from tests.contract.processes.conftest import AGENT, URBAN, Hotline
from tests.fixtures.clocks import Clock


def wish(hotline: Hotline, case_no: str, *, wanted: bool, by: Actor = AGENT, reason: str = "市民来电要求") -> None:
    """Take down a wish."""
    hotline.engine.transact(by, lambda work: record(work, case_no, wanted=wanted, reason=reason))


def test_out_and_in_again_with_who_and_why(hotline: Hotline, clock: Clock) -> None:
    case_no = hotline.open("petition").case_no
    wish(hotline, case_no, wanted=False)
    wish(hotline, case_no, wanted=False, reason="再次来电")
    with hotline.engine.read() as session:
        (citizen,) = session.scalars(select(Citizen.id))
        assert opted_out(session, citizen) == (clock.now, "agent1")
    wish(hotline, case_no, wanted=True, reason="想收短信了")
    with hotline.engine.read() as session:
        assert session.scalars(select(OptOut)).all() == []
        entries = session.scalars(select(CaseEntry).where(CaseEntry.kind == "messages").order_by(CaseEntry.id)).all()
        assert [(one.label, one.text, one.by) for one in entries] == [
            ("out", "市民来电要求", "agent1"),
            ("out", "再次来电", "agent1"),
            ("in", "想收短信了", "agent1"),
        ]
        audited = session.scalars(select(AuditEntry.action).where(AuditEntry.object == case_no).order_by(AuditEntry.id)).all()
    assert audited == ["messages.unwanted", "messages.unwanted", "messages.wanted"]


def test_an_anonymous_case_has_no_number_to_opt_out(sqlite_hotline: Hotline) -> None:
    case_no = sqlite_hotline.open("petition", citizen=None, anonymous_reason="不愿透露").case_no
    with pytest.raises(NotFound):
        wish(sqlite_hotline, case_no, wanted=False)


def test_a_reason_is_needed_and_a_unit_may_not(sqlite_hotline: Hotline) -> None:
    case_no = sqlite_hotline.open("petition").case_no
    with pytest.raises(Invalid):
        wish(sqlite_hotline, case_no, wanted=False, reason=" ")
    with pytest.raises(Forbidden):
        wish(sqlite_hotline, case_no, wanted=False, by=URBAN)
