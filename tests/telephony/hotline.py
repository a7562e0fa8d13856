"""A hotline for tests: the product, a worker on a real exchange, and telephones for citizens and agents."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from api.product import Product
from engine import clock
from engine.actor import Actor
from engine.chance import identifier
from telephony import ari
from telephony.ari.errors import Gone
from telephony.ari.links import Listener
from telephony.calls.models import PhoneCall, PhoneLeg
from telephony.calls.values import Call as Value
from telephony.commands import services as commands
from telephony.commands.models import PhoneCommand
from telephony.plan import services as plans
from telephony.recordings.archive import Archive
from telephony.seats import services as seats
from telephony.seats.models import Seat
from telephony.worker.worker import Worker
from tests.fixtures.asterisk.node import USER, Node
from tests.fixtures.databases import SQLITE, Databases
from tests.fixtures.phones import Call, Phone, Policy, Telephones, rings
from tests.fixtures.product import built, found_city

SECONDS = 30.0
CITIZEN, HOTLINE = "13900001111", "12345"
ADMIN = Actor("admin", frozenset({"admin"}), override=True)
T = TypeVar("T")


class Watched(Worker):
    """A worker that says when anything has changed."""

    changed: threading.Condition

    def _guard(self, work: Callable[[], None]) -> bool:
        done = super()._guard(work)
        with self.changed:
            self.changed.notify_all()
        return done


class Hotline:
    """`with opened(product, node) as hotline:`."""

    def __init__(self, product: Product, node: Node, phones: Telephones, worker: Watched) -> None:
        self.product, self.node, self.phones, self.worker = product, node, phones, worker

    # People

    def calls(self, number: str = HOTLINE, caller: str = CITIZEN) -> Call:
        """A citizen calls."""
        return self.phones.city.call(number, caller=caller)

    def agent(self, account: str, number: str, policy: Policy | None = None, *, queues: tuple[str, ...] = ("general",)) -> Phone:
        """An agent with a telephone, signed in and ready."""
        phone = self.phones.seat(number, policy=policy or rings())
        self.sign_in(account, number, queues)
        return phone

    def sign_in(self, account: str, number: str, queues: tuple[str, ...] = ("general",)) -> None:
        """Sign in at a telephone and be ready."""
        actor = Actor(account)
        self.write(lambda session, now: seats.sign_in(session, actor, f"PJSIP/{number}", queues, now))
        self.write(lambda session, now: seats.ready(session, actor, now))

    def talk(self, account: str = "agent1", number: str = "1001") -> tuple[Call, Call, str]:
        """A citizen and an agent who talk; and the id of their call."""
        phone = self.agent(account, number)
        citizen = self.calls()
        agent = phone.ringing()
        agent.answer()
        citizen.until_hears({phone.tone})
        return citizen, agent, self.call_in("talking").id

    def ask(self, by: str, kind: str, call: str = "", **given: Any) -> PhoneCommand:
        """Ask for something, and wait until it is done or refused."""
        row = self.write(lambda session, now: commands.ask(session, Actor(by), kind, given, now, call_id=call))
        number = row.id

        def settled() -> PhoneCommand | None:
            with self.product.engine.read() as session:
                found = commands.read(session, number)
            return found if found.done_at is not None else None

        return self.until(settled)

    def change_plan(self, **parts: Mapping[str, Any]) -> None:
        """Put another plan into force."""
        body = plans.shipped()
        for name, part in parts.items():
            body[name] = {**body[name], **part}
        self.write(lambda session, now: plans.change(session, ADMIN, body, now))

    # What there is

    def seat(self, agent: str) -> Seat:
        """An agent's seat as it stands."""
        with self.product.engine.read() as session:
            found = session.get(Seat, agent)
            assert found is not None
            return found

    def rows(self) -> list[PhoneCall]:
        """Every call, oldest first."""
        with self.product.engine.read() as session:
            return list(session.scalars(select(PhoneCall).order_by(PhoneCall.began_at)))

    def legs(self, call: str) -> list[PhoneLeg]:
        """A call's legs, once it is over."""
        with self.product.engine.read() as session:
            return list(session.scalars(select(PhoneLeg).where(PhoneLeg.call_id == call).order_by(PhoneLeg.created_at, PhoneLeg.id)))

    def call_in(self, state: str) -> PhoneCall:
        """Wait for a call to be in a state."""
        return self.until(lambda: next((row for row in self.rows() if row.state == state), None))

    def seat_in(self, agent: str, state: str) -> Seat:
        """Wait for a seat to be in a state."""

        def there() -> Seat | None:
            found = self.seat(agent)
            return found if found.state == state else None

        return self.until(there)

    def until(self, look: Callable[[], T | None]) -> T:
        """Look at each change until there is something."""
        found: list[T] = []

        def there() -> bool:
            seen = look()
            found[:] = [] if seen is None or seen is False else [seen]
            return bool(found)

        end = time.monotonic() + SECONDS
        with self.worker.changed:
            while not there():
                if time.monotonic() >= end:
                    raise AssertionError([(row.state, row.agent, row.outcome) for row in self.rows()])
                self.worker.changed.wait(0.1)
        return found[0]

    def write(self, change: Callable[[Any, Any], T]) -> T:
        """Change something in a transaction, and have the worker look, as it does after each commit in the field."""
        done = self.product.engine.transact(ADMIN, lambda work: change(work.session, clock.now()))
        self.worker.wake()
        return done

    def value(self, call: str) -> Value:
        """A call as the worker has it."""
        return self.worker.desk.calls[call].call

    def recorded(self, call: str) -> bool:
        """Whether the exchange records a call by now."""
        name = self.value(call).recording
        with self.node.ari() as client:
            try:
                return bool(name) and client.recordings.live(name).state == "recording"
            except Gone:
                return False

    def nothing_is_left(self) -> None:
        """No call lives, and the exchange has no channel and no bridge of ours."""
        self.until(lambda: all(row.ended_at is not None for row in self.rows()) or None)
        with self.node.ari() as client:
            ours = {row.id for row in self.rows()}
            self.until(lambda: not [one for one in client.channels.list() if one.id.partition(".")[0] in ours] or None)
            self.until(lambda: not [one for one in client.bridges.list() if one.id.partition(".")[0] in ours] or None)


