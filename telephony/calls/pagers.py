"""The pager 老年人一键通 (T23, T24, C38): contacts are called in order until one confirms.

The alert outlives the device's call: who hangs up has not said that all is well. Two topologies (D14): `pager:direct` calls the
contacts at once, `pager:centre` first lets the centre's seat answer and calls them when the process asks for it (`tel.pager_start`).
"""

from telephony.calls import queueing
from telephony.calls.happenings import Key
from telephony.calls.step import NO_EXCHANGE, Step
from telephony.calls.values import (
    AGENT,
    ALERT,
    CITIZEN,
    CONTACT,
    DEVICE,
    LISTENER,
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

RING_SECONDS, CONFIRM_SECONDS = 20, 8
DIRECT = "direct"
PROMPTS = {"1": "pager-police", "2": "pager-medical", "3": "pager-service"}
"""What a contact hears, by the key that was pressed."""
COMES, CANNOT = "1", "2"
"""What a contact presses."""
TIMES = 2
"""How often a contact hears what has happened before we call the next."""


def press(s: Step, leg: Leg, topology: str) -> None:
    """A button was pressed."""
    call, key = s.call, s.plan.entry(s.call.service).key
    call.kind, call.state, leg.role = PAGER, ALERT, DEVICE
    call.facts.update(key=key, next=0, topology=topology)
    s.tell("PagerPressed", device=call.facts.get("device", ""), key=key)
    if topology == DIRECT:
        s.say(leg, "pager-calling", then="music")
        start(s)
    else:
        _to_seat(s, leg)


def start(s: Step, *, again: bool = False) -> None:
    """Call the contacts, unless that is under way or done; `again` calls them once more after they have all been called, or one has
    said that they come and did not."""
    facts = s.call.facts
    if s.call.kind != PAGER or facts.get("stopped") or contacting(s.call) or (facts.get("started") and not again):
        return
    for ended in ("confirmed", "exhausted", "again"):
        facts.pop(ended, None)
    facts.update(started=True, next=0)
    _next(s)


def stop(s: Step) -> None:
    """It was a false alarm: call nobody else."""
    if s.call.kind != PAGER:
        return
    s.call.facts["stopped"] = True
    for leg in s.call.live(CONTACT):
        s.hang_up(leg)


def up(s: Step, leg: Leg) -> None:
    """A contact has answered."""
    if not contacting(s.call):
        s.hang_up(leg)  # it was a false alarm, as we know by now
        return
    s.call.round = 0
    _explain(s, leg)


def key(s: Step, event: Key) -> None:
    """A contact's answer."""
    leg = _asked(s.call)
    if leg is None or leg.id != event.leg or leg.up is None:
        return  # a contact of an earlier round may press what they like
    if event.digit == COMES:
        _confirmed(s, leg)
    elif event.digit == CANNOT:
        s.never("confirm")
        s.hang_up(leg)


def explained(s: Step) -> None:
    """The contact has heard it all."""
    s.later("confirm", CONFIRM_SECONDS)


def silent(s: Step) -> None:
    """The contact has pressed nothing."""
    leg = _asked(s.call)
    if leg is None:
        return
    s.call.round += 1
    if s.call.round >= TIMES:
        s.hang_up(leg)
    else:
        _explain(s, leg)


def contact_gone(s: Step, leg: Leg) -> None:
    """The next one, unless this one comes. One of an earlier round who leaves takes no time from the present one; she hears music again."""
    if is_asked(s.call, leg):
        s.never("confirm")
        if s.call.then == "explained":
            s.call.playing = s.call.then = ""  # its end is not to be taken for the next one's
        if leg.cause == NO_EXCHANGE:
            _once_more(s)
        _next(s)
    elif contacting(s.call):
        _wait_alone(s)
    else:
        _done_if_alone(s)


def _once_more(s: Step) -> None:
    """Whom the exchange or a worker that died has failed is called again, once."""
    place = s.call.facts["next"] - 1
    if s.call.facts.get("again") != place:
        s.call.facts.update(again=place, next=place)


def device_gone(s: Step) -> None:
    """The device has hung up; whoever is being called is called on."""
    if contacting(s.call):
        only_contacts(s)
    else:
        _done_if_alone(s)


def only_contacts(s: Step) -> None:
    """Everybody else is hung up: no seat and no device is needed to call on, and who came in an earlier round has nobody left."""
    _alert_alone(s)
    for leg in s.call.live():
        if leg.role != CONTACT or leg.joined is not None:
            s.hang_up(leg)


def seat_gone(s: Step) -> None:
    """The seat has hung up: she waits with music for whoever comes."""
    _alert_alone(s)
    for leg in s.call.live(THIRD, LISTENER):
        s.hang_up(leg)
    _wait_alone(s)


def is_asked(call: Call, leg: Leg) -> bool:
    """Whether it is the contact's who is being called, or asked, now; not of one of an earlier round, who may be in the call still."""
    return contacting(call) and leg.id == call.facts.get("leg")


def contacting(call: Call) -> bool:
    """Whether contacts are being called: then the alert is not over, whoever hangs up."""
    facts = call.facts
    return bool(facts.get("started")) and not (facts.get("confirmed") or facts.get("exhausted") or facts.get("stopped"))


def _asked(call: Call) -> Leg | None:
    return next((leg for leg in call.live(CONTACT) if is_asked(call, leg)), None)


def _wait_alone(s: Step) -> None:
    """Music for who is in the bridge with nobody."""
    device = s.call.first(DEVICE, CITIZEN)
    if device is not None and not any(leg.joined is not None for leg in s.call.live() if leg.id != device.id):
        s.part(device)
        s.music(device)


def _next(s: Step) -> None:
    call = s.call
    contacts, place = call.facts.get("contacts", []), call.facts.get("next", 0)
    if place >= len(contacts):
        _exhausted(s)
        return
    call.facts["next"] = place + 1
    contact = contacts[place]
    leg = s.leg(CONTACT, endpoint=s.plan.endpoint(contact["number"]), number=contact["number"])
    leg.who = None
    call.facts.update(calling=contact["id"], leg=leg.id)
    s.ring(leg, RING_SECONDS, s.plan.shown)


def _explain(s: Step, leg: Leg) -> None:
    # beside the device's own prompt: a step plays one prompt, and the contact's matters more
    device = s.call.first(DEVICE, CITIZEN)
    if device is not None and s.call.then == "music":
        s.hush()
        s.music(device)
    s.say(leg, PROMPTS.get(s.call.facts.get("key", ""), PROMPTS["2"]), then="explained")


def _confirmed(s: Step, leg: Leg) -> None:
    call, there = s.call, s.call.first(DEVICE, CITIZEN)
    if there is None and call.state == TALKING:
        there = call.first(AGENT, THIRD)
    if call.state in (QUEUED, OFFERING):
        _alert_alone(s)
        for ringing in call.live(AGENT):
            s.hang_up(ringing)  # no seat is needed any more
    call.held = False
    call.facts["confirmed"] = call.facts.get("calling")
    s.never("confirm")
    role = next((each["role"] for each in call.facts["contacts"] if each["id"] == call.facts["confirmed"]), "")
    s.tell("PagerConfirmed", contact=call.facts["confirmed"], role=role)
    s.hush()
    if there is not None:
        s.mix(*(each for each in (there, leg) if each.joined is None))
    else:
        s.say(leg, "confirmed", then="end")


def _exhausted(s: Step) -> None:
    s.call.facts["exhausted"] = True
    s.tell("PagerExhausted")
    device = s.call.first(DEVICE, CITIZEN)
    if device is not None and s.call.state == ALERT:
        _to_seat(s, device)
    else:
        _done_if_alone(s)


def _to_seat(s: Step, leg: Leg) -> None:
    leg.role = CITIZEN
    s.part(leg)
    s.hush()
    # its number may have been taken out of the plan meanwhile: then to whoever answers for all the others
    queueing.enqueue(s, leg, s.plan.entry(s.call.service).queue)


def _alert_alone(s: Step) -> None:
    call = s.call
    call.state, call.agent, call.held, call.transferring = ALERT, None, False, False
    s.never("longest", "place", "ring")


def _done_if_alone(s: Step) -> None:
    if s.call.state in (QUEUED, OFFERING, VOICEMAIL):
        return  # who waits for a seat is not done
    if len([leg for leg in s.call.live() if leg.role in (DEVICE, CONTACT, CITIZEN, AGENT, THIRD)]) < 2:
        s.close(s.call.outcome or SERVED)
