"""What is measured at each size of the database."""

import functools
import http.client
import itertools
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

import orjson
import requests
from sqlalchemy import text

from api.product import Product
from engine import clock
from engine.db import from_micros, to_micros
from engine.jobs.dispatch import anything_due
from tests.bench import walk
from tests.bench.figures import MILLI, Figure, Timing
from tests.fixtures.databases import SECRET
from tests.fixtures.product import built
from tests.fixtures.server import PASSWORD, Server
from tests.scale.fill import MODELS, SEED, moved

STEPS, LOOKS, TICKS = 200, 40, 300
INBOX_MS, TICK_MS, LATE_S = 30.0, 1.0, 1.0
DUE_AT_ONCE = 10_000
DUE_A_SECOND = {"sqlite": 1_500.0, "postgresql": 700.0}
LATE_TIMERS = 1_000
LATE_SECONDS = 10
WARM_UP = 20
WAIT = 300.0
SET_UP = 30_000_000
"""Microseconds that setting ten thousand timers takes at most."""


class Sample:
    """Random cases of one size of the database, of those that were added for it; never the same case twice, so that a step is not
    met in a cache."""

    def __init__(self, cases: list[str], before: int, size: int) -> None:
        self._models = cases
        self._first = max(before, MODELS)
        self._chance = random.Random(SEED + size)
        self._size = size
        self._taken: set[int] = set()

    def case_nos(self, count: int, *, of: range = range(MODELS)) -> list[str]:
        """So many cases that were copied from models of these positions."""
        found: list[str] = []
        while len(found) < count:
            position = self._chance.randrange(self._first, self._size)
            if position % MODELS in of and position not in self._taken:
                self._taken.add(position)
                found.append(f"{self._models[position % MODELS][:10]}{position:08d}")
        return found


