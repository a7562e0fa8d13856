"""The tables of a case, one file a concept."""

from processes.casefile.models.actions import SideAction, Supervise, Urge
from processes.casefile.models.answers import ReplyAttempt, Satisfaction
from processes.casefile.models.case import Case, CaseEntry, CaseLink, QueryLock, TitlePair
from processes.casefile.models.orders import ExtensionRequest, WorkOrder, WorkOrderReturn

__all__ = [
    "Case",
    "CaseEntry",
    "CaseLink",
    "ExtensionRequest",
    "QueryLock",
    "ReplyAttempt",
    "Satisfaction",
    "SideAction",
    "Supervise",
    "TitlePair",
    "Urge",
    "WorkOrder",
    "WorkOrderReturn",
]