@contextmanager
def working(product: Product, node: Node, app: str, *, url: str = "", recordings: Path | None = None) -> Iterator[Watched]:
    """A worker in a thread of this process; `url` is another way to the node, `recordings` the folder of its archive, if it has one."""
    with ari.connect(url or node.url, USER, node.password) as client:
        archive = Archive(client, product.database, client.system.info().system.entity_id, recordings) if recordings else None
        worker = Watched(client, app, product.engine, product.database, archive)
        worker.changed = threading.Condition()
        link = Listener(url or node.url, USER, node.password, [app], worker.sink, worker.connected)
        thread = threading.Thread(target=worker.run, args=(link.start,), name="worker")
        thread.start()
        try:
            assert link.connected.wait(SECONDS)
            yield worker
        finally:
            worker.stop()
            thread.join()
            link.stop()


@contextmanager
def leaving(product: Product, node: Node, phones: Telephones) -> Iterator[Hotline]:
    """A hotline whose worker ends, and leaves its calls to whoever comes next."""
    with working(product, node, "bihuan-dies") as worker:
        yield Hotline(product, node, phones, worker)


@contextmanager
def opened(product: Product, node: Node, **more: Any) -> Iterator[Hotline]:
    """A hotline on a node of its own application; `more` as for `working`."""
    with Telephones(node) as phones, working(product, node, f"bihuan-{identifier().hex[:8]}", **more) as worker:
        yield Hotline(product, node, phones, worker)


@contextmanager
def in_the_know(databases: Databases, node: Node, **more: Any) -> Iterator[Hotline]:
    """A hotline whose diagrams and API know that there is an exchange; `more` as for `working`."""
    known = {"ari_url": node.url, "ari_user": USER, "ari_password": node.password}
    with databases.copy(SQLITE, "city", found_city) as url, built(url, **known) as product, opened(product, node, **more) as found:
        yield found
