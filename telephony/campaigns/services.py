"""Making a list, calling whoever is due within the window, trying again, writing down what came of it.

A list for a queue has reached whoever talked with an agent; a survey whoever answered a question at least: who hangs up then, or
presses nothing any more, is not rung again. Silence from the first question on may be an answering machine, and is tried again as
an engaged line is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from engine.actor import SYSTEM, Actor
from engine.errors import Conflict, Invalid, NotFound
from forms.phones import normalise, tidy
from processes.deadlines.zone import LOCAL
from processes.registry.audit import services as audit
from processes.registry.citizens.models import OptOut
from processes.registry.citizens.services import phone_index
from telephony.blacklist import services as blacklist
from telephony.calls.models import PhoneCall
from telephony.calls.values import FAILED as NOT_CALLED
from telephony.calls.values import OFFERING, SERVED, TALKED, Call
from telephony.campaigns.models import CALLING, DONE, FAILED, OVER, PAUSED, RUNNING, SKIPPED, WAITING, Campaign, Target
from telephony.commands import services as commands
from telephony.plan.values import Plan
from telephony.seats.models import READY, Seat

MOST = 10_000
"""Numbers of one list."""
NEWEST = 100
"""Lists that are shown."""
NAMED = 5
"""Wrong numbers that a message names; the rest are left to the next try."""
_BOUNDS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
DO_NOT_CALL = "do-not-call"
"""Why somebody is skipped: 退订, or 黑名单."""
FACT = "target"
"""Where a call of a list keeps its number's row."""
LOOKED = 100
"""Numbers of one list after which a look ends: when most of them want no calls by now, the next look goes on."""


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """A list as asked for. Moments are aware; minutes are after midnight, Beijing time."""

    name: str
    numbers: tuple[str, ...]
    opens_at: datetime
    closes_at: datetime
    queue: str = ""
    from_minute: int = 9 * 60
    to_minute: int = 18 * 60
    most_tries: int = 3
    pause_minutes: int = 60
    at_once: int = 5


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a list is, in numbers of people (进度)."""

    total: int = 0
    called: int = 0
    """Tried at least once."""
    answered: int = 0
    failed: int = 0
    skipped: int = 0
    calling: int = 0
    waiting: int = 0

    @property
    def left(self) -> int:
        """Of whom nothing has come yet: those who are being called, too."""
        return self.waiting + self.calling

    @property
    def by_state(self) -> dict[str, int]:
        """The numbers of each state that there is."""
        states = {WAITING: self.waiting, CALLING: self.calling, DONE: self.answered, FAILED: self.failed, SKIPPED: self.skipped}
        return {state: number for state, number in states.items() if number}


def create(session: Session, actor: Actor, new: NewCampaign, plan: Plan, now: datetime) -> Campaign:
    """Make a list; it runs as soon as its window opens. Numbers that want no calls are skipped. Raises `Invalid` naming each field."""
    errors = mistakes(new, plan)
    if errors:
        raise Invalid(errors=errors)
    row = Campaign(
        name=new.name.strip(),
        queue=new.queue,
        opens_at=new.opens_at,
        closes_at=new.closes_at,
        from_minute=new.from_minute,
        to_minute=new.to_minute,
        most_tries=new.most_tries,
        pause_minutes=new.pause_minutes,
        at_once=new.at_once,
        state=RUNNING,
        by=actor.id,
        at=now,
    )
    session.add(row)
    session.flush()
    indexes = {phone_index(number): number for number in new.numbers}
    unwanted = _unwanted(session, indexes, now)
    for index, number in indexes.items():
        skipped = index in unwanted
        session.add(
            Target(
                campaign_id=row.id,
                number=tidy(number),
                number_index=index,
                state=SKIPPED if skipped else WAITING,
                tries=0,
                next_at=new.opens_at,
                call_id="",
                result=DO_NOT_CALL if skipped else "",
            )
        )
    session.flush()
    audit.record(session, actor, "campaign.created", _named(row), {"numbers": len(indexes)})
    return row


def mistakes(new: NewCampaign, plan: Plan) -> dict[str, str]:
    """What is wrong with a list as asked for, by field."""
    return dict(_errors(new, plan))


def wrong_places(numbers: Iterable[str]) -> list[int]:
    """The places, counted from 1, of what is no telephone number."""
    return [place for place, number in enumerate(numbers, start=1) if normalise(number) is None]


def switch(session: Session, actor: Actor, campaign_id: int, *, on: bool) -> Campaign:
    """Let a list run on, or pause it; calls under way go on. Raises `NotFound`, `Conflict` when it is over."""
    row = _live(session, campaign_id)
    row.state = RUNNING if on else PAUSED
    audit.record(session, actor, "campaign.run" if on else "campaign.paused", _named(row))
    return row


def end(session: Session, actor: Actor, campaign_id: int) -> Campaign:
    """End a list now: who waits is called no more, calls under way go on. Raises `NotFound`, `Conflict` when it is over."""
    row = _live(session, campaign_id)
    _end(session, row, "ended")
    audit.record(session, actor, "campaign.ended", _named(row))
    return row


def newest(session: Session) -> Sequence[Campaign]:
    """The newest lists first."""
    return session.scalars(select(Campaign).order_by(Campaign.id.desc()).limit(NEWEST)).all()


def targets(session: Session, campaign_id: int, after: int, most: int) -> Sequence[Target]:
    """The numbers of a list in their order, those behind a row's id. Raises `NotFound`."""
    if session.get(Campaign, campaign_id) is None:
        raise NotFound
    found = select(Target).where(Target.campaign_id == campaign_id, Target.id > after)
    return session.scalars(found.order_by(Target.id).limit(most)).all()


