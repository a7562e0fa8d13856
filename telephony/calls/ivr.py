"""Arrival, menus (语音菜单) and voicemail (语音留言)."""

from telephony.calls import effects as do
from telephony.calls import pagers
from telephony.calls.happenings import CameIn, Key
from telephony.calls.queueing import enqueue
from telephony.calls.step import Step
from telephony.calls.values import ASKING, BLOCKED, CITIZEN, CLOSING, IVR, LEFT_MESSAGE, SERVED, VOICEMAIL, Leg
from telephony.plan.values import HUMAN, Number

LEAST_MESSAGE = 2
"""Seconds; what is shorter is no message."""
MESSAGE = "m"
"""What the ids of messages begin with."""
CATCH_ALL = "*"
"""The plan's entry for numbers that it does not name."""


def arrive(s: Step, event: CameIn) -> None:
    """Answer, and go where the number leads."""
    call = s.call
    call.number, call.service = event.number, event.service
    number = _number(s)
    leg = Leg(event.channel, CITIZEN, s.at, number=event.number, up=s.at)
    call.legs[leg.id] = leg
    call.answered = s.at
    s.do(do.Answer(leg.id))
    if event.blocked and not number.emergency:
        call.state, call.outcome = ASKING, BLOCKED
        s.say(leg, "blocked", then="end")
    else:
        go(s, number.start)


def go(s: Step, target: str) -> None:
    """Go on where a target of the plan leads."""
    leg = s.call.first(CITIZEN)
    if leg is None:
        return
    kind, _, name = target.partition(":")
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


def key(s: Step, event: Key) -> None:
    """A key in a menu; 0 leads to a human whatever the menu says, unless it says something else."""
    menu = s.plan.menus[s.call.menu]
    leg = s.call.legs[event.leg]
    s.never("keys")
    if event.digit in menu.keys:
        s.hush()
        go(s, menu.keys[event.digit])
    elif event.digit == HUMAN:
        s.hush()
        go(s, _number(s).human)
    else:
        again(s, leg, "invalid")


def again(s: Step, leg: Leg, *before: str) -> None:
    """Nothing, or nothing known, was pressed: put the question once more, or take the way without keys."""
    menu = s.plan.menus[s.call.menu]
    s.call.round += 1
    if s.call.round >= menu.rounds:
        s.hush()
        go(s, menu.otherwise)
    else:
        _ask(s, leg, *before)


def wait_for_key(s: Step) -> None:
    """The question was put."""
    s.later("keys", s.plan.menus[s.call.menu].seconds)


def leave_message(s: Step, leg: Leg, queue: str) -> None:
    """Ask for a message."""
    s.call.state, s.call.due = VOICEMAIL, {}
    s.call.queue = queue or s.call.queue
    if s.call.queued is None:
        s.call.queued = s.at
    s.say(leg, "voicemail", then="message")


def record_message(s: Step, leg: Leg) -> None:
    """After the beep."""
    s.call.recording = s.new_id(MESSAGE)
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


def _ask(s: Step, leg: Leg, *before: str) -> None:
    s.say(leg, *before, *s.plan.menus[s.call.menu].say, then="keys")


def _number(s: Step) -> Number:
    return s.plan.number(s.call.service) or s.plan.numbers[CATCH_ALL]
