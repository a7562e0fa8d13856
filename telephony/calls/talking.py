"""Talking: hold, consultation, three-way call, transfer, recording (T08, T09, T15, T20)."""

from collections.abc import Mapping
from typing import Any

from telephony.calls import effects as do
from telephony.calls.happenings import Asked, HoldKey
from telephony.calls.step import Step
from telephony.calls.values import AGENT, CITIZEN, CLOSING, DIALLING, FAILED, SERVED, TALKED, TALKING, THIRD, Leg

RING_SECONDS = 30
SHORT = 5
"""Digits that a public service's number has at most."""


def begin(s: Step, citizen: Leg, agent: Leg, *, recorded: bool) -> None:
    """Citizen and agent hear each other from now on."""
    call = s.call
    call.state, call.agent = TALKING, agent.who
    call.talking = s.at if call.talking is None else call.talking
    s.quiet(citizen)
    s.mix(*(leg for leg in (citizen, agent) if leg.joined is None))
    _engaged(s, agent)
    all_again(s)
    if recorded:
        record(s, citizen)


def record(s: Step, citizen: Leg) -> None:
    """Record through a snoop on the citizen's leg: it follows every transfer, at half the cost of recording the bridge."""
    if not s.call.tap:
        s.call.tap = s.new_id("s")
        s.do(do.Tap(citizen.id, s.call.tap))


def tapped(s: Step) -> None:
    """The snoop is there; a call that is over by then has nothing to record, and nothing to wait for. It may be told twice."""
    if s.call.state != CLOSING and not s.call.recording:
        s.call.recording = s.new_id("r")
        s.do(do.Record(s.call.tap, s.call.recording))
        if s.call.paused:  # the snoop before this one has failed, and nobody has asked to go on
            s.do(do.PauseRecording(s.call.recording, on=True))


def recorded(s: Step, seconds: int | None) -> None:
    """The recording is over."""
    name, s.call.recording = s.call.recording, ""
    if seconds is not None:
        s.do(do.Keep(name, "call", seconds, s.call.agent))
        s.tell("RecordingReady", recording=name, seconds=seconds)


def hold(s: Step) -> None:
    """The citizen waits with music (保持)."""
    citizen = s.call.first(CITIZEN)
    if citizen is not None and not s.call.held:
        s.call.held = True
        s.part(citizen)
        s.music(citizen)


def unhold(s: Step) -> None:
    """And is back; not to nobody, while a transfer is under way."""
    citizen = s.call.first(CITIZEN)
    if citizen is not None and s.call.held and not s.call.transferring:
        s.call.held = False
        s.mix(citizen)


def hold_key(s: Step, event: HoldKey) -> None:
    """The hold key of the agent's telephone."""
    if s.call.legs[event.leg].role == AGENT:
        hold(s) if event.on else unhold(s)


def consult(s: Step, event: Asked) -> None:
    """Ask somebody while the citizen waits (咨询)."""
    hold(s)
    _call_third(s, event.given)


def conference(s: Step, event: Asked) -> None:
    """Bring somebody in while the citizen listens (三方通话)."""
    _call_third(s, event.given)


def transfer(s: Step, event: Asked) -> None:
    """Hand the call over (转接): to whoever was asked, else to somebody new without a word (盲转)."""
    third, agents = answered_third(s), s.call.live(AGENT)
    if third is not None:
        if s.call.first(CITIZEN) is not None:
            hand_over(s, third)
    else:
        if s.call.first(THIRD) is None:
            _call_third(s, event.given)
        wait_for_third(s)
    for agent in agents:
        s.hang_up(agent)


def take_back(s: Step, _event: Asked) -> None:
    """No more of the third party."""
    for third in s.call.live(THIRD):
        s.hang_up(third)
    unhold(s)


def join(s: Step, _event: Asked) -> None:
    """All three together."""
    unhold(s)


