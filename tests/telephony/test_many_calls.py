"""Two hundred calls of all kinds at once, with people who hang up, refuse, ignore and command as chance has it; afterwards all adds up."""

import os
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from engine.actor import Actor
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewContact, NewElder
from telephony.calls.models import PhoneCall, PhoneLeg, PhoneNotice
from telephony.calls.values import Call as Value
from telephony.commands import services as commands
from telephony.commands.models import PhoneCommand
from telephony.seats import services as seats
from telephony.seats.models import BUSY, NOT_READY, RESERVED, Stint
from tests.fixtures.phones import Call, Policy, answers, ignores, rejects
from tests.telephony.hotline import Hotline

CALLS, AT_ONCE = 200, 14
SEED = int(os.environ.get("CALLS_SEED", "20261122"))
AGENTS = tuple(f"desk{number}" for number in range(10))
LINE, MEDICAL, POLICE = "02985550101", "9510012", "110"
CONTACTS = ("13900000001", "13900000002")
KINDS = ("queue", "queue", "queue", "menu", "voicemail", "pager", "click", "survey")
ASKED = ("hold", "unhold", "consult", "consult", "transfer", "transfer", "join", "take-back", "force-out", "leave", "hang-up", "supervise")
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
        self.asked: list[str] = []
        """The ids of calls that we asked for."""

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
        people = [NewContact(role, "某人", number) for role, number in zip(("family", "liaison"), CONTACTS, strict=True)]
        old = NewElder("王奶奶", "13900009999", "pager-1", "幸福路 1 号", line=LINE, contacts=people)
        hotline.write(lambda session, now: elders.enrol(session, old, now))
        for number in (*CONTACTS, POLICE):
            hotline.phones.city.number(number, self.anybody("1", "2"))

    def any_agent(self) -> Policy:
        """Most answer and hang up sooner or later; some refuse, some do nothing."""
        one, two, three = self.chance.uniform(0.5, 3.0), self.chance.uniform(0.1, 0.6), ignores()
        ways = (answers(two, hang_up_after=one), answers(two), rejects(486), rejects(603, after=0.3), three)
        return lambda call: self.chance.choices(ways, (5, 5, 1, 1, 1))[0](call)

    def anybody(self, *keys: str) -> Policy:
        """Outside: answers and presses one of these keys, hangs up too soon, refuses, is not there."""
        ways = [answers(0.2, press=key, press_after=0.8, hang_up_after=self.chance.uniform(1.5, 3.0)) for key in keys]
        ways += [answers(0.1, hang_up_after=self.chance.uniform(0.2, 1.0)), rejects(486), rejects(404, after=0.2)]
        return lambda call: self.chance.choices(ways, (*(4 for _ in keys), 2, 1, 1))[0](call)

    def begin(self, number: int) -> None:
        """One more call."""
        kind, caller = self.chance.choice(KINDS), f"1380000{number:04}"
        if kind in ("click", "survey"):
            self.hotline.phones.city.number(caller, self.anybody("12"))
            by = self.chance.choice(AGENTS) if kind == "click" else "system"
            row = self.hotline.write(
                lambda session, now: commands.ask(session, Actor(by), kind, {"number": caller, "case_no": f"case-{number}"}, now).call_id
            )
            self.asked.append(row)
            return
        dialled = {"queue": "12345", "menu": "12333", "voicemail": "12366", "pager": MEDICAL}[kind]
        call = self.hotline.calls(dialled, caller=LINE if kind == "pager" else caller)
        if kind == "menu":
            call.later(self.chance.uniform(0.1, 1.0), lambda: call.press(self.chance.choice("0137")))
        elif kind == "voicemail":
            call.later(self.chance.uniform(6.0, 9.0), lambda: call.press("#"))
        longest = {"queue": 5.0, "menu": 5.0, "voicemail": 12.0, "pager": 6.0}[kind]
        call.later(self.chance.choice((self.chance.uniform(0.0, 0.4), self.chance.uniform(0.4, longest))), call.hangup)
        self.calls.append(call)

    def underway(self) -> int:
        """How many calls there are."""
        with self.hotline.product.engine.read() as session:
            rows = session.scalar(select(func.count()).select_from(PhoneCall).where(PhoneCall.ended_at.is_(None))) or 0
            unasked = session.scalar(select(func.count()).select_from(PhoneCommand).where(PhoneCommand.done_at.is_(None))) or 0
        return max(rows, sum(call.state != "ended" for call in self.calls)) + unasked

    def command(self) -> None:
        """Somebody wants something of a call in which people talk."""
        with self.hotline.product.engine.read() as session:
            talking = list(session.execute(select(PhoneCall.id, PhoneCall.agent).where(PhoneCall.state == "talking")))
        if not talking:
            return
        call, agent = self.chance.choice(talking)
        kind = self.chance.choice(ASKED)
        given: dict[str, Any] = {}
        if kind in ("consult", "transfer"):
            given["to"] = self.chance.choice((POLICE, f"agent:{self.chance.choice(AGENTS)}"))
        if kind == "supervise":
            agent, given["mode"] = self.chance.choice(AGENTS), self.chance.choice(("listen", "whisper", "barge"))
        self.hotline.write(lambda session, now: commands.ask(session, Actor(agent or "admin"), kind, given, now, call_id=call))

    def everybody_ready(self) -> None:
        """Who refused, or did not answer, is ready again."""

        def change(session: Any, now: Any) -> None:
            for seat in seats.signed_in(session):
                if seat.state == NOT_READY:
                    seats.ready(session, Actor(seat.agent), now)

        self.hotline.write(change)


