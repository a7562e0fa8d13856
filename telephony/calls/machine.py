"""The one way in: `(call, happening) → (call, effects)`, pure. What a happening means depends on the call's state and the leg's role."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from telephony.calls import ivr, leaving, nodes, outgoing, pagers, queueing, supervising, talking
from telephony.calls.effects import Effect
from telephony.calls.happenings import (
    Asked,
    Begun,
    CameIn,
    Dialled,
    Elapsed,
    Found,
    Gone,
    Happening,
    HoldKey,
    Key,
    Offered,
    Place,
    Played,
    Ready,
    Recorded,
    Tapped,
    Unserved,
    Up,
)
from telephony.calls.step import Step
from telephony.calls.values import (
    AGENT,
    ALERT,
    ASKING,
    CITIZEN,
    CLOSING,
    CONTACT,
    DEVICE,
    DIALLING,
    ENDED,
    IVR,
    LEFT_MESSAGE,
    LISTENER,
    NOTICE,
    OFFERING,
    PAGER,
    QUEUED,
    SERVED,
    TALKING,
    THIRD,
    VOICEMAIL,
    Call,
    Leg,
)
from telephony.plan.values import Plan

Ask = Callable[[Step, Asked], None]
ASKS: Mapping[str, tuple[Ask, tuple[str, ...]]] = {
    "hold": (lambda s, _event: talking.hold(s), (TALKING,)),
    "unhold": (lambda s, _event: talking.unhold(s), (TALKING,)),
    "consult": (talking.consult, (TALKING,)),
    "conference": (talking.conference, (TALKING,)),
    "transfer": (talking.transfer, (TALKING,)),
    "take-back": (talking.take_back, (TALKING,)),
    "join": (talking.join, (TALKING,)),
    "leave": (talking.leave, (TALKING,)),
    "pause": (talking.pause, (TALKING,)),
    "resume": (talking.resume, (TALKING,)),
    "press": (talking.press, (TALKING,)),
    "hang-up": (lambda s, _event: _hang_up(s), (TALKING, DIALLING, OFFERING, QUEUED, IVR, VOICEMAIL, ASKING, ALERT)),
    "pick-up": (queueing.pick_up, (QUEUED, OFFERING)),
    "supervise": (supervising.supervise, (TALKING,)),
    "take-over": (supervising.take_over, (TALKING,)),
    "force-out": (supervising.force_out, (TALKING,)),
    "pager-start": (lambda s, event: pagers.start(s, again=bool(event.given.get("again"))), (ALERT, QUEUED, OFFERING, TALKING)),
    "pager-stop": (lambda s, _event: pagers.stop(s), (ALERT, QUEUED, OFFERING, TALKING)),
}
"""What may be asked of a call, and in which states."""


def step(call: Call, happening: Happening, plan: Plan, now: datetime) -> tuple[Call, list[Effect]]:
    """What becomes of a call, and what follows. `now` is aware. The call that is given stays as it is."""
    s = Step(call, plan, now)
    if call.state != ENDED:
        HANDLERS[type(happening)](s, happening)
        s.settle()
    return s.call, s.effects


def may(call: Call, kind: str) -> bool:
    """Whether something can be asked of a call as it stands."""
    return kind in ASKS and call.state in ASKS[kind][1]


def _unserved(s: Step, event: Unserved) -> None:
    ivr.unserved(s, event)
    device = s.call.first(DEVICE, CITIZEN)
    if device is not None:
        _gone(s, Gone(device.id))


def _up(s: Step, event: Up) -> None:
    leg = _wanted(s, event.leg)
    if leg is None or leg.up is not None or (event.by_state and leg.joined is None):
        return
    leg.up = s.at
    if leg.joined is not None:
        leg.joined = s.at  # until now it only rang there
    if s.call.state == CLOSING:
        s.hang_up(leg)
    elif leg.role == THIRD and s.call.state == TALKING:
        talking.third_up(s, leg)
    elif leg.role == THIRD and s.call.state == IVR:
        nodes.put_through(s, leg)
    elif leg.role == LISTENER:
        supervising.listener_up(s, leg)
    elif leg.role == CONTACT:
        pagers.up(s, leg)
    elif s.call.state == OFFERING and leg.role == AGENT:
        queueing.accept(s, leg)
    elif s.call.state == DIALLING:
        outgoing.up(s, leg)
    else:
        s.hang_up(leg)  # it was answered in the moment in which nobody wanted it any more


def _gone(s: Step, event: Gone) -> None:
    leg = _live(s, event.leg)
    if leg is None:
        return
    s.gone(leg, event.cause)
    state = s.call.state
    if leg.role == LISTENER:
        supervising.listener_gone(s, leg)
    elif state == CLOSING:
        return
    elif leg.role == CONTACT and (state != TALKING or pagers.is_asked(s.call, leg)):
        pagers.contact_gone(s, leg)
    elif leg.role == CONTACT:
        leaving.left(s, leg)
    elif leg.role == DEVICE or (leg.role == CITIZEN and state != TALKING and pagers.contacting(s.call)):
        pagers.device_gone(s)
    elif state == DIALLING or s.call.kind == NOTICE or _is_asked(s, leg):
        outgoing.gone(s, leg)
    elif leg.role == CITIZEN:
        _caller_gone(s, leg)
    elif leg.role == AGENT:
        _agent_gone(s, leg)
    elif leg.role == THIRD and state == IVR:
        ivr.not_reached(s)
    elif leg.role == THIRD and state == TALKING:
        talking.third_gone(s, leg)
        leaving.left(s, leg)


def _is_asked(s: Step, leg: Leg) -> bool:
    """Whether it is the leg of somebody who is being asked the questions of a survey."""
    return s.call.state == ASKING and s.call.kind != PAGER and leg.role == CITIZEN and "questions" in s.call.facts


def _caller_gone(s: Step, leg: Leg) -> None:
    state = s.call.state
    if state in (QUEUED, OFFERING):
        s.abandoned()
    elif state == VOICEMAIL and s.call.outcome != LEFT_MESSAGE:
        if not ivr.is_message(s.call.recording):
            s.abandoned()
    elif state == TALKING:
        leaving.left(s, leg)
    else:
        s.close(s.call.outcome or SERVED)


def _agent_gone(s: Step, leg: Leg) -> None:
    if s.call.state == OFFERING and leg.up is None:
        queueing.not_answered(s, leg)
    elif s.call.state == TALKING:
        supervising.agent_changed(s)
        leaving.left(s, leg)


def _key(s: Step, event: Key) -> None:
    leg = _live(s, event.leg)
    if leg is None:
        return
    if leg.role == CONTACT:
        pagers.key(s, event)
    elif leg.role == CITIZEN and s.call.state == IVR:
        ivr.key(s, event)
    elif leg.role == CITIZEN and s.call.state == ASKING:
        outgoing.key(s, event)


def _played(s: Step, event: Played) -> None:
    if not event.playback or event.playback != s.call.playing:
        return
    then, s.call.playing, s.call.then = s.call.then, "", ""
    leg = s.call.first(CITIZEN, DEVICE)
    if then == "end":
        s.close(s.call.outcome or SERVED)
    elif then == "explained":
        pagers.explained(s)
    elif then == "keys":
        ivr.wait_for_key(s) if s.call.state == IVR else outgoing.wait_for_key(s)
    elif then == "next":
        ivr.said(s)
    elif then == "music" and leg is not None:
        s.music(leg)
    elif then == "message" and leg is not None:
        ivr.record_message(s, leg)


def _tapped(s: Step, event: Tapped) -> None:
    if event.tap == s.call.tap:
        talking.tapped(s)
        return
    for ear in s.call.ears.values():
        if ear.tap == event.tap:
            supervising.tapped(s, ear)


def _recorded(s: Step, event: Recorded) -> None:
    if not event.name or event.name != s.call.recording:
        return
    if ivr.is_message(event.name):
        ivr.message_left(s, event.seconds)
    else:
        talking.recorded(s, event.seconds)


def _elapsed(s: Step, event: Elapsed) -> None:
    s.never(event.what)
    leg = s.call.first(CITIZEN)
    if event.what == "closing":
        s.call.recording = ""
        for each in s.call.live():
            s.gone(each, None)
            supervising.listener_gone(s, each)
    elif event.what == "keys" and leg is not None:
        ivr.again(s, leg) if s.call.state == IVR else outgoing.again(s, leg)
    elif event.what == "query":
        ivr.no_answer_yet(s)
    elif event.what == "dial":
        ivr.not_reached(s)
    elif event.what == "ring":
        queueing.ring_no_longer(s)
    elif event.what == "longest" and pagers.contacting(s.call):
        queueing.wait_on(s)
    elif event.what == "longest":
        queueing.waited_too_long(s)
    elif event.what == "confirm":
        pagers.silent(s)


def _asked(s: Step, event: Asked) -> None:
    handler, states = ASKS[event.kind]
    if s.call.state in states:
        handler(s, event)


def _hang_up(s: Step) -> None:
    if pagers.contacting(s.call):
        pagers.only_contacts(s)  # who hangs up has not said that all is well; `pager-stop` says so
        return
    if s.call.state in (DIALLING, ASKING):
        outgoing.failed(s, "hung-up")
    talking.hang_up(s)


def _hold_key(s: Step, event: HoldKey) -> None:
    if s.call.state == TALKING and _live(s, event.leg) is not None:
        talking.hold_key(s, event)


def _ready(s: Step, event: Ready) -> None:
    leg = _wanted(s, event.leg)
    if leg is not None and s.call.state == DIALLING:
        outgoing.ready(s, leg)


def _wanted(s: Step, name: str) -> Leg | None:
    """A leg that is there; one that was given up, since the exchange did not say that it had it, is hung up."""
    leg = s.call.legs.get(name)
    if leg is not None and not leg.live:
        s.hang_up(leg)
    return _live(s, name)


def _live(s: Step, name: str) -> Leg | None:
    leg = s.call.legs.get(name)
    return leg if leg is not None and leg.live else None


HANDLERS: Mapping[type[Happening], Callable[[Step, Any], None]] = {
    CameIn: ivr.arrive,
    Unserved: _unserved,
    Dialled: outgoing.dialled,
    Begun: lambda s, _event: outgoing.begin(s),
    Ready: _ready,
    Up: _up,
    Gone: _gone,
    Key: _key,
    HoldKey: _hold_key,
    Played: _played,
    Tapped: _tapped,
    Recorded: _recorded,
    Elapsed: _elapsed,
    Found: ivr.found,
    Place: queueing.tell_place,
    Offered: queueing.offer,
    Asked: _asked,
}
