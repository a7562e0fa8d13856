"""Waiting for an agent (排队), being offered to one, and on to the next who answers (T02, T03, T27, T28)."""

from telephony.calls import effects as do
from telephony.calls import talking
from telephony.calls.happenings import Asked, Offered, Place
from telephony.calls.step import NO_EXCHANGE, Step
from telephony.calls.values import AGENT, CITIZEN, OFFERING, PAGER, QUEUED, SERVED, VOICEMAIL, Leg
from telephony.plan.values import Queue
from telephony.prompts import queue_position

SPARE = 3
"""Seconds after which we end ringing ourselves, should the exchange not."""


def enqueue(s: Step, leg: Leg, name: str) -> None:
    """Wait for an agent of a queue, if anybody answers now."""
    call, queue = s.call, s.plan.queue(name)
    call.queue, call.due = name, {}
    if not s.plan.is_open(queue.hours, s.now):
        _closed(s, leg, queue, "after-hours")
        return
    call.state = QUEUED
    if call.queued is None:
        call.queued = s.at
        if call.kind != PAGER:  # which has its emergency since the button was pressed, and needs nobody to take it down
            call.facts["received"] = True
            s.tell("CallReceived", service=call.service, queue=name)
    wait_on(s)
    if queue.place_seconds:
        s.later("place", queue.place_seconds)
    s.say(leg, "queued", then="music")


def back_to_front(s: Step) -> None:
    """Wait again, at the place that the call had before; one that never waited, since we had called, waits with all others."""
    call, leg = s.call, s.call.first(CITIZEN)
    call.agent = None
    if leg is None:
        s.over()
        return
    call.state, call.held, call.transferring = QUEUED, False, False
    s.part(leg)
    if not call.queue:
        enqueue(s, leg, s.plan.entry(call.service).queue)
        return
    s.music(leg)
    wait_on(s)


def wait_on(s: Step) -> None:
    """From now on as long as anybody waits."""
    s.later("longest", s.plan.queue(s.call.queue).most_seconds)


def offer(s: Step, event: Offered) -> None:
    """Ring the agent who was found."""
    call = s.call
    if call.state != QUEUED:
        s.do(do.Free(event.agent, talked=False))
        return
    seconds = s.plan.queue(call.queue).ring_seconds
    call.state, call.agent = OFFERING, event.agent
    leg = s.leg(AGENT, endpoint=event.endpoint, who=event.agent)
    s.ring(leg, seconds, call.number)
    s.later("ring", seconds + SPARE)


def pick_up(s: Step, event: Asked) -> None:
    """Another agent takes a call that waits or rings (话务抢答)."""
    call = s.call
    if ringing := _ringing(s):
        s.hang_up(ringing)
        ringing.role = "passed"
        assert ringing.who is not None
        s.do(do.Free(ringing.who, talked=False))
    call.state = QUEUED
    s.do(do.Engage(event.by, "reserved"))
    offer(s, Offered(event.by, str(event.given["endpoint"])))


def not_answered(s: Step, leg: Leg) -> None:
    """The agent's telephone has ended unanswered: the next one, please."""
    assert leg.who is not None
    if leg.cause != NO_EXCHANGE:
        s.call.tried.append(leg.who)
    s.call.state, s.call.agent = QUEUED, None
    s.never("ring")


def ring_no_longer(s: Step) -> None:
    """The exchange should have ended the ringing."""
    if leg := _ringing(s):
        s.hang_up(leg)


def accept(s: Step, leg: Leg) -> None:
    """The agent has answered."""
    call, citizen = s.call, s.call.first(CITIZEN)
    if citizen is None:
        s.hang_up(leg)
        return
    s.never("longest", "place", "ring")
    if call.then == "music":
        s.hush()  # and not what a pager's contact is being told
    talking.begin(s, citizen, leg, recorded=s.plan.queue(call.queue).recorded)


def tell_place(s: Step, event: Place) -> None:
    """Say how many are before, then go on waiting."""
    leg = s.call.first(CITIZEN)
    if leg is None or s.call.state not in (QUEUED, OFFERING):
        s.never("place")
        return
    seconds = s.plan.queue(s.call.queue).place_seconds
    if not seconds:
        s.never("place")  # the plan has changed: their place is told to nobody any more
        return
    s.later("place", seconds)
    # not while the telephone rings for them, and not into what a pager's contact is being told
    if event.before and s.call.state == QUEUED and s.call.then != "explained":
        s.say(leg, *queue_position(event.before), then="music")


def waited_too_long(s: Step) -> None:
    """Nobody had time."""
    leg = s.call.first(CITIZEN)
    ring_no_longer(s)
    s.call.agent = None
    if leg is not None:
        _closed(s, leg, s.plan.queue(s.call.queue), "all-busy")


def _closed(s: Step, leg: Leg, queue: Queue, excuse: str) -> None:
    call = s.call
    if call.queued is None:
        call.queued = s.at
    call.due = {}
    if call.recording:
        s.do(do.StopRecording(call.recording))  # they talked before: what follows is no part of it
    if queue.closed == "voicemail":
        call.state = VOICEMAIL
        s.say(leg, excuse, "voicemail", then="message")
    else:
        call.state, call.outcome = VOICEMAIL, SERVED
        s.say(leg, excuse, then="end")


def _ringing(s: Step) -> Leg | None:
    """The agent's leg that rings; one that is about to end after a transfer does not."""
    return next((leg for leg in s.call.live(AGENT) if leg.up is None), None)