def leave(s: Step, _event: Asked) -> None:
    """The agent goes, the others stay."""
    agent = s.call.first(AGENT)
    if agent is not None:
        s.hang_up(agent)


def third_up(s: Step, leg: Leg) -> None:
    """Who was called has answered."""
    s.mix(leg)
    if leg.who is not None:
        s.do(do.Engage(leg.who, "busy"))
    _settled(s, leg)
    if s.call.transferring or s.call.first(AGENT) is None:
        hand_over(s, leg)


def third_gone(s: Step, leg: Leg) -> None:
    """Tell that who was called does not answer, or leaves."""
    _settled(s, leg)
    if s.call.transferring:
        _transferred(s, leg, "failed")


def _settled(s: Step, leg: Leg) -> None:
    """Tell what came of calling somebody outside, 120 say, as soon as nobody more is being called."""
    if leg.who is not None or (leg.ended is not None and leg.up is not None):
        return
    facts = s.call.facts
    facts["unreached"] = facts.get("unreached", 0) + (leg.up is None)
    if all(each.up is not None for each in s.call.live(THIRD)):
        s.tell("ThirdPartyAnswered", result="failed" if facts.pop("unreached") else "connected")


def answered_third(s: Step) -> Leg | None:
    """Somebody else who talks, or waits to."""
    return next((leg for leg in s.call.live(THIRD) if leg.up is not None), None)


def wait_for_third(s: Step) -> None:
    """The citizen hears music until somebody who is being called answers, or does not."""
    s.call.transferring = True
    hold(s)


def hand_over(s: Step, leg: Leg) -> None:
    """Somebody goes on in the agent's place."""
    s.call.transferring = False
    all_again(s)
    unhold(s)
    if s.call.facts.get("handed_to") == leg.id:
        return  # it was before the agent's leg had ended
    s.call.facts["handed_to"] = leg.id
    _transferred(s, leg, "connected")
    if leg.who is not None:
        leg.role, s.call.agent = AGENT, leg.who
        _engaged(s, leg)


def _engaged(s: Step, agent: Leg) -> None:
    assert agent.who is not None
    s.do(do.Engage(agent.who, "busy"))
    s.tell("CallAnswered", agent=agent.who)


def _transferred(s: Step, leg: Leg, result: str) -> None:
    # a short number is a service's, 120 say; a longer one is somebody's own, and no process needs it
    outside = leg.number if len(leg.number) <= SHORT else "outside"
    s.tell("TransferCompleted", to=leg.who or outside, kind="agent" if leg.who else "outside", result=result)


def _call_third(s: Step, given: Mapping[str, Any]) -> None:
    who = given.get("who")
    leg = s.leg(THIRD, endpoint=str(given["endpoint"]), number=str(given.get("number", "")), who=who)
    if who is not None:
        s.do(do.Engage(who, "reserved"))
    s.ring(leg, RING_SECONDS, s.call.number if who is not None else s.plan.shown)


def pause(s: Step, _event: Asked) -> None:
    """Leave what follows out of the recording."""
    if s.call.recording and not s.call.paused:
        s.call.paused = True
        s.do(do.PauseRecording(s.call.recording, on=True))


def resume(s: Step, _event: Asked) -> None:
    """Go on recording."""
    all_again(s)


def all_again(s: Step) -> None:
    """What one agent has left out ends with that agent."""
    if s.call.paused:
        s.call.paused = False
        if s.call.recording:
            s.do(do.PauseRecording(s.call.recording, on=False))


def press(s: Step, event: Asked) -> None:
    """Send keys to the citizen's side: another hotline's menu, say."""
    for leg in s.call.live(CITIZEN, THIRD):
        s.do(do.Press(leg.id, str(event.given["keys"])))


def hang_up(s: Step) -> None:
    """End the call for everybody."""
    call = s.call
    s.close(TALKED if call.talking is not None else FAILED if call.state == DIALLING else call.outcome or SERVED)
