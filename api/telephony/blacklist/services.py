"""A blocked number as those see it who keep the list: masked, and how it stands."""

from datetime import datetime

from telephony.blacklist.models import BlockedNumber

ASKED, IN_FORCE, OVER = "asked", "in_force", "over"


def state_of(row: BlockedNumber, now: datetime) -> str:
    """`asked` until a second person approves, `in_force`, `over`."""
    if row.expires_at <= now:
        return OVER
    return ASKED if row.approved_by is None else IN_FORCE