def service(product: Product, sample: Sample, dialect: str, size: int) -> Iterator[Figure]:
    """CPU of a step taken in the middle of so many cases, and of a tick with nothing due."""
    cases = sample.case_nos(STEPS + WARM_UP, of=range(MODELS // 3, 2 * MODELS // 3))
    timing = Timing([], [])
    for item in walk.open_items(product, cases):
        walk.complete(product, item, timing)
    yield Figure(_name("step (ack): CPU, median", size), dialect, median(timing.cpu[WARM_UP:]) * MILLI, "ms")
    yield Figure(_name("step (ack): wall, median", size), dialect, median(timing.wall[WARM_UP:]) * MILLI, "ms")
    ticks = []
    for _ in range(TICKS):
        before = time.perf_counter()
        assert not _anything_due(product)
        ticks.append(time.perf_counter() - before)
    yield Figure(_name("empty tick, median", size), dialect, median(ticks) * MILLI, "ms", None, TICK_MS)


def _anything_due(product: Product) -> bool:
    with product.database.connect().execution_options(read_only=True) as connection:
        return anything_due(connection, clock.now())


def pages(server: Server, sample: Sample, dialect: str, size: int) -> Iterator[Figure]:
    """Lists and pages over HTTP, one client; wall, median of many looks at different cases."""
    people = {name: Looker(server, name) for name in ("reviewer1", "unit_water", "admin")}
    for name, looker in people.items():
        for address, what in (("/inbox", "inbox page"), ("/inbox?sort=old", "inbox page, oldest first")):
            middle = looker.median(functools.partial(_always, address))
            yield Figure(_name(f"{what}, {name}", size), dialect, middle, "ms", None, INBOX_MS)
    agent = people["reviewer1"]
    cases = sample.case_nos(LOOKS * 3)
    yield Figure(_name("case page", size), dialect, agent.median(lambda number: f"/cases/{cases[number]}"), "ms")
    history = agent.median(lambda number: f"/api/v1/cases/{cases[LOOKS + number]}/history")
    yield Figure(_name("history of a case", size), dialect, history, "ms")
    by_number = agent.median(lambda number: f"/api/v1/cases?q={cases[2 * LOOKS + number]}")
    yield Figure(_name("case search by number", size), dialect, by_number, "ms")
    by_words = agent.median(lambda number: f"/api/v1/cases?q=%E8%B7%AF%E7%81%AF%E4%B8%8D%E4%BA%AE {number}")
    yield Figure(_name("case search by words of the title", size), dialect, by_words, "ms")
    by_nothing = agent.median(lambda number: f"/api/v1/cases?q=%E6%B2%A1%E6%9C%89%E8%BF%99%E5%8F%A5%E8%AF%9D{number}", looks=5)
    yield Figure(_name("case search by words that no title has", size), dialect, by_nothing, "ms")
    for looker in people.values():
        looker.close()


def _always(address: str, _number: int) -> str:
    return address


class Looker:
    """Somebody with a browser's session, on one kept connection."""

    def __init__(self, server: Server, username: str) -> None:
        with requests.Session() as session:
            session.trust_env = False
            form = session.get(f"{server.url}/login", timeout=30).text
            hidden = dict(re.findall(r'name="(csrf_token|once|next)"[^>]*value="([^"]*)"', form))
            answer = session.post(
                f"{server.url}/login", data={**hidden, "username": username, "password": PASSWORD}, timeout=30, allow_redirects=False
            )
            assert answer.status_code == 303, answer.status_code
            self._cookie = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
        token = server.log_in(username).headers["Authorization"]
        self._headers = {"Cookie": self._cookie, "Accept": "text/html"}
        self._api = {"Authorization": str(token)}
        self._connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=120)

    def look(self, address: str) -> float:
        """Open an address; seconds."""
        before = time.perf_counter()
        self._connection.request("GET", address.replace(" ", "%20"), headers=self._api if address.startswith("/api") else self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        taken = time.perf_counter() - before
        assert answer.status == 200, f"{address}: {answer.status} {body[:300]!r}"
        return taken

    def median(self, address: Callable[[int], str], looks: int = LOOKS) -> float:
        """Milliseconds of the middle look; the first is not counted."""
        self.look(address(0))
        return median(self.look(address(number)) for number in range(looks)) * MILLI

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def at_once(server: Server, url: str, dialect: str, size: int, sample: Sample) -> Iterator[Figure]:
    """Timers of ten thousand cases (or of an eighth of them all) due at once: fired how fast, in order, and the inbox meanwhile."""
    wanted = min(DUE_AT_ONCE, size // 8)
    cases = sample.case_nos(wanted)
    looker = Looker(server, "reviewer1")
    looker.look("/inbox")
    looks: list[float] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            looks.append(looker.look("/inbox"))
            done.wait(0.05)

    with built(url) as product:
        first = to_micros(clock.now()) + SET_UP
        _make_due(product, {case: first + number for number, case in enumerate(cases)})
        assert to_micros(clock.now()) < first, "setting up took longer than it may"
        while to_micros(clock.now()) < first:
            done.wait(0.2)
        reader = threading.Thread(target=read)
        reader.start()
        end = time.monotonic() + WAIT
        while (left := _waiting(product, first)) and time.monotonic() < end:
            done.wait(0.2)
        done.set()
        reader.join()
        fired = _fired_between(product, first, wanted)
    looker.close()
    assert left == 0, f"{left} of {wanted} timers still wait after {WAIT:.0f} s"
    assert len(fired) == wanted, f"{len(fired)} of {wanted} timers are in the histories"
    taken = (max(moment for _due, moment in fired) - first) / 1e6
    order = [due for due, _moment in sorted(fired, key=lambda one: (one[1], one[0]))]
    yield Figure(_name("timers fired of those due in one second", size), dialect, float(len(fired)), "timers")
    yield Figure(_name("of these fired out of due order", size), dialect, float(_inversions(order)), "timers", None, 0.0)
    yield Figure(
        _name("time a timer, of many due at once", size), dialect, taken / wanted * MILLI, "ms", None, MILLI / DUE_A_SECOND[dialect]
    )
    yield Figure(_name("inbox page meanwhile, median", size), dialect, median(looks) * MILLI, "ms", None, INBOX_MS)


def lateness(url: str, dialect: str, size: int, sample: Sample) -> Iterator[Figure]:
    """How late a timer among all the others fires, p99, when a hundred a second are due; a server runs meanwhile."""
    cases = sample.case_nos(min(LATE_TIMERS, size // 8))
    with built(url) as product:
        chance = random.Random(SEED)
        begin = to_micros(clock.now() + timedelta(seconds=4))
        _make_due(product, {case: begin + chance.randrange(LATE_SECONDS * 1_000_000) for case in cases})
        end = time.monotonic() + LATE_SECONDS + 30
        pause = threading.Event()
        late: list[float] = []
        while len(late) < len(cases) and time.monotonic() < end:
            pause.wait(1)
            late = [fired - due for due, fired in _fired_between(product, begin, LATE_SECONDS * 1_000_000)]
        assert len(late) >= len(cases), f"only {len(late)} of {len(cases)} timers fired"
        while _anything_due(product) and time.monotonic() < end + WAIT:
            pause.wait(1)  # what they have set going is over before the next size is measured
        yield Figure(_name("lateness of a timer, p99", size), dialect, quantiles(late, n=100)[98] / 1e6, "s", None, LATE_S)


_NEXT_TIMER = text(
    "SELECT timer.instance_id, timer.task_id, timer.due_at, instance.state FROM timer JOIN instance ON instance.id = timer.instance_id"
    " WHERE instance.business_key = :case AND timer.due_at > :now ORDER BY timer.due_at LIMIT 1"
)
_MOVE_TIMER = text("UPDATE timer SET due_at = :due WHERE instance_id = :instance AND task_id = :task")
_MOVE_STATE = text("UPDATE instance SET state = :state WHERE id = :instance")


def _make_due(product: Product, due: Mapping[str, int]) -> None:
    """Let the next timer of each of these cases be due at a moment (microseconds), in its row and in its instance's state."""
    now = to_micros(clock.now())
    with product.database.begin() as connection:
        for case, moment in due.items():
            instance, task, before, state = connection.execute(_NEXT_TIMER, {"case": case, "now": now}).one()
            new = moved(bytes(state), lambda found, old=before, new=moment: from_micros(new) if to_micros(found) == old else found)  # type: ignore[misc]  # mypy infers no default of a lambda
            connection.execute(_MOVE_TIMER, {"due": moment, "instance": instance, "task": task})
            connection.execute(_MOVE_STATE, {"state": new, "instance": instance})


def _waiting(product: Product, first: int) -> int:
    with product.engine.read() as session:
        now = to_micros(clock.now())
        return int(
            session.scalar(text("SELECT count(*) FROM timer WHERE due_at BETWEEN :first AND :now"), {"first": first, "now": now}) or 0
        )


def _fired_between(product: Product, first: int, span: int) -> list[tuple[int, int]]:
    found = []
    with product.engine.read() as session:
        rows = session.execute(text("SELECT data FROM history WHERE at >= :first AND type = 'timer'"), {"first": first})
        for (data,) in rows:
            for step in orjson.loads(bytes(data))["steps"]:
                told = next((part for part in step if isinstance(part, dict) and "due" in part), None)
                if told is not None:
                    due, fired = (to_micros(datetime.fromisoformat(told[name])) for name in ("due", "fired"))
                    if first <= due < first + span:
                        found.append((due, fired))
    return found


def _inversions(order: list[int]) -> int:
    return sum(later < earlier for earlier, later in itertools.pairwise(order))


def _name(what: str, size: int) -> str:
    return f"{what}, {size:,} open cases"


@contextmanager
def serving(directory: Path, url: str) -> Iterator[Server]:
    """A real server on the database."""
    with Server(directory, url, BIHUAN_SECRET_KEY=SECRET, BIHUAN_TEST_CLOCK="0") as server:
        yield server
        server.stop()
