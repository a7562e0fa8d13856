"""One step of a call: the verbs of which every feature is made. Each changes the call at hand and notes what follows from it."""

from datetime import datetime

from engine.db import to_micros
from telephony.calls import effects as do
from telephony.calls.effects import Effect
from telephony.calls.values import (
    ABANDONED,
    AGENT,
    CITIZEN,
    CLOSING,
    ENDED,
    LISTENER,
    OFFERING,
    QUEUED,
    TALKED,
    THIRD,
    Call,
    Leg,
)
from telephony.plan.values import Plan

SECOND = 1_000_000
LAST_WAIT = 10
"""Seconds that legs and recordings have to end after a call was closed."""
BUSY, NO_ANSWER, REFUSED, UNDIALLED, NO_EXCHANGE = 17, 19, 21, -1, -2
NOT_ANSWERED = {BUSY: "refused", REFUSED: "refused", 18: "no-answer", NO_ANSWER: "no-answer", 16: "no-answer"}
"""Why an agent did not take a call, by Q.850; any other cause means that the telephone could not be reached."""


class Step:
    """A call that is being changed, and the effects so far."""

    def __init__(self, call: Call, plan: Plan, now: datetime) -> None:
        self.call, self.plan, self.now = call.copy(), plan, now
        self.at = to_micros(now)
        self.effects: list[Effect] = []

    def do(self, *effects: Effect) -> None:
        """Note what follows."""
        self.effects.extend(effects)

    def new_id(self, kind: str = "") -> str:
        """An id of this call's own: who sees it knows the call."""
        self.call.made += 1
        return f"{self.call.id}.{kind}{self.call.made}"

    # Time

    def later(self, what: str, seconds: float) -> None:
        """Have `Elapsed(what)` happen unless something takes it back."""
        self.call.due[what] = self.at + round(seconds * SECOND)

    def never(self, *what: str) -> None:
        """Take it back."""
        for each in what:
            self.call.due.pop(each, None)

    # What a leg hears

    def say(self, leg: Leg, *prompts: str, then: str = "") -> None:
        """Play prompts; `then` names what follows (`calls/machine.py`)."""
        self.hush()
        self.quiet(leg)
        self.call.playing, self.call.then = self.new_id("p"), then
        self.do(do.Play(leg.id, self.call.playing, prompts))

    def hush(self) -> None:
        """Stop the prompt: while it plays the exchange neither bridges nor answers."""
        if self.call.playing:
            self.do(do.StopPlaying(self.call.playing))
            self.call.playing = self.call.then = ""

    def music(self, leg: Leg) -> None:
        """Let a leg wait with music."""
        if self.call.music != leg.id:
            self.call.music = leg.id
            self.do(do.Music(leg.id, on=True))

    def quiet(self, leg: Leg) -> None:
        """No music any more."""
        if self.call.music == leg.id:
            self.call.music = ""
            self.do(do.Music(leg.id, on=False))

    # Legs

    def leg(self, role: str, *, endpoint: str = "", number: str = "", who: str | None = None) -> Leg:
        """A new leg of ours."""
        leg = Leg(self.new_id(), role, self.at, endpoint, number, who)
        self.call.legs[leg.id] = leg
        return leg

    def ring(self, leg: Leg, seconds: int, caller: str) -> None:
        """Ring it."""
        self.do(do.Ring(leg.id, leg.endpoint, seconds, caller))

    def mix(self, *legs: Leg) -> None:
        """Let them hear each other, and whoever is in the bridge already."""
        if not self.call.bridge:
            self.call.bridge = self.new_id("b")
            self.do(do.Open(self.call.bridge))
        for leg in legs:
            self.quiet(leg)
            leg.joined = self.at
        if legs:
            self.do(do.Join(self.call.bridge, tuple(leg.id for leg in legs)))

    def part(self, leg: Leg) -> None:
        """Take a leg out of the bridge."""
        if leg.joined is not None:
            self._count(leg)
            self.do(do.Part(self.call.bridge, (leg.id,)))

    def hang_up(self, leg: Leg, cause: int | None = None) -> None:
        """End a leg; `Gone` follows."""
        self.do(do.Hangup(leg.id, cause))

    def gone(self, leg: Leg, cause: int | None) -> None:
        """A leg has ended: its times, and its agent's freedom."""
        self._count(leg)
        leg.ended = self.at
        leg.cause = cause if leg.cause is None else leg.cause
        if self.call.music == leg.id:
            self.call.music = ""
        if leg.role in (AGENT, THIRD) and leg.who:
            self.free(leg)
        elif leg.role == LISTENER and leg.who:
            self.do(do.Free(leg.who, talked=False))  # nothing to write up, and no fault not to answer

    def free(self, leg: Leg) -> None:
        """The leg's agent is done with this call."""
        reason = ""
        caller_waits = self.call.state in (QUEUED, OFFERING) and self.call.first(CITIZEN) is not None
        if leg.up is None and caller_waits and leg.cause != NO_EXCHANGE:  # for the exchange's fault nobody is set busy
            reason = NOT_ANSWERED.get(leg.cause or 0, "unreachable")
        assert leg.who is not None
        self.do(do.Free(leg.who, leg.up is not None, reason))

    # The end

    def close(self, outcome: str) -> None:
        """Hang up whoever is left; the call has ended once nobody is."""
        call = self.call
        if call.state in (CLOSING, ENDED):
            return
        call.state, call.outcome, call.due = CLOSING, outcome, {}
        call.playing = call.then = ""
        for leg in call.live():
            self.hang_up(leg)
        self.later("closing", LAST_WAIT)

    def settle(self) -> None:
        """Finish a closed call of which nothing is left."""
        if self.call.state == CLOSING and not self.call.live() and not self.call.recording:
            self.finish()

    def finish(self) -> None:
        """The end: nothing of it is left on the exchange, and the processes know."""
        call = self.call
        call.state, call.ended, call.due = ENDED, self.at, {}
        if call.bridge:
            self.do(do.Close(call.bridge))
        if call.tap:
            self.do(do.Hangup(call.tap))
        if call.facts.get("received"):
            seconds = self.talk_seconds()
            self.tell("CallEnded", agent=call.agent, outcome=call.outcome, talk_seconds=seconds)

    def talk_seconds(self) -> int:
        """For how long people spoke with the citizen."""
        return sum(leg.talked for leg in self.call.legs.values() if leg.role == CITIZEN) // SECOND

    def abandoned(self) -> None:
        """The caller gave up while waiting, or left no word: somebody must call back (未接来电)."""
        self.tell("CallMissed", queue=self.call.queue)
        self.close(ABANDONED)

    def over(self) -> None:
        """The conversation is over."""
        self.close(TALKED)

    def tell(self, message: str, /, **payload: object) -> None:
        """Tell the processes; the call's id goes with every message, whatever the names in the plan's survey are."""
        self.do(do.Tell(message, {**payload, "call_id": self.call.id}))

    def _count(self, leg: Leg) -> None:
        if leg.joined is not None:
            leg.talked += self.at - leg.joined
            leg.joined = None
