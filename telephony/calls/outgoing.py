"""Calls that we make: click-to-call (T18), the return-visit survey by keys (C24), notices that are said.

Whoever presses nothing, three times, was not reached: it may be an answering machine. `campaigns/services.py` says who is rung again."""

from collections.abc import Mapping, Sequence
from typing import Any

from telephony.calls import effects as do
from telephony.calls import pagers, queueing, talking
from telephony.calls.happenings import Dialled, Key
from telephony.calls.step import BUSY, NO_ANSWER, REFUSED, Step
from telephony.calls.values import AGENT, ALERT, ASKING, CITIZEN, CLICK, DIALLING, FAILED, NOTICE, PAGER, SERVED, SURVEY, Leg

AGENT_SECONDS, CITIZEN_SECONDS, KEY_SECONDS = 20, 40, 6
ROUNDS = 3
"""How often a question is put before we give up."""
TIMES = 2
"""How often a notice is said."""
REASONS = {BUSY: "busy", NO_ANSWER: "no-answer", 18: "no-answer", 16: "no-answer", REFUSED: "refused"}


def begin(s: Step) -> None:
    """Ring whoever comes first: the agent who wants to call or is to hear something, the citizen, or a pager's first contact."""
    call = s.call
    call.state = DIALLING
    if call.kind == PAGER:
        call.state = ALERT
        pagers.start(s)
    elif "endpoint" in call.facts:
        leg = s.leg(AGENT, endpoint=str(call.facts["endpoint"]), who=call.agent)
        s.ring(leg, AGENT_SECONDS, call.number or s.plan.shown)
    else:
        leg = s.leg(CITIZEN, endpoint=s.plan.endpoint(call.number), number=call.number)
        s.ring(leg, CITIZEN_SECONDS, s.plan.shown)


def dialled(s: Step, event: Dialled) -> None:
    """An agent has dialled: as click-to-call, with the agent there already."""
    leg = Leg(event.channel, AGENT, s.at, who=s.call.agent, up=s.at)
    s.call.legs[leg.id] = leg
    s.call.state = DIALLING
    s.do(do.Answer(leg.id))
    up(s, leg)


def up(s: Step, leg: Leg) -> None:
    """The agent is there: call the citizen, whose ringing the agent hears. The citizen is there: talk, or ask."""
    call = s.call
    if leg.who is not None:
        s.do(do.Engage(leg.who, "busy"))
    if call.kind == NOTICE:
        call.state, call.answered, call.outcome = ASKING, s.at, SERVED
        s.say(leg, *[call.facts["prompt"]] * TIMES, then="end")
    elif leg.role == AGENT:
        s.mix(leg)
        citizen = s.leg(CITIZEN, endpoint=s.plan.endpoint(call.number), number=call.number)
        s.do(do.Make(citizen.id, citizen.endpoint, leg.id))
    elif call.facts.get("queue"):
        call.answered = s.at
        queueing.enqueue(s, leg, call.facts["queue"])
    elif call.kind == CLICK:
        call.answered = s.at
        agent = s.call.first(AGENT)
        assert agent is not None, "without the agent the call is closed"
        talking.begin(s, leg, agent, recorded=True)
    else:
        call.state, call.answered = ASKING, s.at
        _ask(s, leg)


def ready(s: Step, leg: Leg) -> None:
    """The citizen's leg is there and can be rung; in the bridge already, so that the agent hears what the network says."""
    if leg.joined is not None:
        return
    s.mix(leg)
    s.do(do.DialLeg(leg.id, s.plan.shown, CITIZEN_SECONDS))


def key(s: Step, event: Key) -> None:
    """An answer."""
    call = s.call
    question, leg = _question(s), call.legs[event.leg]
    if question is None or call.facts.get("told"):
        return
    s.never("keys")
    answer = question["keys"].get(event.digit)
    if answer is None:
        again(s, leg)
        return
    call.facts.setdefault("answers", {})[question["name"]] = answer
    call.facts["asked"] = call.facts.get("asked", 0) + 1
    call.round = 0
    _ask(s, leg)


def wait_for_key(s: Step) -> None:
    """The question was put."""
    s.later("keys", KEY_SECONDS)


def again(s: Step, leg: Leg) -> None:
    """Nothing, or nothing known, was pressed."""
    s.call.round += 1
    if s.call.round >= ROUNDS:
        s.call.outcome = FAILED
        failed(s, "no-key")
        s.say(leg, "goodbye", then="end")
    else:
        _ask(s, leg)


def gone(s: Step, leg: Leg) -> None:
    """Somebody could not be reached, or hung up before the end."""
    if leg.up is None:
        failed(s, REASONS.get(leg.cause or 0, "failed"))
        s.close(FAILED)
    else:
        failed(s, "hung-up")
        s.close(s.call.outcome or FAILED)


def _ask(s: Step, leg: Leg) -> None:
    question = _question(s)
    if question is not None:
        s.say(leg, question["prompt"], then="keys")
        return
    call = s.call
    call.outcome = SERVED
    call.facts["told"] = True
    if call.kind == SURVEY:
        s.tell("SurveyAnswered", **call.facts.get("answers", {}))
    s.say(leg, "thanks", then="end")


def _question(s: Step) -> Mapping[str, Any] | None:
    questions: Sequence[Mapping[str, Any]] = s.call.facts.get("questions", ())
    asked = s.call.facts.get("asked", 0)
    return questions[asked] if asked < len(questions) else None


def failed(s: Step, reason: str) -> None:
    """A survey that is not answered says why, once."""
    if s.call.facts.get("told"):
        return
    s.call.facts.update(told=True, reason=reason)
    if s.call.kind == SURVEY:
        s.tell("SurveyFailed", reason=reason)
