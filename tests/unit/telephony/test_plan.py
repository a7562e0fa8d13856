"""The plan: hours to the minute (T27), numbers of pagers, and every way in which it can be wrong."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime, time
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from engine.actor import SYSTEM
from telephony.plan import services
from telephony.plan.services import BadPlan
from telephony.plan.values import Hours
from tests.fixtures.databases import SQLITE, Databases, create_tables

DAY = Hours(spans=((time(8, 30), time(12)), (time(14), time(18))))


@pytest.fixture
def session(databases: Databases) -> Iterator[Session]:
    """An empty database's."""
    with databases.copy(SQLITE, "empty", create_tables) as url:
        engine = create_engine(url)
        with Session(engine) as found:
            yield found
        engine.dispose()


@pytest.mark.parametrize(
    ("hour", "minute", "second", "open_"),
    [(8, 29, 59, False), (8, 30, 0, True), (11, 59, 59, True), (12, 0, 0, False), (14, 0, 0, True), (17, 59, 59, True), (18, 0, 0, False)],
)
def test_a_span_begins_with_its_first_minute_and_ends_before_its_last(hour: int, minute: int, second: int, open_: bool) -> None:
    assert DAY.open(datetime(2026, 3, 2, hour, minute, second, tzinfo=UTC), lambda _day: True) is open_


def test_a_day_off_is_closed_unless_the_hours_are_of_every_day() -> None:
    noon = datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert not DAY.open(noon, lambda _day: False)
    assert Hours(workdays_only=False, spans=DAY.spans).open(noon, lambda _day: False)
    assert Hours(always=True).open(noon, lambda _day: False)


def test_the_hotlines_own_calendar_decides_what_a_working_day_is(session: Session) -> None:
    plan = services.current(session)
    assert plan.is_open("working_days", datetime(2026, 3, 2, 1, 0, tzinfo=UTC))  # a Monday, nine o'clock in Xianyang
    assert not plan.is_open("working_days", datetime(2026, 10, 1, 1, 0, tzinfo=UTC))  # the national day
    assert not plan.is_open("working_days", datetime(2026, 3, 1, 1, 0, tzinfo=UTC))  # a Sunday
    assert plan.is_open("always", datetime(2026, 10, 1, 18, 0, tzinfo=UTC))
    assert plan.is_open("working_days", datetime(2040, 3, 1, 1, 0, tzinfo=UTC))  # a year nobody has entered: by the week


def test_a_pagers_number_is_named_by_its_first_digits_and_its_button(session: Session) -> None:
    plan = services.current(session)
    assert [getattr(plan.number(dialled), "key", None) for dialled in ("9510011", "9510012", "9510013", "951001", "12345")] == [
        *("1", "2", "3"),
        "1",
        "",
    ]
    assert plan.number("110") is None


def test_a_plan_that_was_changed_is_in_force_and_the_old_one_stays_known(session: Session) -> None:
    body = services.shipped()
    body["shown"] = "12333"
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert services.current(session).version == 0
    assert services.change(session, SYSTEM, body, now) == 1
    session.flush()
    assert services.current(session).shown == "12333"
    assert services.current_version(session) == 1


Change = Callable[[dict[str, Any]], object]


