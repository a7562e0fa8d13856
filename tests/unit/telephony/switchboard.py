"""A model of the exchange and of the people at it, as arbitrary as they can be, and what must hold whatever they do."""

from collections import Counter
from datetime import timedelta
from random import Random

from engine.db import to_micros
from telephony.calls import effects as do
from telephony.calls import happenings as told
from telephony.calls import pagers
from telephony.calls.machine import ASKS
from telephony.calls.values import (
    AGENT,
    ALERT,
    ASKING,
    CITIZEN,
    CLICK,
    CLOSING,
    CONTACT,
    DEVICE,
    DIALLING,
    ENDED,
    INBOUND,
    IVR,
    LISTENER,
    NOTICE,
    OFFERING,
    OUTBOUND,
    PAGER,
    QUEUED,
    SURVEY,
    TALKING,
    THIRD,
    VOICEMAIL,
)
from tests.unit.telephony.line import CALL, CALLER, CHANNEL, CONTACTS, PLAN, QUESTIONS, Line, with_nodes

AGENTS = ("agent1", "agent2", "agent3", "expert1", "supervisor1", "supervisor2")
SERVICES = ("12345", "12333", "12366", "12376", "12377", "12377", "12377", "12388", "12399", "9500012", "9500013", "10000")
CAUSES = (16, 17, 19, 21, 34, None)
MODES = ("listen", "whisper", "barge")
ONCE = ("CallReceived", "CallEnded", "CallMissed", "VoicemailLeft", "SurveyAnswered", "SurveyFailed", "PagerConfirmed", "PagerExhausted")


