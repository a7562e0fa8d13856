"""Supervision (监控): listen, whisper, barge in, take over, force out (T14). Every request is a row with its asker, so all is logged."""

from telephony.calls import effects as do
from telephony.calls.happenings import Asked
from telephony.calls.queueing import back_to_front
from telephony.calls.step import Step
from telephony.calls.talking import RING_SECONDS, all_again, answered_third, unhold
from telephony.calls.values import AGENT, CONTACT, LISTENER, THIRD, Ear, Leg

BARGE, LISTEN = "barge", "listen"


def supervise(s: Step, event: Asked) -> None:
    """Ring the supervisor, who then hears the call as asked (`mode`); one who is in it already changes the way."""
    mode = str(event.given["mode"])
    mine = next((leg for leg in s.call.live(LISTENER) if leg.who == event.by), None)
    if mine is not None:
        _change(s, mine, mode)
        return
    leg = s.leg(LISTENER, endpoint=str(event.given["endpoint"]), who=event.by)
    s.call.ears[leg.id] = Ear(leg.id, mode)
    s.do(do.Engage(event.by, "reserved"))  # no queue rings who listens
    s.ring(leg, RING_SECONDS, s.plan.shown)


def listener_up(s: Step, leg: Leg) -> None:
    """The supervisor has answered."""
    ear, agent = s.call.ears[leg.id], s.call.first(AGENT)
    if leg.who is not None:
        s.do(do.Engage(leg.who, "busy"))
    if ear.mode == BARGE:
        s.mix(leg)
    elif agent is None:
        s.hang_up(leg)  # who only listens must not be heard by the citizen
    else:
        ear.tap, ear.room = s.new_id("s"), s.new_id("b")
        s.do(do.Tap(agent.id, ear.tap, whisper=True))


def tapped(s: Step, ear: Ear) -> None:
    """The way into the call is there."""
    leg = s.call.legs[ear.leg]
    if not leg.live:
        s.do(do.Hangup(ear.tap))
        return
    s.do(do.Open(ear.room), do.Join(ear.room, (ear.tap, ear.leg)))
    if ear.mode == LISTEN:
        s.do(do.Mute(ear.leg, on=True))


def listener_gone(s: Step, leg: Leg) -> None:
    """The supervisor has hung up, or the call has ended."""
    ear = s.call.ears.pop(leg.id, None)
    if ear is not None:
        _leave_room(s, ear)


def agent_changed(s: Step) -> None:
    """Whom the supervisors listened to is gone: those who only listened go too."""
    for ear in s.call.ears.values():
        leg = s.call.legs[ear.leg]
        if ear.room and leg.live:
            s.hang_up(leg)


def take_over(s: Step, event: Asked) -> None:
    """The supervisor goes on in the agent's place (主管切换)."""
    mine = next((leg for leg in s.call.live(LISTENER) if leg.who == event.by and leg.up is not None), None)
    if mine is None or any(leg.who == event.by for leg in s.call.live(AGENT, THIRD)):
        return  # who was called into it meanwhile is in it already
    before = s.call.live(AGENT)
    _change(s, mine, BARGE)
    s.call.ears.pop(mine.id, None)
    mine.role, s.call.agent = AGENT, event.by
    if s.call.transferring:
        s.call.transferring = False
        unhold(s)
    all_again(s)
    s.do(do.Engage(event.by, "busy"))
    s.tell("CallAnswered", agent=event.by)
    for agent in before:
        s.hang_up(agent)


def force_out(s: Step, _event: Asked) -> None:
    """Remove the agent (踢出); the caller stays connected and comes first to the next one."""
    if not s.call.queue or answered_third(s) is not None or any(leg.joined is not None for leg in s.call.live(CONTACT)):
        for agent in s.call.live(AGENT):
            s.hang_up(agent)  # there is no queue to go back to, or somebody to go on with
        return
    for leg in s.call.live(AGENT, THIRD):
        leg.role = "removed"
        if leg.who is not None:
            s.do(do.Free(leg.who, talked=leg.up is not None))
        s.hang_up(leg)
    agent_changed(s)
    back_to_front(s)


def _change(s: Step, leg: Leg, mode: str) -> None:
    ear = s.call.ears[leg.id]
    if leg.up is None:
        ear.mode = mode
    elif mode == BARGE and ear.mode != BARGE:
        if ear.room:
            s.do(do.Part(ear.room, (leg.id,)), do.Mute(leg.id, on=False))
            _leave_room(s, ear)
        s.mix(leg)
    elif ear.room:
        s.do(do.Mute(leg.id, on=mode == LISTEN))
    elif mode != BARGE:
        s.part(leg)
        ear.mode = mode
        listener_up(s, leg)
    ear.mode = mode


def _leave_room(s: Step, ear: Ear) -> None:
    if ear.tap:
        s.do(do.Hangup(ear.tap), do.Close(ear.room))
        ear.tap = ear.room = ""
