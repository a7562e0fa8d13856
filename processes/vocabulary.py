"""The hotline's whole vocabulary: every operation, function, message, group and choice that its diagrams may name."""

from engine.registry import Registry
from processes.actions import vocabulary as actions
from processes.casefile import requests, tables
from processes.cases import vocabulary as cases
from processes.contacts import vocabulary as contacts
from processes.deadlines import functions as deadlines
from processes.registry import sources
from processes.registry.elders import operations as elders
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
    "HelperArrived": "case_no",
    "CallReceived": "call_id",
    "CallAnswered": "call_id",
    "CallEnded": "call_id",
    "CallMissed": "call_id",
    "VoicemailLeft": "call_id",
    "RecordingReady": "call_id",
    "SurveyAnswered": "call_id",
    "SurveyFailed": "call_id",
    "PagerPressed": "call_id",
    "PagerConfirmed": "call_id",
    "PagerExhausted": "call_id",
    "TransferCompleted": "call_id",
    "ThirdPartyAnswered": "call_id",
}
"""Message → the key it is correlated by; telephony's as in `telephony.md`."""
FLEETING = {"DueChanged", "WoClosed", "CallAnswered", "CallEnded", "RecordingReady", "HelperArrived"} | {
    "SurveyAnswered",
    "SurveyFailed",
    "TransferCompleted",
    "ThirdPartyAnswered",
}
"""They tell how something stands by now: who begins to wait later looks for itself. What a call left behind is in telephony's rows."""

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
    contacts.register(registry)
    elders.register(registry)
    cases.register(registry)
    work_orders.register(registry)
    actions.register(registry)
    visits.register(registry)
