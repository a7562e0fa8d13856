"""Two hundred calls of all kinds at once, with people who hang up in every state, refuse, ignore and command as chance has it; afterwards
all adds up."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, func, select

from engine.actor import Actor
from engine.db import tables
from engine.workitems.models import OPEN, WorkItem
from processes.contacts.models import MissedCall
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewContact, NewElder
from telephony.calls.models import PhoneCall, PhoneLeg, PhoneNotice
from telephony.calls.values import (
    ABANDONED,
    ALERT,
    ASKING,
    DIALLING,
    IVR,
    LISTENER,
    OFFERING,
    OUTBOUND,
    QUEUED,
    TALKING,
    THIRD,
    VOICEMAIL,
)
from telephony.calls.values import Call as Value
from telephony.campaigns import services as campaigns
from telephony.campaigns.models import CALLING, DONE, FAILED, WAITING, Target
from telephony.campaigns.services import NewCampaign
from telephony.commands import services as commands
from telephony.commands.models import PhoneCommand
from telephony.plan import services as plans
from telephony.seats import services as seats
from telephony.seats.models import BUSY, NOT_READY, READY, RESERVED, Seat, Stint
from telephony.worker import unserved
from telephony.worker.herald import Herald
from tests.fixtures.phones import Call, Policy, answers, rejects
from tests.telephony.hotline import Hotline

CALLS, AT_ONCE, MOST = 200, 14, 500
SEED = int(os.environ.get("CALLS_SEED", "20261122"))
AGENTS = tuple(f"desk{number}" for number in range(10))
LEADERS = ("leader1", "leader2")
"""Who listen to calls, and take them over."""
MEDICAL, POLICE = "9510012", "110"
CONTACTS = ("13900000001", "13900000002")
CALLERS = 60
"""Some call again, so that missed calls are merged; nobody twice at a time."""
KINDS = ("queue", "queue", "queue", "queue", "menu", "menu", "pager", "survey")
LONG = ("voicemail", "click", "click")
"""What may last ten seconds and more: none of the last calls that are planned is one of these."""
LISTS, LISTED = 6, 2
"""Outbound lists, every other one for agents, and the numbers of each."""
STATES = {IVR, QUEUED, OFFERING, TALKING, VOICEMAIL, DIALLING, ASKING, ALERT}
"""In each of which somebody hangs up."""
ASKED = {
    *("hold", "unhold", "consult", "conference", "transfer", "take-back", "join", "leave", "pause", "resume", "press", "hang-up"),
    *("pick-up", "supervise", "take-over", "force-out"),
}
"""What people may ask of a call, each of which is done."""
Wish = tuple[str, str, dict[str, Any], str]
"""What is wanted, by whom, how, and of which call."""
SLOW = answers(3.5, hang_up_after=1.0)
"""Whom a leader who calls waits for no longer."""
AN_INSTANT = timedelta(milliseconds=50)
"""Who looks at the clock first may commit second: a seat changed by its agent in the very moment of a call's end."""
QUICK = {"ring_seconds": 3, "wrap_seconds": 1, "place_seconds": 1, "most_seconds": 10}
OFTEN = ("CallAnswered", "TransferCompleted", "ThirdPartyAnswered")
"""Messages of a call that come as often as somebody is brought into it."""


