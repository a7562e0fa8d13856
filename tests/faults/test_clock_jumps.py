"""The machine's clock is set an hour ahead, and back again: no timer goes off twice or never, and numbers keep their order."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import select, text

from connectors.sms.models import MailboxMessage
from engine.history import expand
from engine.instances.models import Instance
from engine.outbox.models import Delivery
from tests.chaos import audit
from tests.crash.house import House

AN_HOUR = timedelta(hours=1)


class Jumps:
    """A house whose machine follows the clock wherever it is set, also back."""

    def __init__(self, house: House) -> None:
        self._house = house
        house._machine_time = self._machine  # type: ignore[method-assign]  # the seam of the tests' own clock

    def by(self, length: timedelta) -> None:
        """Set the clock ahead or back, and let the background work find it so."""
        self._house.travel(self._house.clock.now + length)
        self._house.settle()

    def _machine(self) -> float:
        return self._house.memory.now.timestamp()


def fired(house: House, name: str) -> list[tuple[int, str | None, str]]:
    """Every timer of a case that went off: instance, element, due moment."""
    with house.product.engine.read() as session:
        steps = expand.read(session, house.product.engine.specs, house.memory.cases[name]).steps
    return [(step.instance_id, step.element_id, step.data["due"]) for step in steps if step.type == "timer" and step.data]


def test_no_timer_goes_off_twice_or_never(house: House) -> None:
    house.open("a")
    for element in ("register", "review"):
        house.do("a", element)
    jumps = Jumps(house)
    jumps.by(AN_HOUR)
    ahead = fired(house, "a")
    jumps.by(-AN_HOUR)
    assert fired(house, "a") == ahead
    house.wait(hours=3)
    all_fired = fired(house, "a")
    assert [element for _instance, element, _due in all_fired].count("confirm_late") == 3
    assert max(Counter(all_fired).values()) == 1
    house.wait(days=8)
    assert {"age_3", "age_5", "age_7", "wait_near", "wait_due"} <= {element for _instance, element, _due in fired(house, "a")}
    assert max(Counter(fired(house, "a")).values()) == 1


def test_a_timer_that_was_set_while_the_clock_was_ahead_goes_off_once(house: House) -> None:
    jumps = Jumps(house)
    jumps.by(AN_HOUR)
    house.open("a")
    for element in ("register", "review"):
        house.do("a", element)
    jumps.by(-AN_HOUR)
    assert fired(house, "a") == []
    house.wait(hours=4)
    assert [element for _instance, element, _due in fired(house, "a")] == ["confirm_late"] * 3


def test_numbers_keep_their_order_when_the_clock_goes_back(house: House) -> None:
    jumps = Jumps(house)
    house.open("a")
    for name, length in (("b", AN_HOUR), ("c", -AN_HOUR), ("d", -AN_HOUR), ("e", 2 * AN_HOUR)):
        jumps.by(length)
        house.open(name)
    with house.product.engine.read() as session:
        ids = [session.scalars(select(Instance.id).where(Instance.business_key == house.memory.cases[name])).one() for name in "abcde"]
    assert all(earlier < later for earlier, later in pairwise(ids))


def test_messages_of_a_case_keep_their_order_when_the_clock_goes_back(house: House) -> None:
    jumps = Jumps(house)
    house.open("a")
    house.do("a", "register")
    jumps.by(AN_HOUR)
    house.do("a", "review")
    jumps.by(-AN_HOUR)
    house.ask("a", "urge", text="请尽快处理")
    house.wait(hours=2)
    with house.product.engine.read() as session:
        deliveries = session.scalars(select(Delivery).where(Delivery.connector == "sms").order_by(Delivery.seq)).all()
        # by the order in which they came: the moments of the mailbox jump with the clock
        came = session.scalars(select(MailboxMessage.id).order_by(text("rowid"))).all()
    templates = [row.body["template"] for row in deliveries]
    assert templates.index("accepted") < templates.index("dispatched") < templates.index("urge")
    assert {row.state for row in deliveries} == {"done"}
    assert came == [row.id for row in deliveries]


def test_nothing_is_stuck_and_the_chains_hold(house: House) -> None:
    jumps = Jumps(house)
    house.open("a")
    for element, length in (("register", AN_HOUR), ("review", -AN_HOUR), ("ack", -AN_HOUR), ("handle", AN_HOUR)):
        house.do("a", element)
        jumps.by(length)
    house.do("a", "result_review")
    house.wait(days=1)
    with house.product.engine.read() as session:
        assert audit.broken_chains(session) == []
        assert audit.stuck_cases(session) == []
        assert audit.unsettled(session) == []