def progress(session: Session, campaigns: Sequence[int]) -> dict[int, Progress]:
    """How far lists are, by their ids, counted in one go."""
    tried = func.sum(case((Target.tries > 0, 1), else_=0))
    counted = select(Target.campaign_id, Target.state, func.count(), tried).where(Target.campaign_id.in_(campaigns))
    found: dict[int, dict[str, int]] = {each: {} for each in campaigns}
    for campaign, state, numbers, called in session.execute(counted.group_by(Target.campaign_id, Target.state)):
        found[campaign][state] = numbers
        found[campaign]["called"] = found[campaign].get("called", 0) + int(called)
    return {campaign: _progress(counts) for campaign, counts in found.items()}


def call_due(session: Session, plan: Plan, now: datetime) -> int:
    """Have the numbers called that are due, as many at once as their lists allow and agents are free; how many."""
    running = select(Campaign).where(Campaign.state == RUNNING, Campaign.opens_at <= now).with_for_update(skip_locked=True)
    called = 0
    for row in session.scalars(running).all():
        if now >= row.closes_at:
            _end(session, row, "window-over")
        elif _within_day(row, now):
            called += _call(session, row, plan, now)
    return called


def calls_now(session: Session, call_id: str, now: datetime) -> bool:
    """Whether a call that a list has asked for may still begin: its window is not over, and nobody has paused or ended it meanwhile."""
    row = session.scalar(select(Campaign).join(Target, Target.campaign_id == Campaign.id).where(Target.call_id == call_id))
    return row is None or (row.state == RUNNING and now < row.closes_at and _within_day(row, now))


def finished(session: Session, call: Call, now: datetime) -> None:
    """A call of a list is over: done, to be tried again, or given up."""
    target = session.get(Target, call.facts.get(FACT, 0))
    if target is None:
        return
    row = session.get_one(Campaign, target.campaign_id)
    answers = call.facts.get("answers")
    talked = call.outcome == TALKED or call.talking is not None  # whatever became of them after that
    reached = talked if row.queue else call.outcome == SERVED
    if reached or answers:
        target.state, target.result = DONE, orjson.dumps(answers).decode() if answers else call.outcome
    else:
        _not_reached(row, target, call.facts.get("reason", call.outcome), now)
    _end_if_done(session, row)


def never_begun(session: Session, call_id: str, now: datetime, *, tried: bool) -> None:
    """The call of a list's number could not be begun, or (not `tried`) was asked for too long ago: then it counts as no try."""
    target = session.scalar(select(Target).where(Target.call_id == call_id, Target.state == CALLING))
    if target is None:
        return
    row = session.get_one(Campaign, target.campaign_id)
    if tried or row.state == OVER:
        _not_reached(row, target, NOT_CALLED, now)
    else:
        target.state, target.tries, target.next_at = WAITING, target.tries - 1, now
    _end_if_done(session, row)


def facts(row: Campaign, target: Target, plan: Plan) -> Mapping[str, object]:
    """What a call to a number needs to know."""
    asked = {} if row.queue else {"questions": [dict(each) for each in plan.questions]}
    return {FACT: target.id, "queue": row.queue, **asked}


def _call(session: Session, row: Campaign, plan: Plan, now: datetime) -> int:
    room, called, looked = _room(session, row, plan, now), 0, 0
    while called < room and looked < LOOKED:
        due = select(Target).where(Target.campaign_id == row.id, Target.state == WAITING, Target.next_at <= now)
        due = due.order_by(Target.next_at, Target.id).limit(room - called).with_for_update(skip_locked=True)
        found = {target.number_index: target for target in session.scalars(due)}
        unwanted = _unwanted(session, {index: target.number for index, target in found.items()}, now)
        for index, target in found.items():
            if index in unwanted:  # since the list was made, or since the last try
                target.state, target.result = SKIPPED, DO_NOT_CALL
                continue
            given = {"number": target.number, "facts": facts(row, target, plan)}
            target.call_id = commands.ask(session, SYSTEM, commands.OUTBOUND, given, now).call_id
            target.state, target.tries = CALLING, target.tries + 1
            called += 1
        looked += len(found)
        if not unwanted:
            return called
        _end_if_done(session, row)
    return called