def node(name: str, **parts: object) -> Change:
    """A change of one node."""
    return lambda body: body["nodes"][name].update(parts)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda body: body["numbers"].pop("*"), "numbers"),
        (lambda body: body["numbers"]["12345"].update(start="queue:nowhere"), "numbers.12345.start"),
        (lambda body: body["numbers"]["12345"].update(human="menu:labour"), "numbers.12345.value.human"),
        (lambda body: body["menus"]["labour"]["keys"].update({"5": "menu:lost"}), "menus.labour.keys.5"),
        (lambda body: body["menus"]["labour"].update(otherwise="somewhere"), "menus.labour.otherwise"),
        (lambda body: body["menus"]["labour"].update(say=["no-such-prompt"]), "menus.labour.say"),
        (lambda body: body["queues"]["general"].update(hours="never"), "queues.general.hours"),
        (lambda body: body["queues"]["general"].update(ring_seconds=1), "queues.general.value.ring_seconds"),
        (lambda body: body["hours"]["working_days"].update(spans=[["18:00", "08:00"]]), "hours.working_days.value.spans"),
        (lambda body: body["hours"]["working_days"].update(spans=[["8 o'clock", "9:00"]]), "hours.working_days.value"),
        (node("found", otherwise="node:nowhere"), "nodes.found.otherwise"),
        (node("open", next="menu:lost"), "nodes.open.next"),
        (node("found", cases=[{"if": "case['found']", "next": "node:lost"}]), "nodes.found.cases.0.next"),
        (node("found", cases=[{"if": "case['found'", "next": "end"}]), "nodes.found.value.cases.0.if"),
        (node("found", cases=[{"if": "open('/etc/passwd')", "next": "end"}]), "nodes.found.value.cases.0.if"),
        (node("found", cases=[{"if": "nobody > 1", "next": "end"}]), "nodes.found.cases.0.if"),
        (node("found", cases=[]), "nodes.found.value.cases"),
        (node("count_wrong", values={"hour": "1"}), "nodes.count_wrong.value.values.hour"),
        (node("count_wrong", values={"a": "().__class__"}), "nodes.count_wrong.value.values.a"),
        (node("count_wrong", values={"a": "b + 1"}), "nodes.count_wrong.values.a"),
        (node("case_number", say=["no-such-prompt"]), "nodes.case_number.say"),
        (node("case_number", least=9, most=8), "nodes.case_number.value.least"),
        (node("case_number", into="caller"), "nodes.case_number.value.into"),
        (node("open", say=["no-such-prompt"]), "nodes.open.say"),
        (node("open", say=[{"number": "case", "digits": "case"}]), "nodes.open.value.say.0"),
        (node("open", say=[{"spell": "case"}]), "nodes.open.value.say.0.spell"),
        (node("open", say=[7]), "nodes.open.value.say.0"),
        (node("open", say=[{"digits": "unheard_of"}]), "nodes.open.say.0"),
        (node("look_up", ask="everything"), "nodes.look_up.value.ask"),
        (node("look_up", given={"digits": "digits"}), "nodes.look_up.value.given"),
        (node("look_up", given={"digits": "nothing", "code": "code", "caller": "caller"}), "nodes.look_up.given.digits"),
        (lambda body: body["nodes"].update(out={"type": "dial", "number": "PJSIP/1"}), "nodes.out.value.number"),
        (lambda body: body["nodes"].update(out={"type": "dial", "number": "12348", "otherwise": "node:lost"}), "nodes.out.otherwise"),
        (node("look_up", type="script"), "nodes.look_up.value.type"),
        (node("look_up", type=["query"]), "nodes.look_up.value.type"),
        (node("look_up", sql="select 1"), "nodes.look_up.value.sql"),
        (lambda body: body["nodes"].update(open="end"), "nodes.open.value.type"),
        (lambda body: body["nodes"].update({"BAD NAME": body["nodes"]["open"]}), "nodes.BAD NAME.key"),
        (lambda body: body["hours"]["working_days"].update(spans=[["08:30+08:00", "12:00"]]), "hours.working_days.value.spans"),
        (lambda body: body["hours"]["working_days"].update(spans=[["08:30Z", "12:00Z"]]), "hours.working_days.value.spans"),
        (lambda body: body["numbers"]["*"].update(start="pager:direct", key="1"), "numbers.*.start"),
        (lambda body: body["numbers"]["95*2"].update(key=""), "numbers.95*2.key"),
        (lambda body: body["questions"][1].update(name="call_id"), "questions.1.name"),
        (lambda body: body.update(outside="PJSIP/nobody"), "outside"),
        (lambda body: body.update(outside="PJSIP/{number}@{trunk}"), "outside"),
        (lambda body: body.update(outside="PJSIP/{number!r}@city"), "outside"),
        (lambda body: body.update(outside="PJSIP/{number}{}"), "outside"),
        (lambda body: body.update(extra=1), "extra"),
        (lambda body: body.pop("queues"), "queues"),
    ],
)
def test_a_wrong_plan_is_refused_with_the_place(change: Change, place: str, session: Session) -> None:
    body = deepcopy(services.shipped())
    change(body)
    with pytest.raises(BadPlan) as wrong:
        services.of_body(body, session, 0)
    assert any(name.startswith(place) for name in wrong.value.errors), wrong.value.errors


def through_a_menu(body: dict[str, Any], number: str) -> None:
    """Calls of a number come to a pager by a menu and a node behind it, which leads back."""
    body["numbers"][number]["start"] = "menu:help"
    body["menus"]["help"] = {"say": ["welcome"], "keys": {"1": "node:press"}, "otherwise": "menu:labour"}
    body["nodes"]["press"] = {"type": "say", "say": ["welcome"], "next": "pager:direct", "otherwise": "menu:help"}


def test_a_pager_to_which_only_unlisted_numbers_lead_is_refused_where_they_come_to_it(session: Session) -> None:
    body = deepcopy(services.shipped())
    through_a_menu(body, "*")
    with pytest.raises(BadPlan) as wrong:
        services.of_body(body, session, 0)
    assert set(wrong.value.errors) == {"nodes.press.next"}
    through_a_menu(body, "95*1")
    assert services.of_body(body, session, 0).entry("10000").start == "menu:help"


def test_a_way_that_no_call_can_take_is_no_mistake(session: Session) -> None:
    body = deepcopy(services.shipped())
    through_a_menu(body, "95*1")
    body["numbers"]["95*1"]["start"] = "pager:direct"
    services.of_body(body, session, 0)


def test_what_a_plan_may_hold_makes_a_call_that_can_be_dialled(session: Session) -> None:
    body = deepcopy(services.shipped())
    body["outside"] = "PJSIP/{number}@city-2.example"
    assert services.of_body(body, session, 0).endpoint("13900001111") == "PJSIP/13900001111@city-2.example"


def test_the_shipped_plan_is_right_on_every_day(session: Session) -> None:
    plan = services.current(session)
    assert {queue.hours for queue in plan.queues.values()} <= set(plan.hours)
    assert plan.numbers["95*2"].emergency