class Crowd:
    """Everybody at once; seeded, though real telephones are never twice as quick."""

    def __init__(self, hotline: Hotline, seed: int) -> None:
        self.hotline, self.chance = hotline, Random(seed)
        self.calls: list[Call] = []
        self.hung_up: Counter[str] = Counter()
        """How often somebody hung up, by the state of the call."""

    def prepare(self) -> None:
        """Seats, an old woman with contacts, and a plan in which nothing takes long."""
        hotline = self.hotline
        hotline.change_plan(
            queues={"general": {"name": "12345", **QUICK}, "labour": {"name": "12333", **QUICK}, "emergency": {"name": "一键通", **QUICK}},
            numbers={"12366": {"name": "留言", "start": "voicemail:general", "human": "queue:general"}},
            menus={"labour": {"say": ["menu"], "keys": {"1": "queue:labour", "3": "voicemail:labour"}, "otherwise": "queue:labour"}},
        )
        for place, agent in enumerate(AGENTS):
            hotline.agent(agent, str(1001 + place), self.any_agent(), queues=("general", "labour", "emergency"))
        for place, leader in enumerate(LEADERS):
            hotline.agent(leader, str(1021 + place), answers(hang_up_after=2.5), queues=("none",))
        for number in (*CONTACTS, POLICE):
            hotline.phones.city.number(number, self.anybody("1", "2"))

    def any_agent(self) -> Policy:
        """Most answer and hang up sooner or later; some refuse, some do nothing for six seconds, twice as long as a queue rings."""
        one, two = self.chance.uniform(0.5, 3.0), self.chance.uniform(0.1, 0.6)
        ways = (answers(two, hang_up_after=one), answers(two), rejects(486), rejects(603, after=0.3), rejects(480, after=6.0))
        return lambda call: self.chance.choices(ways, (5, 5, 1, 1, 1))[0](call)

    def anybody(self, *keys: str) -> Policy:
        """Outside: answers and presses one of these keys, hangs up too soon, refuses, is not there."""
        ways = [answers(0.2, press=key, press_after=0.8, hang_up_after=self.chance.uniform(1.5, 3.0)) for key in keys]
        ways += [answers(0.1, hang_up_after=self.chance.uniform(0.2, 1.0)), rejects(486), rejects(404, after=0.2)]
        return lambda call: self.chance.choices(ways, (*(4 for _ in keys), 2, 1, 1))[0](call)

    def begin(self, number: int) -> None:
        """One more call."""
        kind = self.chance.choice(KINDS if CALLS - 50 <= number < CALLS else (*KINDS, *LONG))
        caller = f"1380000{number % CALLERS:04}"
        if kind in ("click", "survey"):
            slow = kind == "click" and self.chance.random() < 0.7
            self.hotline.phones.city.number(caller, SLOW if slow else self.anybody("12"))
            by = self.chance.choice(self.free(LEADERS if slow else AGENTS) or AGENTS) if kind == "click" else "system"
            given = {"number": caller, "case_no": f"case-{number}"}
            self.hotline.write(lambda session, now: commands.ask(session, Actor(by), kind, given, now))
            return
        dialled = {"queue": "12345", "menu": "12333", "voicemail": "12366", "pager": MEDICAL}[kind]
        call = self.hotline.calls(dialled, caller=self.line(number) if kind == "pager" else caller)
        if kind == "menu":
            call.later(self.chance.uniform(0.1, 1.0), lambda: call.press(self.chance.choice("0137")))
        elif kind == "voicemail":
            call.later(self.chance.uniform(6.0, 9.0), lambda: call.press("#"))
        longest = {"queue": 5.0, "menu": 5.0, "voicemail": 12.0, "pager": 6.0}[kind]
        call.later(self.chance.choice((self.chance.uniform(0.0, 0.4), self.chance.uniform(0.4, longest))), call.hangup)
        self.calls.append(call)

    def line(self, number: int) -> str:
        """One more device of the old woman's, on a line of its own."""
        people = [NewContact(role, "某人", phone) for role, phone in zip(("family", "liaison"), CONTACTS, strict=True)]
        line = f"0298555{number:04}"
        old = NewElder("王奶奶", "13900009999", f"pager-{number}", "幸福路 1 号", line=line, contacts=people)
        self.hotline.write(lambda session, now: elders.enrol(session, old, now))
        return line

    def begin_list(self, number: int) -> None:
        """One more outbound list."""
        numbers = tuple(f"1370000{number:02}{place:02}" for place in range(LISTED))
        for each in numbers:
            self.hotline.phones.city.number(each, self.anybody("12"))
        more: dict[str, Any] = {"queue": "general" if number % 2 else "", "from_minute": 0, "to_minute": 24 * 60, "most_tries": 1}

        def create(session: Any, now: datetime) -> None:
            new = NewCampaign("回访", numbers, now, now + timedelta(days=1), **more)
            campaigns.create(session, Actor("team_leader1"), new, plans.current(session), now)

        self.hotline.write(create)

    def underway(self) -> int:
        """How many calls there are."""
        with self.hotline.product.engine.read() as session:
            rows = session.scalar(select(func.count()).select_from(PhoneCall).where(PhoneCall.ended_at.is_(None))) or 0
            unasked = session.scalar(select(func.count()).select_from(PhoneCommand).where(PhoneCommand.done_at.is_(None))) or 0
        return max(rows, sum(call.state != "ended" for call in self.calls)) + unasked

    def lacks(self) -> bool:
        """Whether there is a state in which nobody has hung up yet, or something that nobody has done: on a slow machine fewer things
        fall into a call."""
        with self.hotline.product.engine.read() as session:
            done = set(session.scalars(select(PhoneCommand.kind).where(PhoneCommand.state == "done")))
        return not (done >= ASKED and set(self.hung_up) >= STATES)

    def listed(self) -> int:
        """How many numbers of lists are still to be called."""
        with self.hotline.product.engine.read() as session:
            return session.scalar(select(func.count()).select_from(Target).where(Target.state.in_((WAITING, CALLING)))) or 0

    def command(self) -> None:
        """Somebody wants something that is possible now, as far as one sees; the less often it was done, the rather."""
        with self.hotline.product.engine.read() as session:
            done = Counter(session.scalars(select(PhoneCommand.kind).where(PhoneCommand.state == "done")))
        agents, leaders = self.free(AGENTS), self.free(LEADERS)
        wishes = [wish for call in self.living() for wish in self.wishes(call, agents, leaders)]
        if wishes:
            kind, by, given, name = self.chance.choices(wishes, [(1 + done[wish[0]]) ** -2 for wish in wishes])[0]
            self.hotline.write(lambda session, now: commands.ask(session, Actor(by), kind, given, now, call_id=name))

    def free(self, among: Sequence[str]) -> Sequence[str]:
        """Who of them is free."""
        with self.hotline.product.engine.read() as session:
            return session.scalars(select(Seat.agent).where(Seat.state == READY, Seat.agent.in_(among))).all()

    def wishes(self, call: Value, agents: Sequence[str], leaders: Sequence[str]) -> Iterator[Wish]:
        """What somebody may want of a call, while these agents and leaders are free."""
        if agents and call.state in (QUEUED, OFFERING):
            yield "pick-up", self.chance.choice(agents), {}, call.id
        if call.state != TALKING:
            return
        third = call.first(THIRD)
        possible = ["hang-up", "leave", "force-out", "unhold" if call.held else "hold", "press"]
        possible += ["consult", "conference", "transfer"] if third is None else ["take-back", "join", "transfer"]
        possible += [] if not call.recording else ["resume" if call.paused else "pause"]
        to = self.chance.choice([POLICE, *(f"agent:{agent}" for agent in agents[:1])])
        given = {"keys": "1#", **({"to": to} if third is None else {})}
        yield from ((kind, call.agent or "admin", given, call.id) for kind in possible)
        yield from (("supervise", each, {"mode": self.chance.choice(("listen", "whisper", "barge"))}, call.id) for each in leaders)
        yield from (("take-over", str(leg.who), {}, call.id) for leg in call.live(LISTENER) if leg.up is not None)

    def living(self) -> list[Value]:
        """The calls as the worker has them."""
        return [held.call for held in list(self.hotline.worker.desk.calls.values())]

    def hangs_up(self, phone: Call) -> None:
        """Note the state of a telephone's call."""
        mine = (phone.me, f"PJSIP/{phone.me}")
        found = [call.state for call in self.living() if any(leg.number in mine or leg.endpoint in mine for leg in call.live())]
        if len(found) == 1:  # a contact may be in several
            self.hung_up[found[0]] += 1

    def everybody_ready(self) -> None:
        """Who refused, or did not answer, is ready again."""

        with self.hotline.product.engine.read() as session:
            away = session.scalars(select(Seat.agent).where(Seat.state == NOT_READY)).all()
        for agent in away:
            self.hotline.write(partial(self._ready, agent))

    def _ready(self, agent: str, session: Any, now: datetime) -> None:
        if seats.of(session, agent, hold=True).state == NOT_READY:
            seats.ready(session, Actor(agent), now)


