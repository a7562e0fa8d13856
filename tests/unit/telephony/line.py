"""A call under test: what happens to it, step by step, and what it asked for; each step is checked to be pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from engine.db import to_micros
from telephony.calls import effects as do
from telephony.calls import happenings as told
from telephony.calls.machine import step
from telephony.calls.values import CITIZEN, CLICK, INBOUND, PAGER, SURVEY, THIRD, Call, Leg
from telephony.plan.nodes import Branch, Collect, Compute, Dial, Lookup, Node, Say, Spoken
from telephony.plan.values import Hours, Menu, Number, Plan, Queue

CALL = "c0123456789abcdef"
CHANNEL, CALLER = "in-1", "13900001111"
BEGIN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CONTACTS = (
    {"id": "1", "role": "family", "number": "13900000001"},
    {"id": "2", "role": "liaison", "number": "13900000002"},
)
QUESTIONS = (
    {"name": "handler_sat", "prompt": "satisfaction-handler", "keys": {"1": "satisfied", "2": "unsatisfied"}},
    {"name": "handling_sat", "prompt": "satisfaction-handling", "keys": {"1": "satisfied", "2": "unsatisfied"}},
)
PLAN = Plan(
    numbers={
        "12345": Number("hotline", "queue:general", "queue:general"),
        "12333": Number("labour", "menu:labour", "queue:labour"),
        "12366": Number("tax", "voicemail:general", "queue:general"),
        "12376": Number("another", "node:other", "queue:labour"),
        "12377": Number("progress", "node:start", "queue:labour"),
        "12388": Number("told off", "queue:closed", "queue:general"),
        "12399": Number("at night", "queue:night", "queue:general"),
        "95*2": Number("medical", "pager:direct", "queue:emergency", emergency=True, key="2"),
        "95*3": Number("service", "pager:centre", "queue:emergency", emergency=True, key="3"),
        "*": Number("any", "queue:general", "queue:general"),
    },
    menus={
        "labour": Menu(
            ("welcome", "menu"), {"1": "queue:labour", "3": "voicemail:labour", "9": "end", "4": "menu:labour"}, "queue:labour", 5, 2
        )
    },
    queues={
        "general": Queue("general"),
        "labour": Queue("labour", recorded=False),
        "emergency": Queue("emergency", ring_seconds=10, place_seconds=0),
        "night": Queue("night", hours="never"),
        "closed": Queue("closed", hours="never", closed="end"),
    },
    nodes={
        "start": Collect(("case-number",), "digits", "node:look_up", least=1, most=2, rounds=3),
        "look_up": Lookup("case_progress", {"digits": "digits", "code": "'1'", "caller": "caller"}, "case", "node:found", "node:count"),
        "found": Branch((("case['days'] > 9", "node:tell"), ("case['days'] < 3", "end")), "menu:labour"),
        "tell": Say(("case-open", Spoken("number", "case['days']"), "days"), "node:start"),
        "count": Compute({"wrong": "(value('wrong') or 0) + 1"}, "node:wrong"),
        "wrong": Branch((("wrong < 3", "node:start"), ("wrong == 3", "node:other")), "voicemail:general"),
        "other": Dial("12348", "node:count", 20),
    },
    hours={"always": Hours(always=True), "never": Hours()},
    shown="12345",
    outside="PJSIP/{number}@city",
    questions=QUESTIONS,
    is_open=lambda name, _moment: name == "always",
)
E = TypeVar("E", bound=do.Effect)


def with_nodes(nodes: Mapping[str, Node], **parts: Any) -> Plan:
    """The plan with other nodes; a call of 12377 begins at `start`."""
    return replace(PLAN, nodes=nodes, **parts)


class Line:
    """`line = Line().came_in(); line.offered(); line.up("agent")`; `line.one(do.Ring)` is what the last step asked for."""

    def __init__(self, kind: str = INBOUND, plan: Plan = PLAN, **parts: Any) -> None:
        self.plan, self.now = plan, BEGIN
        self.call = Call(CALL, kind, to_micros(BEGIN), **parts)
        self.effects: list[do.Effect] = []
        self.all: list[do.Effect] = []

    # What happens

    def does(self, happening: told.Happening) -> "Line":
        """One step."""
        before = self.call.text()
        after, self.effects = step(self.call, happening, self.plan, self.now)
        assert self.call.text() == before, f"{happening} changed the call that was given"
        assert Call.read(after.text()) == after
        self.call = after
        self.all += self.effects
        return self

    def came_in(self, service: str = "12345", *, blocked: bool = False, contacts: Sequence[Mapping[str, str]] = ()) -> "Line":
        """A citizen, or a pager, calls."""
        if service.startswith("95"):
            self.call.facts = {"device": "pager-1", "contacts": [dict(each) for each in contacts]}
        return self.does(told.CameIn(CHANNEL, CALLER, service, blocked))

    def begun(self) -> "Line":
        """A call of ours begins."""
        return self.does(told.Begun())

    def later(self, seconds: float) -> "Line":
        """Time passes, and nothing else."""
        self.now += timedelta(seconds=seconds)
        return self

    def elapsed(self, what: str) -> "Line":
        """What was due comes to pass, at its time."""
        self.now = max(self.now, BEGIN + timedelta(microseconds=self.call.due[what] - to_micros(BEGIN)))
        return self.does(told.Elapsed(what))

    def offered(self, agent: str = "agent1") -> "Line":
        """An agent was found."""
        return self.does(told.Offered(agent, f"PJSIP/{agent}"))

    def up(self, role: str) -> "Line":
        """The newest leg of a role is answered."""
        return self.does(told.Up(self.leg(role).id))

    def gone(self, role: str, cause: int | None = 16) -> "Line":
        """The newest leg of a role ends."""
        return self.does(told.Gone(self.leg(role).id, cause))

    def key(self, digit: str, role: str = CITIZEN) -> "Line":
        """A key is pressed."""
        return self.does(told.Key(self.leg(role).id, digit))

    def played(self) -> "Line":
        """The prompt is over."""
        return self.does(told.Played(self.call.playing))

    def recorded(self, seconds: int | None) -> "Line":
        """The recording is over."""
        return self.does(told.Recorded(self.call.recording, seconds))

    def asked(self, kind: str, by: str = "agent1", **given: Any) -> "Line":
        """Somebody asks for something."""
        return self.does(told.Asked(kind, by, given))

    # Ways that many tests go first

    def talking(self, service: str = "12345") -> "Line":
        """A citizen and `agent1` talk."""
        self.came_in(service).offered().up("agent")
        return self.does(told.Tapped(self.call.tap)) if self.call.tap else self

    def consulting(self, who: str | None = "expert1") -> "Line":
        """They do, and the agent asks somebody, who has answered; None is somebody outside."""
        self.talking().third("consult", who)
        return self.up(THIRD)

    def third(self, kind: str, who: str | None = "expert1") -> "Line":
        """`consult`, `conference` or `transfer` to a colleague, or to an outside number."""
        if who is None:
            return self.asked(kind, endpoint="PJSIP/110@city", number="110")
        return self.asked(kind, endpoint=f"PJSIP/{who}", who=who)

    # What there is

    @property
    def state(self) -> str:
        """Of the call."""
        return self.call.state

    def leg(self, role: str) -> Leg:
        """The newest leg of a role."""
        return [leg for leg in self.call.legs.values() if leg.role == role][-1]

    def of(self, kind: type[E]) -> list[E]:
        """What the last step asked for, of one kind."""
        return [each for each in self.effects if isinstance(each, kind)]

    def one(self, kind: type[E]) -> E:
        """The only one of them."""
        (found,) = self.of(kind)
        return found

    def heard(self) -> tuple[str, ...]:
        """The prompts that the last step began."""
        return self.one(do.Play).prompts

    def told(self, message: str) -> list[Mapping[str, Any]]:
        """What the processes were told so far under this name."""
        return [each.payload for each in self.all if isinstance(each, do.Tell) and each.message == message]

    def hung_up(self) -> set[str]:
        """The roles of the legs that the last step ended."""
        return {self.call.legs[each.leg].role for each in self.of(do.Hangup) if each.leg in self.call.legs}


def survey() -> Line:
    """A citizen is asked for an opinion."""
    return Line(SURVEY, number=CALLER, facts={"questions": [dict(each) for each in QUESTIONS]}).begun()


def click() -> Line:
    """An agent calls a citizen."""
    return Line(CLICK, number=CALLER, agent="agent1", facts={"endpoint": "PJSIP/agent1"}).begun()


def alert() -> Line:
    """Contacts are called without a call of the device."""
    return Line(PAGER, facts={"device": "pager-1", "contacts": [dict(each) for each in CONTACTS]}).begun()


def pager(service: str = "9500012") -> Line:
    """A device whose old woman has two contacts."""
    return Line().came_in(service, contacts=CONTACTS)
