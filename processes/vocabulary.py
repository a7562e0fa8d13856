"""The hotline's whole vocabulary: every operation, function, message, group and choice that its diagrams may name."""

from engine.registry import Registry
from processes.actions import vocabulary as actions
from processes.casefile import requests, tables
from processes.cases import vocabulary as cases
from processes.deadlines import functions as deadlines
from processes.registry import sources
from processes.visits import vocabulary as visits
from processes.work_orders import vocabulary as work_orders

MESSAGES = {
    "WoDispatched": "case_no",
    "WoDone": "case_no",
    "WoReturned": "case_no",
    "Withdraw": "case_no",
    "DueChanged": "work_order",
    "WoWithdraw": "work_order",
    "SupReply": "work_order",
    "WoClosed": "work_order",
    "SupervisionNeeded": "work_order",
}
FLEETING = {"DueChanged", "WoClosed"}
"""They call upon watches to look again; who begins to watch later looks anyway."""
"""Message → the key it is correlated by."""

GROUPS = frozenset(
    "agent team_leader shift_leader reviewer exec unit unit_leader visitor supervisor expert care_clerk enterprise_clerk quality"
    " designer auditor admin".split()
)


def register(registry: Registry, decisions: tables.Tables) -> None:
    """Lend everything to the engine; `decisions` answers the questions that rules ask outside a process."""
    tables.use(decisions)
    registry.messages.update(MESSAGES)
    registry.fleeting.update(FLEETING)
    registry.groups.update(GROUPS)
    deadlines.register(registry)
    sources.register(registry)
    requests.register(registry)
    cases.register(registry)
    work_orders.register(registry)
    actions.register(registry)
    visits.register(registry)