class Switchboard:
    """One call on a model exchange; `walk` lets things happen, `end` has everybody hang up, `check` says what must hold."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        kind = self.chance.choice((INBOUND, INBOUND, INBOUND, INBOUND, CLICK, SURVEY, PAGER, OUTBOUND, NOTICE))
        self.line = Line(kind)
        self.story: list[object] = []
        self.coming: list[told.Happening] = []
        self.ringing: set[str] = set()
        self.up: set[str] = set()
        """Channels that were answered; a channel is in one of these two, or no more."""
        self.strays: set[str] = set()
        self.hanging: set[str] = set()
        """Legs that we asked to end."""
        self.taps: dict[str, str] = {}
        self.recording: dict[str, str] = {}
        self.rooms: dict[str, set[str]] = {}
        self.playing: set[str] = set()
        self.engaged: set[str] = set()
        self.lose = False
        self.rude = self.chance.choice((0.01, 0.05, 0.4))
        """How likely people hang up rather than press a key."""
        call = self.line.call
        if kind == INBOUND:
            service = self.chance.choice(SERVICES)
            if service.startswith("95"):
                call.facts = {"device": "pager-1", "contacts": [dict(each) for each in CONTACTS[: self.chance.randrange(3)]]}
            self.up.add(CHANNEL)
            self._does(told.CameIn(CHANNEL, CALLER, service, self.chance.random() < 0.05))
            return
        call.number = CALLER
        if kind == CLICK:
            call.agent, call.facts = "agent1", {"endpoint": "PJSIP/agent1"}
            self.engaged.add("agent1")
            if self.chance.random() < 0.3:
                self.up.add(CHANNEL)
                self._does(told.Dialled(CHANNEL))
                return
        elif kind == NOTICE:
            call.facts = {"prompt": "notice-emergency"}
            if self.chance.random() < 0.7:
                call.agent, call.facts["endpoint"] = "agent1", "PJSIP/agent1"
                self.engaged.add("agent1")
        elif kind == OUTBOUND:
            call.facts = self.chance.choice(({"queue": "general"}, {"questions": [dict(each) for each in QUESTIONS]}))
        elif kind == SURVEY:
            call.facts = {"questions": [dict(each) for each in QUESTIONS]}
        else:
            call.facts = {"device": "pager-1", "contacts": [dict(each) for each in CONTACTS[: self.chance.randrange(3)]]}
        self._does(told.Begun())

    # What happens

    def walk(self, steps: int) -> None:
        """So many things, as chance has it."""
        for _ in range(steps):
            if self.line.state == ENDED:
                return
            if self.chance.random() < 0.002:
                self.line.plan = with_nodes({}, menus={}, numbers={"*": PLAN.numbers["*"]})  # somebody changes the plan
            self.chance.choices((self._arrive, self._answer, self._person, self._ask, self._offer, self._wait), (8, 3, 2, 2, 3, 1))[0]()

    def end(self) -> None:
        """Everybody hangs up, and all the time there is passes; at times the exchange does not say that a leg has ended."""
        self.lose = self.chance.random() < 0.2
        for _ in range(200):
            for channel in sorted(self.up | self.ringing):
                self._die(channel, 16)
            while self.coming:
                self._arrive()
            if self.line.state == ENDED:
                break
            assert self.line.call.due or self.up | self.ringing, f"nothing will ever end it: {self}"
            self.line.now += timedelta(seconds=700)
            self._pass_time()
        self._over()

    def _arrive(self) -> None:
        if self.coming:
            event = self.coming.pop(self.chance.randrange(len(self.coming)) if self.chance.random() < 0.3 else 0)
            if self.chance.random() < 0.05:
                self.coming.append(event)
            self._does(event)

    def _answer(self) -> None:
        """Whoever rings answers, refuses, or goes on ringing."""
        legs = [leg for leg in sorted(self.ringing) if leg in self.line.call.legs]
        if legs:
            leg = self.chance.choice(legs)
            if self.chance.random() < 0.7:
                self.ringing.discard(leg)
                self.up.add(leg)
                self.coming.append(told.Up(leg, by_state=leg in self.rooms.get(self.line.call.bridge, ())))
            else:
                self._die(leg, self.chance.choice(CAUSES))

    def _person(self) -> None:
        """Somebody presses a key, or hangs up."""
        legs = sorted(channel for channel in self.up if channel in self.line.call.legs)
        if not legs:
            return
        leg = self.chance.choice(legs)
        what = self.chance.random()
        if what < self.rude:
            self._die(leg, 16)
        elif what < 0.9:
            self.coming.append(told.Key(leg, self.chance.choice("0123459#*")))
        else:
            self.coming.append(told.HoldKey(leg, self.chance.random() < 0.5))

    def _ask(self) -> None:
        kind = self.chance.choice(sorted(ASKS))
        by = self.chance.choice([*AGENTS, *(leg.who for leg in self.line.call.live(LISTENER) * 6 if leg.who)])
        if kind in ("supervise", "pick-up"):
            if by in self.engaged:
                return
            self._does(told.Asked(kind, by, {"endpoint": f"PJSIP/{by}", "mode": self.chance.choice(MODES)}))
        elif kind in ("consult", "conference", "transfer"):
            free = [agent for agent in AGENTS if agent not in self.engaged]
            who = self.chance.choice([*free, None])
            given = {"endpoint": "PJSIP/110@city", "number": "110"} if who is None else {"endpoint": f"PJSIP/{who}", "who": who}
            self._does(told.Asked(kind, by, given))
        elif kind not in ("hang-up", "pager-stop") or self.chance.random() < 0.2:
            self._does(told.Asked(kind, by, {"keys": "1"}))

    def _offer(self) -> None:
        free = [agent for agent in AGENTS if agent not in self.engaged]
        if self.line.state == QUEUED and free:
            agent = self.chance.choice(free)
            self.engaged.add(agent)
            self._does(told.Offered(agent, f"PJSIP/{agent}"))

    def _wait(self) -> None:
        due = sorted(self.line.call.due.values())
        if due:
            self.line.now += timedelta(microseconds=max(0, due[0] - to_micros(self.line.now)))
        self._pass_time()

    def _pass_time(self) -> None:
        now = to_micros(self.line.now)
        # as the worker does it: all that is due at one moment, though the first may have changed what is due
        for what in [what for what, moment in self.line.call.due.items() if moment <= now]:
            queued = what == "place" and self.line.call.queued is not None
            self._does(told.Place(self.chance.randrange(3)) if queued else told.Elapsed(what))
            assert self.line.call.due.get(what, now + 1) > now, f"{what} is due for ever, and the worker does nothing else: {self}"

    def _does(self, event: told.Happening) -> None:
        self.story.append(event)
        before = self.line.state
        self.line.does(event)
        self.story += [f"    {before} -> {self.line.state}", *(f"        {effect}" for effect in self.line.effects)]
        if before == ENDED:
            assert not self.line.effects
        for effect in self.line.effects:
            self._carry_out(effect)
        self._check()

    # What the exchange does

    def _carry_out(self, effect: do.Effect) -> None:
        names = [getattr(effect, name) for name in ("leg", "bridge", "playback", "tap", "channel") if hasattr(effect, name)]
        names += getattr(effect, "legs", ())
        assert all(name == CHANNEL or name.startswith(f"{CALL}.") for name in names), f"{effect} names what is not its own"
        if isinstance(effect, do.Ring | do.Make):
            assert effect.leg not in self.up | self.ringing, f"{effect}: the id is taken"
            self.ringing.add(effect.leg)
            chance = self.chance.random()
            if chance < 0.1:
                self._die(effect.leg, -1)
            elif chance < 0.15:
                self.strays.add(effect.leg)  # the exchange did not answer, and rings it all the same
                self.coming.append(told.Gone(effect.leg, -2))
            elif isinstance(effect, do.Make):
                self.coming.append(told.Ready(effect.leg))
        elif isinstance(effect, do.Hangup):
            self.hanging.add(effect.leg)
            if effect.leg in self.taps:
                self._end_tap(effect.leg)
            elif effect.leg in self.up | self.ringing:
                self._die(effect.leg, effect.cause)
            elif effect.leg in self.line.call.legs:
                self.coming.append(told.Gone(effect.leg))
        elif isinstance(effect, do.Query):
            self._answer_query(effect)
        elif isinstance(effect, do.Engage):
            self.engaged.add(effect.agent)
        elif isinstance(effect, do.Free):
            assert effect.agent in self.engaged, f"{effect.agent} is freed twice: {self}"
            self.engaged.discard(effect.agent)
        else:
            self._carry_out_media(effect)

    def _answer_query(self, effect: do.Query) -> None:
        """The database answers, in time or not, fails, answers nonsense, or dies."""
        answers: tuple[dict[str, object] | None, ...] = ({"days": 1}, {"days": 5}, {"days": 40}, {"days": "?"}, {"days": {}}, {}, None)
        if self.chance.random() < 0.9:
            self.coming.append(told.Found(effect.ticket, self.chance.choice(answers)))

    def _carry_out_media(self, effect: do.Effect) -> None:
        if isinstance(effect, do.Play):
            self.playing.add(effect.playback)
            self.coming.append(told.Played(effect.playback))
        elif isinstance(effect, do.StopPlaying):
            assert effect.playback in self.playing, f"{effect}: it never played"
        elif isinstance(effect, do.Open):
            self.rooms[effect.bridge] = set()
        elif isinstance(effect, do.Close):
            self.rooms.pop(effect.bridge, None)
        elif isinstance(effect, do.Join):
            assert effect.legs, "nobody is joined"
            self.rooms[effect.bridge] |= set(effect.legs)
        elif isinstance(effect, do.Part):
            if effect.bridge in self.rooms:
                self.rooms[effect.bridge] -= set(effect.legs)
        elif isinstance(effect, do.Tap):
            if effect.leg in self.up:
                self.taps[effect.tap] = effect.leg
                self.coming.append(told.Tapped(effect.tap))
        elif isinstance(effect, do.Record):
            self._record(effect)
        elif isinstance(effect, do.StopRecording):
            for channel in [channel for channel, name in self.recording.items() if name == effect.name]:
                self._end_recording(channel)

    def _record(self, effect: do.Record) -> None:
        if effect.name in self.recording.values():
            return  # refused, as it was asked for twice
        if effect.channel in self.up or effect.channel in self.taps:
            self.recording[effect.channel] = effect.name
            if effect.message and self.chance.random() < 0.5:
                self._end_recording(effect.channel)
        else:
            self.coming.append(told.Recorded(effect.name, None))

    def _end_recording(self, channel: str) -> None:
        name = self.recording.pop(channel, None)
        if name is not None:
            self.coming.append(told.Recorded(name, self.chance.choice((0, 1, 2, 30))))

    def _end_tap(self, tap: str) -> None:
        del self.taps[tap]
        self._end_recording(tap)

    def _die(self, channel: str, cause: int | None) -> None:
        self.up.discard(channel)
        self.ringing.discard(channel)
        for tap in [tap for tap, leg in self.taps.items() if leg == channel]:
            self._end_tap(tap)
        self._end_recording(channel)
        if not self.lose or self.chance.random() < 0.5 or self.line.state != CLOSING:
            self.coming.append(told.Gone(channel, cause))

    # What must hold

    def __str__(self) -> str:
        return "\n".join([str(each) for each in self.story[-60:]])

    def _check(self) -> None:
        call = self.line.call
        for leg in call.live():
            if leg.up is not None and leg.joined is None and leg.id not in self.hanging and call.state not in (CLOSING, ENDED):
                assert self._may_be_alone(leg.role, leg.id), f"a {leg.role} is forgotten in {call.state}: {self}"
        if call.state in (CLOSING, ENDED):
            return
        for leg in call.live(CITIZEN, DEVICE):
            if leg.id in self.up:
                assert self._goes_on(), f"nothing goes on in {call.state}: {self}"
                assert self._hears(leg.id), f"the caller hears nothing in {call.state}: {self}"
        joined = [leg for leg in call.live() if leg.joined is not None]
        alone = len(joined) == 1 and joined[0].role in (CITIZEN, DEVICE, CONTACT) and joined[0].id not in self.hanging
        assert not alone, f"a {joined[0].role} is alone in the bridge: {self}"
        if pagers.contacting(call):
            contact = call.legs[call.facts["leg"]]
            assert contact.live, f"contacts are called, and nobody is called: {self}"
            waits = contact.up is None or contact.id in self.hanging or call.then == "explained" or "confirm" in call.due
            assert waits, f"a contact who says nothing stays for ever: {self}"
        for message, often in Counter(each.message for each in self.line.all if isinstance(each, do.Tell)).items():
            assert message not in ONCE or often == 1, f"{message} was told {often} times: {self}"

    def _may_be_alone(self, role: str, leg: str) -> bool:
        call = self.line.call
        if role in (CITIZEN, DEVICE):
            return call.state != TALKING or call.held
        if role == CONTACT:
            return call.then == "explained" or "confirm" in call.due or call.state == ALERT
        if call.kind == NOTICE:
            return bool(call.playing)
        ear = call.ears.get(leg)
        return role == LISTENER and ear is not None and bool(ear.tap)

    def _goes_on(self) -> bool:
        """Whether something is on its way that will change the call, were all its people silent."""
        call = self.line.call
        if call.state == IVR:
            return bool(call.playing) or "keys" in call.due or "query" in call.due or "dial" in call.due
        if call.state == VOICEMAIL:
            return bool(call.playing or call.recording)
        if call.state == ASKING:
            return bool(call.playing) or "keys" in call.due
        if call.state == QUEUED:
            return "longest" in call.due
        if call.state == OFFERING:
            return any(leg.up is None for leg in call.live(AGENT)) and "longest" in call.due
        if call.state == TALKING:
            return bool(call.live(AGENT, THIRD, CONTACT))
        if call.state == ALERT:
            return bool(call.live(CONTACT)) or bool(call.playing)
        return call.state == DIALLING

    def _hears(self, leg: str) -> bool:
        call = self.line.call
        if call.state in (QUEUED, OFFERING, ALERT) or (call.state == TALKING and call.held):
            return bool(call.playing and call.then == "music") or call.music == leg or call.legs[leg].joined is not None
        return True

    def _over(self) -> None:
        call = self.line.call
        assert call.state == ENDED, f"it never ends: {self}"
        assert not call.live(), f"legs live on: {self}"
        assert not (self.up | self.ringing) - self.strays, f"channels live on: {self}"
        assert not self.taps, f"snoop channels live on: {self}"
        assert not self.recording, f"recordings run on: {self}"
        assert not self.rooms, f"bridges stay: {self}"
        assert not self.engaged, f"never freed: {self.engaged} {self}"
        messages = Counter(each.message for each in self.line.all if isinstance(each, do.Tell))
        assert messages["CallReceived"] == messages["CallEnded"], f"{messages} {self}"
        if call.kind == SURVEY:
            assert messages["SurveyAnswered"] + messages["SurveyFailed"] == 1, f"{messages} {self}"
        if call.facts.get("started") and call.facts.get("contacts"):
            said = messages["PagerConfirmed"] + messages["PagerExhausted"] + bool(call.facts.get("stopped"))
            assert said, f"an alert is forgotten: {self}"
        abandoned = call.outcome == "abandoned"
        assert messages["CallMissed"] == abandoned, f"{messages} {call.outcome}: {self}"
