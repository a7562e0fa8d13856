"""Every resource of `/api/v1`, in the order of its page for people."""

from api.actions.http import resource as actions
from api.calendar.http import resource as calendar
from api.callbacks.http import resource as callbacks
from api.cases.http import resource as cases
from api.clock.http import resource as clock
from api.customers.http import resource as customers
from api.deliveries.http import resource as deliveries
from api.drafts.http import resource as drafts
from api.elders.http import resource as elders
from api.events.http import resource as events
from api.files.http import resource as files
from api.history.http import resource as history
from api.incidents.http import resource as incidents
from api.instances.http import resource as instances
from api.messages.http import resource as messages
from api.process_definitions.http import resource as process_definitions
from api.public.http import resource as public
from api.rest import Resource
from api.tasks.http import resource as tasks
from api.telephony.blacklist.http import resource as phone_blacklist
from api.telephony.board.http import resource as phone_board
from api.telephony.calls.http import resource as phone_calls
from api.telephony.campaigns.http import resource as phone_campaigns
from api.telephony.plan.http import resource as phone_plan
from api.telephony.pop.http import resource as phone_pop
from api.telephony.recordings.http import resource as phone_recordings
from api.telephony.seat.http import resource as phone_seat
from api.tokens.http import resource as tokens
from api.units.http import resource as units
from engine.settings import Settings

ALWAYS: tuple[Resource, ...] = (
    tokens,
    cases,
    actions,
    history,
    tasks,
    drafts,
    files,
    instances,
    process_definitions,
    messages,
    units,
    elders,
    customers,
    calendar,
    callbacks,
    public,
    events,
    incidents,
    deliveries,
    phone_seat,
    phone_pop,
    phone_calls,
    phone_recordings,
    phone_board,
    phone_blacklist,
    phone_campaigns,
    phone_plan,
)


def resources(settings: Settings) -> tuple[Resource, ...]:
    """The resources that these settings allow: the test clock only where it is switched on."""
    return (*ALWAYS, clock) if settings.test_clock else ALWAYS
