"""Arrival, menus (语音菜单) and voicemail (语音留言)."""

from telephony.calls import effects as do
from telephony.calls import nodes, pagers
from telephony.calls.happenings import CameIn, Found, Key, Unserved
from telephony.calls.queueing import enqueue
from telephony.calls.step import Step
from telephony.calls.values import ASKING, BLOCKED, CITIZEN, CLOSING, IVR, LEFT_MESSAGE, SERVED, VOICEMAIL, Leg
from telephony.plan.nodes import PERSON
from telephony.plan.values import HUMAN, Menu

LEAST_MESSAGE = 2
"""Seconds; what is shorter is no message."""
MESSAGE = "m"
"""What the ids of messages begin with."""


def arrive(s: Step, event: CameIn) -> None:
    """Answer, and go where the number leads."""
    call = s.call
    call.number, call.service = event.number, event.service
    number = s.plan.entry(event.service)
    leg = Leg(event.channel, CITIZEN, s.at, number=event.number, up=s.at)
    call.legs[leg.id] = leg
    call.answered = s.at
    s.do(do.Answer(leg.id))
    if event.blocked and not number.emergency:
        call.state, call.outcome = ASKING, BLOCKED
        s.say(leg, "blocked", then="end")
    else:
        go(s, number.start)


def unserved(s: Step, event: Unserved) -> None:
    """It could not be answered: somebody must call back. Where a button was pressed, all goes its way as if the device hung up now."""
    call = s.call
    call.number, call.service = event.number, event.service
    number = s.plan.entry(event.service)
    if event.blocked and not number.emergency:
        s.close(BLOCKED)
    elif number.key:
        s.leg(CITIZEN, number=event.number)
        go(s, number.start)
    else:
        call.queue, call.queued = number.queue, s.at
        s.abandoned()


def go(s: Step, target: str | None) -> None:
    """Go on where a target of the plan leads, through nodes until one waits."""
    leg = s.call.first(CITIZEN)
    while leg is not None and target is not None:
        target = _arrive_at(s, leg, target)


def key(s: Step, event: Key) -> None:
    """A key in a menu; 0 leads to a human whatever the menu says, unless it says something else."""
    leg = s.call.legs[event.leg]
    if nodes.is_node(s.call.menu):
        _on(s, nodes.key(s, leg, event.digit))
        return
    menu = _menu(s)
    s.never("keys")
    if menu is not None and event.digit in menu.keys:
        _on(s, menu.keys[event.digit])
    elif menu is None or event.digit == HUMAN:
        _on(s, PERSON)
    else:
        again(s, leg, "invalid")


def again(s: Step, leg: Leg, *before: str) -> None:
    """Nothing, or nothing known, was pressed: put the question once more, or take the way without keys."""
    if nodes.is_node(s.call.menu):
        _on(s, nodes.no_more_keys(s, leg))
        return
    menu = _menu(s)
    s.call.round += 1
    if menu is None or s.call.round >= menu.rounds:
        _on(s, PERSON if menu is None else menu.otherwise)
    else:
        _ask(s, leg, *before)


def wait_for_key(s: Step) -> None:
    """The question was put."""
    menu = _menu(s)
    if nodes.is_node(s.call.menu):
        nodes.wait_for_key(s)
    else:
        s.later("keys", menu.seconds if menu is not None else 1)


def said(s: Step) -> None:
    """A node has said what it had to say."""
    if s.call.state == IVR:
        _on(s, nodes.said(s))


def found(s: Step, event: Found) -> None:
    """The database has answered, or cannot; nothing if nobody waits for it any more."""
    if nodes.asked(s, event):
        _on(s, nodes.found(s, event))


def no_answer_yet(s: Step) -> None:
    """The database takes its time."""
    leg = s.call.first(CITIZEN)
    if leg is not None and s.call.state == IVR:
        _on(s, nodes.impatient(s, leg))


def not_reached(s: Step) -> None:
    """Nobody answers at the outside number to which a caller was to be put through."""
    if s.call.state == IVR:
        _on(s, nodes.not_reached(s))


def leave_message(s: Step, leg: Leg, queue: str) -> None:
    """Ask for a message."""
    s.call.state, s.call.due = VOICEMAIL, {}
    s.call.queue = queue or s.call.queue
    if s.call.queued is None:
        s.call.queued = s.at
    s.say(leg, "voicemail", then="message")


def record_message(s: Step, leg: Leg) -> None:
    """After the beep."""
    s.call.recording, s.call.paused = s.new_id(MESSAGE), False  # what an agent left out ended with that talk
    s.do(do.Record(leg.id, s.call.recording, message=True))


def is_message(recording: str) -> bool:
    """Whether a recording is a message, and not of a conversation."""
    return recording.rpartition(".")[2].startswith(MESSAGE)


def message_left(s: Step, seconds: int | None) -> None:
    """The message is there, or too short to be one."""
    name, leg = s.call.recording, s.call.first(CITIZEN)
    s.call.recording = ""
    if seconds is None or seconds < LEAST_MESSAGE:
        if s.call.state != CLOSING:
            s.abandoned()
        return
    s.do(do.Keep(name, "voicemail", seconds, None))
    s.tell("VoicemailLeft", recording=name, queue=s.call.queue, seconds=seconds)
    s.call.outcome = LEFT_MESSAGE
    if leg is None or s.call.state == CLOSING:
        s.close(LEFT_MESSAGE)
    else:
        s.say(leg, "voicemail-saved", then="end")


def _on(s: Step, target: str | None) -> None:
    """On to somewhere else, in the midst of what is said."""
    if target is not None:
        s.hush()
        nodes.leave(s)
        go(s, target)


def _arrive_at(s: Step, leg: Leg, target: str) -> str | None:
    kind, _, name = target.partition(":")
    if kind == "node":
        return nodes.enter(s, leg, name)
    if kind == PERSON:
        return s.plan.entry(s.call.service).human
    if kind == "menu":
        s.call.state, s.call.menu, s.call.round = IVR, name, 0
        _ask(s, leg)
    elif kind == "queue":
        enqueue(s, leg, name)
    elif kind == "voicemail":
        leave_message(s, leg, name)
    elif kind == "pager":
        pagers.press(s, leg, name)
    else:
        s.call.state, s.call.outcome = ASKING, s.call.outcome or SERVED
        s.say(leg, "goodbye", then="end")
    return None


def _menu(s: Step) -> Menu | None:
    """The menu at which a call is; None when it is no longer in the plan."""
    return s.plan.menus.get(s.call.menu)


def _ask(s: Step, leg: Leg, *before: str) -> None:
    menu = _menu(s)
    if menu is None:
        enqueue(s, leg, s.plan.entry(s.call.service).queue)
    else:
        s.say(leg, *before, *menu.say, then="keys")
