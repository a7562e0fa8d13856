"""Somebody has left a conversation: whoever is left goes on, waits for who is being called, or is hung up. In an emergency nobody is
cut off who still has somebody to talk with (C38, T20)."""

from telephony.calls import pagers, queueing, talking
from telephony.calls.step import Step
from telephony.calls.values import AGENT, CITIZEN, CONTACT, PAGER, THIRD, Leg


def left(s: Step, gone: Leg) -> None:
    """Citizen, agent, third party or a pager's contact has gone while people talked."""
    if s.call.first(CITIZEN) is None:
        _without_citizen(s)
    elif s.call.first(AGENT) is None:
        _without_agent(s, gone)
    elif gone.role == THIRD and not s.call.transferring:
        talking.unhold(s)


def _without_agent(s: Step, gone: Leg) -> None:
    call, third = s.call, talking.answered_third(s)
    if third is not None:
        if gone.role == AGENT:
            talking.hand_over(s, third)
    elif _contacts_there(s):
        call.transferring = False
        talking.unhold(s)
    elif call.first(THIRD) is not None and (call.transferring or call.kind == PAGER or gone.role == THIRD):
        talking.wait_for_third(s)
    elif pagers.contacting(call):
        pagers.seat_gone(s)
    elif call.transferring:
        queueing.back_to_front(s)
    else:
        s.over()


def _without_citizen(s: Step) -> None:
    """An agent tells 120 where she lives, say, or a daughter what has happened: until one of them goes."""
    thirds = [leg for leg in s.call.live(THIRD) if leg.up is not None]
    contacts = _contacts_there(s)
    outside = [*contacts, *(leg for leg in thirds if leg.who is None)]
    agents = [leg for leg in s.call.live(AGENT) if leg.up is not None]
    if outside and len([*agents, *thirds, *contacts]) > 1:
        return
    if pagers.contacting(s.call):
        pagers.only_contacts(s)
    else:
        s.over()


def _contacts_there(s: Step) -> list[Leg]:
    """Who has said that they come, and is in the call still."""
    return [leg for leg in s.call.live(CONTACT) if leg.joined is not None]
