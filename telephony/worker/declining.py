"""What is not done although somebody asked for it: whoever waits for it hears so, and a pager's contacts are called all the same."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from engine.errors import BihuanError
from telephony.calls.values import Call
from telephony.campaigns import services as campaigns
from telephony.commands import services as commands
from telephony.commands.errors import TooLate
from telephony.plan.values import Plan
from telephony.worker import alerts
from telephony.worker.store import Saving

NEVER_BEGUN: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    commands.SURVEY: ("SurveyFailed", {"reason": "failed"}),
    commands.PAGER: ("PagerExhausted", {}),
}
"""What the process that asked for a call waits for is told when the call is never begun."""


def decline(saving: Saving, row: Any, refusal: BihuanError, call: Call | None, plan: Plan, now: datetime) -> None:
    """It is not done, and whoever waits for the call knows: its list, or (half a second later) its process. `call` is the one that it
    was asked of, if that is still at hand; a call that is over, or about to be, calls nobody's contacts: an alert of its own does."""
    session = saving.session
    commands.settle(session, row.id, now, refused=refusal.message)
    if row.kind == commands.OUTBOUND:
        campaigns.never_begun(session, row.call_id, now, tried=not isinstance(refusal, TooLate))
    elif row.kind in NEVER_BEGUN:
        message, payload = NEVER_BEGUN[row.kind]
        name = alerts.asked_for(row)
        saving.notice(name, message, orjson.dumps({**payload, "call_id": name}))
    elif row.kind == alerts.START:
        alerts.all_the_same(session, row, call, plan, now)