Ends = dict[str, tuple[Value, list[Any]]]


@pytest.fixture
def ends(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> Ends:
    """Every call as it was when it ended, and what was on record of it then."""
    found: Ends = {}
    desk = hotline.worker.desk
    outlets = desk._outlets

    def note(call: Value) -> None:
        found[call.id] = call, record(hotline, call.id)
        outlets.ended(call)

    monkeypatch.setattr(desk, "_outlets", replace(outlets, ended=note))
    return found


def record(hotline: Hotline, call: str) -> list[Any]:
    """The rows of a call and of its legs, with every column (话单)."""
    calls, legs = tables(PhoneCall, PhoneLeg)
    with hotline.product.engine.read() as session:
        rows = session.execute(select(calls).where(calls.c.id == call)).all()
        return [*rows, *session.execute(select(legs).where(legs.c.call_id == call).order_by(legs.c.id)).all()]


@pytest.fixture
def crowd(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """A crowd that notes in which state of a call anybody hangs up."""
    found, hangup = Crowd(hotline, SEED), Call.hangup

    def noted(call: Call) -> None:
        if call.state != "ended":
            found.hangs_up(call)
        hangup(call)

    monkeypatch.setattr(Call, "hangup", noted)
    return found


def test_after_two_hundred_calls_nothing_is_left_and_everything_adds_up(hotline: Hotline, crowd: Crowd, ends: Ends) -> None:
    hotline.worker.herald.stop()  # what would be told stays to be counted
    crowd.prepare()
    begun = 0
    while begun < CALLS or crowd.listed() or (begun < MOST and crowd.lacks()):
        if (begun < CALLS or (begun < MOST and crowd.lacks())) and crowd.underway() < AT_ONCE:
            crowd.begin(begun)
            begun += 1
            if begun % 20 == 0 and begun <= LISTS * 20:
                crowd.begin_list(begun // 20)
        else:
            crowd.everybody_ready()
            with hotline.worker.changed:
                hotline.worker.changed.wait(0.1)
        if crowd.chance.random() < 0.5:
            crowd.command()
    hotline.phones.until(lambda: all(call.state == "ended" for call in crowd.calls), 30)
    hotline.until(lambda: crowd.underway() == 0 or None)
    hotline.worker._unserved.look()  # whoever was offered in vain and hung up is a missed call, a button's one that goes on
    with hotline.node.ari() as client:
        hotline.until(lambda: not unserved.names(client, hotline.worker.app) or None)
    hotline.until(lambda: crowd.underway() == 0 or None)
    hotline.nothing_is_left()
    assert set(crowd.hung_up) >= STATES, crowd.hung_up
    assert_commands_were_done(hotline)
    assert_seats_add_up(hotline)
    assert_calls_add_up(hotline, ends)
    assert_lists_add_up(hotline)
    assert_whoever_gave_up_is_called_back_once(hotline)
    assert {call: record(hotline, call) for call in ends} == {call: then for call, (_value, then) in ends.items()}
    rows = hotline.rows()
    assert {row.kind for row in rows} == {"inbound", "click", "survey", "pager", "outbound"}
    assert {"talked", "abandoned", "failed"} <= {
        row.outcome for row in rows
    }  # whether a message was long enough is a matter of milliseconds


def assert_commands_were_done(hotline: Hotline) -> None:
    """All is done or refused, and of every kind some was done."""
    with hotline.product.engine.read() as session:
        told = Counter((row.kind, row.state) for row in session.scalars(select(PhoneCommand)))
    assert {state for _kind, state in told} <= {"done", "refused"}
    assert {kind for kind, state in told if state == "done"} >= ASKED, told


def assert_lists_add_up(hotline: Hotline) -> None:
    """Every number of every list was called once, and something came of it."""
    with hotline.product.engine.read() as session:
        targets = session.scalars(select(Target)).all()
    assert len(targets) == LISTS * LISTED
    assert {(target.tries, target.state in (DONE, FAILED)) for target in targets} == {(1, True)}
    assert {target.call_id for target in targets} == {row.id for row in hotline.rows() if row.kind == OUTBOUND}


def assert_whoever_gave_up_is_called_back_once(hotline: Hotline) -> None:
    """Every abandoned call is a task, or merged into the one of its caller (T13): once the processes know of them."""
    gave_up = {row.id: row.number for row in hotline.rows() if row.outcome == ABANDONED}
    with hotline.product.engine.read() as session:
        others = select(PhoneNotice.id).where(PhoneNotice.message != "CallMissed")
        left = session.scalars(others).all()
    hotline.write(lambda session, now: session.execute(delete(PhoneNotice).where(PhoneNotice.id.in_(left))))
    Herald(hotline.product.engine, hotline.product.database, hotline.worker.node).tell_all()
    with hotline.product.engine.read() as session:
        tasks = session.scalars(select(WorkItem.business_key).where(WorkItem.element_id == "return_call", WorkItem.state == OPEN)).all()
        merged = {row.call_id: row.merged_into for row in session.scalars(select(MissedCall)) if row.merged_into is not None}
    assert sorted((*tasks, *merged)) == sorted(gave_up)
    assert {gave_up[call] for call in tasks} == set(gave_up.values())
    assert len(tasks) == len(set(gave_up.values())) < len(gave_up)
    assert all(gave_up[call] == gave_up[first] for call, first in merged.items())


def assert_seats_add_up(hotline: Hotline) -> None:
    """No seat has a call any more, and the stints of each follow one another from signing in until now."""
    with hotline.product.engine.read() as session:
        for seat in seats.signed_in(session):
            assert seat.state not in (RESERVED, BUSY), seat.agent
            stints = list(session.scalars(select(Stint).where(Stint.agent == seat.agent).order_by(Stint.id)))
            assert stints
            assert stints[-1].until == seat.since
            for before, after in pairwise(stints):
                assert before.until == after.since
                assert before.until - before.since > -AN_INSTANT
            shift = seat.since - stints[0].since
            assert sum(((each.until - each.since) for each in stints), shift * 0) == shift


def assert_calls_add_up(hotline: Hotline, ends: Ends) -> None:
    """Every leg is on record, and the processes are told of each call once, and of every one that was missed."""
    rows = hotline.rows()
    assert set(ends) == {row.id for row in rows}
    with hotline.product.engine.read() as session:
        legs = {leg.id: leg for leg in session.scalars(select(PhoneLeg))}
        told = [(row.message, orjson.loads(row.payload)["call_id"]) for row in session.scalars(select(PhoneNotice))]
    assert set(legs) == {leg for call, _record in ends.values() for leg in call.legs}
    assert all(leg.talked_ms >= 0 and leg.created_at <= leg.ended_at for leg in legs.values())
    twice = {key: often for key, often in Counter(told).items() if often > 1 and key[0] not in OFTEN}
    assert twice == {}
    of: defaultdict[str, set[str]] = defaultdict(set)
    for message, call in told:
        of[message].add(call)
    assert of["CallMissed"] == {row.id for row in rows if row.outcome == "abandoned"}
    assert of["CallReceived"] == of["CallEnded"]
    assert of["SurveyAnswered"] | of["SurveyFailed"] == {row.id for row in rows if row.kind == "survey"}
    assert not of["SurveyAnswered"] & of["SurveyFailed"]
    assert of["PagerPressed"] == {row.id for row in rows if row.kind == "pager"}
    assert of["PagerConfirmed"] | of["PagerExhausted"] == of["PagerPressed"]