@pytest.fixture
def ends(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> dict[str, Value]:
    """Every call as it was when it ended."""
    found: dict[str, Value] = {}
    desk = hotline.worker.desk
    outlets = desk._outlets

    def note(call: Value) -> None:
        found[call.id] = call
        outlets.ended(call)

    monkeypatch.setattr(desk, "_outlets", replace(outlets, ended=note))
    return found


def test_after_two_hundred_calls_nothing_is_left_and_everything_adds_up(hotline: Hotline, ends: dict[str, Value]) -> None:
    hotline.worker.herald.stop()  # what would be told stays to be counted
    crowd = Crowd(hotline, SEED)
    crowd.prepare()
    begun = 0
    while begun < CALLS:
        if crowd.underway() < AT_ONCE:
            crowd.begin(begun)
            begun += 1
            if crowd.chance.random() < 0.5:
                crowd.command()
            continue
        crowd.everybody_ready()
        with hotline.worker.changed:
            hotline.worker.changed.wait(0.1)
    hotline.phones.until(lambda: all(call.state == "ended" for call in crowd.calls))
    hotline.until(lambda: crowd.underway() == 0 or None)
    hotline.nothing_is_left()
    assert_seats_add_up(hotline)
    assert_calls_add_up(hotline, ends)
    rows = hotline.rows()
    assert {row.kind for row in rows} == {"inbound", "click", "survey", "pager"}
    assert {"talked", "abandoned", "failed"} <= {
        row.outcome for row in rows
    }  # whether a message was long enough is a matter of milliseconds


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


def assert_calls_add_up(hotline: Hotline, ends: dict[str, Value]) -> None:
    """Every leg is on record, and the processes are told of each call once, and of every one that was missed."""
    rows = hotline.rows()
    assert set(ends) == {row.id for row in rows}
    with hotline.product.engine.read() as session:
        legs = {leg.id: leg for leg in session.scalars(select(PhoneLeg))}
        told = [(row.message, orjson.loads(row.payload)["call_id"]) for row in session.scalars(select(PhoneNotice))]
    assert set(legs) == {leg for call in ends.values() for leg in call.legs}
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
