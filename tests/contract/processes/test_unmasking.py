"""Whole names and phones are shown for a reason only, and every look is on record (X02)."""

import pytest

from engine.actor import Actor
from engine.errors import BihuanError, Forbidden, Invalid, NotFound
from processes.cases.unmasking import Unmasked, unmask
from processes.registry.audit.services import entries
from tests.contract.processes.conftest import AGENT, HOUSING, WATER, Hotline


def look(hotline: Hotline, actor: Actor, case_no: str, reason: str = "回电核实地址") -> Unmasked:
    """Look at the citizen of a case."""
    return hotline.engine.transact(actor, lambda work: unmask(work, case_no, reason))


def test_a_look_with_a_reason_is_on_record(sqlite_hotline: Hotline) -> None:
    case_no = sqlite_hotline.dispatched()
    assert look(sqlite_hotline, AGENT, case_no) == look(sqlite_hotline, WATER, case_no) == Unmasked("王小明", "13800138000", None)
    with sqlite_hotline.engine.read() as session:
        kept = [(entry.actor, entry.action, entry.object, entry.detail) for entry in entries(session)]
    assert kept == [(who, "citizen.unmasked", case_no, {"reason": "回电核实地址"}) for who in ("unit_water", "agent1")]


@pytest.mark.parametrize(
    ("actor", "opened", "reason", "error"),
    [
        (AGENT, {}, " ", Invalid),
        (AGENT, {}, "长" * 201, Invalid),
        (AGENT, {"citizen": None, "anonymous_reason": "怕报复"}, "回电", NotFound),
        (HOUSING, {}, "回电", Forbidden),
        (WATER, {"confidential": True}, "回电", Forbidden),
    ],
)
def test_a_look_without_reason_right_or_citizen_is_refused(
    sqlite_hotline: Hotline, actor: Actor, opened: dict[str, object], reason: str, error: type[BihuanError]
) -> None:
    case_no = sqlite_hotline.dispatched(**opened)
    with pytest.raises(error):
        look(sqlite_hotline, actor, case_no, reason)