def _room(session: Session, row: Campaign, plan: Plan, now: datetime) -> int:
    """How many more of a list can be called now. Nobody shall answer and find the queue closed, or no agent there."""
    calling = session.scalar(select(func.count()).where(Target.campaign_id == row.id, Target.state == CALLING)) or 0
    room = row.at_once - calling
    if not row.queue or room <= 0:
        return room
    if not plan.is_open(plan.queue(row.queue).hours, now):
        return 0
    ready = select(func.count()).where(Seat.state == READY, Seat.locked.is_(False))
    ready = ready.where(Seat.queues.contains(f",{row.queue},", autoescape=True))
    # whoever is called will want an agent until they talk with one: of any list for this queue, their agents are the same
    coming = (
        select(func.count())
        .select_from(Target)
        .join(Campaign, Campaign.id == Target.campaign_id)
        .outerjoin(PhoneCall, PhoneCall.id == Target.call_id)
        .where(Target.state == CALLING, Campaign.queue == row.queue, PhoneCall.talking_at.is_(None))
        .where(or_(PhoneCall.id.is_(None), PhoneCall.state != OFFERING))  # whose agent is being rung is not among the ready any more
    )
    return min(room, (session.scalar(ready) or 0) - (session.scalar(coming) or 0))


def _unwanted(session: Session, numbers: Mapping[str, str], now: datetime) -> set[str]:
    """Which of these want no calls, or are on the blacklist: the digests of `numbers` by digest."""
    found = set(session.scalars(select(OptOut.phone_index).where(OptOut.phone_index.in_(list(numbers)))))
    return found | {index for index, number in numbers.items() if blacklist.blocked(session, number, now)}


def _not_reached(row: Campaign, target: Target, why: str, now: datetime) -> None:
    """Try again after a pause, or give up."""
    target.result = why
    if target.tries >= row.most_tries or row.state == OVER:
        target.state = FAILED
    else:
        target.state, target.next_at = WAITING, now + timedelta(minutes=row.pause_minutes)


def _end_if_done(session: Session, row: Campaign) -> None:
    session.flush()
    if not session.scalar(select(func.count()).where(Target.campaign_id == row.id, Target.state.in_((WAITING, CALLING)))):
        row.state = OVER


def _live(session: Session, campaign_id: int) -> Campaign:
    row = session.get(Campaign, campaign_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.state == OVER:
        raise Conflict("外呼任务已经结束。 This list is over.")
    return row


def _end(session: Session, row: Campaign, why: str) -> None:
    row.state = OVER
    session.execute(update(Target).where(Target.campaign_id == row.id, Target.state == WAITING).values(state=FAILED, result=why))


def _progress(counts: Mapping[str, int]) -> Progress:
    states = {state: counts.get(state, 0) for state in (DONE, FAILED, SKIPPED, CALLING, WAITING)}
    total, called = sum(states.values()), counts.get("called", 0)
    return Progress(total, called, states[DONE], states[FAILED], states[SKIPPED], states[CALLING], states[WAITING])


def _named(row: Campaign) -> str:
    return f"campaign:{row.id}"


def _within_day(row: Campaign, now: datetime) -> bool:
    begin, end = row.day
    return begin <= now.astimezone(LOCAL).time() < end


def _errors(new: NewCampaign, plan: Plan) -> Iterator[tuple[str, str]]:
    if not new.name.strip():
        yield "name", "请填写名称。 Give it a name."
    if not 0 < len(new.numbers) <= MOST:
        yield "numbers", f"号码应为 1 到 {MOST} 个。 From 1 to {MOST} numbers."
    if wrong := wrong_places(new.numbers):
        yield "numbers", f"第 {_first(wrong)} 个不是有效的电话号码。 These are no telephone numbers, by their places: {_first(wrong)}."
    for name, moment in (("opens_at", new.opens_at), ("closes_at", new.closes_at)):
        if not _BOUNDS[0] <= moment < _BOUNDS[1]:
            yield name, "年份有误。 This year makes no sense."
    if new.closes_at <= new.opens_at:
        yield "closes_at", "结束须晚于开始。 It must end after it begins."
    if not 0 <= new.from_minute < new.to_minute <= 24 * 60:
        yield "from_minute", "每日时段有误。 The times of day make no sense."
    if new.queue and new.queue not in plan.queues:
        yield "queue", "没有这个队列。 There is no such queue."
    if not new.queue and not plan.questions:
        yield "queue", "方案中没有问题，请选择队列。 The plan has no questions: choose a queue."
    for name, value, most in (
        ("most_tries", new.most_tries, 10),
        ("pause_minutes", new.pause_minutes, 10_080),
        ("at_once", new.at_once, 100),
    ):
        if not 1 <= value <= most:
            yield name, f"应为 1 到 {most}。 From 1 to {most}."


def _first(wrong: Sequence[int]) -> str:
    return "、".join(str(place) for place in wrong[:NAMED])
